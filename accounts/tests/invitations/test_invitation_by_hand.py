"""A copied invitation link proves no mailbox: whoever copied it holds it, too (A57, C4).

Xena, of another clinic, adds people and copies their links: what she can do with them, anybody who invites could.
"""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from accounts.core.details import MemberDetails
from accounts.models import Member, OutboundEmail, User
from accounts.people.actions import add_member
from accounts.tests.factories import PASSWORD, MemberFactory, UserFactory
from accounts.tests.import_files import bring, csv_file, line
from accounts.tests.links import ACCEPT, CHOSEN, after_joining, alike, copied_link, path_in, path_of
from accounts.tests.owners import links_on, words_of
from clinic.clock import database_now

pytestmark = pytest.mark.django_db


@pytest.fixture
def copied(cast, sign_in):
    """Xena adds somebody and copies their link; returns the link."""

    def _copied(email):
        details = MemberDetails("Any", "Body", email, "", "receptionist", is_practitioner=False)
        member = add_member(actor=cast.outsider, details=details, submission=uuid4())
        address = reverse("accounts:member_invitation_link", args=[cast.other_clinic.slug, member.pk])
        return copied_link(sign_in(cast.outsider), address)

    return _copied


def opened_by_hand(link):
    browser = Client()
    browser.get(link)
    return browser


def test_it_does_not_open_a_login_whose_address_was_never_confirmed(cast, copied):
    User.objects.filter(pk=cast.owner.user_id).update(email_confirmed_at=None)
    xena = opened_by_hand(copied("olive@harbour.example"))

    answer = xena.post(ACCEPT, {"password": CHOSEN})

    assert answer.status_code == 422
    assert "That is not the password of this login." in answer.text
    olive = User.objects.get(pk=cast.owner.user_id)
    assert olive.check_password(PASSWORD) and olive.email_confirmed_at is None
    assert xena.get(reverse("accounts:home", args=[cast.clinic.slug])).status_code == 302


def test_it_does_not_open_a_login_of_our_support(cast, copied):
    staff = UserFactory(email="sam@support.example", is_staff=True, email_confirmed_at=None)
    xena = opened_by_hand(copied("sam@support.example"))

    assert xena.post(ACCEPT, {"password": CHOSEN}).status_code == 422
    staff.refresh_from_db()
    assert staff.check_password(PASSWORD)


def test_someone_brought_over_without_a_password_is_led_to_one_and_joins(copied, tmp_path, deliver_mail):
    """Their clinic was imported. The page says the same to everyone: whoever copied the link learns nothing."""
    bring(csv_file(tmp_path, line("Nina", email="nina@old.example")))
    nina = opened_by_hand(copied("nina@old.example"))
    page = nina.get(ACCEPT)
    assert "If you don’t have one yet, choose “Forgotten your password?” below" in words_of(page)
    refused = nina.post(ACCEPT, {"password": CHOSEN})
    assert "If you have none yet, or have forgotten it, choose “Forgotten your password?” below." in words_of(refused)

    nina.post(links_on(refused)["Forgotten your password?"], {"email": "nina@old.example"})
    [mail] = [each for each in deliver_mail() if each.subject.startswith("Choose a new password")]
    form = nina.get(path_in(mail), follow=True)
    nina.post(form.redirect_chain[-1][0], {"password": CHOSEN})

    assert nina.post(ACCEPT, {"password": CHOSEN}).url == reverse("accounts:home", args=["elsewhere"])


def test_its_owner_joins_with_the_password_they_have(cast, copied):
    User.objects.filter(pk=cast.owner.user_id).update(email_confirmed_at=None)
    olive = opened_by_hand(copied("olive@harbour.example"))

    answer = olive.post(ACCEPT, {"password": PASSWORD})

    assert answer.url == reverse("accounts:home", args=[cast.other_clinic.slug])


def test_somebody_new_creates_a_password_and_is_asked_to_confirm_the_address(cast, copied, deliver_mail):
    browser = opened_by_hand(copied("new@elsewhere.example"))

    answer = browser.post(ACCEPT, {"password": CHOSEN})

    assert answer.url == reverse("accounts:home", args=[cast.other_clinic.slug])
    assert User.objects.get(email="new@elsewhere.example").email_confirmed_at is None
    assert "Confirm your email address" in [message.subject for message in deliver_mail()]


def join_by_hand(link):
    return opened_by_hand(link).post(ACCEPT, {"password": CHOSEN}, REMOTE_ADDR="203.0.113.9")


def confirmations():
    return OutboundEmail.objects.filter(kind=OutboundEmail.Kind.EMAIL_CONFIRMATION)


def test_a_mailbox_that_was_just_asked_to_confirm_is_not_asked_again_and_the_person_joins(cast, copied):
    """A62: or Xena could send a mailbox as many at once as she knows spellings of it."""
    answers = [join_by_hand(copied(f"new+{number}@elsewhere.example")) for number in range(3)]

    home = reverse("accounts:home", args=[cast.other_clinic.slug])
    assert [answer.url for answer in answers] == [home] * 3
    assert (
        Member.objects.filter(account=cast.other_clinic, user__email__startswith="new+").exclude(joined_at=None).count()
        == 3
    )
    assert confirmations().count() == 1


def test_what_was_not_sent_is_sent_from_the_home_page_later(copied, deliver_mail):
    join_by_hand(copied("new+1@elsewhere.example"))
    browser = opened_by_hand(copied("new+2@elsewhere.example"))
    home = browser.post(ACCEPT, {"password": CHOSEN}).url
    OutboundEmail.objects.update(created_at=database_now() - timedelta(minutes=3))

    assert "Send it again" in browser.get(home).text
    browser.post(reverse("accounts:email_resend"))

    assert confirmations().count() == 2


def test_confirmations_to_those_who_join_count_for_their_ip_address(copied, settings):
    settings.NETWORK_LIMITS = {**settings.NETWORK_LIMITS, "confirmation": 2}

    answers = [join_by_hand(copied(f"new{number}@elsewhere.example")) for number in range(3)]

    assert [answer.status_code for answer in answers] == [302] * 3
    assert confirmations().count() == 2


def test_a_password_set_by_hand_does_not_stand_in_the_way_of_a_mailed_invitation(cast, copied):
    """Xena sets a password for Ivy's address before Ivy opens the mail from Harbour Physio."""
    opened_by_hand(copied("ivy@harbour.example")).post(ACCEPT, {"password": "what xena would like"})
    ivy = opened_by_hand(path_of(cast.invited))

    page = ivy.get(ACCEPT)
    assert "You have a login with this address already" not in page.text
    assert ivy.post(ACCEPT, {"password": CHOSEN}).url == after_joining(cast.invited)

    user = User.objects.get(email="ivy@harbour.example")
    assert user.check_password(CHOSEN) and user.email_confirmed_at is not None


def test_the_page_is_the_same_for_a_login_and_for_somebody_new(cast, copied):
    """PRODUCT: nothing tells the inviter that an address has a login."""
    MemberFactory(user=UserFactory(email="one@login.example"))

    with_login = opened_by_hand(copied("one@login.example")).get(ACCEPT).text
    without = opened_by_hand(copied("two@login.example")).get(ACCEPT).text

    def plain(page, email):
        text = alike(page).replace(email, "")
        return [line for line in text.splitlines() if 'name="shown"' not in line]

    assert plain(with_login, "one@login.example") == plain(without, "two@login.example")


def test_the_mailed_link_and_the_copied_one_die_together(cast, adam_copies, sign_in, url):
    link = adam_copies()

    sign_in(cast.administrator).post(url("member_invitation_cancel", cast.invited.pk))

    assert opened_by_hand(link).get(ACCEPT).status_code == 410
    assert opened_by_hand(path_of(cast.invited)).get(ACCEPT).status_code == 410


@pytest.fixture
def adam_copies(cast, sign_in, url):
    def _copy():
        return copied_link(sign_in(cast.administrator), url("member_invitation_link", cast.invited.pk))

    return _copy


def test_an_invitation_whose_inviter_can_no_longer_invite_is_not_handed_over(cast, sign_in, url):
    cast.administrator.role = "receptionist"
    cast.administrator.save()
    olive = sign_in(cast.owner)

    page = olive.post(url("member_invitation_link", cast.invited.pk), follow=True)

    assert "This invitation is no longer valid. Choose Resend invitation email first." in page.text
    assert "Adam Adler</bdi>, who sent it, can no longer invite people" in page.text


def test_a_mail_that_waited_is_dropped_once_its_inviter_can_no_longer_invite(cast, sign_in, url, deliver_mail):
    sign_in(cast.administrator).post(url("member_invitation", cast.invited.pk))
    cast.administrator.role = "receptionist"
    cast.administrator.save()

    assert deliver_mail() == []


def test_whoever_joins_hears_of_a_clinic_that_was_opened_with_their_address_before(cast, client, deliver_mail):
    """A57: a stranger may have opened it, and waits for what is typed there."""
    client.post(
        reverse("accounts:signup"),
        {
            "clinic_name": "Harbour Physio",
            "first_name": "Not",
            "last_name": "Ivy",
            "email": "ivy@harbour.example",
            "password": "what the stranger chose",
        },
    )

    home = opened_by_hand(path_of(cast.invited)).post(ACCEPT, {"password": CHOSEN}, follow=True)

    assert (
        "Opened or joined earlier with your email address: Harbour Physio. If that wasn’t you, don’t enter anything"
        in home.text
    )


def test_the_link_in_a_mail_is_not_by_hand(cast, sign_in, url, deliver_mail):
    sign_in(cast.administrator).post(url("member_invitation", cast.invited.pk))
    [message] = deliver_mail()
    browser = opened_by_hand(path_in(message))

    browser.post(ACCEPT, {"password": CHOSEN})

    assert User.objects.get(email="ivy@harbour.example").email_confirmed_at is not None
