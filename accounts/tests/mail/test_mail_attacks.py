"""Our mail as a weapon: how many messages each attack sends, through real requests (A62, A63)."""

import pytest

from accounts.access import roles
from accounts.models import Account, Member, OutboundEmail, User
from accounts.tests.attacks import (
    an_hour_passes,
    change_password_often,
    change_role_to_and_fro,
    close_and_reopen,
    mails_in_all,
    require_two_factor_on_and_off,
    sign_up,
    strangers_sign_up_and_invite,
)
from accounts.tests.factories import MemberFactory
from accounts.tests.two_factor import enrolled

pytestmark = pytest.mark.django_db


def test_twenty_five_sign_ups_from_one_ip_address_make_five_clinics_and_fifteen_mails(deliver_mail):
    strangers_sign_up_and_invite(25, target=lambda number: f"person{number}@victim.example")

    assert mails_in_all(deliver_mail) == 5 + 10
    assert Account.objects.count() == User.objects.exclude(password="!").count() == 5


def test_invitations_to_variants_of_one_mailbox_count_as_one(deliver_mail):
    strangers_sign_up_and_invite(25, target=lambda number: f"lee+{number}@victim.example")

    deliver_mail()
    invitations = OutboundEmail.objects.filter(kind=OutboundEmail.Kind.INVITATION)
    assert {row.mailbox for row in invitations} == {"lee@victim.example"}
    assert invitations.count() == 2
    assert mails_in_all(deliver_mail) == 5 + 2


def test_sign_ups_under_variants_of_one_mailbox_mail_it_once(deliver_mail):
    """Each from an IP address of its own."""
    answers = [sign_up(f"lee+{number}@victim.example", at=f"203.0.113.{number}") for number in range(10)]

    assert [answer.status_code for answer in answers] == [302] + [429] * 9
    words = "We recently sent a confirmation email to the mailbox of lee+9@victim.example. Try again after "
    assert words in answers[-1].text
    assert mails_in_all(deliver_mail) == 1


def test_dots_make_no_new_mailbox_at_google(deliver_mail):
    addresses = ["lee.lane@gmail.com", "lee.la.ne@gmail.com", "l.e.e.lane@googlemail.com"]

    answers = [sign_up(email, at=f"203.0.113.{number}") for number, email in enumerate(addresses)]

    assert [answer.status_code for answer in answers] == [302, 429, 429]


def test_a_mailbox_is_asked_to_confirm_twice_if_its_plain_spelling_comes_up_too(deliver_mail):
    """Or a stranger who signs up as lee+1@ could keep Lee from signing up."""
    locals_ = ["lee+1", "lee", "lee+2", "lee+3"]

    answers = [sign_up(f"{each}@victim.example", at=f"203.0.113.{n}") for n, each in enumerate(locals_)]

    assert [answer.status_code for answer in answers] == [302, 302, 429, 429]
    assert mails_in_all(deliver_mail) == 2


def test_closing_and_reopening_twenty_times_sends_the_owner_and_the_administrator_eight_mails_each(
    cast, olive, deliver_mail
):
    close_and_reopen(olive, cast.clinic, 20)

    assert mails_in_all(deliver_mail) == 2 * 2 * (3 + 1)


def test_closing_and_reopening_sends_an_unproved_address_none(cast, olive, deliver_mail):
    User.objects.filter(pk=cast.owner.user_id).update(email_confirmed_at=None)

    close_and_reopen(olive, cast.clinic, 8)

    assert mails_in_all(deliver_mail) == 2 * (3 + 1)
    assert {address for each in deliver_mail() for address in each.to} == {cast.administrator.user.email}


def test_changing_the_password_of_an_unproved_address_sends_none(cast, sign_in, deliver_mail):
    User.objects.filter(pk=cast.receptionist.user_id).update(email_confirmed_at=None)

    change_password_often(sign_in(cast.receptionist), 16)

    assert mails_in_all(deliver_mail) == 0


def test_changing_the_password_sixteen_times_sends_four_mails(cast, sign_in, deliver_mail):
    change_password_often(sign_in(cast.receptionist), 16)

    assert mails_in_all(deliver_mail) == 3 + 1


def test_requiring_two_factor_on_and_off_twenty_times_sends_each_of_thirty_four_mails(cast, sign_in, deliver_mail):
    people = Member.objects.present().filter(account=cast.clinic).count()
    for _ in range(31 - people):
        MemberFactory(account=cast.clinic)

    require_two_factor_on_and_off(sign_in(enrolled(cast.administrator)), cast.clinic, 20)

    assert mails_in_all(deliver_mail) == 30 * (3 + 1)


def test_a_role_to_and_fro_twenty_times_sends_four_mails_and_the_last_tells_of_all_the_others(cast, adam, deliver_mail):
    change_role_to_and_fro(adam, cast.receptionist, 20)

    assert mails_in_all(deliver_mail) == 3 + 1
    [_first, _second, _third, last] = deliver_mail()
    assert last.subject == "Your role in Harbour Physio is now Receptionist (and 16 more)"
    assert last.body.count("- ") == 17


def test_whoever_floods_one_kind_hides_no_other(cast, adam, sign_in, deliver_mail):
    change_role_to_and_fro(adam, cast.receptionist, 10)

    change_password_often(sign_in(cast.receptionist), 1)

    assert "Your password was changed" in [message.subject for message in deliver_mail()]


def test_an_hour_later_three_go_out_by_themselves_again(cast, adam, deliver_mail):
    change_role_to_and_fro(adam, cast.receptionist, 20)
    assert len(deliver_mail()) == 3
    an_hour_passes()
    assert len(deliver_mail()) == 4
    an_hour_passes()

    change_role_to_and_fro(adam, cast.receptionist, 2)

    assert [message.subject for message in deliver_mail()[4:]] == [
        f"Your role in Harbour Physio is now {roles.ROLES[role].name}" for role in (roles.SCHEDULER, roles.RECEPTIONIST)
    ]
