"""What strangers can ask for is limited by IP address; people who have confirmed theirs are not held up by it (A63)."""

from datetime import timedelta

import pytest
from bs4 import BeautifulSoup
from django.test import Client
from django.urls import reverse

from accounts.access import roles
from accounts.core.errors import LimitReached
from accounts.core.network_limits import (
    CONFIRMATION,
    INVITATIONS,
    NEW_INVITATION,
    PASSWORD_RESET,
    SIGN_UP,
    SUPPORT_REQUEST,
    count_use,
)
from accounts.core.origin import Origin
from accounts.identity.sessions.upkeep import forget_expired_sign_ins
from accounts.models import Dispute, Invitation, LimitedUse, Member, OutboundEmail, User
from accounts.people.actions import add_member
from accounts.tests.attacks import invite, sign_up
from accounts.tests.factories import AccountFactory, MemberFactory, PendingMemberFactory
from accounts.tests.invitations.test_unconfirmed_creator import details
from accounts.tests.links import opened
from accounts.tests.owners import VERIFIED
from accounts.tests.pages import typed_on
from clinic.clock import database_now

pytestmark = [pytest.mark.django_db, pytest.mark.database]

HERE, ELSEWHERE = "203.0.113.9", "198.51.100.7"
EARLIER = timedelta(minutes=61)


def time_passes(by: timedelta = EARLIER) -> None:
    """Let every counted request be that much older."""
    for row in LimitedUse.objects.all():
        row.times = [each - by.total_seconds() for each in row.times]
        row.last_at -= by
        row.save()


def unconfirmed(user: User) -> None:
    User.objects.filter(pk=user.pk).update(email_confirmed_at=None)


@pytest.fixture
def clinic_limits(settings):
    """Set some of the limits."""

    def _limits(**given: int) -> None:
        settings.NETWORK_LIMITS = {**settings.NETWORK_LIMITS, **given}

    return _limits


def test_the_usual_limits(settings):
    assert settings.NETWORK_LIMITS == {
        "sign_up": 5,
        "invitations": 10,
        "new_invitation": 10,
        "password_reset": 20,
        "confirmation": 10,
        "support_request": 10,
    }


# Signing up


def test_the_sixth_clinic_from_an_ip_address_is_refused_with_when_and_nothing_typed_is_lost(db):
    for number in range(5):
        assert sign_up(f"nora@mail{number}.example").status_code == 302

    answer = sign_up("nora@mail5.example")

    assert answer.status_code == 429
    assert (
        "Too many clinics were created in the last hour. Everyone at your IP address shares this limit." in answer.text
    )
    assert "Try again after " in answer.text
    page = BeautifulSoup(answer.text, "html.parser")
    assert page.find("input", {"name": "email"})["value"] == "nora@mail5.example"
    assert page.find("input", {"name": "clinic_name"})["value"] == "Riverside Physio"
    assert not User.objects.filter(email="nora@mail5.example").exists()


def test_it_says_the_minute_from_which_it_goes_on(db, clinic_limits):
    clinic_limits(sign_up=1)
    sign_up("nora@mail.example")
    [row] = LimitedUse.objects.all()

    with pytest.raises(LimitReached) as refused:
        count_use(SIGN_UP, HERE)

    assert refused.value.until == row.last_at + timedelta(hours=1)
    again = row.last_at + timedelta(hours=1, minutes=1)
    assert f"{again:%H:%M} (UTC)" in str(refused.value)


def test_after_an_hour_it_goes_on(db, clinic_limits):
    clinic_limits(sign_up=1)
    sign_up("nora@mail0.example")
    time_passes()

    assert sign_up("nora@mail1.example").status_code == 302


def test_another_ip_address_has_its_own_count(db, clinic_limits):
    clinic_limits(sign_up=1)
    sign_up("nora@mail0.example", at=HERE)

    assert sign_up("nora@mail1.example", at=ELSEWHERE).status_code == 302


def test_addresses_of_one_ipv6_network_are_one(db, clinic_limits):
    clinic_limits(sign_up=1)
    sign_up("nora@mail0.example", at="2001:db8:1:2::1")

    assert sign_up("nora@mail1.example", at="2001:db8:1:2:ffff::9").status_code == 429
    assert sign_up("nora@mail1.example", at="2001:db8:1:3::1").status_code == 302


def test_a_forged_header_gives_no_new_count(db, clinic_limits):
    clinic_limits(sign_up=1)
    sign_up("nora@mail0.example")
    form = typed_on(Client().get("/signup/"), with_field="clinic_name")
    typed = {
        "clinic_name": "B",
        "first_name": "N",
        "last_name": "N",
        "email": "n@mail.example",
        "password": "a boat called sunday",
    }

    answer = Client().post("/signup/", {**form, **typed}, REMOTE_ADDR=HERE, HTTP_X_FORWARDED_FOR=ELSEWHERE)

    assert answer.status_code == 429


def test_where_no_address_is_known_nobody_is_counted(db, clinic_limits):
    """One count for everyone would let one stranger shut the rest out."""
    clinic_limits(sign_up=1)

    assert [sign_up(f"nora@mail{number}.example", at="").status_code for number in range(3)] == [302] * 3


def test_what_is_refused_for_another_reason_is_not_counted(cast, clinic_limits):
    clinic_limits(sign_up=1)
    assert sign_up("not an address").status_code == 422
    assert sign_up("xena@elsewhere.example").status_code == 422

    assert sign_up("nora@mail.example").status_code == 302


def test_people_who_are_signed_in_and_confirmed_are_not_held_up_by_others_nearby(cast, sign_in, clinic_limits):
    clinic_limits(sign_up=1)
    sign_up("nora@mail.example", at=HERE)

    assert open_another(sign_in(cast.receptionist)).status_code == 302
    assert open_another(sign_in(cast.practitioner)).status_code == 302


def test_each_of_them_has_the_limit_to_themselves_and_is_not_told_of_others(cast, sign_in, clinic_limits):
    clinic_limits(sign_up=1)
    rita = sign_in(cast.receptionist)
    open_another(rita)

    answer = open_another(rita)

    assert answer.status_code == 429
    assert "Too many clinics were created in the last hour. Try again after " in answer.text


def test_somebody_signed_in_who_is_unconfirmed_counts_with_strangers(cast, sign_in, clinic_limits):
    clinic_limits(sign_up=1)
    sign_up("nora@mail.example", at=HERE)
    unconfirmed(cast.receptionist.user)

    assert open_another(sign_in(cast.receptionist)).status_code == 429


def open_another(browser: Client):
    form = typed_on(browser.get("/signup/"), with_field="clinic_name")
    return browser.post("/signup/", {**form, "clinic_name": "Second", **VERIFIED}, REMOTE_ADDR=HERE)


# Invitations of unconfirmed creators


def test_the_eleventh_invitation_of_a_day_from_one_ip_address_is_refused_however_many_clinics_it_opened(db):
    browsers = [Client() for _ in range(3)]
    slugs = [sign_up(f"nora@mail{n}.example", browser=browser).url.strip("/") for n, browser in enumerate(browsers)]
    answers = [
        invite(browser, slug, f"p{n}@{slug}.example")
        for browser, slug in zip(browsers, slugs, strict=True)
        for n in range(4)
    ]

    assert [answer.status_code for answer in answers] == [302] * 10 + [429] * 2
    assert "Clinics whose owners haven’t confirmed their email address have invited too many people" in answers[-1].text
    assert typed_on(answers[-1])["email"] == f"p3@{slugs[2]}.example"
    time_passes(timedelta(hours=25))
    assert invite(browsers[2], slugs[2], "p3@mail.example").status_code == 302


def test_it_is_refused_before_the_password_is_asked_for_and_again_under_the_lock(cast, olive, clinic_limits):
    clinic_limits(invitations=1)
    unconfirmed(cast.owner.user)
    invite_from(cast.owner, 0)

    page = olive.post(reverse("accounts:member_new", args=["harbour-physio"]), typed_by_olive(), REMOTE_ADDR=HERE)
    assert page.status_code == 429 and "Verify your password" not in page.text

    with pytest.raises(LimitReached):
        invite_from(cast.owner, 1)
    assert not User.objects.filter(email="body1@example.com").exists()


def typed_by_olive() -> dict[str, str]:
    return {
        "first_name": "N",
        "last_name": "N",
        "email": "n@mail.example",
        "role": "scheduler",
        "is_practitioner": "no",
    }


def invite_from(actor: Member, number: int) -> Member:
    return add_member(actor=actor, details=details(number), submission=None, origin=Origin(HERE))


def test_resending_counts_too(cast, olive, clinic_limits):
    clinic_limits(invitations=1)
    unconfirmed(cast.owner.user)
    page = reverse("accounts:member_invitation", args=["harbour-physio", cast.invited.pk])
    olive.post(page, REMOTE_ADDR=HERE)
    OutboundEmail.objects.update(state="accepted")

    answer = olive.post(page, follow=True, REMOTE_ADDR=HERE)

    assert "have invited too many people in the last 24 hours" in answer.text
    assert OutboundEmail.objects.count() == 1


def test_a_clinic_whose_creator_is_confirmed_is_not_counted(cast, clinic_limits):
    clinic_limits(invitations=1)

    for number in range(3):
        invite_from(cast.owner, number)

    assert not LimitedUse.objects.exists()


# Links asked for again


def test_asking_for_a_new_invitation_is_limited_whatever_the_link(cast, clinic_limits):
    clinic_limits(new_invitation=2)
    dead = [PendingMemberFactory(account=cast.clinic, invited_by=cast.administrator) for _ in range(3)]
    Invitation.objects.update(expires_at=database_now() - timedelta(minutes=1))

    answers = [opened(each).post("/invitations/request/", REMOTE_ADDR=HERE) for each in dead]

    assert [answer.status_code for answer in answers] == [302, 302, 429]
    assert "Too many new invitations were requested in the last hour." in answers[-1].text
    assert "Nothing was sent." in answers[-1].text
    assert OutboundEmail.objects.count() == 2


def test_asking_for_a_password_reset_is_limited_and_says_nothing_of_who_has_a_login(cast, clinic_limits):
    """A9."""
    clinic_limits(password_reset=2)
    emails = ["rita@harbour.example", "nobody@mail.example", "paul@harbour.example", "nobody2@mail.example"]

    answers = [Client().post("/password/reset/", {"email": email}, REMOTE_ADDR=HERE) for email in emails]

    assert [answer.status_code for answer in answers] == [302, 302, 429, 429]
    assert typed_on(answers[2], with_field="email")["email"] == "paul@harbour.example"
    assert "Too many password resets were requested in the last hour." in answers[3].text
    assert OutboundEmail.objects.questions().count() == 2


def test_a_front_desk_behind_that_network_still_resets_its_own_password(cast, sign_in, clinic_limits):
    clinic_limits(password_reset=1)
    Client().post("/password/reset/", {"email": "nobody@mail.example"}, REMOTE_ADDR=HERE)

    answer = sign_in(cast.receptionist).post("/password/reset/", {"email": "rita@harbour.example"}, REMOTE_ADDR=HERE)

    assert answer.status_code == 302


def test_asking_for_the_confirmation_again_is_limited(cast, sign_in, clinic_limits):
    clinic_limits(confirmation=1)
    people = [cast.receptionist, cast.practitioner]
    for person in people:
        unconfirmed(person.user)

    answers = [sign_in(person).post("/email/resend/", REMOTE_ADDR=HERE) for person in people]

    assert [answer.status_code for answer in answers] == [302, 429]
    assert "Too many confirmation emails were requested in the last hour." in answers[1].text


def test_an_unconfirmed_login_asks_other_addresses_to_confirm_within_the_same_limit(cast, sign_in, clinic_limits):
    clinic_limits(confirmation=1)
    unconfirmed(cast.receptionist.user)
    rita, page = sign_in(cast.receptionist), reverse("accounts:email_change")

    forms = [{"email": f"victim{n}@mail.example", "reverify_password": "correct horse battery"} for n in range(2)]
    answers = [rita.post(page, form, REMOTE_ADDR=HERE) for form in forms]

    assert [answer.status_code for answer in answers] == [302, 429]
    assert OutboundEmail.objects.filter(kind=OutboundEmail.Kind.EMAIL_CHANGE).count() == 1


# Requests to support


STORY = {"story": "Nobody owns it.", "rightful_owner": "Olive Owens", "phone": "0400 111 222"}


def test_support_is_written_to_from_a_confirmed_address_only_and_the_page_says_what_to_do(cast, olive, url):
    unconfirmed(cast.owner.user)

    shown = olive.get(url("ownership_request"))
    answer = olive.post(url("ownership_request"), STORY)

    assert "Confirm your email address first" in shown.text
    assert f'action="{reverse("accounts:email_resend")}"' in shown.text and 'name="story"' not in shown.text
    assert answer.status_code == 422
    assert "Confirm your email address first" in answer.text and "Nobody owns it." in answer.text
    assert not Dispute.objects.exists() and not OutboundEmail.objects.exists()


def test_requests_to_support_are_limited_over_all_clinics_of_one_person(cast, olive, clinic_limits):
    """Ten clinics of one's own are made in two hours."""
    clinic_limits(support_request=2)
    clinics = [cast.clinic, *(AccountFactory() for _ in range(2))]
    for clinic in clinics[1:]:
        MemberFactory(account=clinic, user=cast.owner.user, role=roles.ADMINISTRATOR)

    answers = [olive.post(reverse("accounts:ownership_request", args=[clinic.slug]), STORY) for clinic in clinics]

    assert [answer.status_code for answer in answers] == [302, 302, 429]
    assert "Too many requests were sent to support in the last 24 hours. Try again after " in answers[-1].text
    assert STORY["story"] in answers[-1].text
    assert Dispute.objects.count() == 2


def test_other_people_on_the_same_network_still_write_to_support(cast, adam, olive, clinic_limits, url):
    clinic_limits(support_request=1)
    assert olive.post(url("ownership_request"), STORY).status_code == 302

    assert adam.post(url("ownership_request"), STORY).status_code == 302


# The rows


@pytest.mark.parametrize(
    "limit",
    [SIGN_UP, INVITATIONS, NEW_INVITATION, PASSWORD_RESET, CONFIRMATION, SUPPORT_REQUEST],
    ids=lambda each: each.name,
)
def test_every_limit_has_its_setting_and_words(db, settings, limit):
    for _ in range(settings.NETWORK_LIMITS[limit.name]):
        count_use(limit, HERE)

    with pytest.raises(LimitReached, match="Try again after "):
        count_use(limit, HERE)
    count_use(limit, ELSEWHERE)


def test_rows_are_gone_a_day_after_their_last_use(db):
    count_use(SIGN_UP, HERE)
    time_passes(timedelta(hours=23))
    count_use(SIGN_UP, ELSEWHERE)
    forget_expired_sign_ins()
    assert LimitedUse.objects.count() == 2
    time_passes(timedelta(hours=2))

    forget_expired_sign_ins()

    assert [row.source for row in LimitedUse.objects.all()] == [ELSEWHERE]


def test_a_row_holds_no_more_than_counts(db, clinic_limits):
    clinic_limits(sign_up=3)
    for _ in range(6):
        count_use(SIGN_UP, HERE)
        time_passes(timedelta(minutes=25))

    assert len(LimitedUse.objects.get().times) <= 3


def test_a_clock_that_was_put_back_locks_nobody_out(db, clinic_limits):
    clinic_limits(sign_up=1)
    count_use(SIGN_UP, HERE)
    time_passes(timedelta(hours=-3))

    count_use(SIGN_UP, HERE)


def test_what_comes_from_no_request_is_not_counted(cast):
    """As the demo, which is made by a command."""
    unconfirmed(cast.owner.user)

    add_member(actor=cast.owner, details=details(1), submission=None)

    assert not LimitedUse.objects.exists()
