"""Two-factor authentication taken off somebody who has lost it: by an administrator, never an owner's (A35, A40)."""

import pytest
from bs4 import BeautifulSoup

from accounts.access import roles
from accounts.core.errors import ActionRefused, NotPermitted
from accounts.core.origin import Origin
from accounts.identity.two_factor.reset.actions import reset_two_factor
from accounts.models import Activity, Member, OutboundEmail, SecurityEvent, User
from accounts.tests.factories import MemberFactory
from accounts.tests.owners import VERIFIED, WRONG, asks, links_on, section_of, told_on, words_of
from accounts.tests.support_desk import REASONED, at
from accounts.tests.two_factor import enrolled, require_two_factor, second_factor_of

pytestmark = pytest.mark.django_db

RESET = "Reset two-factor authentication"
ALL, NONE = [1, 1, 1, 1], [0, 0, 0, 0]
ELSEWHERE = (
    "Rita Reyes uses this login for more than this clinic, so only they can change how they sign in: with a backup "
    "code, or with the help of"
)


@pytest.fixture
def rita(cast):
    """The receptionist, who has two-factor authentication."""
    return enrolled(cast.receptionist)


@pytest.fixture
def page(url, rita):
    """The address of the page that resets hers."""
    return url("member_two_factor", rita.pk)


def of(member):
    return second_factor_of(member.user)


# Where it stands


def test_it_stands_on_the_page_of_somebody_who_has_a_second_factor(adam, rita, page, url):
    answer = adam.get(url("member", rita.pk))

    assert links_on(answer)[RESET] == page
    since = rita.user.authenticator.created_at
    assert f"On since {since.day} {since:%B %Y}" in section_of(answer, "sign-in")


def test_it_stands_on_no_page_of_somebody_without_one_nor_on_ones_own_nor_on_an_owners(cast, adam, url):
    enrolled(cast.administrator)
    enrolled(cast.owner)

    for member in (cast.practitioner, cast.administrator, cast.owner):
        assert RESET not in links_on(adam.get(url("member", member.pk)))
    assert "Two-factor authenticationOff" in section_of(adam.get(url("member", cast.practitioner.pk)), "sign-in")


def test_the_page_says_what_it_does_and_to_make_sure_who_asks(adam, page):
    words = words_of(adam.get(page))

    assert "Make sure that it is Rita who asks" in words
    assert (
        "Their authenticator app, passkeys and backup codes stop working, and no browser is trusted any more." in words
    )
    assert "They are signed out everywhere. From then on their password alone is enough" in words


def test_where_everybody_is_asked_for_one_it_says_that_they_set_up_another(cast, adam, page):
    enrolled(cast.administrator)
    require_two_factor(cast.clinic)

    assert "are asked to set up two-factor authentication before they can open anything" in words_of(adam.get(page))


# What it does


def test_it_asks_for_the_password_and_does_nothing_until_then(adam, rita, page):
    answer = adam.post(page)

    assert asks(answer)
    assert "Reset the two-factor authentication of Rita Reyes." in words_of(answer)
    assert WRONG in words_of(adam.post(page, {"reverify_password": "wrong"}))
    assert of(rita) == ALL


@pytest.mark.usefixtures("with_grace")
def test_it_asks_whatever_grace_the_operator_allows(adam, rita, page, url):
    adam.post(url("permissions"), {"practitioners_own_notes": "on", **VERIFIED})

    assert asks(adam.post(page))


def test_cancelling_at_the_prompt_leads_back_to_the_page(adam, rita, page):
    assert adam.post(page, {"reverify_cancel": "1"}).url == page
    assert of(rita) == ALL


def test_app_backup_codes_and_trusted_browsers_are_gone_and_nobody_elses(cast, adam, rita, page):
    enrolled(cast.practitioner)

    answer = adam.post(page, VERIFIED, follow=True)

    assert of(rita) == NONE
    assert of(cast.practitioner) == ALL
    assert told_on(answer) == "The two-factor authentication of Rita Reyes was reset. They were told by email."


def test_the_password_stays_theirs(adam, rita, page):
    before = User.objects.get(pk=rita.user_id).password

    adam.post(page, VERIFIED)

    assert User.objects.get(pk=rita.user_id).password == before


def test_it_ends_every_sign_in_of_theirs(adam, rita, page, sign_in, url):
    """A17: whoever holds the phone may be signed in with it."""
    browsers = [sign_in(rita), sign_in(rita)]

    adam.post(page, VERIFIED)

    for each in browsers:
        assert each.get(url("home")).status_code == 302
    assert adam.get(url("home")).status_code == 200


def test_it_is_written_down_in_the_clinic_and_in_the_persons_own_record(cast, adam, rita, page):
    adam.post(page, VERIFIED)

    entry = Activity.objects.get()
    assert (entry.verb, entry.actor, entry.subject) == ("two_factor_reset", cast.administrator, rita)
    event = SecurityEvent.objects.get(kind="two_factor_reset")
    assert (event.user, event.by, event.ip_address) == (rita.user, cast.administrator, "127.0.0.1")


def test_the_person_is_told_by_mail(adam, rita, page):
    """A13."""
    adam.post(page, VERIFIED)

    mail = OutboundEmail.objects.get()
    assert (mail.kind, mail.user, mail.security_event.kind) == ("security_notice", rita.user, "two_factor_reset")


# Whose it never is


@pytest.mark.parametrize("who", ["an owner", "oneself", "nobody with one", "invited", "inactive"])
def test_of_others_it_is_refused_before_any_password_is_asked_for(cast, adam, url, who):
    """A40."""
    member, words = {
        "an owner": (
            cast.owner,
            "Olive Owens is an owner of this account, so only they can change how they sign in: with a",
        ),
        "oneself": (cast.administrator, "You change your own under Sign-in and security."),
        "nobody with one": (cast.practitioner, "Paul Prasad has no two-factor authentication, so there is nothing"),
        "invited": (cast.invited, "Ivy Ito has not accepted the invitation yet."),
        "inactive": (MemberFactory(account=cast.clinic, is_active=False, first_name="Ina"), "is inactive."),
    }[who]
    if who != "nobody with one":
        enrolled(member)
    before = of(member)
    address = url("member_two_factor", member.pk)

    for answer in (adam.get(address, follow=True), adam.post(address, follow=True), adam.post(address, VERIFIED)):
        assert not asks(answer)
    assert words in told_on(adam.get(address, follow=True))
    assert of(member) == before
    assert not Activity.objects.exists()


def test_an_owner_does_not_reset_another_owners(otto, olive, url):
    """A40: owners are no exception."""
    enrolled(otto)

    answer = olive.post(url("member_two_factor", otto.pk), VERIFIED, follow=True)

    assert "only they can change how they sign in" in told_on(answer)
    assert of(otto) == ALL


@pytest.mark.parametrize("role", sorted(set(roles.ROLES) - {roles.ADMINISTRATOR}))
def test_nobody_but_an_administrator_resets_one(cast, sign_in, rita, page, role):
    client = sign_in(MemberFactory(account=cast.clinic, role=role))

    assert client.get(page).status_code == client.post(page, VERIFIED).status_code == 403
    assert of(rita) == ALL


def test_one_clinic_does_not_weaken_how_somebody_signs_in_to_another(cast, adam, rita, page, url):
    """C2's spirit; the other clinic is not named."""
    MemberFactory(account=cast.other_clinic, user=rita.user)

    answer = adam.post(page, VERIFIED, follow=True)

    assert ELSEWHERE in told_on(answer)
    assert cast.other_clinic.name not in answer.text
    assert of(rita) == ALL
    shown = adam.get(url("member", rita.pk))
    assert ELSEWHERE in section_of(shown, "sign-in")
    assert RESET not in links_on(shown)


@pytest.mark.parametrize("fields", [{"joined_at": None}, {"is_active": False}], ids=str)
def test_another_clinic_that_they_cannot_use_is_not_in_the_way(cast, adam, rita, page, fields):
    """Or anybody could keep it from being reset by an invitation, and that invitation would show."""
    MemberFactory(account=cast.other_clinic, user=rita.user, **fields)

    adam.post(page, VERIFIED)

    assert of(rita) == NONE


def test_nor_to_our_support_site(adam, rita, page):
    """S37."""
    User.objects.filter(pk=rita.user_id).update(is_staff=True)

    assert ELSEWHERE in told_on(adam.post(page, VERIFIED, follow=True))
    assert of(rita) == ALL


# Under the lock


def test_whoever_became_an_owner_while_the_page_was_open_keeps_theirs(cast, tess, rita):
    target = Member.objects.get(pk=tess.pk)
    Member.objects.filter(pk=tess.pk).update(is_owner=True)

    with pytest.raises(NotPermitted):
        reset_two_factor(actor=cast.administrator, target=target, origin=Origin())
    assert of(tess) == ALL


def test_whoever_joined_another_clinic_while_the_page_was_open_keeps_theirs(cast, rita):
    MemberFactory(account=cast.other_clinic, user=rita.user)

    with pytest.raises(ActionRefused, match="for more than this clinic"):
        reset_two_factor(actor=cast.administrator, target=rita, origin=Origin())
    assert of(rita) == ALL


def test_whoever_lost_the_right_while_the_page_was_open_resets_nothing(cast, rita):
    actor = Member.objects.get(pk=cast.administrator.pk)
    Member.objects.filter(pk=actor.pk).update(role=roles.SCHEDULER)

    with pytest.raises(NotPermitted):
        reset_two_factor(actor=actor, target=rita, origin=Origin())
    assert of(rita) == ALL


def test_sent_twice_it_is_done_once(adam, rita, page):
    adam.post(page, VERIFIED)

    answer = adam.post(page, VERIFIED, follow=True)

    assert "has no two-factor authentication, so there is nothing to reset." in told_on(answer)
    assert Activity.objects.count() == SecurityEvent.objects.filter(kind="two_factor_reset").count() == 1


# An owner who has lost everything, where their clinic has another administrator


def test_with_support_an_owner_who_lost_everything_comes_in_again(cast, adam, desk, sign_in, url):
    """Another owner, then no owner, then a reset, then an owner again: each step told to all owners."""
    olive, address = enrolled(cast.owner), url("member_two_factor", cast.owner.pk)
    clinic = cast.clinic.pk
    adam.post(address, VERIFIED)
    assert of(olive) == ALL

    desk.post(at("owner_appoint", clinic, cast.administrator.pk), REASONED)
    adam.post(address, VERIFIED)
    assert of(olive) == ALL
    desk.post(at("owner_remove", clinic, olive.pk), REASONED)
    adam.post(address, VERIFIED)

    assert of(olive) == NONE
    adam.post(url("member_ownership", olive.pk), VERIFIED)
    assert Member.objects.get(pk=olive.pk).is_owner
    assert sign_in(olive).get(url("home")).status_code == 200


def test_the_page_holds_one_form_and_no_field_but_the_token(adam, page):
    """Whom it is about stands in the address alone (A38)."""
    form = BeautifulSoup(adam.get(page).text, "html.parser").main.find("form")

    assert [each.get("name") for each in form.find_all(["input", "select"])] == ["csrfmiddlewaretoken"]
