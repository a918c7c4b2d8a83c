"""Until the creator of a clinic confirms their address, five people hear from them, whichever way they try (A57)."""

from uuid import uuid4

import pytest

from accounts.actions.members import add_member, update_member
from accounts.details import MemberDetails
from accounts.errors import ActionRefused
from accounts.models import Invitation, User
from accounts.tests.address_changes import address_of, ask, confirm, link_to
from accounts.tests.factories import AccountFactory, MemberFactory

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


def test_a_corrected_address_counts_as_another_person(creator):
    people = [invite(creator, number) for number in range(4)]
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
