"""Accepting an invitation with a new password, as Ivy does it (S12, A24 to A28, A57, C1 to C16)."""

from datetime import timedelta

import pytest
from bs4 import BeautifulSoup
from django.test import Client
from django.urls import reverse

from accounts.access import roles
from accounts.core.errors import LinkDead
from accounts.core.origin import Origin
from accounts.core.tokens import InvitationLink
from accounts.invitations.accepting import accept_by_password
from accounts.models import Account, Activity, Invitation, Member, User
from accounts.tests.address_changes import pending_change
from accounts.tests.factories import PASSWORD, PendingMemberFactory, UserFactory
from accounts.tests.links import (
    ACCEPT,
    CHOSEN,
    after_joining,
    html_of,
    invitation_of,
    join,
    opened,
    path_in,
    path_of,
    snapshot,
)
from accounts.tests.two_factor import enrolled, second_factor_of
from clinic.clock import database_now

pytestmark = pytest.mark.django_db


def create_password(client: Client, password: str = CHOSEN, **forged: str):
    return client.post(ACCEPT, {"password": password, **forged})


def has_joined(member: Member) -> bool:
    member.refresh_from_db()
    return member.has_joined


# Joining


def test_the_page_says_who_invites_whom_to_which_clinic_as_what_and_what_to_do(cast):
    page = opened(cast.invited).get(ACCEPT).text

    for words in (
        "Welcome, <bdi>Ivy</bdi>",
        "<bdi>Adam Adler</bdi> has invited you to join <bdi>Harbour Physio</bdi>",
        "Your role: practitioner",
        "ivy@harbour.example",
        "Create password",
    ):
        assert words in page


def test_from_the_mail_to_the_clinic(cast, sign_in, url, deliver_mail):
    """S11, S12, S14: an administrator sends, Ivy opens, creates a password, and is in, at her own settings."""
    sign_in(cast.administrator).post(url("member_invitation", cast.invited.pk))
    [message] = deliver_mail()
    ivy = Client()

    page = ivy.get(path_in(message), follow=True)
    assert "Create password" in page.text
    settings = ivy.post(page.redirect_chain[-1][0], {"password": CHOSEN}, follow=True)

    assert settings.redirect_chain == [(after_joining(cast.invited), 302)]
    assert "Welcome to Harbour Physio, Ivy. Start by checking your details below." in settings.text
    assert "Skip for now" in settings.text
    assert has_joined(cast.invited)


def test_whoever_joined_is_signed_in_and_stays_so(cast, url):
    ivy = join(cast.invited)

    for name in ("home", "my_info"):
        assert ivy.get(url(name)).status_code == 200


def test_whoever_joined_signs_in_elsewhere_with_the_password_they_chose(cast, url):
    join(cast.invited)

    response = Client().post("/login/", {"email": "ivy@harbour.example", "password": CHOSEN})

    assert response.url == url("home")


def test_joining_is_recorded(cast):
    join(cast.invited)

    entry = Activity.objects.get(verb=Activity.Verb.INVITATION_ACCEPTED)
    assert entry.actor == entry.subject == cast.invited


def test_joining_proves_the_mailbox(cast):
    join(cast.invited)

    cast.invited.user.refresh_from_db()
    assert cast.invited.user.is_trusted


def test_the_key_of_the_session_is_another_after_joining(cast):
    """A14: a key that somebody planted before is worth nothing."""
    browser = opened(cast.invited)
    before = browser.session.session_key

    create_password(browser)

    assert browser.session.session_key != before
    planted = Client()
    planted.cookies["sessionid"] = before
    assert planted.get(reverse("accounts:clinics")).status_code == 302


# A form of our own (A26, A43, C14)


def test_accepting_needs_the_form_of_our_own_page(cast):
    """A26, A43: a form on somebody else's site is refused."""
    browser = opened(cast.invited, Client(enforce_csrf_checks=True))

    response = create_password(browser)

    assert response.status_code == 403
    assert not has_joined(cast.invited)


def test_accepting_with_the_form_of_our_own_page_works(cast, url):
    browser = opened(cast.invited, Client(enforce_csrf_checks=True))
    form = BeautifulSoup(browser.get(ACCEPT).text, "html.parser").find("form", class_="form")

    response = create_password(
        browser, csrfmiddlewaretoken=form.find("input", {"name": "csrfmiddlewaretoken"})["value"]
    )

    assert response.url == after_joining(cast.invited)


@pytest.mark.parametrize("posted", [{}, {"password": ""}])
def test_a_bare_form_creates_nothing(cast, posted):
    """C14: scanners press buttons, too."""
    browser = opened(cast.invited)
    before = snapshot()

    response = browser.post(ACCEPT, posted)

    assert response.status_code == 422
    assert "Enter a password." in response.text
    assert snapshot() == before


def test_a_form_without_an_opened_link_creates_nothing(cast):
    before = snapshot()

    assert create_password(Client()).status_code == 404
    assert snapshot() == before


# What is posted beside the password (C4, C5)


def test_a_posted_email_role_or_account_is_ignored(cast):
    """C5, A39."""
    forged = {
        "email": "mallory@elsewhere.example",
        "role": roles.ADMINISTRATOR,
        "account": str(cast.other_clinic.pk),
        "is_owner": "on",
        "is_staff": "on",
        "first_name": "Mallory",
        "invitation_id": "1",
    }

    create_password(opened(cast.invited), **forged)

    cast.invited.refresh_from_db()
    assert cast.invited.has_joined
    assert cast.invited.user.email == "ivy@harbour.example"
    assert (cast.invited.role, cast.invited.account, cast.invited.first_name) == ("practitioner", cast.clinic, "Ivy")
    assert not cast.invited.is_owner
    assert not cast.invited.user.is_staff
    assert not User.objects.filter(email="mallory@elsewhere.example").exists()


# Once (A24, A28, C1)


def test_a_link_is_good_for_one_acceptance(cast):
    """A24."""
    join(cast.invited)

    again = opened(cast.invited).get(ACCEPT)

    assert again.status_code == 410
    assert "This invitation has been used" in again.text


def test_of_two_browsers_that_opened_the_link_one_creates_the_password(cast):
    """C1: a replay in another session."""
    first, second = opened(cast.invited), opened(cast.invited)
    assert first.get(ACCEPT).status_code == second.get(ACCEPT).status_code == 200

    create_password(first)
    late = create_password(second, "another boat called thursday")

    assert late.status_code == 410
    assert "This invitation has been used" in late.text
    cast.invited.user.refresh_from_db()
    assert cast.invited.user.check_password(CHOSEN)
    assert Activity.objects.filter(verb=Activity.Verb.INVITATION_ACCEPTED).count() == 1


def test_the_action_itself_refuses_a_link_that_was_used_since_the_page_looked(cast):
    """A28: it is the update inside the transaction that decides, not the look before it."""
    link = InvitationLink.of(invitation_of(cast.invited))
    accept_by_password(link=link, password=CHOSEN, origin=Origin())

    with pytest.raises(LinkDead) as dead:
        accept_by_password(link=link, password="another boat called thursday", origin=Origin())

    assert dead.value.reason == "used"


def test_after_joining_the_browser_holds_no_invitation_any_more(cast):
    ivy = join(cast.invited)

    assert ivy.get(ACCEPT).status_code == 404


# Too late (A24, C3)


def test_an_invitation_is_good_for_seven_days(cast, url, sign_in):
    sign_in(cast.administrator).post(url("member_invitation", cast.invited.pk))

    assert invitation_of(cast.invited).expires_at - database_now() > timedelta(days=6, hours=23, minutes=59)
    assert invitation_of(cast.invited).expires_at - database_now() <= timedelta(days=7)


def test_an_invitation_that_expires_while_its_page_is_open_is_refused(cast):
    """C3."""
    browser = opened(cast.invited)
    assert browser.get(ACCEPT).status_code == 200
    Invitation.objects.filter(member=cast.invited).update(expires_at=database_now() - timedelta(seconds=1))

    late = create_password(browser)

    assert late.status_code == 410
    assert "This invitation has expired" in late.text
    assert not has_joined(cast.invited)


# The rules for passwords (A1 to A5)


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("fourteen chars", "at least 15 characters"),
        ("1q2w3e4r5t6y7u8i9o0p", "follows the keyboard"),
        ("ivy@harbour.example", "made of your email address"),
        ("x" * 129 + "y" * 200, "at most"),
    ],
)
def test_a_password_that_is_refused_is_refused_with_the_reason_and_the_link_stays_good(cast, url, password, reason):
    browser = opened(cast.invited)

    refused = create_password(browser, password)

    assert refused.status_code == 422
    assert reason in refused.text.lower()
    assert not has_joined(cast.invited)
    assert create_password(browser).url == after_joining(cast.invited)


@pytest.mark.parametrize(
    "password",
    [
        pytest.param("a boat, a goat", id="14"),
    ],
)
def test_one_character_less_than_fifteen_is_too_short(cast, password):
    """A1."""
    assert create_password(opened(cast.invited), password).status_code == 422
    assert create_password(opened(cast.invited), password + "s").status_code == 302


@pytest.mark.parametrize(
    "password",
    [
        pytest.param("four sheep in a field " * 5 + "at noon on friday", id="127 characters"),
        pytest.param("x".join(f"{number:03}" for number in range(32)) + "y", id="128 characters"),
        pytest.param("  spaces around it  ", id="spaces before and after"),
        pytest.param("ein Gruß aus Zürich, 東京 und 🐐", id="all the letters of the world"),
        pytest.param("aaaaaaaaaaaaaab ", id="no rule about what is in it"),
        pytest.param("<b>&amp;\"'` quotes", id="markup"),
    ],
)
def test_a_password_is_taken_exactly_as_typed(cast, url, password):
    """A1, A3, A4."""
    assert create_password(opened(cast.invited), password).url == after_joining(cast.invited)

    right = Client().post("/login/", {"email": "ivy@harbour.example", "password": password})
    trimmed = Client().post("/login/", {"email": "ivy@harbour.example", "password": password.strip()[:127]})

    assert right.status_code == 302
    assert (trimmed.status_code == 302) == (password.strip()[:127] == password)


def test_a_refused_password_is_not_shown_again(cast):
    assert "fourteen chars" not in create_password(opened(cast.invited), "fourteen chars").text


def test_the_field_lets_password_managers_and_paste_work(cast):
    """A4."""
    page = BeautifulSoup(opened(cast.invited).get(ACCEPT).text, "html.parser")

    field = page.find("input", {"name": "password"})
    assert field["autocomplete"] == "new-password"
    assert not field.has_attr("onpaste")
    assert not field.has_attr("maxlength") or int(field["maxlength"]) >= 128
    assert page.find("input", {"autocomplete": "username"})["value"] == "ivy@harbour.example"


# Somebody else is signed in in this browser (C6, C7)


def test_opening_the_link_while_somebody_else_is_signed_in_consumes_nothing_and_offers_to_switch(cast, sign_in):
    """C6."""
    rita = opened(cast.invited, sign_in(cast.receptionist))
    before = snapshot()

    page = rita.get(ACCEPT)

    assert "You are signed in as <bdi>rita@harbour.example</bdi>" in page.text
    assert "this invitation is for <bdi>ivy@harbour.example</bdi>" in page.text
    assert "Sign out and go on" in page.text
    assert "Create password" not in page.text
    assert snapshot() == before


def test_a_form_sent_while_somebody_else_is_signed_in_joins_nobody(cast, sign_in):
    """C7."""
    rita = opened(cast.invited, sign_in(cast.receptionist))
    before = snapshot()

    response = create_password(rita)

    assert response.status_code == 409
    assert "Nothing has been accepted" in response.text
    assert snapshot() == before


def test_after_the_switch_the_invitation_is_there_and_works(cast, sign_in, url):
    """C6."""
    browser = opened(cast.invited, sign_in(cast.receptionist))

    page = browser.post("/invitations/switch/", follow=True)

    assert "Create password" in page.text
    assert create_password(browser).url == after_joining(cast.invited)
    assert browser.get(url("home")).wsgi_request.user == cast.invited.user


def test_the_switch_ends_the_other_session(cast, sign_in):
    rita = opened(cast.invited, sign_in(cast.receptionist))
    copied = Client()
    copied.cookies["sessionid"] = rita.cookies["sessionid"].value

    rita.post("/invitations/switch/")

    assert copied.get(reverse("accounts:clinics")).status_code == 302


def test_the_switch_is_a_form_of_our_own_and_no_link(cast, sign_in):
    rita = opened(cast.invited, sign_in(cast.receptionist))

    assert rita.get("/invitations/switch/").status_code == 405
    assert Client(enforce_csrf_checks=True).post("/invitations/switch/").status_code == 403


# What kills a link (A25, C8 to C13)


def change(client: Client, url, member: Member, **changes: str):
    """Send the form on a member's page with some fields changed, as an administrator does, password and all."""
    member.refresh_from_db()
    form = {
        "first_name": member.first_name,
        "last_name": member.last_name,
        "email": member.user.email,
        "mobile": member.mobile,
        "role": member.role,
        "is_practitioner": "yes" if member.is_practitioner else "no",
        "is_active": "yes" if member.is_active else "no",
        "version": str(member.version),
        "reverify_password": PASSWORD,
    }
    response = client.post(url("member", member.pk), {**form, **changes})
    assert response.status_code == 302, response.text


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"email": "ivy.ito@harbour.example"}, "This link has been replaced"),
        ({"role": roles.BOOKKEEPER}, "This link has been replaced"),
        ({"is_active": "no"}, "This invitation was cancelled"),
    ],
)
def test_a_change_of_address_or_role_and_deactivation_kill_the_link_at_once(cast, sign_in, url, changes, words):
    """A25, C8."""
    old = opened(cast.invited)
    assert old.get(ACCEPT).status_code == 200

    change(sign_in(cast.administrator), url, cast.invited, **changes)

    assert words in old.get(ACCEPT).text
    assert create_password(old).status_code == 410
    assert not has_joined(cast.invited)


def test_cancelling_kills_the_link_at_once(cast, sign_in, url):
    """A25."""
    old = opened(cast.invited)

    sign_in(cast.administrator).post(url("member_invitation_cancel", cast.invited.pk))

    assert "This invitation was cancelled" in create_password(old).text
    assert not has_joined(cast.invited)


def test_a_change_of_name_leaves_the_link_alone(cast, sign_in, url):
    old = opened(cast.invited)

    change(sign_in(cast.administrator), url, cast.invited, first_name="Yvonne")

    assert create_password(old).url == after_joining(cast.invited)


def test_after_a_corrected_address_the_new_mail_works_and_the_old_link_does_not(cast, sign_in, url, deliver_mail):
    """C2, C8."""
    old_path = path_of(cast.invited)
    change(sign_in(cast.administrator), url, cast.invited, email="ivy.ito@harbour.example")
    [message] = deliver_mail()
    assert message.to == ["ivy.ito@harbour.example"]

    stale, fresh = Client(), Client()
    stale.get(old_path)
    fresh.get(path_in(message))

    assert create_password(stale).status_code == 410
    assert create_password(fresh).url == after_joining(cast.invited)


def test_somebody_who_joins_has_the_role_they_have_now_not_the_one_of_an_older_mail(cast, sign_in, url):
    """C9: an old link brings back no rank."""
    Member.objects.filter(pk=cast.invited.pk).update(role=roles.ADMINISTRATOR)
    old = opened(cast.invited)
    change(sign_in(cast.administrator), url, cast.invited, role=roles.SCHEDULER)

    assert create_password(old).status_code == 410
    join(cast.invited)

    cast.invited.refresh_from_db()
    assert cast.invited.role == roles.SCHEDULER


def test_a_used_link_does_not_bring_back_somebody_who_was_made_inactive_since(cast, sign_in, url):
    """C9."""
    ivy = join(cast.invited)
    path = path_of(cast.invited)
    change(sign_in(cast.administrator), url, cast.invited, is_active="no")

    browser = Client()
    browser.get(path)

    assert create_password(browser).status_code == 410
    assert ivy.get(url("home")).status_code == 302
    cast.invited.refresh_from_db()
    assert not cast.invited.is_active


def test_somebody_made_inactive_while_invited_does_not_come_back_by_the_link(cast, sign_in, url):
    """C13: invited and inactive are two things."""
    path = path_of(cast.invited)
    change(sign_in(cast.administrator), url, cast.invited, is_active="no")
    browser = Client()
    browser.get(path)

    assert create_password(browser).status_code == 410
    cast.invited.refresh_from_db()
    assert not cast.invited.is_active
    assert not cast.invited.has_joined


def test_made_active_again_the_old_link_stays_dead_and_a_new_one_works(cast, sign_in, url, deliver_mail):
    old_path = path_of(cast.invited)
    adam = sign_in(cast.administrator)
    change(adam, url, cast.invited, is_active="no")
    change(adam, url, cast.invited, is_active="yes")
    *_, message = deliver_mail()

    stale, fresh = Client(), Client()
    stale.get(old_path)
    fresh.get(path_in(message))

    assert create_password(stale).status_code == 410
    assert create_password(fresh).url == after_joining(cast.invited)


# Whoever stands behind it (C10, C11)


@pytest.mark.parametrize(
    "change_of_inviter",
    [
        pytest.param({"role": roles.RECEPTIONIST}, id="C10: lost the right to invite"),
        pytest.param({"is_active": False}, id="C11: made inactive"),
    ],
)
def test_an_invitation_stands_only_while_its_inviter_may_invite(cast, sign_in, url, change_of_inviter):
    browser = opened(cast.invited)
    Member.objects.filter(pk=cast.administrator.pk).update(**change_of_inviter)

    refused = create_password(browser)

    assert refused.status_code == 410
    assert "This invitation is no longer valid" in refused.text
    assert not has_joined(cast.invited)

    sign_in(cast.owner).post(url("member_invitation", cast.invited.pk))

    assert create_password(browser).url == after_joining(cast.invited), "another administrator stands behind it now"


# The normal gates (C15)


def test_nobody_joins_a_locked_clinic(cast):
    """C15, S37."""
    browser = opened(cast.invited)
    Account.objects.filter(pk=cast.clinic.pk).update(locked_at=database_now())

    refused = create_password(browser)

    assert refused.status_code == 410
    assert "This clinic is locked" in refused.text
    assert not has_joined(cast.invited)


def test_a_login_that_was_switched_off_does_not_join(cast):
    """C15: `is_active` of the login is asked wherever one gets in."""
    browser = opened(cast.invited)
    User.objects.filter(pk=cast.invited.user_id).update(is_active=False)

    assert create_password(browser).status_code == 410
    assert not has_joined(cast.invited)
    cast.invited.user.refresh_from_db()
    assert not cast.invited.user.has_usable_password()


# Signed up before by somebody else (A57)


@pytest.fixture
def squatter(cast):
    """The browser of a stranger who has opened a clinic with Ivy's address, and never confirmed it."""
    browser = Client()
    form = {
        "clinic_name": "Trap",
        "first_name": "Ivy",
        "last_name": "Ito",
        "email": "ivy@harbour.example",
        "password": "the stranger knows this",
    }
    assert browser.post("/signup/", form).url == "/trap/"
    assert browser.get("/trap/").status_code == 200
    return browser


def test_a_password_set_before_the_mailbox_was_proved_is_dropped_by_joining(cast, squatter):
    """A57."""
    join(cast.invited)

    response = Client().post("/login/", {"email": "ivy@harbour.example", "password": "the stranger knows this"})

    assert response.status_code == 422
    cast.invited.user.refresh_from_db()
    assert cast.invited.user.check_password(CHOSEN)


def test_sessions_from_before_the_mailbox_was_proved_end_with_joining(cast, squatter):
    """A57."""
    join(cast.invited)

    assert squatter.get("/trap/").status_code == 302
    assert squatter.get("/harbour-physio/").status_code == 302


def test_a_second_factor_and_a_request_from_before_the_mailbox_was_proved_are_dropped_by_joining(cast, squatter):
    """A57."""
    enrolled(cast.invited)
    change = pending_change(cast.invited)

    join(cast.invited)

    change.refresh_from_db()
    assert second_factor_of(cast.invited.user) == [0, 0, 0, 0]
    assert not change.is_open


def test_a_stranger_with_an_unconfirmed_login_does_not_join_with_it(cast, squatter):
    """A57: without the link the invitation is not theirs, whatever address they signed up with."""
    assert squatter.get("/harbour-physio/").status_code == 404
    assert squatter.get(ACCEPT).status_code == 404
    assert not has_joined(cast.invited)


def test_the_owner_of_the_mailbox_is_asked_for_a_new_password_although_a_login_exists(cast, squatter):
    """A57: the password that is there is not theirs."""
    assert "Create password" in opened(cast.invited).get(ACCEPT).text


# Markup in names (C16)


@pytest.fixture
def marked(cast):
    """An invitation in which every name is an attempt at markup."""
    cast.clinic.name = 'Harbour <script>alert("clinic")</script>'
    cast.clinic.save()
    Member.objects.filter(pk=cast.administrator.pk).update(first_name="<img src=x onerror=alert(1)>", last_name="A&B")
    return PendingMemberFactory(
        account=cast.clinic,
        user=UserFactory(email="bobby@harbour.example", password=None, email_confirmed_at=None),
        first_name="<b>Bobby</b>",
        last_name="{{ 7|add:7 }}",
        invited_by=Member.objects.get(pk=cast.administrator.pk),
    )


def assert_inert(html: str) -> None:
    page = BeautifulSoup(html, "html.parser")
    assert not [each for each in page.find_all("script") if "alert" in each.get_text()]
    assert not page.find("img")
    assert not [each for each in page.find_all("b") if "Bobby" in each.get_text()]
    assert "&lt;b&gt;Bobby&lt;/b&gt;" in html


def test_markup_in_names_is_inert_on_the_page(marked):
    assert_inert(opened(marked).get(ACCEPT).text)


def test_markup_in_names_is_inert_in_the_mail_and_plain_in_its_text(marked, sign_in, cast, url, deliver_mail):
    sign_in(cast.administrator).post(url("member_invitation", marked.pk))
    [message] = deliver_mail()

    assert_inert(html_of(message))
    assert "Hello <b>Bobby</b>," in message.body
    assert (
        '<img src=x onerror=alert(1)> A&B has invited you to Harbour <script>alert("clinic")</script>' in message.body
    )


def test_markup_in_names_is_inert_after_joining(marked, url):
    home = join(marked).get(url("home"))

    assert_inert(home.text)
