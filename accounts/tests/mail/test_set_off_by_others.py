"""A check on whoever acts cannot be set off by the other side: only those who joined belong (A61)."""

from datetime import timedelta

import pytest
from django.test import Client

from accounts.access import roles
from accounts.identity.two_factor.rules import why_two_factor_stays_on
from accounts.models import Account, Dispute, EmailChange, Invitation, Member, User
from accounts.tests.factories import PASSWORD, MemberFactory
from accounts.tests.links import ACCEPT, CHOSEN, copied_link, path_of
from accounts.tests.owners import VERIFIED, words_of
from accounts.tests.pages import typed_on
from accounts.tests.support_desk import REASONED, at
from accounts.tests.two_factor import enrolled
from clinic.clock import database_now

pytestmark = pytest.mark.django_db

SAM = {"first_name": "Sam", "last_name": "Support", "mobile": "", "role": roles.ADMINISTRATOR, "is_practitioner": "no"}
BELONGS = "You belong to this clinic yourself."


@pytest.fixture
def invite_sam(adam, sam, url):
    """Adam, whose clinic support is about to look into, invites Sam; returns the membership."""

    def _invite_sam():
        assert adam.post(url("member_new"), {**SAM, "email": sam.email, **VERIFIED}).status_code == 302
        return Member.objects.get(user=sam)

    return _invite_sam


def _leave_it(invited, adam, url):
    return invited


def _cancel(invited, adam, url):
    assert adam.post(url("member_invitation_cancel", invited.pk)).status_code == 302
    return invited


def _readdress(invited, adam, url):
    """To another address and back: support's login gets its row in the clinic a second time."""
    address = url("member", invited.pk)
    for email in ("other@harbour.example", invited.user.email):
        form = {**typed_on(adam.get(address)), "email": email, **VERIFIED}
        assert adam.post(address, form).status_code == 302
    return invited


def _make_inactive(invited, adam, url):
    address = url("member", invited.pk)
    assert adam.post(address, {**typed_on(adam.get(address)), "is_active": "no", **VERIFIED}).status_code == 302
    return invited


def _accept_by_hand(invited, adam, url):
    """Whoever copied the link has no password of Sam's, and joins nobody without it."""
    browser = Client()
    browser.get(copied_link(adam, url("member_invitation_link", invited.pk)))
    assert browser.post(ACCEPT, {"password": CHOSEN}).status_code == 422
    return invited


WAYS = [_leave_it, _cancel, _readdress, _make_inactive, _accept_by_hand]


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__.strip("_"))
def test_support_that_was_invited_and_did_not_join_still_acts_there(cast, adam, desk, invite_sam, url, way):
    way(invite_sam(), adam, url)

    locked = desk.post(at("account_lock", cast.clinic.pk), REASONED)
    appointed = desk.post(at("owner_appoint", cast.clinic.pk, cast.administrator.pk), REASONED)

    assert (locked.status_code, appointed.status_code) == (302, 302)
    assert Account.objects.get(pk=cast.clinic.pk).locked_at is not None
    assert Member.objects.get(pk=cast.administrator.pk).is_owner


def test_nobody_of_support_appoints_themselves_on_an_invitation_either(cast, desk, invite_sam):
    """They have not joined, and so cannot own anything."""
    invited = invite_sam()

    answer = desk.post(at("owner_appoint", cast.clinic.pk, invited.pk), REASONED)

    assert answer.status_code == 422
    assert not Member.objects.get(pk=invited.pk).is_owner


@pytest.mark.parametrize("is_active", [True, False])
def test_support_that_joined_belongs_also_when_made_inactive(cast, adam, desk, sam, invite_sam, url, is_active):
    """From the other side: whoever joined could decide in their own favour."""
    desk.get(path_of(invite_sam()))
    assert desk.post(ACCEPT).status_code == 302
    if not is_active:
        _make_inactive(Member.objects.get(user=sam), adam, url)

    answer = desk.post(at("account_lock", cast.clinic.pk), REASONED)

    assert answer.status_code == 422
    assert BELONGS in words_of(answer)
    assert Account.objects.get(pk=cast.clinic.pk).locked_at is None


# Others who act, and what the other side could try


def _invited_elsewhere(cast, who):
    """Xena, of another clinic, invites somebody who does not answer."""
    now = database_now()
    member = MemberFactory(account=cast.other_clinic, user=who.user, joined_at=None)
    Invitation.objects.create(member=member, invited_by=cast.outsider, sent_at=now, expires_at=now + timedelta(days=7))


def test_an_invitation_elsewhere_keeps_no_administrator_from_correcting_an_address(cast, adam, url):
    """C2: the login is of this clinic alone for as long as its person joins no other."""
    _invited_elsewhere(cast, cast.receptionist)
    address = url("member", cast.receptionist.pk)

    adam.post(address, {**typed_on(adam.get(address)), "email": "new@harbour.example", **VERIFIED})

    assert EmailChange.objects.get().new_email == "new@harbour.example"


def test_an_invitation_elsewhere_keeps_no_administrator_from_resetting_a_second_factor(cast, adam, url):
    """A35."""
    enrolled(cast.receptionist)
    _invited_elsewhere(cast, cast.receptionist)

    adam.post(url("member_two_factor", cast.receptionist.pk), VERIFIED)

    assert not User.objects.get(pk=cast.receptionist.user_id).has_two_factor


def test_an_invitation_to_a_clinic_that_requires_two_factor_keeps_nobody_from_turning_theirs_off(cast):
    """A34: it is not their clinic until they join."""
    _invited_elsewhere(cast, cast.receptionist)
    Account.objects.filter(pk=cast.other_clinic.pk).update(require_two_factor=True)

    assert why_two_factor_stays_on(cast.receptionist.user) == ""


def test_an_invitation_does_not_make_an_address_somebodys_who_signs_up_with_it(cast):
    """`is_unclaimed`: a row that invitations made is nobody's yet, however many there are."""
    form = {"clinic_name": "Ivy’s", "first_name": "Ivy", "last_name": "Ito"}

    answer = Client().post("/signup/", {**form, "email": "ivy@harbour.example", "password": CHOSEN})

    assert answer.status_code == 302
    assert Account.objects.filter(creator__email="ivy@harbour.example").exists()


def test_an_administrator_who_was_only_invited_does_not_count_as_one(cast):
    """A41: the last one who joined can't be let go because someone was invited."""
    MemberFactory(account=cast.clinic, role=roles.ADMINISTRATOR, joined_at=None)

    assert set(cast.clinic.members.administrators()) == {cast.owner, cast.administrator}


def test_what_administrators_ask_for_does_not_use_up_what_their_person_may(cast, adam, sign_in, url):
    """C2: Adam asks for one address after the other, and Rita still changes her own that day."""
    address = url("member", cast.receptionist.pk)
    for number in range(6):
        form = {**typed_on(adam.get(address)), "email": f"adams{number}@harbour.example", **VERIFIED}
        last = adam.post(address, form)
    assert last.status_code == 429, "Adam has had his share."

    answer = sign_in(cast.receptionist).post("/me/security/email/", {"email": "hers@rita.example", **VERIFIED})

    assert answer.status_code == 302
    assert EmailChange.objects.get(new_email="hers@rita.example").is_waiting_at(database_now())


def test_whoever_finds_the_clinics_requests_used_up_is_told_where_to_write(cast, sign_in, url, settings):
    """S36: ten a day for an account keep support from being flooded. The other side may use them up; mail is open."""
    for _ in range(10):
        member = MemberFactory(account=cast.clinic, role=roles.ADMINISTRATOR)
        assert sign_in(member).post(url("ownership_request"), {"story": "It is ours, all of it."}).status_code == 302

    answer = sign_in(cast.administrator).post(url("ownership_request"), {"story": "They locked me out of it."})

    assert answer.status_code == 429
    assert f"or write to {settings.SUPPORT_EMAIL}" in words_of(answer)
    assert Dispute.objects.count() == 10


def test_mail_that_others_had_sent_to_an_address_is_said_to_whoever_invites_it_with_when_it_goes_on(
    cast, adam, sign_in, url, settings
):
    """A51: the share protects the recipient, so another clinic may use it up; it comes back on its own."""
    settings.INVITATION_CAPS = {**settings.INVITATION_CAPS, "recipient": 1}
    form = {**SAM, "email": "wanted@everywhere.example", **VERIFIED}
    theirs = f"/{cast.other_clinic.slug}/settings/users/new/"
    assert sign_in(cast.outsider).post(theirs, form).status_code == 302

    answer = adam.post(url("member_new"), form)

    assert answer.status_code == 429
    assert "Try again from" in words_of(answer)
    assert PASSWORD not in answer.text
