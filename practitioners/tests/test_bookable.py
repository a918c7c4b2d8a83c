"""Who can be booked: what other parts of a suite ask of this one (S1, C5)."""

import pytest

from accounts import roles
from accounts.models import Member
from accounts.tests.factories import PASSWORD, MemberFactory
from accounts.tests.pages import typed_on
from accounts.tokens import InvitationLink
from practitioners.models import Practitioner

pytestmark = pytest.mark.django_db


@pytest.fixture
def bookable(cast):
    """The names of those who can be booked at Harbour Physio now."""

    def _bookable():
        return [str(each) for each in Practitioner.objects.bookable(cast.clinic)]

    return _bookable


@pytest.fixture
def change(cast, sign_in, url):
    """Change somebody's page as Adam, with his password."""
    adam = sign_in(cast.administrator)

    def _change(member, **fields):
        address = url("member", member.pk)
        answer = adam.post(address, {**typed_on(adam.get(address)), **fields, "reverify_password": PASSWORD})
        assert answer.status_code == 302

    return _change


def test_a_practitioner_who_has_joined_can_be_booked_and_one_who_is_invited_cannot_yet(bookable):
    assert bookable() == ["Paul Prasad"]


def test_after_accepting_the_invitation_they_can(cast, client, bookable):
    """S1: added here, then bookable everywhere."""
    token = InvitationLink.of(cast.invited.invitation).token()
    client.get(f"/invitations/{token}/")
    client.post("/invitations/", {"password": "a password of her own"})

    assert bookable() == ["Ivy Ito", "Paul Prasad"]


def test_whoever_is_made_a_practitioner_can_be_booked_whatever_their_role(cast, change, bookable):
    """S7."""
    change(cast.receptionist, is_practitioner="yes")

    assert bookable() == ["Paul Prasad", "Rita Reyes"]


def test_somebody_with_the_role_practitioner_who_sees_no_patients_cannot_be_booked(cast, bookable):
    """S7: the role says what they may do, not whether they practise."""
    MemberFactory(account=cast.clinic, role=roles.PRACTITIONER, is_practitioner=False)

    assert bookable() == ["Paul Prasad"]


def test_who_stops_practising_cannot_be_booked_but_stays_on_file(cast, change, bookable):
    change(cast.practitioner, is_practitioner="no")

    assert bookable() == []
    assert Practitioner.objects.filter(member=cast.practitioner).exists()


def test_an_inactive_practitioner_cannot_be_booked_and_can_again_as_the_same_one_when_active(cast, change, bookable):
    """C5: the history hangs on the same row."""
    before = Practitioner.objects.get(member=cast.practitioner).pk

    change(cast.practitioner, is_active="no")
    assert bookable() == []

    change(cast.practitioner, is_active="yes")
    assert bookable() == ["Paul Prasad"]
    assert Practitioner.objects.get(member=cast.practitioner).pk == before


def test_nobody_of_another_clinic_can_be_booked_here(cast, bookable):
    """A38."""
    MemberFactory(account=cast.other_clinic, is_practitioner=True)
    # The same login practises at Elsewhere, and is at the front desk here.
    MemberFactory(account=cast.other_clinic, user=cast.receptionist.user, is_practitioner=True)

    assert bookable() == ["Paul Prasad"]


def test_they_come_by_last_name(cast, bookable):
    MemberFactory(account=cast.clinic, first_name="Zoe", last_name="Abara", is_practitioner=True)

    assert bookable() == ["Zoe Abara", "Paul Prasad"]


def test_asking_for_all_of_them_with_their_names_takes_one_query(cast, bookable, django_assert_num_queries):
    MemberFactory.create_batch(20, account=cast.clinic, is_practitioner=True)

    with django_assert_num_queries(1):
        assert len(bookable()) == 21


def test_a_member_is_one_practitioner_however_often_they_are_saved(cast):
    for _ in range(3):
        Member.objects.get(pk=cast.practitioner.pk).save()

    assert Practitioner.objects.filter(member=cast.practitioner).count() == 1


def test_somebody_who_sees_no_patients_is_no_practitioner(cast):
    assert not Practitioner.objects.filter(member=cast.receptionist).exists()
