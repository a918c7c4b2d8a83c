"""The operator's log of who came in, who was kept out, and who may do what since (A53)."""

import io
import json
import logging
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from accounts.access import roles
from accounts.models import Activity, Invitation, OutboundEmail
from accounts.support import actions as support
from accounts.tests.address_changes import OLD, ask, link_to, object_to
from accounts.tests.factories import PASSWORD
from accounts.tests.links import CHOSEN, join, opened, path_in, path_of
from accounts.tests.pages import typed_on
from accounts.tests.soft_passkey import SoftPasskey, add
from clinic.clock import database_now
from clinic.log import logging_config

pytestmark = pytest.mark.django_db

FROM = {"REMOTE_ADDR": "198.51.100.7"}
WRONG = "not the password at all"


@pytest.fixture
def lines():
    """What the log of events has so far, as read back from its lines."""
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    formatter = logging_config(debug=False)["formatters"]["events"]
    handler.setFormatter(formatter.pop("()")(**formatter))
    logger = logging.getLogger("security")
    logger.addHandler(handler)
    yield lambda: [json.loads(line) for line in written.getvalue().splitlines()]
    logger.removeHandler(handler)


@pytest.fixture
def line(lines):
    """The one line with this event; its time and level are checked and left out."""

    def _line(event):
        [found] = [each for each in lines() if each["event"] == event]
        assert datetime.fromisoformat(found["timestamp"]).utcoffset() == timedelta(0)
        assert datetime.fromisoformat(found["timestamp"]) - datetime.now(UTC) < timedelta(minutes=1)
        assert (found["logger"], found["level"]) == ("security", "info")
        return found

    return _line


def sign_in_as(email, password, client=None):
    return (client or Client()).post("/login/", {"email": email, "password": password}, **FROM)


# Coming in


def test_signing_in_says_who_on_which_page_from_where(cast, line):
    sign_in_as("rita@harbour.example", PASSWORD)

    found = line("signed_in")
    assert found["user_id"] == cast.receptionist.user_id
    assert (found["page"], found["ip"]) == ("accounts:login", "198.51.100.7")
    assert len(found["request_id"]) == 32


def test_a_wrong_password_says_whose_it_was_not(cast, line):
    sign_in_as("rita@harbour.example", WRONG)

    found = line("password_refused")
    assert found["target_user"] == cast.receptionist.user_id
    assert (found["page"], found["ip"]) == ("accounts:login", "198.51.100.7")
    assert "user_id" not in found, "nobody is signed in"


@pytest.mark.parametrize("email", ["nobody@harbour.example", "hunter2@hunter2.example"])
def test_an_address_that_is_none_of_ours_is_not_written_down(cast, line, lines, email):
    """It may be a password in the wrong field."""
    sign_in_as(email, "hunter2 hunter2 hunter2")

    assert "target_user" not in line("password_refused")
    assert "hunter2" not in json.dumps(lines()) and "nobody" not in json.dumps(lines())


def test_a_try_while_locked_is_a_line_too(cast, lines):
    for _ in range(6):
        sign_in_as("rita@harbour.example", WRONG)

    events = [each["event"] for each in lines()]
    assert events == ["password_refused"] * 5 + ["password_locked"]
    assert lines()[-1]["target_user"] == cast.receptionist.user_id


def test_signing_out_says_who(cast, sign_in, line):
    sign_in(cast.receptionist).post("/logout/", **FROM)

    assert (line("signed_out")["user_id"], line("signed_out")["ip"]) == (cast.receptionist.user_id, "198.51.100.7")


def test_whoever_is_not_signed_in_signs_out_without_a_line(cast, lines):
    Client().post("/logout/")

    assert lines() == []


# The password again


@pytest.mark.parametrize(("password", "event"), [(PASSWORD, "reverify_passed"), (WRONG, "password_refused")])
def test_the_password_before_a_sensitive_act_says_who_at_which(cast, adam, url, line, password, event):
    form = typed_on(adam.get(url("member", cast.receptionist.pk)))
    adam.post(
        url("member", cast.receptionist.pk), {**form, "role": roles.SCHEDULER, "reverify_password": password}, **FROM
    )

    found = line(event)
    assert (found["user_id"], found["member_id"]) == (cast.administrator.user_id, cast.administrator.pk)
    assert (found["account_id"], found["page"]) == (cast.clinic.pk, "accounts:member")


# Kept out


def test_a_page_that_somebody_may_not_open_is_a_line(cast, sign_in, url, line):
    sign_in(cast.receptionist).get(url("members"), **FROM)

    found = line("access_refused")
    assert (found["because"], found["page"], found["method"]) == ("not permitted", "accounts:members", "GET")
    assert (found["user_id"], found["member_id"]) == (cast.receptionist.user_id, cast.receptionist.pk)
    assert found["account_id"] == cast.clinic.pk


def test_a_change_that_somebody_may_not_make_is_one_too(cast, adam, url, line):
    """An owner's page, which the administrator may read."""
    adam.post(url("member", cast.owner.pk), {"first_name": "X"})

    assert line("access_refused")["page"] == "accounts:member"


def test_another_clinics_address_is_one_though_the_answer_says_that_there_is_none(cast, sign_in, url, line):
    assert sign_in(cast.outsider).get(url("members"), **FROM).status_code == 404

    found = line("access_refused")
    assert (found["because"], found["user_id"]) == ("not a member", cast.outsider.user_id)
    assert "account_id" not in found


def test_the_support_site_is_one_for_anybody_else(cast, sign_in, line):
    assert sign_in(cast.owner).get(reverse("support:accounts_account_changelist")).status_code == 404

    assert (line("access_refused")["because"], line("access_refused")["user_id"]) == ("not support", cast.owner.user_id)


def test_a_form_from_elsewhere_is_one(cast, line):
    Client(enforce_csrf_checks=True).post("/login/", {"email": "rita@harbour.example"}, **FROM)

    found = line("access_refused")
    assert found["because"] == "form: CSRF cookie not set."
    assert (found["page"], found["ip"]) == ("accounts:login", "198.51.100.7")


def test_what_is_merely_not_there_is_none(cast, sign_in, url, lines):
    sign_in(cast.administrator).get("/nowhere/at/")
    sign_in(cast.administrator).get(url("home"))

    assert [each for each in lines() if each["event"] == "access_refused" and each["because"] != "not a member"] == []


# Links


def test_joining_says_who_and_where(cast, line, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        join(cast.invited)

    found = line("invitation_accepted")
    assert (found["user_id"], found["member_id"]) == (cast.invited.user_id, cast.invited.pk)
    assert (found["account_id"], found["ip"]) == (cast.clinic.pk, "127.0.0.1")


def test_a_dead_link_says_which_and_why(cast, line, lines):
    Invitation.objects.filter(member=cast.invited).update(expires_at=database_now() - timedelta(minutes=1))
    opened(cast.invited).get("/invitations/")

    found = line("invitation_link_dead")
    assert (found["state"], found["invitation"]) == ("expired", cast.invited.invitation.pk)
    assert path_of(cast.invited).split("/")[2] not in json.dumps(lines())


def test_asking_for_a_reset_says_for_whom_and_only_if_it_is_one_of_us(cast, lines):
    for email in ("rita@harbour.example", "hunter2@hunter2.example"):
        Client().post("/password/reset/", {"email": email}, **FROM)

    known, unknown = [each for each in lines() if each["event"] == "password_reset_asked"]
    assert known["target_user"] == cast.receptionist.user_id
    assert "target_user" not in unknown
    assert "hunter2" not in json.dumps(lines())


def test_a_reset_says_whose(cast, line, deliver_mail, django_capture_on_commit_callbacks):
    browser = Client()
    browser.post("/password/reset/", {"email": "rita@harbour.example"})
    link = path_in(deliver_mail()[-1])
    page = browser.get(link, follow=True)
    with django_capture_on_commit_callbacks(execute=True):
        browser.post(page.redirect_chain[-1][0], {"password": CHOSEN}, **FROM)

    found = line("login_changed")
    assert (found["kind"], found["user_id"], found["ip"]) == (
        "password_reset",
        cast.receptionist.user_id,
        "198.51.100.7",
    )


def test_an_objection_says_whose_address_and_not_that_they_did_it(
    cast, sign_in, line, deliver_mail, django_capture_on_commit_callbacks
):
    """Whoever reads mail there need not be signed in, and it is the sign of a stolen login (C2)."""
    ask(sign_in(cast.receptionist))
    link = link_to(deliver_mail, OLD)
    with django_capture_on_commit_callbacks(execute=True):
        assert object_to(link).status_code == 200

    found = line("login_changed")
    assert (found["kind"], found["objected"], found["ip"]) == ("email_change_ended", True, "127.0.0.1")
    assert found["target_user"] == cast.receptionist.user_id
    assert "user_id" not in found


# What was done


def test_a_change_of_role_says_who_to_whom_and_which_once_it_is_committed(
    cast, adam, url, line, lines, django_capture_on_commit_callbacks
):
    form = typed_on(adam.get(url("member", cast.receptionist.pk)))
    changed = {**form, "role": roles.SCHEDULER, "first_name": "Hunter2", "reverify_password": PASSWORD}
    with django_capture_on_commit_callbacks() as callbacks:
        adam.post(url("member", cast.receptionist.pk), changed, **FROM)
    assert not [each for each in lines() if each["event"] == "member_updated"]
    for callback in callbacks:
        callback()

    found = line("member_updated")
    assert (found["user_id"], found["member_id"]) == (cast.administrator.user_id, cast.administrator.pk)
    assert (found["target_member"], found["account_id"]) == (cast.receptionist.pk, cast.clinic.pk)
    assert found["role"] == [roles.RECEPTIONIST, roles.SCHEDULER]
    assert (found["changed"], found["ip"]) == (["first_name", "role"], "198.51.100.7")
    assert "Hunter2" not in json.dumps(lines()), "names are the clinic's to read, in its own log"


def test_a_change_of_how_somebody_signs_in_says_which_and_whose(
    cast, sign_in, lines, django_capture_on_commit_callbacks
):
    rita = sign_in(cast.receptionist)
    with django_capture_on_commit_callbacks(execute=True):
        assert add(rita, SoftPasskey()).status_code == 302

    [found] = [each for each in lines() if each["event"] == "login_changed"]
    assert (found["kind"], found["target_user"]) == ("two_factor_on", cast.receptionist.user_id)
    assert found["user_id"] == cast.receptionist.user_id and found["ip"] == "127.0.0.1"


def test_what_support_does_says_who_of_them(cast, sam, line, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        support.lock(staff=sam, account=cast.clinic, reason="Asked for by both sides of a dispute.")

    found = line(Activity.Verb.ACCOUNT_LOCKED)
    assert (found["user_id"], found["account_id"]) == (sam.pk, cast.clinic.pk)
    assert "dispute" not in json.dumps(found)


def test_nothing_is_written_of_what_was_rolled_back(
    cast, url, lines, adam, settings, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        adam.post(url("member_invitation", cast.invited.pk))
    OutboundEmail.objects.update(state=OutboundEmail.State.ACCEPTED)
    settings.INVITATION_CAPS = {"administrator": 1, "account": 1, "recipient": 1}

    with django_capture_on_commit_callbacks(execute=True):
        adam.post(url("member_invitation", cast.invited.pk))

    assert [each["event"] for each in lines() if each["event"] != "signed_in"] == ["invitation_resent"]
