"""Nobody else changes an owner by any action, whatever page calls it or comes to call it (S22, S37, A35, A40).

The actions are found by looking; one that takes something new fails here until it is said what to give it.
"""

import inspect
from contextlib import suppress
from typing import Any
from uuid import uuid4

import pytest

from accounts.access import roles
from accounts.core.details import AccountSecurity, MemberDetails
from accounts.core.errors import ActionRefused, NotPermitted
from accounts.core.origin import Origin
from accounts.models import Account, Activity, Dispute, Member
from accounts.tests.actions import OPERATORS, is_page, is_part, modules, public_functions
from accounts.tests.belongings import Belongings
from accounts.tests.factories import UserFactory
from accounts.tests.harm import EVIL_ADDRESS, REASON
from accounts.tests.support_desk import recovery_of
from clinic.clock import database_now
from practitioners.businesses.details import BusinessDetails
from practitioners.models import Practitioner
from practitioners.settings.details import PractitionerSettings

pytestmark = pytest.mark.django_db

# No member acts there: whoever comes shows a password, has a link from their own mailbox, or acts on the login that is
# signed in, which the view takes from the session and from nowhere else.
OPEN = {
    "addresses.actions.ask_for_email_change",
    "addresses.actions.cancel_email_change",
    "addresses.actions.send_email_change_again",
    "addresses.links.confirm_email_change",
    "addresses.links.object_to_email_change",
    "clinic_settings.opening.actions.free_slug",  # changes nothing
    "clinic_settings.opening.actions.open_account",
    "clinic_settings.opening.actions.opened_before",  # changes nothing
    "clinic_settings.opening.actions.sign_up",
    "identity.email.actions.ask_for_confirmation",
    "identity.email.actions.confirm_email",
    "identity.password.actions.ask_for_password_reset",
    "identity.password.actions.change_password",
    "identity.password.actions.reset_password",
    "identity.sessions.actions.begin_sign_in",
    "identity.sessions.actions.end_other_sign_ins",
    "identity.sessions.actions.end_sign_in",
    "identity.sessions.actions.forget_sign_in",
    "identity.sessions.actions.note_seen",
    "identity.sessions.actions.signing_in",
    "identity.two_factor.actions.change_app",
    "identity.two_factor.actions.make_backup_codes",
    "identity.two_factor.actions.remove_app",
    "identity.two_factor.actions.turn_off",
    "identity.two_factor.actions.turn_on",
    "identity.two_factor.actions.unreadable_words",  # changes nothing
    "identity.two_factor.actions.use_backup_code",
    "identity.two_factor.actions.use_code",
    "identity.two_factor.actions.wrong_code_words",  # changes nothing
    "identity.two_factor.passkeys.actions.add_passkey",
    "identity.two_factor.passkeys.actions.remove_passkey",
    "identity.two_factor.passkeys.actions.turn_on_with_passkey",
    "identity.two_factor.passkeys.actions.use_passkey",
    "identity.two_factor.recovery.actions.stop_own_recovery",
    "identity.two_factor.recovery.actions.stop_recovery_by_link",
    "identity.two_factor.trusted.actions.forget_all_browsers",
    "identity.two_factor.trusted.actions.forget_browser",
    "identity.two_factor.trusted.actions.trust_browser",
    "identity.two_factor.trusted.actions.use_trusted_browser",
    "invitations.accepting.accept_by_login",
    "invitations.accepting.accept_by_password",
    "invitations.answers.ask_for_new_invitation",
    "invitations.answers.decline_invitation",
}


def _those_with(parameter: str) -> list[str]:
    found = {name: each for name, each in public_functions().items() if not is_part(each)}
    return sorted(name for name, each in found.items() if parameter in inspect.signature(each).parameters)


def _given(target: Member, actor: Member, email: str) -> dict[str, Any]:
    """A value for every parameter, by its name; whoever is acted upon is `target`."""
    details = MemberDetails(
        "Mallory", "Marsh", email, "0400 666 666", roles.SCHEDULER, is_practitioner=False, is_active=False
    )
    dispute = Dispute.objects.create(account=target.account, filed_by=actor, story=REASON, created_at=database_now())
    return {
        **dict.fromkeys(("target", "member", "subject", "person"), target),
        **vars(details),
        "account": target.account,
        "actor": actor,
        "details": details,
        "dispute": dispute,
        "expected": None,
        "expected_clocks": None,
        "expected_plan": target.account.plan,
        "expected_security": AccountSecurity.of(target.account).text,
        "expected_details": {"name": target.account.name, "time_zone": target.account.time_zone},
        "expected_shown": "",
        "expected_toggles": [],
        "expected_version": target.version,
        "name": "Mallory Physio",
        "origin": Origin(),
        "phone": "",
        "practitioner": Practitioner.objects.filter(member=target).first(),
        "settings": PractitionerSettings("Charlatan", REASON, frozenset(), numbers=(), rows=()),
        "switched_on": list(roles.Toggle),
        "time_zone": "Europe/Dublin",
        "country": "IE",
        "plan": "large",
        "reason": REASON,
        "evidence": REASON,
        "recovery": recovery_of(target.user, UserFactory(is_staff=True)),
        "rightful_owner": actor.full_name,
        "staff": actor.user,
        "story": REASON,
        "submission": uuid4(),
        "user": target.user,
        "wanted": AccountSecurity(session_timeout=30, require_two_factor=True),
        "verb": Activity.Verb.ACCOUNT_VIEWED,
        "account_ids": [target.account_id],
    }


def _business_given(clinic: Account) -> dict[str, Any]:
    """What those actions take that are about a business, and so about no person."""
    business = clinic.businesses.order_by("pk")[0]
    return {
        "target": business,
        "details": BusinessDetails("Mallory’s rooms", "", "UTC", "", "", is_active=False),
        "expected_version": business.version,
    }


def _call(name: str, given: dict[str, Any]) -> None:
    action = public_functions()[name]
    wanted = inspect.signature(action).parameters.keys()
    assert wanted <= given.keys(), f"Say in _given() what to give {name} for {wanted - given.keys()}."
    if name.startswith("practitioners.businesses."):
        given |= _business_given(given["account"])
    action(**{each: given[each] for each in wanted})


# By a member


# It keeps support from changing anything of hers, which leaves a line in her record.
ONLY_KEEPS = {"identity.two_factor.recovery.actions.stop_recovery_of_member"}


@pytest.mark.parametrize("name", sorted({*_those_with("actor")} - ONLY_KEEPS))
@pytest.mark.parametrize("email", [EVIL_ADDRESS, "olive@harbour.example"])
@pytest.mark.everyday("name", ("somebody_else", "email"))
def test_no_action_changes_anything_of_an_owner_who_is_somebody_else(cast, hers, somebody_else, name, email):
    given = _given(cast.owner, somebody_else, email)
    before = hers.look()

    with suppress(ActionRefused):
        _call(name, given)

    assert hers.look() == before


def _those_about_a_person() -> list[str]:
    about = {*_those_with("target"), *_those_with("practitioner")}
    return [name for name in _those_with("actor") if name in about and not name.startswith("practitioners.businesses.")]


@pytest.mark.parametrize("name", _those_about_a_person())
def test_the_same_call_does_change_somebody_who_is_no_owner(cast, otto, tess, sign_in, name):
    """Otherwise the test above would show nothing."""

    def changes(target):
        target.is_practitioner = True
        target.save()
        theirs = Belongings.of(target, sign_in(target))
        before = theirs.look()
        with suppress(ActionRefused):
            _call(name, _given(target, otto, target.user.email))
        return theirs.look() != before

    assert changes(tess) or changes(cast.invited)


# By support


@pytest.mark.parametrize("name", _those_with("staff"))
def test_what_support_does_is_refused_to_everybody_else(cast, hers, somebody_else, name):
    """S37: an owner or administrator of a clinic is no support, not even to their own clinic."""
    given = _given(cast.owner, somebody_else, EVIL_ADDRESS)
    before = hers.look()

    with pytest.raises(NotPermitted):
        _call(name, given)

    assert hers.look() == before


@pytest.mark.parametrize("name", _those_with("staff"))
@pytest.mark.parametrize("who", ["the owner herself", "somebody who has left support"])
def test_and_to_the_owner_and_to_whoever_has_left_support(cast, hers, otto, name, who):
    left = UserFactory(is_staff=True, is_active=False)
    given = _given(cast.owner, otto, EVIL_ADDRESS)
    before = hers.look()

    with pytest.raises(NotPermitted):
        _call(name, {**given, "staff": cast.owner.user if who == "the owner herself" else left})

    assert hers.look() == before


def test_support_itself_does_take_ownership(cast, hers, otto):
    """Otherwise the two above would show nothing."""
    before, given = hers.look(), _given(cast.owner, otto, EVIL_ADDRESS)

    _call("support.actions.remove_owner", {**given, "staff": UserFactory(is_staff=True)})

    assert hers.look() != before


# Nothing is left out


def test_every_action_is_a_members_or_supports_or_open():
    """One that names nobody who acts would be tried by nobody above."""
    without = {name for name, each in public_functions().items() if not is_part(each)}

    assert without - {*_those_with("actor"), *_those_with("staff")} == OPEN


def test_no_page_calls_a_part_of_an_action_or_what_is_the_operators():
    """The parts check nothing, since the action round them has; the operator's ask nobody."""
    parts = [each for each in public_functions().values() if is_part(each)]
    wrong = [
        f"{page.__name__} has {name}"
        for page in modules()
        if is_page(page)
        for name, each in vars(page).items()
        if each in parts or getattr(inspect.getmodule(each), "__name__", "") in OPERATORS
    ]

    assert parts
    assert wrong == []
