"""An invitation to somebody who has a login already: they join with it; nothing tells the inviter (C4, C10, C13)."""

import re
from datetime import timedelta
from urllib.parse import quote
from uuid import uuid4

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from accounts.access import roles
from accounts.core.errors import LinkDead, LoginNeeded
from accounts.core.origin import Origin
from accounts.core.tokens import InvitationLink
from accounts.invitations.accepting import accept_by_login, accept_by_password
from accounts.models import Invitation, Member, User
from accounts.tests.factories import PASSWORD, PendingMemberFactory, UserFactory
from accounts.tests.links import ACCEPT, CHOSEN, alike, html_of, invitation_of, opened, snapshot
from clinic.clock import database_now

pytestmark = pytest.mark.django_db


@pytest.fixture
def invited(cast):
    """Xena, who administers Elsewhere, invited to Harbour Physio as a bookkeeper."""
    return PendingMemberFactory(
        account=cast.clinic,
        user=cast.outsider.user,
        first_name="Xena",
        last_name="Xu",
        role=roles.BOOKKEEPER,
        invited_by=cast.administrator,
    )


def has_joined(member: Member) -> bool:
    member.refresh_from_db()
    return member.has_joined


# By signing in


def test_the_page_asks_for_the_password_they_have(invited):
    page = opened(invited).get(ACCEPT).text

    assert "You have a login with this address already." in page
    assert "Sign in and join" in page
    assert "Create password" not in page
    assert 'autocomplete="current-password"' in page


def test_with_the_password_of_their_login_they_join_and_are_signed_in(invited, url):
    browser = opened(invited)

    home = browser.post(ACCEPT, {"password": PASSWORD}, follow=True)

    assert home.redirect_chain == [(url("home"), 302)]
    assert "Welcome to Harbour Physio, Xena" in home.text
    assert has_joined(invited)


def test_they_keep_one_login_and_choose_between_two_clinics(invited):
    """C10, C13."""
    opened(invited).post(ACCEPT, {"password": PASSWORD})

    page = Client().post("/login/", {"email": "xena@elsewhere.example", "password": PASSWORD}, follow=True)

    assert page.redirect_chain == [("/clinics/", 302)]
    assert "Elsewhere" in page.text and "Harbour Physio" in page.text
    assert User.objects.filter(email__iexact="xena@elsewhere.example").count() == 1


def test_a_wrong_password_joins_nobody_and_the_link_stays_good(invited, url):
    browser = opened(invited)
    before = snapshot()["accounts.Member"]

    wrong = browser.post(ACCEPT, {"password": "not the password at all"})

    assert wrong.status_code == 422
    assert "That is not the password of this login." in wrong.text
    assert snapshot()["accounts.Member"] == before
    assert browser.post(ACCEPT, {"password": PASSWORD}).url == url("home")


def test_wrong_passwords_are_counted_here_too_and_lock_every_page(invited):
    """A11: otherwise an invitation would be a way to guess the password of its own recipient."""
    browser = opened(invited)
    for _ in range(5):
        last = browser.post(ACCEPT, {"password": "not the password at all"})
    assert last.status_code == 429
    assert re.search(r"Wait 15 min, until \d\d:\d\d \(UTC\)", last.text)

    assert browser.post(ACCEPT, {"password": PASSWORD}).status_code == 429
    assert browser.post("/login/", {"email": "xena@elsewhere.example", "password": PASSWORD}).status_code == 429
    assert not has_joined(invited)


def test_after_the_wait_the_invitation_can_be_accepted(invited, url):
    browser = opened(invited)
    for _ in range(5):
        browser.post(ACCEPT, {"password": "not the password at all"})

    with time_machine.travel(database_now() + timedelta(minutes=16)):
        response = browser.post(ACCEPT, {"password": PASSWORD})

    assert response.url == url("home")


# By one click


def test_signed_in_already_one_click_joins(cast, invited, sign_in, url):
    xena = opened(invited, sign_in(cast.outsider))
    page = xena.get(ACCEPT).text
    assert "You are signed in with this address, so one click is all it takes." in page
    assert 'name="password"' not in page

    assert xena.post(ACCEPT).url == url("home")
    assert has_joined(invited)


def test_the_one_click_is_a_form_of_our_own(cast, invited):
    """A26, A43: a page elsewhere cannot make a signed-in person join a clinic."""
    xena = Client(enforce_csrf_checks=True)
    xena.force_login(cast.outsider.user, backend="accounts.authentication.MemberBackend")
    opened(invited, xena)

    assert xena.post(ACCEPT).status_code == 403
    assert not has_joined(invited)


# An invitation never sets the password of a login (C4)


def test_a_crafted_form_with_a_new_password_changes_no_password(invited):
    """C4."""
    before = User.objects.get(pk=invited.user_id).password

    response = opened(invited).post(ACCEPT, {"password": CHOSEN, "new_password": CHOSEN, "password1": CHOSEN})

    assert response.status_code == 422
    assert User.objects.get(pk=invited.user_id).password == before
    assert not has_joined(invited)


def test_a_crafted_form_of_somebody_signed_in_changes_no_password(cast, invited, sign_in):
    """C4."""
    before = User.objects.get(pk=invited.user_id).password

    opened(invited, sign_in(cast.outsider)).post(ACCEPT, {"password": CHOSEN})

    assert User.objects.get(pk=invited.user_id).password == before


def test_the_action_refuses_to_set_a_password_of_a_login_that_became_trusted_meanwhile(invited):
    """C4, C3: between the page and the form the login was confirmed elsewhere."""
    link = InvitationLink.of(invitation_of(invited))

    with pytest.raises(LoginNeeded):
        accept_by_password(link=link, password=CHOSEN, origin=Origin())

    invited.refresh_from_db()
    assert not invited.has_joined
    assert invited.user.check_password(PASSWORD)
    assert invitation_of(invited).accepted_at is None, "what was taken is given back with the refusal"


def test_the_action_refuses_an_invitation_that_is_somebody_elses(cast, invited):
    """C7."""
    with pytest.raises(LinkDead):
        accept_by_login(link=InvitationLink.of(invitation_of(invited)), user=cast.receptionist.user)

    assert not has_joined(invited)
    assert invitation_of(invited).accepted_at is None


def test_other_sessions_of_the_login_go_on(cast, invited, sign_in):
    """Nothing about the login changed."""
    elsewhere = sign_in(cast.outsider)

    opened(invited).post(ACCEPT, {"password": PASSWORD})

    assert elsewhere.get("/elsewhere/").status_code == 200


# The normal gates (C15)


def test_a_login_that_was_switched_off_does_not_join_with_its_password(invited):
    """C15."""
    User.objects.filter(pk=invited.user_id).update(is_active=False)

    assert opened(invited).post(ACCEPT, {"password": PASSWORD}).status_code == 410
    assert not has_joined(invited)


def test_a_login_that_is_inactive_in_every_clinic_joins_a_new_one_by_invitation(cast, invited, url):
    """Until then signing in opens no clinic: it shows the invitation."""
    Member.objects.filter(pk=cast.outsider.pk).update(is_active=False)
    browser = Client()
    signed_in = {"email": "xena@elsewhere.example", "password": PASSWORD}
    assert browser.post("/login/", signed_in).url == reverse("accounts:clinics")
    assert browser.get("/elsewhere/").status_code == browser.get(url("home")).status_code == 404

    assert opened(invited).post(ACCEPT, {"password": PASSWORD}).url == url("home")


# Nothing tells the inviter


def add(client: Client, url, *, email: str):
    """Add Nina under an address; returns the page after it."""
    form = {
        "first_name": "Nina",
        "last_name": "Novak",
        "email": email,
        "mobile": "",
        "role": "bookkeeper",
        "is_practitioner": "no",
        "submission": str(uuid4()),
        "reverify_password": PASSWORD,
    }
    return client.post(url("member_new"), form, follow=True)


def neutral(text: str, member: Member) -> str:
    """A page without what is about this very person."""
    text = alike(text).replace(member.user.email, "EMAIL").replace(quote(member.user.email), "EMAIL")
    text = text.replace(f"/users/{member.pk}/", "/users/ID/")
    return re.sub(r"tint-\d", "tint", text)


def test_the_inviters_pages_are_the_same_for_a_new_address_and_for_an_existing_login(cast, sign_in, url, deliver_mail):
    """Decided where the sources are silent: nothing tells the inviter that an address has a login."""
    UserFactory(email="known@mail.example")
    seen = {}
    for email in ("known@mail.example", "fresh@mail.example"):
        adam = sign_in(cast.administrator)
        pages = [add(adam, url, email=email)]
        member = Member.objects.get(account=cast.clinic, user__email=email)
        deliver_mail()
        pages.append(adam.get(url("member", member.pk)))
        pages.append(adam.get(url("members"), {"q": email}))
        pages.append(adam.post(url("member_invitation", member.pk), follow=True))
        pages.append(adam.get(url("member_invitation_cancel", member.pk)))
        seen[email] = [(page.status_code, neutral(page.text, member)) for page in pages]

    assert seen["known@mail.example"] == seen["fresh@mail.example"]


def test_the_mail_is_the_same_for_a_new_address_and_for_an_existing_login(cast, sign_in, url, deliver_mail):
    UserFactory(email="known@mail.example")
    for email in ("known@mail.example", "fresh@mail.example"):
        add(sign_in(cast.administrator), url, email=email)
    known, fresh = deliver_mail()

    def words(message):
        text = f"{message.subject}\n{message.body}\n{html_of(message)}".replace(message.to[0], "EMAIL")
        return alike(re.sub(r"/invitations/[^/\s\"]+/", "/invitations/TOKEN/", text))

    assert words(known) == words(fresh)


def test_while_somebody_with_a_login_is_invited_the_inviter_cannot_tell_by_opening_the_page_of_their_link(
    cast, invited, sign_in
):
    """The inviter may copy the link; signed in as themselves they learn nothing from it."""
    adam = sign_in(cast.administrator)

    pages = []
    for member in (invited, cast.invited):
        body = opened(member, adam).get(ACCEPT).text.partition("</head>")[2]
        text = alike(body).replace(member.user.email, "EMAIL").replace(member.first_name, "NAME")
        pages.append(text.replace(member.role_name.lower(), "ROLE"))

    assert pages[0] == pages[1]


def test_an_invitation_of_somebody_with_a_login_expires_like_any(invited):
    browser = opened(invited)
    Invitation.objects.filter(member=invited).update(expires_at=database_now() - timedelta(seconds=1))

    assert browser.post(ACCEPT, {"password": PASSWORD}).status_code == 410
    assert not has_joined(invited)
