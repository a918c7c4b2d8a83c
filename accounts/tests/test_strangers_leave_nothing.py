"""What strangers send leaves no row behind, in any table (A67). The throttle's count of wrong passwords is kept."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from axes.models import AccessAttempt
from django.apps import apps
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db.models import Model
from django.test import Client, override_settings
from django.urls import reverse
from django.utils import timezone

from accounts.core.carried import Carried, cookie_name
from accounts.core.tokens import ConfirmationLink, EmailChangeLink, RecoveryLink, Side, reset_tokens
from accounts.mail.contents import reset_uid
from accounts.models import EmailChange, LimitedUse, OutboundEmail, SignIn, User
from accounts.outbox.reset_requests import answer_what_was_asked
from accounts.outbox.run import send_due
from accounts.tests.address_changes import pending_change
from accounts.tests.factories import PASSWORD
from accounts.tests.links import ACCEPT, CHOSEN, opened, path_of
from accounts.tests.routes import all_routes
from accounts.tests.support_desk import recovery_of, support_staff

pytestmark = pytest.mark.django_db

SAMPLES = {"token": ["token", "1-1-mail.x", "set-password"], "uidb64": ["MQ"], "name": ["name"]}
NONSENSE = [
    {},
    {"email": "nobody@nowhere.example", "password": "nonsense nonsense", "next": "/clinics/", "theme": "dark"},
    {"code": "123456", "passkey": "{}", "not_me": "yes", "shown": "1-1", "reverify_password": "x", "trust": "on"},
    {"clinic_name": "Evil", "first_name": "E", "last_name": "V", "email": "not an address", "password": "x"},
]
# What has to be kept: how often something was tried or asked for, and a question until it is answered, a moment later.
KEPT_FOR_A_WHILE = {AccessAttempt, LimitedUse, OutboundEmail}


def addresses() -> Iterator[tuple[str, str]]:
    """Every address of the product, inside a clinic that is there, with each sample."""
    for name, pattern, _inside in all_routes():
        [*converters] = pattern.pattern.converters
        known = {"account_slug": ["harbour-physio"], **SAMPLES}
        for sample in range(3):
            given = {each: (known.get(each, ["1"]) * 3)[sample] for each in converters}
            if "account_slug" in str(pattern.pattern) or _inside:
                given["account_slug"] = "harbour-physio"
            yield name, reverse(name, kwargs=given)


def counts() -> dict[type[Model], int]:
    """How many rows every table has."""
    return {model: model._base_manager.count() for model in apps.get_models(include_auto_created=True)}


def grown(before: dict[type[Model], int]) -> list[str]:
    return [model._meta.label for model, number in counts().items() if number != before[model]]


@pytest.mark.parametrize("cookies", [{}, dict.fromkeys(("sessionid", "known", *Carried), "n0nsense" * 4)])
@pytest.mark.parametrize("method", ["get", "head", "post"])
def test_no_address_keeps_a_row_of_what_a_stranger_sends(cast, method, cookies):
    found = {}
    before = counts()
    for name, address in dict.fromkeys(addresses()):
        for form in NONSENSE if method == "post" else [{}]:
            browser = Client(raise_request_exception=False)
            browser.cookies.load(cookies)
            getattr(browser, method)(address, form)
            for model in KEPT_FOR_A_WHILE:
                model._base_manager.all().delete()
            if rows := grown(before):
                found[f"{name} {form}"] = rows
                before = counts()

    assert found == {}


def test_only_passwords_and_questions_about_them_are_kept_and_counted_for_a_while(cast):
    """The exception of the test above, named: which addresses make use of it, and of which table."""
    uses: dict[str, set[str]] = {}
    for name, address in dict.fromkeys(addresses()):
        for form in NONSENSE:
            Client(raise_request_exception=False).post(address, form)
            for model in KEPT_FOR_A_WHILE:
                if model._base_manager.all().delete()[0]:
                    uses.setdefault(name, set()).add(model._meta.label)

    assert uses == {
        "accounts:login": {"axes.AccessAttempt"},
        "accounts:password_reset": {"accounts.LimitedUse", "accounts.OutboundEmail"},
    }


def links(cast) -> dict[str, str]:
    """The address of a link of each kind that works."""
    rita, change = User.objects.get(pk=cast.receptionist.user_id), pending_change(cast.receptionist)
    recovery = recovery_of(rita, support_staff())
    objection = EmailChange.objects.create(
        user=cast.practitioner.user,
        old_email="paul@harbour.example",
        new_email="paul@new.example",
        old_was_confirmed=True,
        asked_at=timezone.now(),
        expires_at=timezone.now() + timedelta(days=1),
    )
    return {
        "invitation": path_of(cast.invited),
        "confirmation": reverse("accounts:email", args=[ConfirmationLink.of(rita).token()]),
        "new-address": reverse("accounts:email_change_link", args=[EmailChangeLink.of(change, Side.NEW).token()]),
        "objection": reverse("accounts:email_objection_link", args=[EmailChangeLink.of(objection, Side.OLD).token()]),
        "recovery": reverse("accounts:recovery_link", args=[RecoveryLink.of(recovery).token()]),
        "reset": reverse("accounts:password_reset_link", args=[reset_uid(rita), reset_tokens.make_token(rita)]),
    }


# What is carried for the next page only comes from no link.
KINDS = [each.value for each in Carried if each not in {Carried.SIGNED_OUT, Carried.RESET_DONE}]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("method", ["get", "head"])
def test_a_link_that_works_keeps_what_it_said_in_the_browser_only(cast, kind, method):
    """A mail scanner opens each."""
    address = links(cast)[kind]
    before = counts()
    browser = Client()

    answer = getattr(browser, method)(address)
    browser.get(answer.url)

    assert answer.status_code == 302
    assert grown(before) == []
    assert browser.cookies[kind].value


@pytest.mark.parametrize("kind", KINDS)
def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites_and_lasts_an_hour(cast, kind):
    """A44."""
    address = links(cast)[kind]
    browser = Client()
    browser.get(address)
    cookie = browser.cookies[kind]
    assert (cookie["httponly"], cookie["samesite"], cookie["max-age"], cookie["path"]) == (True, "Lax", 3600, "/")
    assert settings.SESSION_COOKIE_NAME not in browser.cookies

    with override_settings(SESSION_COOKIE_SECURE=True):
        answer = Client().get(address)
    assert answer.cookies[f"__Host-{kind}"]["secure"] and not answer.cookies[f"__Host-{kind}"]["domain"]


def test_after_an_hour_a_browser_has_forgotten_an_invitation(cast):
    with time_machine.travel(timezone.now() - timedelta(minutes=61)):
        browser = opened(cast.invited)

    assert browser.get(ACCEPT).status_code == 404
    assert opened(cast.invited, browser).get(ACCEPT).status_code == 200


@pytest.mark.parametrize("value", ["", "garbage", "\x00", "x" * 4000, "WzEsMSxmYWxzZV0:x:y"])
def test_a_cookie_that_is_not_ours_is_nothing(cast, value):
    for what in Carried:
        browser = Client()
        browser.cookies[cookie_name(what)] = value
        assert browser.get(ACCEPT).status_code == 404
        assert browser.get("/email/objection/").status_code == 200
        assert browser.get("/login/").status_code == 200
        uid = reset_uid(cast.receptionist.user)
        assert "This link no longer works" in browser.get(f"/password/reset/{uid}/set-password/").text


def test_what_one_link_said_is_nothing_to_the_page_of_another(cast):
    """The cookies are signed apart."""
    browser = Client()
    for address in links(cast).values():
        browser.get(address)
    values = {what: browser.cookies[what].value for what in KINDS}
    for here in KINDS:
        for there in KINDS:
            thief = Client()
            thief.cookies[here] = values[there]
            if here != there:
                assert thief.get(ACCEPT).status_code == 404
                assert "not complete" in thief.get("/email/objection/").text


def test_a_reset_link_of_one_person_is_not_carried_to_the_page_of_another(cast):
    browser = Client()
    browser.get(links(cast)["reset"])

    page = browser.post(f"/password/reset/{reset_uid(cast.owner.user)}/set-password/", {"password": CHOSEN})

    assert "This link no longer works" in page.text
    cast.owner.user.refresh_from_db()
    assert cast.owner.user.check_password(PASSWORD)


def test_signing_out_ends_what_the_browser_carries(cast):
    """A shared computer."""
    browser = Client()
    browser.post("/login/", {"email": "rita@harbour.example", "password": PASSWORD})
    for address in links(cast).values():
        browser.get(address)
    assert [what for what in KINDS if not browser.cookies[what].value] == []

    browser.post("/logout/")

    assert [what for what in KINDS if browser.cookies[what].value] == []


def test_joining_ends_it(cast):
    browser = opened(cast.invited)
    browser.post(ACCEPT, {"password": CHOSEN})

    assert not browser.cookies["invitation"].value


def test_choosing_a_password_ends_it(cast):
    browser = Client()
    browser.post(browser.get(links(cast)["reset"]).url, {"password": CHOSEN})

    assert not browser.cookies["reset"].value


def test_switching_to_the_invited_person_carries_the_invitation_and_nothing_else(cast, sign_in):
    """C6."""
    browser = sign_in(cast.receptionist)
    for address in links(cast).values():
        browser.get(address)

    browser.post("/invitations/switch/")

    assert [what for what in KINDS if browser.cookies[what].value] == ["invitation"]
    assert browser.get(ACCEPT).status_code == 200


def test_a_confirmation_opened_before_signing_in_is_there_afterwards(cast):
    browser = Client()
    browser.get(links(cast)["confirmation"])
    browser.post("/login/", {"email": "rita@harbour.example", "password": PASSWORD})

    assert browser.cookies["confirmation"].value


@pytest.mark.parametrize("kind", ["objection", "reset"])
def test_signing_in_drops_what_somebody_else_opened_to_go_without(cast, kind):
    browser = Client()
    browser.get(links(cast)[kind])
    browser.post("/login/", {"email": "paul@harbour.example", "password": PASSWORD})

    assert not browser.cookies[kind].value


def test_whoever_was_signed_out_is_told_once_and_leaves_no_session(cast):
    browser = Client()
    browser.post("/login/", {"email": "rita@harbour.example", "password": PASSWORD})
    SignIn.objects.all().delete()

    page = browser.get("/clinics/", follow=True)

    assert "You were signed out" in page.text
    assert not Session.objects.exists()
    assert "You were signed out" not in browser.get("/login/").text


# Questions whether an address has a login


def ask(email: str, at: str = "203.0.113.7") -> int:
    return Client().post("/password/reset/", {"email": email}, REMOTE_ADDR=at).status_code


def test_a_question_about_nobody_is_gone_with_its_answer(cast):
    ask("nobody@nowhere.example")
    ask("ivy@harbour.example")
    assert OutboundEmail.objects.count() == 2

    answer_what_was_asked()

    assert not OutboundEmail.objects.exists()


def test_a_question_about_somebody_becomes_the_mail_and_forgets_who_asked(cast):
    ask("rita@harbour.example")
    answer_what_was_asked()

    row = OutboundEmail.objects.get()
    assert (row.user, row.recipient, row.facts) == (cast.receptionist.user, "", {})


def test_one_address_is_asked_about_once_while_the_answer_is_due(cast):
    for email in ("rita@harbour.example", "nobody@nowhere.example"):
        assert [ask(email) for _ in range(5)] == 5 * [302]

    assert OutboundEmail.objects.count() == 2


def test_one_ip_address_asks_twenty_questions_in_an_hour_and_others_are_not_concerned(cast):
    """So what a stranger can leave is bounded, also while no worker runs (A63)."""
    answers = [ask(f"person{number}@nowhere.example") for number in range(25)]

    assert answers == 20 * [302] + 5 * [429]
    assert OutboundEmail.objects.count() == 20
    assert ask("rita@harbour.example", at="203.0.113.8") == 302
    answer_what_was_asked()
    assert ask("person99@nowhere.example") == 429


def test_questions_take_no_turn_of_the_mail_that_is_owed(cast, mailoutbox, settings):
    """Else a flood of them would hold up everyone's mail where a provider allows only so much in a minute."""
    settings.MAIL_PER_MINUTE = 1
    for number in range(10):
        ask(f"person{number}@nowhere.example")
    ask("rita@harbour.example", at="203.0.113.8")
    [*_, last] = OutboundEmail.objects.order_by("pk").values_list("pk", flat=True)

    send_due(last)

    assert [message.to for message in mailoutbox] == [["rita@harbour.example"]]


def test_the_broker_is_told_the_same_of_every_address(cast, django_capture_on_commit_callbacks):
    """C28: an id."""
    queue = Path(settings.CELERY_BROKER_TRANSPORT_OPTIONS["data_folder_out"])
    shapes = []
    for email in ("rita@harbour.example", "nobody@nowhere.example"):
        before = set(queue.iterdir())
        with django_capture_on_commit_callbacks(execute=True):
            ask(email)
        [message] = set(queue.iterdir()) - before
        headers = json.loads(message.read_text())["headers"]
        shapes.append((headers["task"], len(message.read_text())))
        assert headers["argsrepr"] == f"({OutboundEmail.objects.latest('pk').pk},)"

    assert shapes[0] == shapes[1]
