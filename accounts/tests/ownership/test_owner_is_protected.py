"""What is an owner's, others only read: the ways in which somebody would try to change it (S22, S32, A35, A40).

Every way there is stands in test_owner_is_protected_everywhere.py; here is what the person who tries it sees.
"""

from uuid import uuid4

import pytest
from bs4 import BeautifulSoup
from django.test import Client
from django.urls import reverse

from accounts.models import Invitation, Member, OutboundEmail, User
from accounts.tests.belongings import HER_PASSWORD
from accounts.tests.factories import MemberFactory
from accounts.tests.links import ACCEPT, CHOSEN, copied_link, invitation_of
from accounts.tests.owners import VERIFIED, told_on, words_of
from accounts.tests.pages import typed_on

pytestmark = pytest.mark.django_db

READ_ONLY = "is an owner of this account, so only they can change their details."
NOT_PERMITTED = "You may not do this, or may no longer. Nothing was changed."
RESET = "/password/reset/"
CHANGES = [
    {"first_name": "Mallory"},
    {"last_name": "Marsh"},
    {"mobile": "0400 666 666"},
    {"email": "mallory@evil.example"},
    {"role": "receptionist"},
    {"is_practitioner": "yes"},
    {"is_active": "no"},
]


@pytest.fixture
def client(somebody_else, sign_in):
    """The browser of whoever tries: once an administrator's, once another owner's."""
    return sign_in(somebody_else)


@pytest.fixture
def make_owner(otto, sign_in, url):
    """Otto gives somebody ownership."""

    def _make_owner(target):
        sign_in(otto).post(url("member_ownership", target.pk), VERIFIED)
        target.refresh_from_db()
        assert target.is_owner

    return _make_owner


def on_file(member):
    return Member.objects.values().get(pk=member.pk), User.objects.values().get(pk=member.user_id)


# The page


def test_an_owners_page_holds_no_form_for_anybody_else_and_says_why(cast, hers, client, url):
    """S32."""
    page = client.get(url("member", cast.owner.pk))

    assert f"Olive Owens {READ_ONLY}" in words_of(page)
    assert BeautifulSoup(page.text, "html.parser").main.find_all(["form", "input", "select", "button"]) == []


def test_it_holds_one_for_the_owner_herself(cast, hers, url):
    page = hers.browser.get(url("member", cast.owner.pk))

    assert READ_ONLY not in words_of(page)
    assert typed_on(page)["first_name"] == "Olive"


@pytest.mark.parametrize("change", CHANGES, ids=str)
def test_a_page_opened_before_somebody_became_an_owner_changes_nothing_after_it_and_says_why(
    tess, client, url, make_owner, change
):
    """A40: the same page, sent a minute earlier, would have done it."""
    typed = typed_on(client.get(url("member", tess.pk)))
    make_owner(tess)
    before = on_file(tess)

    page = client.post(url("member", tess.pk), {**typed, **change, **VERIFIED})

    assert page.status_code == 403
    assert f"Tess Tan {READ_ONLY} Nothing was changed." in words_of(page)
    assert on_file(tess) == before


def test_what_was_typed_on_that_page_is_still_there(tess, client, url, make_owner):
    typed = {**typed_on(client.get(url("member", tess.pk))), "last_name": "Tandy", "mobile": "0400 333 444"}
    make_owner(tess)

    page = client.post(url("member", tess.pk), {**typed, **VERIFIED})

    kept = typed_on(page)
    assert (kept["first_name"], kept["last_name"], kept["mobile"]) == ("Tess", "Tandy", "0400 333 444")


def test_that_page_would_have_changed_somebody_who_is_no_owner(tess, client, url):
    typed = typed_on(client.get(url("member", tess.pk)))

    client.post(url("member", tess.pk), {**typed, "is_active": "no", **VERIFIED})

    tess.refresh_from_db()
    assert not tess.is_active


# The invitation she once came by


@pytest.mark.parametrize("name", ["member_invitation", "member_invitation_cancel", "member_invitation_link"])
@pytest.mark.parametrize("owner", ["who was invited", "who opened the clinic"])
def test_the_invitation_of_an_owner_is_neither_sent_again_nor_cancelled_nor_shown(
    cast, hers, client, url, deliver_mail, name, owner
):
    if owner == "who opened the clinic":
        Invitation.objects.filter(member=cast.owner).delete()
    OutboundEmail.objects.all().delete()
    before = hers.look()

    answer = client.post(url(name, cast.owner.pk), follow=True)

    assert told_on(answer) == NOT_PERMITTED
    assert "/invitations/" not in answer.text
    assert hers.look() == before
    assert deliver_mail() == []


def test_our_script_gets_no_link_of_an_owner_either(cast, hers, client, url):
    answer = client.post(url("member_invitation_link", cast.owner.pk), VERIFIED)

    assert answer.status_code == 302
    assert "/invitations/" not in answer.text


# Her address, given to somebody else


def test_nobody_is_added_with_an_owners_address(cast, hers, client, url):
    before, people = hers.look(), Member.objects.count()
    form = {"first_name": "Mallory", "last_name": "Marsh", "role": "scheduler", "is_practitioner": "no"}

    page = client.post(url("member_new"), {**form, "email": "OLIVE@harbour.example", **VERIFIED})

    assert page.status_code == 422
    assert "Olive Owens already has this email address in Harbour Physio." in page.text
    assert Member.objects.count() == people
    assert hers.look() == before


def test_nobody_invited_is_given_an_owners_address(cast, hers, client, url, deliver_mail):
    OutboundEmail.objects.all().delete()
    before, theirs = hers.look(), on_file(cast.invited)
    typed = typed_on(client.get(url("member", cast.invited.pk)))

    page = client.post(url("member", cast.invited.pk), {**typed, "email": "olive@harbour.example", **VERIFIED})

    assert page.status_code == 422
    assert "Olive Owens already has this email address in Harbour Physio." in page.text
    assert (hers.look(), on_file(cast.invited)) == (before, theirs)
    assert deliver_mail() == []


# Her password


@pytest.mark.parametrize("others", [[], ["adam@harbour.example", "mallory@evil.example"]], ids=["alone", "with others"])
def test_a_new_password_for_an_owner_asked_for_by_others_is_mailed_to_the_owner_alone(
    cast, hers, client, deliver_mail, others
):
    """C22: to her one address, once, and nothing of hers changes by it."""
    OutboundEmail.objects.all().delete()
    before = {**hers.look(), "mail with links": None}

    for _ in range(2):
        answer = client.post(RESET, {"email": [*others, "olive@harbour.example"]})
        assert answer.url == "/password/reset/sent/"

    assert [message.recipients() for message in deliver_mail()] == [["olive@harbour.example"]]
    assert {**hers.look(), "mail with links": None} == before
    assert User.objects.get(pk=cast.owner.user_id).check_password(HER_PASSWORD)


# Another clinic


def test_whoever_runs_another_clinic_gets_no_further_by_inviting_an_owner_there(cast, hers, sign_in):
    """A57, C4: the inviter holds the link, and the login has to show its own password."""
    xena, there = sign_in(cast.outsider), cast.other_clinic.slug
    form = {"first_name": "Olive", "last_name": "Owens", "role": "scheduler", "is_practitioner": "no"}
    before, login = on_file(cast.owner), hers.look()["login"]
    form["submission"] = str(uuid4())
    xena.post(reverse("accounts:member_new", args=[there]), {**form, "email": "olive@harbour.example", **VERIFIED})
    added = Member.objects.get(account=cast.other_clinic, user=cast.owner.user)
    link = copied_link(xena, reverse("accounts:member_invitation_link", args=[there, added.pk]))

    browser = Client()
    browser.get(link)
    answer = browser.post(ACCEPT, {"password": CHOSEN})

    assert answer.status_code == 422
    assert invitation_of(added).accepted_at is None
    assert (on_file(cast.owner), hers.look()["login"]) == (before, login)
    assert hers.look()["is signed in"]


def test_an_owner_made_inactive_in_another_clinic_stays_what_she_is_in_her_own(cast, hers, sign_in, url):
    """S21: the owner of one clinic may be anybody in another."""
    there = MemberFactory(account=cast.other_clinic, user=cast.owner.user, first_name="Olive")
    xena, address = sign_in(cast.outsider), reverse("accounts:member", args=[cast.other_clinic.slug, there.pk])
    before, sessions = on_file(cast.owner), hers.look()["sessions"]

    xena.post(address, {**typed_on(xena.get(address)), "is_active": "no", **VERIFIED})

    there.refresh_from_db()
    assert not there.is_active
    assert (on_file(cast.owner), hers.look()["sessions"]) == (before, sessions)
    assert hers.browser.get(url("home")).status_code == 200
