"""Opening a link from a mail: nothing stored lets anybody in, nothing is consumed, nothing leaks (A22 to A28)."""

import base64
import io
import json
import logging
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.auth.tokens import default_token_generator
from django.test import Client
from django.urls import reverse

from accounts.core.tokens import ConfirmationLink, InvitationLink
from accounts.mail.contents import reset_uid
from accounts.models import Activity, OutboundEmail, User
from accounts.tests.factories import PASSWORD
from accounts.tests.links import (
    ACCEPT,
    CHOSEN,
    after_joining,
    all_text,
    invitation_of,
    opened,
    path_in,
    path_of,
    snapshot,
    token_of,
)
from clinic.log import logging_config

pytestmark = pytest.mark.django_db


def confirmation_path(user: User) -> str:
    return reverse("accounts:email", args=[ConfirmationLink.of(user).token()])


def reset_path(user: User) -> str:
    return reverse("accounts:password_reset_link", args=[reset_uid(user), default_token_generator.make_token(user)])


LINKS = {
    "invitation": lambda cast: path_of(cast.invited),
    "confirmation": lambda cast: confirmation_path(cast.receptionist.user),
    "reset": lambda cast: reset_path(cast.receptionist.user),
}


@pytest.fixture(params=list(LINKS))
def link(request, cast):
    """The address of each kind of link, one after the other."""
    User.objects.filter(pk=cast.receptionist.user_id).update(email_confirmed_at=None)
    return LINKS[request.param](cast)


# Opening consumes nothing (A26)


@pytest.mark.parametrize("method", ["get", "head"])
def test_a_mail_scanner_that_opens_a_link_and_follows_it_changes_nothing(link, method):
    """A26: not one row but the scanner's own session."""
    before = snapshot()

    for _ in range(3):
        getattr(Client(), method)(link, follow=True)

    assert snapshot() == before


@pytest.mark.parametrize("method", ["get", "head"])
def test_somebody_signed_in_who_opens_a_link_changes_nothing_either(cast, sign_in, link, method):
    rita = sign_in(cast.receptionist)
    before = snapshot()

    getattr(rita, method)(link, follow=True)

    assert snapshot() == before


def test_an_invitation_works_after_a_scanner_has_opened_it_many_times(cast):
    for _ in range(5):
        Client().get(path_of(cast.invited), follow=True)

    response = opened(cast.invited).post(ACCEPT, {"password": CHOSEN})

    assert response.url == after_joining(cast.invited)


@pytest.mark.parametrize("method", ["post", "put", "delete", "options"])
def test_a_link_itself_takes_no_form(cast, method):
    """A scanner that sends forms to links does nothing (C14)."""
    before = snapshot()

    response = getattr(Client(), method)(path_of(cast.invited))

    assert response.status_code in {200, 405} if method == "options" else response.status_code == 405
    assert snapshot() == before


# The address is left at once (A27)


def test_a_link_moves_on_to_an_address_without_its_token(link):
    response = Client().get(link)

    assert response.status_code == 302
    assert link.rstrip("/").rpartition("/")[2] not in response.url


def test_the_step_away_from_a_link_sends_no_referrer_and_is_stored_nowhere(link):
    response = Client().get(link)

    assert response["Referrer-Policy"] == "no-referrer"
    assert "no-store" in response["Cache-Control"]


def test_the_page_behind_an_invitation_has_no_token_in_it(cast):
    page = opened(cast.invited).get(ACCEPT)

    assert token_of(cast.invited).partition(".")[2] not in page.text
    assert "no-store" in page["Cache-Control"]


def test_the_page_behind_an_invitation_keeps_a_referrer_policy_under_which_browsers_send_its_form(cast):
    """Under "no-referrer" the form would come with "Origin: null" and be refused."""
    page = opened(cast.invited).get(ACCEPT)

    assert page["Referrer-Policy"] == "same-origin"


# One invitation at a time (A28)


def test_a_second_invitation_takes_the_place_of_the_first(cast):
    other = cast.outsider.account.members.create(
        user=User.objects.create(email="ivy@elsewhere.example", password="!"),
        first_name="Ivy",
        last_name="Elsewhere",
        role="bookkeeper",
    )
    now = invitation_of(cast.invited)
    other_invitation = now.__class__.objects.create(
        member=other, invited_by=cast.outsider, sent_at=now.sent_at, expires_at=now.expires_at
    )
    browser = opened(cast.invited)
    assert "Harbour Physio" in browser.get(ACCEPT).text

    browser.get(reverse("accounts:invitation", args=[InvitationLink.of(other_invitation).token()]))

    page = browser.get(ACCEPT).text
    assert "Elsewhere" in page
    assert "Harbour Physio" not in page


def test_a_broken_link_after_a_whole_one_leaves_no_invitation_in_the_browser(cast):
    browser = opened(cast.invited)

    browser.get(path_of(cast.invited)[:-5] + "/")

    page = browser.get(ACCEPT)
    assert page.status_code == 404
    assert "This link is not complete" in page.text


def test_the_page_without_any_link_says_that_the_link_is_not_complete(cast):
    page = Client().get(ACCEPT)

    assert page.status_code == 404
    assert "This link is not complete" in page.text


# Nothing is stored that lets anybody in (A23)


@pytest.fixture
def sent(cast, sign_in, url, deliver_mail, django_capture_on_commit_callbacks):
    """Ivy's invitation, sent again, opened and looked at: its token, and what was put into the broker's files."""
    queue = Path(settings.CELERY_BROKER_TRANSPORT_OPTIONS["data_folder_out"])
    before = set(queue.iterdir())
    with django_capture_on_commit_callbacks(execute=True):
        sign_in(cast.administrator).post(url("member_invitation", cast.invited.pk))
    [message] = deliver_mail()
    sign_in(cast.administrator).post(url("member_invitation_link", cast.invited.pk), {"reverify_password": PASSWORD})
    opened(cast.invited).get(ACCEPT)
    token = path_in(message).split("/")[2]
    return token, [path.read_text() for path in sorted(set(queue.iterdir()) - before)]


def test_the_database_holds_no_token(sent):
    """A23: neither the token nor its signature, in no table, sessions included."""
    token, _messages = sent

    held = all_text()

    assert "ivy@harbour.example" in held
    assert token not in held
    assert token.partition(".")[2] not in held


def test_the_broker_holds_an_id_and_no_token(cast, sent):
    """A23, C28: a task is JSON and carries the id of the outbox row, nothing else."""
    token, messages = sent
    row = OutboundEmail.objects.get()

    bodies = [json.loads(message) for message in messages if '"accounts.send_email"' in message]

    ours = [each for each in bodies if each["headers"]["argsrepr"] == f"({row.pk},)"]
    assert ours
    assert all(each["content-type"] == "application/json" for each in ours)
    for each in ours:
        arguments, named, _ = json.loads(base64.b64decode(each["body"]))
        assert (arguments, named) == ([row.pk], {})
    assert not any(token in each or token.partition(".")[2] in each for each in messages)


def test_the_activity_that_tells_of_an_invitation_holds_no_token(cast, sent):
    token, _messages = sent

    assert Activity.objects.filter(verb="invitation_link_copied").exists()
    assert token not in str(list(Activity.objects.values()))


# Nothing is logged that lets anybody in (A27)


@pytest.fixture
def log():
    """What the product writes to its log, in its own format, of every event down to the smallest."""
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    formatter = logging_config(debug=False)["formatters"]["events"]
    handler.setFormatter(formatter.pop("()")(**formatter))
    loggers = [logging.getLogger(name) for name in ("", "django", "django.server", "celery", "axes")]
    for each in loggers:
        each.addHandler(handler)
    yield written.getvalue
    for each in loggers:
        each.removeHandler(handler)


def test_an_answer_that_is_logged_is_logged_without_the_token(cast, log):
    token = token_of(cast.invited)

    Client().post(path_of(cast.invited))
    Client().get(f"/invitations/{token}/and/more/")
    Client().get(f"/password/reset/{reset_uid(cast.owner.user)}/{token}/more/")

    assert "Method Not Allowed" in log()
    assert "Not Found" in log()
    assert "/invitations/[redacted]" in log()
    assert "/password/reset/[redacted]" in log()
    assert token.partition(".")[2] not in log()


def test_a_fault_while_a_link_is_opened_is_logged_without_the_token(cast, log, monkeypatch):
    def broken(*_: object) -> None:
        raise RuntimeError(f"while reading {path_of(cast.invited)}")

    monkeypatch.setattr("accounts.invitations.views._keep", broken)

    Client(raise_request_exception=False).get(path_of(cast.invited))

    assert "while reading /invitations/[redacted]" in log()
    assert "Traceback" in log()
    assert token_of(cast.invited).partition(".")[2] not in log()


def test_the_whole_way_in_writes_neither_token_nor_password_to_the_log(cast, log, sign_in, url, deliver_mail):
    """A52."""
    sign_in(cast.administrator).post(url("member_invitation", cast.invited.pk))
    [message] = deliver_mail()
    browser = Client()
    browser.get(path_in(message), follow=True)
    browser.post(ACCEPT, {"password": CHOSEN})
    Client().post("/login/", {"email": "ivy@harbour.example", "password": f"{PASSWORD} but wrong"})
    logging.getLogger("accounts").warning("the end of the test")

    assert "the end of the test" in log()
    for secret in (path_in(message).split("/")[2], CHOSEN, PASSWORD):
        assert secret not in log()
