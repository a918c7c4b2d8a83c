"""Until someone who answers for a clinic confirms their address, it invites five people, whatever it tries (A57)."""

from itertools import product
from uuid import uuid4

import pytest

from accounts.core.details import MemberDetails
from accounts.core.errors import ActionRefused
from accounts.core.origin import Origin
from accounts.core.unconfirmed import is_unconfirmed, unconfirmed_clinics
from accounts.invitations.actions import cancel_invitation, resend_invitation
from accounts.models import Account, Invitation, Member, OutboundEmail, User
from accounts.ownership.actions import make_owner, relinquish_ownership
from accounts.people.actions import add_member, update_member
from accounts.tests.address_changes import address_of, ask, confirm, link_to
from accounts.tests.factories import AccountFactory, MemberFactory, UserFactory
from accounts.tests.owners import administrator_of
from clinic.clock import database_now

pytestmark = pytest.mark.django_db


@pytest.fixture
def creator(cast):
    """Olive, whose address is not confirmed."""
    User.objects.filter(pk=cast.owner.user_id).update(email_confirmed_at=None)
    Invitation.objects.filter(member=cast.invited).delete()
    return cast.owner


def details(number, email=None):
    address = email or f"body{number}@example.com"
    return MemberDetails("Some", "Body", address, "", "receptionist", is_practitioner=False)


def invite(actor, number):
    return add_member(actor=actor, details=details(number), submission=uuid4())


FULL = "5 people can be invited"


def change(actor, member, number, email=None, **fields):
    wanted = details(number, email)
    member.refresh_from_db()
    wanted = MemberDetails(**{**vars(wanted), **fields})
    update_member(actor=actor, target=member, details=wanted, expected_version=member.version)


def test_a_corrected_address_counts_as_another_person_once_the_mail_has_gone(creator, deliver_mail):
    people = [invite(creator, number) for number in range(4)]
    deliver_mail()
    correct = details(0, "corrected@example.com")
    update_member(actor=creator, target=people[0], details=correct, expected_version=people[0].version)

    with pytest.raises(ActionRefused, match="5 people can be invited"):
        update_member(
            actor=creator, target=people[1], details=details(1, "sixth@example.com"), expected_version=people[1].version
        )


def test_another_clinic_of_the_same_creator_has_no_five_of_its_own(creator):
    for number in range(5):
        invite(creator, number)
    second = MemberFactory(
        account=AccountFactory(creator=creator.user), user=creator.user, role="administrator", is_owner=True
    )

    with pytest.raises(ActionRefused, match="5 people can be invited"):
        invite(second, 6)


def test_an_invited_person_who_changes_their_address_uses_up_none_of_the_five(cast, creator, sign_in, deliver_mail):
    """A61: the invitation comes along, and Olive did nothing."""
    add_member(actor=creator, details=details(0, "xena@elsewhere.example"), submission=uuid4())
    xena = sign_in(cast.outsider)
    for number in range(4):
        email = f"xena{number}@new.example"
        ask(xena, email)
        confirm(xena, link_to(deliver_mail, email))
        assert address_of(cast.outsider) == email

    for number in range(1, 5):
        invite(creator, number)

    with pytest.raises(ActionRefused, match="5 people can be invited"):
        invite(creator, 5)


# Five people, each once


def test_a_person_whose_invitation_was_cancelled_and_who_is_added_again_counts_once(creator, deliver_mail):
    people = [invite(creator, number) for number in range(4)]
    deliver_mail()
    cancel_invitation(actor=creator, target=people[0])
    # Their address is free again for somebody to be added with it.
    change(creator, people[0], 0, "mistyped@example.com", is_active=False)
    invite(creator, 0)

    assert invite(creator, 4), "the fifth person"
    with pytest.raises(ActionRefused, match=FULL):
        invite(creator, 5)


def test_nor_do_two_clinics_that_invite_one_person_count_them_twice(creator):
    second = MemberFactory(
        account=AccountFactory(creator=creator.user), user=creator.user, role="administrator", is_owner=True
    )
    for number in range(4):
        invite(creator, number)
    add_member(actor=second, details=details(0, "body0+work@example.com"), submission=uuid4())

    assert invite(second, 4)
    with pytest.raises(ActionRefused, match=FULL):
        invite(second, 5)


def test_a_mail_that_was_cancelled_before_it_went_out_reached_nobody(creator, deliver_mail):
    people = [invite(creator, number) for number in range(5)]
    cancel_invitation(actor=creator, target=people[0])

    assert invite(creator, 5), "before anybody has looked at the mail that waits"
    deliver_mail()
    assert OutboundEmail.objects.filter(state=OutboundEmail.State.DROPPED).count() == 1
    with pytest.raises(ActionRefused, match=FULL):
        invite(creator, 6)


def test_one_that_may_have_gone_out_before_it_was_dropped_counts(creator, deliver_mail):
    """Whoever was sending it was stopped, perhaps after the mail server had taken it."""
    people = [invite(creator, number) for number in range(5)]
    OutboundEmail.objects.filter(invitation__member=people[0]).update(attempts=1)
    cancel_invitation(actor=creator, target=people[0])
    deliver_mail()

    with pytest.raises(ActionRefused, match=FULL):
        invite(creator, 5)


def _make_active_again(creator, member):
    change(creator, member, 0, is_active=True)


def _correct_back(creator, member):
    change(creator, member, 0, "nobody-yet@example.com", is_active=False)
    change(creator, member, 0, "body0@example.com", is_active=True)


@pytest.mark.parametrize("way", [_make_active_again, _correct_back], ids=lambda way: way.__name__.strip("_"))
def test_cancelling_before_the_mail_goes_is_no_way_to_mail_a_sixth_later(creator, deliver_mail, way):
    first = invite(creator, 0)
    cancel_invitation(actor=creator, target=first)
    for number in range(1, 6):
        invite(creator, number)
    deliver_mail()

    with pytest.raises(ActionRefused, match=FULL):
        way(creator, first)

    assert "body0@example.com" not in {message.to[0] for message in deliver_mail()}


def test_nor_is_sending_it_again_as_another_administrator(cast, creator, deliver_mail):
    """Adam's invitation has expired with his role before its mail went out; five others were invited since."""
    first = invite(cast.administrator, 0)
    change_role = MemberDetails(**{**vars(MemberDetails.of(cast.administrator)), "role": "receptionist"})
    update_member(
        actor=creator, target=cast.administrator, details=change_role, expected_version=cast.administrator.version
    )
    deliver_mail()
    for number in range(1, 6):
        invite(creator, number)

    with pytest.raises(ActionRefused, match=FULL):
        resend_invitation(actor=creator, target=first)


def test_one_of_the_five_is_invited_again_when_five_were(creator, deliver_mail):
    people = [invite(creator, number) for number in range(5)]
    deliver_mail()
    cancel_invitation(actor=creator, target=people[0])
    change(creator, people[0], 0, is_active=True)

    assert [message.to for message in deliver_mail()].count(["body0@example.com"]) == 2


def test_rows_of_older_code_without_a_mailbox_count_by_the_address(creator):
    for number in range(5):
        invite(creator, number)
    OutboundEmail.objects.update(mailbox="")

    with pytest.raises(ActionRefused, match=FULL):
        invite(creator, 5)


# Whoever answers for it now


@pytest.fixture
def handed_over(cast, creator):
    """Otto, confirmed, owns the clinic; Olive, who made it and never confirmed, relinquished it and was let go."""
    otto = administrator_of(cast.clinic, "Otto", "Oh")
    for number in range(5):
        invite(creator, number)
    make_owner(actor=creator, target=otto)
    relinquish_ownership(actor=creator)
    creator.refresh_from_db()
    gone = MemberDetails(**{**vars(MemberDetails.of(creator)), "is_active": False})
    update_member(actor=otto, target=creator, details=gone, expected_version=creator.version)
    otto.refresh_from_db()
    otto.account.refresh_from_db()
    return otto


def test_a_creator_who_left_without_confirming_caps_nobody_for_good(handed_over):
    for number in range(5, 8):
        assert invite(handed_over, number)


def test_nor_one_who_is_still_there(cast, creator):
    otto = administrator_of(cast.clinic, "Otto", "Oh")
    for number in range(5):
        invite(creator, number)
    with pytest.raises(ActionRefused, match=FULL):
        invite(creator, 5)

    make_owner(actor=creator, target=otto)

    assert invite(creator, 5)


def test_an_owner_whose_address_is_unproved_lifts_nothing_and_cannot_be_made(cast, creator):
    """Otherwise the cap would be lifted with a second made-up address."""
    helper = administrator_of(cast.clinic, "Otto", "Oh")
    User.objects.filter(pk=helper.user_id).update(email_confirmed_at=None)
    with pytest.raises(ActionRefused, match="has yet to confirm their email address"):
        make_owner(actor=creator, target=helper)
    for number in range(5):
        invite(creator, number)

    # As nothing in the product leaves it.
    Member.objects.filter(pk=helper.pk).update(is_owner=True)
    with pytest.raises(ActionRefused) as refused:
        invite(creator, 5)

    assert str(refused.value).startswith(
        "olive@harbour.example and otto@harbour.example have not been confirmed yet, and until one of them is, 5 people"
    )


def test_a_confirmed_administrator_who_is_no_owner_lifts_nothing(cast, creator):
    """The creator can invite one from anywhere, and take the role away again."""
    for number in range(5):
        invite(creator, number)

    with pytest.raises(ActionRefused, match=FULL):
        invite(cast.administrator, 5)


def test_the_words_name_an_owner_of_today_and_not_a_creator_who_left(cast, creator, handed_over):
    User.objects.filter(pk=handed_over.user_id).update(email_confirmed_at=None)

    with pytest.raises(ActionRefused) as refused:
        invite(handed_over, 5)

    assert str(refused.value).startswith("otto@harbour.example has not been confirmed yet, and until it is, 5 people")


def test_without_an_owner_they_say_who_can_appoint_one(cast, creator, settings):
    for number in range(5):
        invite(creator, number)
    User.objects.filter(pk=creator.user_id).update(is_active=False)

    with pytest.raises(ActionRefused, match="it has no owner who can sign in. Write to") as refused:
        invite(cast.administrator, 5)

    assert settings.SUPPORT_EMAIL in str(refused.value)


def test_what_a_clinic_sent_that_someone_answers_for_does_not_count_against_another_of_its_creator(
    cast, creator, handed_over
):
    second = MemberFactory(
        account=AccountFactory(creator=creator.user), user=creator.user, role="administrator", is_owner=True
    )
    for number in range(10, 15):
        invite(second, number)

    with pytest.raises(ActionRefused, match=FULL):
        invite(second, 15)


def test_it_shares_its_mailboxes_and_its_network_with_the_confirmed_ones(cast, handed_over, settings):
    """A63: neither the cap of strangers for one mailbox, nor that for one IP address, is theirs any more."""
    settings.NETWORK_LIMITS = {**settings.NETWORK_LIMITS, "invitations": 0}
    add_member(actor=handed_over, details=details(7), submission=uuid4(), origin=Origin("203.0.113.9"))
    for number in range(2):
        mailed = details(8, f"victim+{number}@example.com")
        add_member(actor=handed_over, details=mailed, submission=uuid4())

    assert add_member(actor=handed_over, details=details(8, "victim+2@example.com"), submission=uuid4())


def test_python_and_the_database_agree_which_clinics_they_are():
    """Every state of the creator and of an owner, of clinics that were made here and imported ones."""
    yes_no = (True, False)
    found = {}
    for has_creator, is_confirmed, is_owner, owner_is_confirmed, works in product(yes_no, repeat=5):
        confirmed_at = {True: database_now(), False: None}
        creator = UserFactory(email_confirmed_at=confirmed_at[is_confirmed]) if has_creator else None
        account = AccountFactory(creator=creator)
        user = UserFactory(email_confirmed_at=confirmed_at[owner_is_confirmed], is_active=works)
        member = MemberFactory(account=account, user=user, role="administrator", is_owner=is_owner)
        found[member.pk] = is_unconfirmed(Account.objects.get(pk=account.pk))

    there = set(Member.objects.filter(unconfirmed_clinics("account")).values_list("pk", flat=True))
    not_there = set(Member.objects.exclude(unconfirmed_clinics("account")).values_list("pk", flat=True))

    assert there == {pk for pk, is_so in found.items() if is_so}
    assert not_there == {pk for pk, is_so in found.items() if not is_so}
    assert there and not_there
