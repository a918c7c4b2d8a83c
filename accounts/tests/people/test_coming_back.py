"""Leaving ends a person's sessions for good, also for when they come back (C3, C4, A16)."""

import pytest

from accounts.core.details import MemberDetails
from accounts.models import Member
from accounts.people.actions import update_member
from accounts.tests.factories import PASSWORD, AccountFactory, MemberFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def set_active(cast):
    def _set_active(member, is_active):
        member = Member.objects.get(pk=member.pk)
        wanted = MemberDetails(**{**vars(MemberDetails.of(member)), "is_active": is_active})
        update_member(actor=cast.owner, target=member, details=wanted, expected_version=member.version)

    return _set_active


def test_a_session_from_before_is_of_no_use_after_coming_back(cast, sign_in, url, set_active):
    before = sign_in(cast.receptionist)
    set_active(cast.receptionist, False)
    set_active(cast.receptionist, True)

    assert before.get(url("home")).url.startswith("/login/")


def test_after_coming_back_one_signs_in_anew(cast, client, url, set_active):
    set_active(cast.receptionist, False)
    set_active(cast.receptionist, True)

    client.post("/login/", {"email": "rita@harbour.example", "password": PASSWORD})

    assert client.get(url("home")).status_code == 200


def test_the_same_session_goes_on_in_another_clinic(cast, sign_in, set_active):
    MemberFactory(account=AccountFactory(slug="third"), user=cast.receptionist.user)
    rita = sign_in(cast.receptionist)

    set_active(cast.receptionist, False)

    assert rita.get("/third/").status_code == 200
