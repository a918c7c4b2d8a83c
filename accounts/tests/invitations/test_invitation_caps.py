"""How many invitations are mailed at most: by one administrator, from one account, to one address (A51)."""

from datetime import timedelta
from uuid import uuid4

import pytest

from accounts.access import roles
from accounts.core.details import MemberDetails
from accounts.core.errors import TooSoon
from accounts.models import Account, Activity, Invitation, Member, OutboundEmail, User
from accounts.outbox.reset_requests import answer_what_was_asked
from accounts.people.actions import add_member
from accounts.tests.factories import PASSWORD, AccountFactory, MemberFactory, PendingMemberFactory, UserFactory
from accounts.tests.links import path_of, snapshot
from accounts.tests.pages import typed_on
from clinic.clock import database_now

pytestmark = [pytest.mark.django_db, pytest.mark.database]

INVITATION = OutboundEmail.Kind.INVITATION
TYPED = {
    "first_name": "Nina",
    "last_name": "Novak",
    "email": "nina@harbour.example",
    "mobile": "0400 333 444",
    "role": roles.SCHEDULER,
    "is_practitioner": "no",
}


@pytest.fixture
def caps(settings):
    """Set the caps; those that are not named are out of the way."""

    def _caps(**given: int) -> None:
        settings.INVITATION_CAPS = {"administrator": 1000, "account": 1000, "recipient": 1000, **given}

    return _caps


def invite(actor: Member, email: str) -> Member:
    return add_member(
        actor=actor,
        details=MemberDetails("Nina", "Novak", email, "", roles.SCHEDULER, False),
        submission=uuid4(),
    )


def mails() -> int:
    return OutboundEmail.objects.filter(kind=INVITATION).count()


def sent_earlier(**by: float) -> None:
    """Let every mail so far have been queued that much earlier."""
    for row in OutboundEmail.objects.all():
        OutboundEmail.objects.filter(pk=row.pk).update(created_at=row.created_at - timedelta(**by), state="accepted")


def test_the_usual_caps_are_sixty_an_hour_two_hundred_a_day_and_five_a_day(settings):
    assert settings.INVITATION_CAPS == {"administrator": 60, "account": 200, "recipient": 5}


# Each cap


def test_an_administrator_over_the_cap_is_told_when_it_goes_on_and_nothing_is_done(cast, caps):
    caps(administrator=2)
    for number in range(2):
        invite(cast.administrator, f"person{number}@harbour.example")
    before = snapshot()

    with pytest.raises(TooSoon, match="You have sent as many invitations within an hour as one person may") as refused:
        invite(cast.administrator, "nina@harbour.example")

    assert snapshot() == before
    first = OutboundEmail.objects.filter(kind=INVITATION).earliest("created_at").created_at
    assert refused.value.until == first + timedelta(hours=1)
    assert "Try again from " in str(refused.value)


def test_what_others_sent_does_not_count_against_an_administrator(cast, caps, tess):
    caps(administrator=2)
    for number in range(2):
        invite(tess, f"person{number}@harbour.example")

    assert invite(cast.administrator, "nina@harbour.example")


def test_what_one_administrator_sent_is_not_put_down_to_the_one_who_resends_it(cast, caps, tess, sign_in, url):
    caps(administrator=2)
    member = invite(tess, "nina@harbour.example")
    sent_earlier(minutes=1)
    sign_in(cast.administrator).post(url("member_invitation", member.pk))

    assert invite(tess, "second@harbour.example")
    assert invite(cast.administrator, "third@harbour.example")
    with pytest.raises(TooSoon):
        invite(tess, "fourth@harbour.example")


def test_an_administrator_of_two_clinics_has_one_cap(cast, caps):
    caps(administrator=1)
    elsewhere = MemberFactory(account=AccountFactory(), user=cast.administrator.user, role=roles.ADMINISTRATOR)
    invite(elsewhere, "person@harbour.example")

    with pytest.raises(TooSoon):
        invite(cast.administrator, "nina@harbour.example")


def test_after_an_hour_an_administrator_goes_on(cast, caps):
    caps(administrator=1)
    invite(cast.administrator, "person@harbour.example")
    sent_earlier(minutes=61)

    assert invite(cast.administrator, "nina@harbour.example")


def test_an_account_has_a_cap_whoever_of_it_sends(cast, caps, tess):
    caps(account=2)
    invite(cast.administrator, "one@harbour.example")
    invite(tess, "two@harbour.example")

    with pytest.raises(TooSoon, match="Harbour Physio has sent as many invitations within a day"):
        invite(tess, "nina@harbour.example")
    assert invite(cast.outsider, "nina@harbour.example"), "another clinic has its own"


def test_the_cap_of_an_account_is_for_a_day(cast, caps):
    caps(account=1)
    invite(cast.administrator, "one@harbour.example")
    sent_earlier(hours=23)
    with pytest.raises(TooSoon):
        invite(cast.administrator, "two@harbour.example")
    sent_earlier(hours=2)

    assert invite(cast.administrator, "two@harbour.example")


def test_an_address_has_a_cap_over_all_clinics(cast, caps):
    caps(recipient=1)
    invite(cast.outsider, "nina@harbour.example")

    with pytest.raises(TooSoon, match="nina@harbour.example was sent as many invitations within a day"):
        invite(cast.administrator, "nina@harbour.example")


@pytest.fixture
def strangers(cast):
    """Xena's clinic and another one, whose creators haven't confirmed their address."""
    administrators = [cast.outsider, MemberFactory(account=AccountFactory(), role=roles.ADMINISTRATOR)]
    for administrator in administrators:
        creator = UserFactory(email_confirmed_at=None)
        Account.objects.filter(pk=administrator.account_id).update(creator=creator)
        administrator.account.refresh_from_db()
    return administrators


def test_clinics_with_an_unconfirmed_creator_invite_one_mailbox_twice_a_day_all_together(strangers):
    xena, other = strangers
    invite(xena, "nina+1@harbour.example")
    invite(other, "nina+2@harbour.example")

    for stranger in strangers:
        with pytest.raises(TooSoon, match="nina@harbour.example was sent as many invitations within a day"):
            invite(stranger, "nina@harbour.example")
    assert invite(xena, "nora@harbour.example"), "another mailbox"


def test_what_they_sent_does_not_keep_another_clinic_from_inviting(cast, caps, strangers):
    caps(recipient=1)
    invite(strangers[0], "nina+1@harbour.example")

    assert invite(cast.administrator, "nina@harbour.example")


def test_what_other_clinics_sent_does_not_keep_them_from_inviting(cast, strangers):
    for number in range(5):
        invite(cast.administrator, f"nina+{number}@harbour.example")

    assert invite(strangers[0], "nina@harbour.example")


def test_an_imported_clinic_has_no_creator_and_counts_with_the_confirmed_ones(cast, caps):
    caps(recipient=1)
    Account.objects.filter(pk=cast.other_clinic.pk).update(creator=None)
    cast.outsider.account.refresh_from_db()
    invite(cast.outsider, "nina+1@harbour.example")

    with pytest.raises(TooSoon):
        invite(cast.administrator, "nina@harbour.example")


def test_clinics_with_an_unconfirmed_creator_have_no_larger_cap_than_others(caps, strangers):
    caps(recipient=1)
    invite(strangers[0], "nina+1@harbour.example")

    with pytest.raises(TooSoon):
        invite(strangers[0], "nina@harbour.example")


def test_correcting_an_address_away_and_back_does_not_start_the_count_anew(cast, caps, adam, url):
    """The login of an address that nobody used is dropped with the correction; what went there is not forgotten."""
    caps(recipient=2)
    member = invite(cast.administrator, "victim@elsewhere.example")
    addresses = [f"{name}@elsewhere.example" for name in ("other", "victim", "third", "victim")]

    statuses = [correct(adam, url, member, email).status_code for email in addresses]

    assert statuses == [302, 302, 302, 429]
    member.refresh_from_db()
    assert member.user.email == "third@elsewhere.example"


def correct(browser, url, member: Member, email: str):
    form = typed_on(browser.get(url("member", member.pk)))
    return browser.post(url("member", member.pk), {**form, "email": email, "reverify_password": PASSWORD})


def test_a_mail_to_an_address_that_was_corrected_since_is_not_sent(cast, adam, url, deliver_mail):
    """R12: its row stays, to be counted, and says that it is no longer wanted."""
    member = invite(cast.administrator, "mina@harbour.example")
    correct(adam, url, member, "nina@harbour.example")

    assert [message.to for message in deliver_mail()] == [["nina@harbour.example"]]
    assert not User.objects.filter(email="mina@harbour.example").exists()
    assert OutboundEmail.objects.get(user=None).state == OutboundEmail.State.DROPPED


# Every way by which one goes out


@pytest.fixture
def full(cast, caps):
    """Adam has sent as many as he may."""
    invite(cast.administrator, "person@harbour.example")
    caps(administrator=1)


def test_adding_somebody_is_refused_before_the_password_with_all_that_was_typed(cast, full, adam, url):
    page = adam.post(url("member_new"), TYPED)

    assert page.status_code == 429
    assert "You have sent as many invitations within an hour as one person may (1)." in page.text
    assert typed_on(page).items() >= TYPED.items() - {("is_practitioner", "no")}
    assert not Member.objects.filter(user__email=TYPED["email"]).exists()


def test_adding_somebody_is_refused_under_the_lock_too(cast, caps, adam, url, monkeypatch):
    """The form found room, and then there was none."""
    monkeypatch.setattr("accounts.people.forms.require_room_for_invitation", lambda *_: None)
    invite(cast.administrator, "person@harbour.example")
    caps(administrator=1)

    page = adam.post(url("member_new"), {**TYPED, "reverify_password": PASSWORD})

    assert page.status_code == 429
    assert "You have sent as many invitations within an hour as one person may (1)." in page.text
    assert not User.objects.filter(email=TYPED["email"]).exists()


def test_resending_is_refused_and_the_link_stays_as_it_was(cast, full, adam, url):
    before = snapshot(), path_of(cast.invited)

    page = adam.post(url("member_invitation", cast.invited.pk), follow=True)

    assert "You have sent as many invitations within an hour as one person may (1)." in page.text
    assert (snapshot(), path_of(cast.invited)) == before


@pytest.mark.parametrize("change", [{"email": "ivy.ito@harbour.example"}, {"role": roles.SCHEDULER}])
def test_a_change_that_mails_a_new_link_is_refused_before_the_password(cast, full, adam, url, change):
    before = snapshot()
    form = typed_on(adam.get(url("member", cast.invited.pk)))

    page = adam.post(url("member", cast.invited.pk), {**form, **change})

    assert page.status_code == 429
    assert "You have sent as many invitations within an hour as one person may (1)." in page.text
    assert typed_on(page).items() >= change.items()
    assert snapshot() == before


def test_making_an_invited_person_active_again_is_refused(cast, full, adam, url):
    Member.objects.filter(pk=cast.invited.pk).update(is_active=False, deactivated_at=database_now())
    form = typed_on(adam.get(url("member", cast.invited.pk)))

    page = adam.post(
        url("member", cast.invited.pk), {**form, "is_active": "yes", "reverify_password": PASSWORD}, follow=True
    )

    assert page.status_code == 429
    assert not Member.objects.get(pk=cast.invited.pk).is_active


def test_what_mails_nothing_goes_on(cast, full, adam, url):
    """A name, the phone of somebody invited; cancelling; anything about people who joined."""
    form = typed_on(adam.get(url("member", cast.invited.pk)))
    assert adam.post(url("member", cast.invited.pk), {**form, "first_name": "Iva"}).status_code == 302

    form = typed_on(adam.get(url("member", cast.receptionist.pk)))
    changed = {**form, "role": roles.SCHEDULER, "reverify_password": PASSWORD}
    assert adam.post(url("member", cast.receptionist.pk), changed).status_code == 302

    adam.post(url("member_invitation_cancel", cast.invited.pk))
    assert not Member.objects.get(pk=cast.invited.pk).is_active


def test_a_double_click_on_resend_counts_once(cast, caps, adam, url):
    caps(administrator=2)
    for _ in range(5):
        adam.post(url("member_invitation", cast.invited.pk))

    assert mails() == 1
    assert invite(cast.administrator, "nina@harbour.example")


# Mail that others ask for


def test_administrators_are_mailed_at_most_twenty_requests_for_new_invitations_a_day(cast, client, settings):
    settings.NETWORK_LIMITS = {**settings.NETWORK_LIMITS, "new_invitation": 100}
    for number in range(22):
        somebody = PendingMemberFactory(account=cast.clinic, first_name=f"P{number}", invited_by=cast.administrator)
        Invitation.objects.filter(member=somebody).update(expires_at=database_now() - timedelta(minutes=1))
        client.get(path_of(somebody))
        assert client.post("/invitations/request/").status_code == 302

    asked = OutboundEmail.objects.filter(kind=OutboundEmail.Kind.INVITATION_REQUESTED, user=cast.administrator.user)
    assert asked.count() == 20
    assert Activity.objects.filter(verb=Activity.Verb.INVITATION_REQUESTED).count() == 22


def ask_for_reset(client) -> None:
    """Ask, and let a sender find out whom it is for."""
    client.post("/password/reset/", {"email": "rita@harbour.example"})
    answer_what_was_asked()


@pytest.mark.parametrize(("minutes", "queued"), [(3, 5), (59, 5), (61, 6)])
def test_from_the_sixth_of_a_day_on_reset_mails_keep_an_hour_apart(cast, client, minutes, queued):
    """Each works for an hour, so there is one that works in the mailbox, however often a stranger asks."""
    for _ in range(5):
        ask_for_reset(client)
        sent_earlier(minutes=3)
    sent_earlier(minutes=minutes - 3)

    ask_for_reset(client)

    assert OutboundEmail.objects.filter(kind=OutboundEmail.Kind.PASSWORD_RESET).count() == queued


def test_after_a_day_they_are_two_minutes_apart_again(cast, client):
    for _ in range(5):
        ask_for_reset(client)
        sent_earlier(minutes=3)
    sent_earlier(hours=24)

    for _ in range(2):
        ask_for_reset(client)
        sent_earlier(minutes=3)

    assert OutboundEmail.objects.filter(kind=OutboundEmail.Kind.PASSWORD_RESET).count() == 7
