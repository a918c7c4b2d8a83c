"""Two-factor authentication reset by our support, for somebody whom no clinic can help (A70, PRODUCT B9)."""

from datetime import timedelta

import pytest
from bs4 import BeautifulSoup
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.access import roles
from accounts.clinic_settings.closing.erasure import erase
from accounts.core.errors import ActionRefused, NotPermitted
from accounts.core.origin import Origin
from accounts.core.tokens import RecoveryLink
from accounts.identity.two_factor.recovery import actions as two_factor_recovery
from accounts.identity.two_factor.reset.actions import reset_two_factor
from accounts.identity.two_factor.secrets import decrypt
from accounts.models import Activity, Member, OutboundEmail, SecurityEvent, TwoFactorRecovery, User
from accounts.tests.address_changes import pending_change
from accounts.tests.authenticators import (
    code_of,
    give_app,
    give_backup_codes,
    is_signed_in,
    show_code,
    show_password,
    wrong,
)
from accounts.tests.factories import PASSWORD, AccountFactory, MemberFactory, UserFactory
from accounts.tests.links import path_in, snapshot
from accounts.tests.owners import administrator_of, asks, by_reader, told_on, words_of
from accounts.tests.soft_passkey import asked, give_passkey
from accounts.tests.support_desk import REASON, REASONED, at, close_row, lock_row, recovery_of, support_staff
from accounts.tests.two_factor import enrolled, require_two_factor, second_factor_of
from clinic.clock import database_now

pytestmark = [pytest.mark.django_db, pytest.mark.database]

ALL, NONE = [1, 1, 1, 1], [0, 0, 0, 0]
EVIDENCE = "Called back at the number on file; passport 4711 seen."
STARTED = {**REASONED, "evidence": EVIDENCE}
OPENED, STOPPED = Activity.Verb.TWO_FACTOR_RECOVERY_OPENED, Activity.Verb.TWO_FACTOR_RECOVERY_STOPPED
BY_PERSON, DONE = Activity.Verb.TWO_FACTOR_RECOVERY_STOPPED_BY_PERSON, Activity.Verb.TWO_FACTOR_RECOVERY_DONE


@pytest.fixture
def olive_member(cast):
    """The only owner, who has two-factor authentication."""
    return enrolled(cast.owner)


@pytest.fixture
def login(olive_member):
    return olive_member.user


@pytest.fixture
def pat(db):
    """Another of support."""
    return support_staff("pat@support.example")


def only():
    return TwoFactorRecovery.objects.get()


def done(account):
    """What is written in the clinic's log, but for what support read."""
    return [entry.verb for entry in account.activity.exclude(verb__in=Activity.READ).order_by("pk")]


def open_page(user):
    return at("recovery_open", user.pk)


def complete_page(recovery):
    return at("recovery_complete", recovery.user_id, recovery.pk)


def due(recovery):
    """Let the waiting time of it be over by the database's clock."""
    wait = recovery.due_at - recovery.opened_at
    shifted = {name: getattr(recovery, name) - wait for name in ("opened_at", "due_at", "lapses_at")}
    TwoFactorRecovery.objects.filter(pk=recovery.pk).update(**shifted)


# From beginning to end


def test_a_sole_owner_who_lost_everything_comes_in_again(cast, login, desk, pat, sign_in, deliver_mail):
    """Found, started, waited for, completed by a second person; then the password alone, and a new app."""
    require_two_factor(cast.clinic)
    hash_before = login.password

    found = desk.get(at("person_find"), {"email": " Olive@Harbour.Example "})
    assert found.url == at("person", login.pk)
    page = desk.get(found.url)
    assert "Two-factor authentication is on." in words_of(page)
    assert desk.post(open_page(login), STARTED).url == at("person", login.pk)
    due(only())
    pats = sign_in(pat)
    assert pats.post(complete_page(only()), REASONED).url == at("person", login.pk)

    assert second_factor_of(login) == NONE
    login.refresh_from_db()
    assert login.password == hash_before
    browser = Client()
    assert show_password(browser, login).status_code == 302
    assert is_signed_in(browser)
    gate = browser.get(reverse("accounts:home", args=[cast.clinic.slug]))
    assert "two-factor" in gate.text and gate.status_code == 403
    assert done(cast.clinic) == [OPENED, DONE]
    recovery = only()
    assert (recovery.outcome, recovery.opened_by.email, recovery.ended_by) == ("done", "sam@support.example", pat)
    kinds = [event.kind for event in SecurityEvent.objects.filter(user=login).order_by("pk")]
    assert kinds[:2] == ["two_factor_recovery_opened", "two_factor_recovery_done"]


def test_it_asks_for_evidence_a_reason_and_the_password_and_loses_nothing_that_was_typed(login, desk):
    before = snapshot()

    for form, error in (
        ({"reason": REASON}, "Write down how you made sure who is asking."),
        ({"reason": REASON, "evidence": "short"}, "at least 10 characters"),
        ({"evidence": EVIDENCE}, "Write down why."),
    ):
        answer = desk.post(open_page(login), form)
        assert (answer.status_code, asks(answer)) == (422, False)
        assert error in words_of(answer)
    prompt = desk.post(open_page(login), {"reason": REASON, "evidence": EVIDENCE})
    assert asks(prompt) and EVIDENCE in prompt.text and REASON in prompt.text
    cancelled = desk.post(open_page(login), {"reason": REASON, "evidence": EVIDENCE, "reverify_cancel": "1"})
    assert EVIDENCE in cancelled.text and not asks(cancelled)

    assert snapshot() == before


@pytest.mark.parametrize("act", ["recovery_open", "recovery_complete", "recovery_withdraw"])
def test_it_asks_every_time_whatever_grace_the_operator_allows(login, desk, pat, settings, act):
    settings.REVERIFY_GRACE_SECONDS = 3600
    other = give_app(UserFactory(email="first@mail.example")) and User.objects.get(email="first@mail.example")
    desk.post(open_page(other), STARTED)
    recovery = recovery_of(login, pat, due=True) if act != "recovery_open" else None
    address = at(act, login.pk, *([recovery.pk] if recovery else []))

    assert asks(desk.post(address, {"reason": REASON, "evidence": EVIDENCE}))


# The time


def test_before_its_time_nobody_completes_it_at_it_somebody_does_and_afterwards_it_has_lapsed(login, sam, pat):
    recovery = recovery_of(login, pat)
    with pytest.raises(ActionRefused, match="can be completed from"):
        two_factor_recovery.complete_recovery(staff=sam, recovery=recovery, reason=REASON)

    now = database_now()
    TwoFactorRecovery.objects.update(due_at=now + timedelta(minutes=1))
    with pytest.raises(ActionRefused, match="can be completed from"):
        two_factor_recovery.complete_recovery(staff=sam, recovery=recovery, reason=REASON)
    TwoFactorRecovery.objects.update(
        opened_at=now - timedelta(days=5), due_at=now - timedelta(days=4), lapses_at=now - timedelta(seconds=1)
    )
    with pytest.raises(ActionRefused, match="has lapsed"):
        two_factor_recovery.complete_recovery(staff=sam, recovery=recovery, reason=REASON)
    assert second_factor_of(login) == ALL
    TwoFactorRecovery.objects.update(due_at=database_now(), lapses_at=now + timedelta(days=1))
    two_factor_recovery.complete_recovery(staff=sam, recovery=recovery, reason=REASON)
    assert second_factor_of(login) == NONE


def test_one_that_lapsed_makes_room_for_another(login, sam):
    past = database_now() - timedelta(days=8)
    old = recovery_of(login, sam, due=True)
    TwoFactorRecovery.objects.update(
        opened_at=past - timedelta(days=3), due_at=past, lapses_at=past + TwoFactorRecovery.TIME_TO_COMPLETE
    )

    new = two_factor_recovery.open_recovery(staff=sam, user=login, evidence=EVIDENCE, reason=REASON)

    old.refresh_from_db()
    assert (old.outcome, new.ended_at) == ("lapsed", None)
    assert new.due_at - new.opened_at == timedelta(hours=72)


def test_the_operator_makes_it_wait_longer(login, sam, settings):
    settings.TWO_FACTOR_RECOVERY_HOURS = 120

    recovery = two_factor_recovery.open_recovery(staff=sam, user=login, evidence=EVIDENCE, reason=REASON)

    assert recovery.due_at - recovery.opened_at == timedelta(hours=120)


# Who of support


def test_whoever_started_it_leaves_it_to_another_if_there_is_one(login, desk, sam, pat):
    recovery = recovery_of(login, sam, due=True)

    page = desk.get(complete_page(recovery))
    answer = desk.post(complete_page(recovery), REASONED)

    assert "someone else of support has to complete it" in words_of(page)
    assert (answer.status_code, second_factor_of(login)) == (422, ALL)


@pytest.mark.parametrize("pats", ["is_active", "password", "two_factor", "shares a clinic"])
def test_another_who_cannot_do_it_leaves_it_to_whoever_started_it(cast, login, desk, sam, pat, pats):
    """Or a login that nobody uses any more would shut people out."""
    if pats == "two_factor":
        pat.authenticator.delete()
    elif pats == "shares a clinic":
        MemberFactory(account=cast.clinic, user=pat)
    else:
        User.objects.filter(pk=pat.pk).update(**{pats: {"is_active": False, "password": "!x"}[pats]})
    recovery = recovery_of(login, sam, due=True)

    assert desk.post(complete_page(recovery), REASONED).status_code == 302
    assert second_factor_of(login) == NONE


def test_nobody_of_support_does_it_for_themselves_or_for_one_another(sam, pat):
    for user in (sam, pat):
        with pytest.raises(ActionRefused):
            two_factor_recovery.open_recovery(staff=sam, user=user, evidence=EVIDENCE, reason=REASON)


def test_whoever_belongs_to_a_clinic_of_theirs_leaves_it_to_another_and_an_invitation_keeps_no_one_off(
    cast, login, sam, desk
):
    """A61."""
    invited = MemberFactory(account=cast.clinic, user=sam, joined_at=None)
    two_factor_recovery.open_recovery(staff=sam, user=login, evidence=EVIDENCE, reason=REASON)
    Member.objects.filter(pk=invited.pk).update(joined_at=database_now())

    with pytest.raises(NotPermitted, match="You belong to a clinic of theirs"):
        two_factor_recovery.withdraw_recovery(staff=sam, recovery=only(), reason=REASON)


def test_somebody_who_left_support_meanwhile_does_nothing(login, sam):
    User.objects.filter(pk=sam.pk).update(is_staff=False)

    with pytest.raises(NotPermitted):
        two_factor_recovery.open_recovery(staff=sam, user=login, evidence=EVIDENCE, reason=REASON)


# Whose it is not


def _works_in_support(member):
    User.objects.filter(pk=member.user_id).update(is_staff=True)


def _was_switched_off(member):
    User.objects.filter(pk=member.user_id).update(is_active=False)


def _is_unproved(member):
    User.objects.filter(pk=member.user_id).update(email_confirmed_at=None)


def _has_none(member):
    member.user.authenticator.delete()
    member.user.passkeys.all().delete()


def _just_moved(member):
    pending_change(member, confirmed_at=database_now(), old_was_confirmed=True)


@pytest.mark.parametrize(
    ("case", "words"),
    [
        (_works_in_support, "works in support"),
        (_was_switched_off, "was switched off"),
        (_is_unproved, "has yet to be confirmed. Have them ask for a password reset"),
        (_has_none, "has no two-factor authentication"),
        (_just_moved, "the address before it can still undo the change"),
    ],
    ids=lambda each: getattr(each, "__name__", ""),
)
def test_where_it_cannot_be_the_page_says_why_and_what_to_do(olive_member, desk, sam, case, words):
    case(olive_member)
    login = User.objects.get(pk=olive_member.user_id)
    before = snapshot()

    assert words in words_of(desk.get(at("person", login.pk)))
    assert words in words_of(desk.get(open_page(login)))
    answer = desk.post(open_page(login), STARTED)

    assert answer.status_code == 422 and words in words_of(answer)
    assert snapshot() == before
    # Nor is one completed that was started before it came to be so.
    recovery = recovery_of(login, sam, due=True)
    with pytest.raises(ActionRefused):
        two_factor_recovery.complete_recovery(staff=sam, recovery=recovery, reason=REASON)


def test_somebody_who_belongs_to_no_clinic_any_more_is_helped_too(rita, sam):
    """They may open one of their own, or accept an invitation: both take two-factor authentication."""
    Member.objects.filter(user=rita.user).update(is_active=False)
    recovery = recovery_of(rita.user, sam, due=True)

    two_factor_recovery.complete_recovery(staff=sam, recovery=recovery, reason=REASON)

    assert not rita.user.has_two_factor


def test_an_address_that_was_changed_since_takes_new_evidence(login, sam):
    recovery = recovery_of(login, sam, due=True, email="before@harbour.example")

    with pytest.raises(ActionRefused, match="The address was changed from before@harbour.example"):
        two_factor_recovery.complete_recovery(staff=sam, recovery=recovery, reason=REASON)


def test_one_is_open_at_a_time_and_three_are_started_in_thirty_days(login, sam, desk):
    """Each is mail to everybody concerned."""
    for _ in range(3):
        two_factor_recovery.open_recovery(staff=sam, user=login, evidence=EVIDENCE, reason=REASON)
        assert "has been started already" in words_of(desk.post(open_page(login), STARTED))
        two_factor_recovery.withdraw_recovery(
            staff=sam, recovery=TwoFactorRecovery.objects.get(ended_at=None), reason=REASON
        )

    assert "3 two-factor resets were started" in words_of(desk.post(open_page(login), STARTED))
    TwoFactorRecovery.objects.update(opened_at=database_now() - timedelta(days=31))
    assert desk.post(open_page(login), STARTED).status_code == 302


def test_the_database_allows_one_open_and_no_end_without_an_outcome(login, sam):
    recovery = recovery_of(login, sam)
    for wrong_row in (
        lambda: recovery_of(login, sam),
        lambda: TwoFactorRecovery.objects.filter(pk=recovery.pk).update(ended_at=database_now()),
        lambda: TwoFactorRecovery.objects.filter(pk=recovery.pk).update(due_at=recovery.opened_at),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            wrong_row()


# What stops it


@pytest.fixture
def rita(cast):
    """A receptionist with an app, a passkey and backup codes, for whom support has started a reset."""
    give_app(cast.receptionist.user)
    return cast.receptionist


def _code(user):
    browser = Client()
    show_password(browser, user)
    assert show_code(browser, code_of(user)).status_code == 302


def _backup_code(user):
    code, browser = give_backup_codes(user)[0], Client()
    show_password(browser, user)
    browser.post(reverse("accounts:two_factor_sign_in") + "?with=backup", {"code": code})


def _passkey(user):
    passkey, browser = give_passkey(user), Client()
    show_password(browser, user)
    browser.post(reverse("accounts:two_factor_sign_in"), {"code": "", "passkey": passkey.show(asked(user))})


def _act_with_present_factor(user):
    browser = Client()
    browser.force_login(user, backend="accounts.authentication.MemberBackend")
    form = {"reverify_password": PASSWORD, "present_code": code_of(user)}
    assert browser.post(reverse("accounts:backup_codes"), form).status_code == 302


@pytest.mark.parametrize(
    "sign", [_code, _backup_code, _passkey, _act_with_present_factor], ids=lambda each: each.__name__
)
def test_any_sign_of_life_of_the_second_factor_stops_it(cast, rita, sam, desk, sign, deliver_mail):
    recovery = recovery_of(rita.user, sam, due=True)

    sign(rita.user)

    assert only().outcome == "sign_of_life"
    assert desk.post(complete_page(recovery), REASONED).status_code == 422
    assert rita.user.has_two_factor
    assert BY_PERSON in done(cast.clinic)
    told = by_reader([mail for mail in deliver_mail() if "stays on" in mail.subject])
    assert told.keys() == {"rita@harbour.example", "olive@harbour.example"}
    assert "someone (probably you) used a code" in " ".join(told["rita@harbour.example"].body.split())


def test_the_password_alone_a_wrong_code_and_a_trusted_browser_do_not(cast, rita, sam):
    recovery_of(rita.user, sam)
    browser = Client()
    show_password(browser, rita.user)
    show_code(browser, wrong(decrypt(rita.user.authenticator.seed)))

    assert only().ended_at is None


def test_the_link_in_the_persons_mail_stops_it_without_signing_in(rita, sam, deliver_mail):
    two_factor_recovery.open_recovery(staff=sam, user=rita.user, evidence=EVIDENCE, reason=REASON)
    link = path_in(by_reader(deliver_mail())["rita@harbour.example"])
    browser = Client()

    went = browser.get(link)
    assert went.url == reverse("accounts:recovery_stop")
    assert went["Referrer-Policy"] == "no-referrer"
    page = browser.get(went.url)
    assert "From " in words_of(page) and only().ended_at is None
    unticked = browser.post(went.url)
    assert (unticked.status_code, only().ended_at) == (422, None)
    stopped = browser.post(went.url, {"not_me": "yes"})

    assert "The two-factor reset was stopped" in words_of(stopped)
    assert only().outcome == "stopped_by_link"
    browser.get(link)
    again = browser.post(went.url, {"not_me": "yes"})
    assert again.status_code == 422 and "has ended already" in words_of(again)


@pytest.mark.parametrize("token", ["", "1", "1.x", "x.y"])
def test_a_link_that_is_not_ours_stops_nothing(rita, sam, token):
    recovery = recovery_of(rita.user, sam)
    browser = Client()
    browser.get(reverse("accounts:recovery_link", args=[token or "z"]))

    answer = browser.post(reverse("accounts:recovery_stop"), {"not_me": "yes", "recovery": recovery.pk})

    assert answer.status_code == 422 and "This link is not complete" in words_of(answer)
    assert only().ended_at is None
    assert RecoveryLink.read(RecoveryLink.of(recovery).token()) == RecoveryLink(recovery.pk)


def test_the_person_stops_it_in_an_open_session(rita, sam, sign_in):
    recovery_of(rita.user, sam)
    browser = sign_in(rita)
    page = browser.get(reverse("accounts:security"))
    assert "Support was asked to reset your two-factor authentication" in words_of(page)

    answer = browser.post(reverse("accounts:own_recovery_stop"), follow=True)

    assert "The two-factor reset was stopped." in told_on(answer)
    assert "Support was asked" not in words_of(answer)
    assert only().outcome == "stopped_by_person"
    assert "There is no two-factor reset to stop." in told_on(
        browser.post(reverse("accounts:own_recovery_stop"), follow=True)
    )


def test_an_owner_of_a_clinic_of_theirs_stops_it_and_no_other_clinic_learns_where(cast, rita, sam, olive, url):
    MemberFactory(account=cast.other_clinic, user=rita.user, role=roles.ADMINISTRATOR)
    recovery_of(rita.user, sam)
    assert "For Rita Reyes, from" in words_of(olive.get(url("ownership")))

    answer = olive.post(url("member_recovery_stop", rita.pk), follow=True)

    assert "The two-factor reset for Rita Reyes was stopped." in told_on(answer)
    recovery = only()
    assert (recovery.outcome, recovery.stopped_by) == ("stopped_by_clinic", cast.owner)
    [here] = cast.clinic.activity.filter(verb=STOPPED)
    [there] = cast.other_clinic.activity.filter(verb=STOPPED)
    assert (here.actor, there.actor, there.staff) == (cast.owner, None, None)
    event = SecurityEvent.objects.get(kind="two_factor_recovery_stopped")
    assert event.by == cast.owner


def test_an_administrator_stops_it_only_where_nobody_but_the_person_owns_the_clinic(cast, login, adam, url, sam, rita):
    recovery_of(rita.user, sam)
    page = adam.get(url("ownership"))
    assert "Only an owner can stop it." in words_of(page)
    assert "You may not do this" in told_on(adam.post(url("member_recovery_stop", rita.pk), follow=True))
    assert only().ended_at is None
    TwoFactorRecovery.objects.all().delete()

    recovery_of(login, sam)
    adam.post(url("member_recovery_stop", cast.owner.pk))

    assert only().outcome == "stopped_by_clinic"


@pytest.mark.parametrize("role", sorted(set(roles.ROLES) - {roles.ADMINISTRATOR}))
def test_nobody_else_in_the_clinic_stops_it(cast, sign_in, sam, login, url, role):
    recovery_of(login, sam)
    client = sign_in(MemberFactory(account=cast.clinic, role=role))

    assert client.post(url("member_recovery_stop", cast.owner.pk)).status_code == 403
    assert only().ended_at is None


def test_a_clinic_that_stopped_one_does_not_shut_somebody_out_of_the_rest_of_their_clinics(cast, rita, sam, olive, url):
    """An employer could, who does not want them back in their own practice."""
    recovery_of(rita.user, sam)
    olive.post(url("member_recovery_stop", rita.pk))
    again = recovery_of(rita.user, sam)

    answer = olive.post(url("member_recovery_stop", rita.pk), follow=True)

    assert "within the last 30 days. Write to" in told_on(answer)
    again.refresh_from_db()
    assert again.ended_at is None


@pytest.mark.parametrize("fields", [{"joined_at": None}, {"is_active": False}], ids=str)
def test_a_clinic_that_they_do_not_belong_to_neither_sees_nor_stops_nor_hears_of_it(cast, login, sam, sign_in, fields):
    member = MemberFactory(account=cast.other_clinic, user=login, **fields)
    owner = administrator_of(cast.other_clinic, "Una", "Ulm", is_owner=True)
    browser, slug = sign_in(owner), cast.other_clinic.slug

    two_factor_recovery.open_recovery(staff=sam, user=login, evidence=EVIDENCE, reason=REASON)
    page = browser.get(reverse("accounts:ownership", args=[slug]))
    browser.post(reverse("accounts:member_recovery_stop", args=[slug, member.pk]))

    assert "Support was asked" not in words_of(page)
    assert only().ended_at is None
    assert OPENED not in done(cast.other_clinic)
    assert not OutboundEmail.objects.filter(user=owner.user).exists()


def test_support_withdraws_it_with_a_reason(cast, login, desk, pat, deliver_mail):
    recovery = recovery_of(login, pat)

    desk.post(at("recovery_withdraw", login.pk, recovery.pk), {**REASONED, "reason": "The caller was not her."})

    recovery.refresh_from_db()
    assert (recovery.outcome, recovery.end_reason) == ("withdrawn", "The caller was not her.")
    assert done(cast.clinic) == [STOPPED]
    told = by_reader(deliver_mail())
    assert "The caller was not her." in told["olive@harbour.example"].body
    assert "The caller was not her." in told["adam@harbour.example"].body


def test_an_administrators_own_reset_overtakes_it(cast, rita, sam):
    recovery_of(rita.user, sam)

    reset_two_factor(actor=cast.administrator, target=rita, origin=Origin())

    assert only().outcome == "overtaken"


# What people are told


def test_the_person_and_each_clinics_owners_are_told_what_when_and_how_to_stop_it(cast, rita, sam, deliver_mail):
    """A13. The evidence stays with support."""
    una = administrator_of(cast.other_clinic, "Una", "Ulm", is_owner=True)
    MemberFactory(account=cast.other_clinic, user=rita.user)

    recovery = two_factor_recovery.open_recovery(staff=sam, user=rita.user, evidence=EVIDENCE, reason=REASON)

    told = by_reader(deliver_mail())
    assert told.keys() == {"rita@harbour.example", "olive@harbour.example", una.user.email}
    hers, olives = (" ".join(told[f"{name}@harbour.example"].body.split()) for name in ("rita", "olive"))
    day = f"{recovery.due_at:%Y} at {recovery.due_at:%H:%M}"
    for words in (hers, olives):
        assert REASON in words and day in words and "passport" not in words
    assert "Your password stays as it is" in hers and "Stop this" in hers
    assert "stop it before then under Account ownership" in olives
    assert path_in(told["olive@harbour.example"]) == reverse("accounts:ownership", args=[cast.clinic.slug])
    assert "Harbour" not in told[una.user.email].body


def test_an_unproved_address_gets_no_mail_of_it(cast, rita, sam, deliver_mail):
    """A62: neither the owner's."""
    User.objects.filter(pk=cast.owner.user_id).update(email_confirmed_at=None)

    two_factor_recovery.open_recovery(staff=sam, user=rita.user, evidence=EVIDENCE, reason=REASON)

    assert by_reader(deliver_mail()).keys() == {"rita@harbour.example"}


@pytest.mark.parametrize("state", [close_row, lock_row], ids=["closed", "locked"])
def test_where_the_clinic_is_closed_or_locked_it_works_and_its_owners_hear_of_it(cast, login, sam, state, deliver_mail):
    state(cast.clinic)
    recovery = two_factor_recovery.open_recovery(staff=sam, user=login, evidence=EVIDENCE, reason=REASON)
    assert {"olive@harbour.example", "adam@harbour.example"} <= by_reader(deliver_mail()).keys()
    due(recovery)

    two_factor_recovery.complete_recovery(staff=sam, recovery=recovery, reason=REASON)

    assert second_factor_of(login) == NONE
    assert done(cast.clinic) == [OPENED, DONE]


def test_when_it_is_done_everybody_is_told_and_signed_out(cast, rita, sam, sign_in, deliver_mail, url):
    browser = sign_in(rita)
    recovery = recovery_of(rita.user, sam, due=True)

    two_factor_recovery.complete_recovery(staff=sam, recovery=recovery, reason=REASON)

    assert browser.get(url("home")).status_code == 302
    told = by_reader(deliver_mail())
    assert told.keys() == {"rita@harbour.example", "olive@harbour.example"}
    assert all("was reset" in mail.subject for mail in told.values())


def test_the_persons_own_page_and_the_clinics_page_say_who_did_what(cast, rita, sam, olive, sign_in, url):
    recovery = two_factor_recovery.open_recovery(staff=sam, user=rita.user, evidence=EVIDENCE, reason=REASON)
    two_factor_recovery.withdraw_recovery(staff=sam, recovery=recovery, reason="It was a mistake.")

    assert "Two-factor reset started by support" in words_of(sign_in(rita).get(reverse("accounts:security")))
    history = words_of(olive.get(url("ownership")))
    assert f"Support started a two-factor reset for Rita Reyes: “{REASON}”" in history
    assert "Support stopped the two-factor reset for Rita Reyes: “It was a mistake.”" in history


def test_erasing_the_last_clinic_of_a_login_takes_its_resets_along(rita, sam):
    account = AccountFactory(creator=None)
    user = MemberFactory(account=account).user
    give_app(user)
    two_factor_recovery.open_recovery(staff=sam, user=user, evidence=EVIDENCE, reason=REASON)
    close_row(account, days=-1)

    assert erase(account.pk)

    assert not User.objects.filter(pk=user.pk).exists()
    assert not TwoFactorRecovery.objects.exists()


# The pages of support


def test_finding_a_login_is_written_down_where_its_clinics_see_it(cast, login, desk):
    """A66."""
    MemberFactory(account=cast.other_clinic, user=login)
    desk.get(at("person_find"), {"email": "nobody@harbour.example"})
    assert not Activity.objects.exists()

    desk.get(at("person_find"), {"email": login.email}, follow=True)

    assert {(entry.account_id, entry.verb) for entry in Activity.objects.all()} == {
        (cast.clinic.pk, "account_found"),
        (cast.other_clinic.pk, "account_found"),
    }


def test_a_login_is_found_by_its_whole_address_alone(cast, login, desk):
    for typed in ("olive", "harbour.example", "%", "x" * 400):
        page = desk.get(at("person_find"), {"email": typed})
        assert "No one signs in with" in words_of(page)


def test_a_reset_of_somebody_else_is_not_found_under_this_one(rita, login, sam, desk):
    """A38."""
    recovery = recovery_of(login, sam, due=True)
    for name in ("recovery_complete", "recovery_withdraw"):
        address = at(name, rita.user_id, recovery.pk)
        assert desk.get(address).status_code == desk.post(address, REASONED).status_code == 404
    assert only().ended_at is None


def test_the_list_shows_what_waits_first_with_its_state_in_words(login, rita, sam, desk):
    recovery_of(login, sam, ended_at=database_now(), outcome="withdrawn")
    recovery_of(login, sam)
    recovery_of(rita.user, sam, due=True)

    def rows(**asked):
        table = BeautifulSoup(desk.get(at("accounts_twofactorrecovery_changelist"), asked).text, "html.parser").tbody
        return [row.find_all(["th", "td"])[3].get_text(" ", strip=True) for row in table.find_all("tr")]

    everything = rows()
    assert everything[:2] == ["Can be completed", "Waiting"] and everything[2].startswith("Withdrawn by support")
    assert rows(state="open") == everything[:2]
    assert rows(state="ended") == everything[2:]
    assert rows(q="rita@") == everything[:1]


def _waits_in(pages, browser):
    found = []
    for page in pages:
        with CaptureQueriesContext(connection) as queries:
            assert browser.get(page).status_code == 200
        found.append(len(queries))
    return found


def test_the_pages_take_as_many_queries_for_many_as_for_one(cast, login, sam, desk, olive, url):
    """For clinics of a login, resets in a list, and people of a clinic for whom one waits."""
    recovery_of(login, sam)
    pages = [at("accounts_twofactorrecovery_changelist"), at("person", login.pk), open_page(login)]
    _waits_in([*pages], desk), _waits_in([url("ownership")], olive)
    few = [*_waits_in(pages, desk), *_waits_in([url("ownership")], olive)]
    for _ in range(7):
        MemberFactory(account=AccountFactory(), user=login)
        recovery_of(login, sam, ended_at=database_now(), outcome="withdrawn")
        recovery_of(MemberFactory(account=cast.clinic).user, sam)
    _waits_in(pages, desk)

    assert [*_waits_in(pages, desk), *_waits_in([url("ownership")], olive)] == few


def test_markup_in_what_support_writes_is_inert(login, desk, sam, sign_in, olive, url):
    """C16."""
    desk.post(open_page(login), {**STARTED, "evidence": "<b>papers</b> seen", "reason": "<i>phone</i> was lost"})

    page = desk.get(at("person", login.pk)).text + olive.get(url("ownership")).text
    assert "<b>papers" not in page and "<i>phone" not in page


def test_at_the_code_page_people_are_told_of_the_way(rita, client):
    show_password(client, rita.user)
    words = words_of(client.get(reverse("accounts:two_factor_sign_in")))

    assert "If they can’t, or you’re an owner, write to support@" in words
