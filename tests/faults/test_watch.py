"""What a monitor sees when the clock has stopped (R14), and clocks that disagree (R15)."""

import time

import pytest

from tests.faults.pace import IS_LONG
from tests.faults.stack import add_user, sign_up

pytestmark = [pytest.mark.faults, pytest.mark.slow, pytest.mark.once, pytest.mark.xdist_group("faults-watch")]

MAIL_SECONDS = 40
RED_SECONDS = 5 * 60


def health(stack):
    """What /healthz/ready says now."""
    return stack.browser().get("/healthz/ready")


def test_r14_without_a_clock_health_turns_red_within_five_minutes_and_says_how_old_the_oldest_mail_is(
    new_stack, mail_server
):
    stack = new_stack(email_url=mail_server.url)
    stack.start_worker()
    stack.start_web()
    stack.wait_for_health(200, seconds=60)
    stack.stop("worker")
    stack.start_worker(with_clock=False)
    stack.act("invite_and_die", "nina@harbour.example")

    # A run that has the time waits for all of it; the others let it pass in the database.
    if IS_LONG:
        began = time.monotonic()
        red = stack.wait_for_health(503, seconds=RED_SECONDS)
        assert time.monotonic() - began > RED_SECONDS / 2
    else:
        stack.act("let_outbox_age", str(RED_SECONDS - 60))
        assert health(stack).status == 200
        stack.act("let_outbox_age", "61")
        red = health(stack)

    assert red.status == 503
    assert red.json["status"] == "red"
    assert red.json["sweep"]["ok"] is False
    assert red.json["sweep"]["last_seconds_ago"] > RED_SECONDS - 40
    assert red.json["mail"]["waiting"] >= 1
    assert red.json["mail"]["oldest_seconds"] > RED_SECONDS - 60
    assert (red.json["database"], red.json["broker"]) == ({"ok": True}, {"ok": True})
    stack.stop_all()


def test_r14_once_the_clock_is_back_the_mail_goes_and_health_is_green(new_stack, mail_server):
    stack = new_stack(email_url=mail_server.url)
    stack.start_web()
    stack.act("invite_and_die", "late@harbour.example")
    stack.act("let_outbox_age", str(RED_SECONDS + 60))
    assert health(stack).status == 503

    stack.start_worker()

    stack.wait_for_mail(mail_server, "late@harbour.example", seconds=60)
    assert stack.wait_for_health(200, seconds=60).json["mail"]["waiting"] == 0
    stack.stop_all()


@pytest.mark.parametrize(("web", "worker"), [("-600", "600"), ("600", "-600")])
def test_r15_with_clocks_twenty_minutes_apart_the_databases_own_decides(postgres_stack, mail_server, web, worker):
    """Leases, what is due, and when a link expires. SQLite runs in the process that asks and has no other clock."""
    stack = postgres_stack(email_url=mail_server.url)
    stack.start_worker(settings={"CLOCK_AHEAD_SECONDS": worker})
    stack.start_web(settings={"CLOCK_AHEAD_SECONDS": web})
    olive = stack.browser()
    home = sign_up(olive, email="olive@harbour.example")

    added = add_user(olive, home, first_name="Nina", email=f"nina{web}@harbour.example")

    stack.wait_for_mail(mail_server, f"nina{web}@harbour.example", seconds=MAIL_SECONDS)
    assert added.status == 200
    facts = stack.act("times_of", f"nina{web}@harbour.example")
    assert abs(facts["expires_in"] - 7 * 24 * 3600) < 90
    assert 0 <= facts["accepted_after"] < 90
    link = stack.act("let_invitation_expire", f"nina{web}@harbour.example", "-300")["link"]
    assert "has invited you" in stack.browser().get(link).words
    stack.act("let_invitation_expire", f"nina{web}@harbour.example", "300")
    dead = stack.browser().get(link)
    assert "has invited you" not in dead.words
    assert "expired" in dead.words.lower()


def test_r15_a_claim_is_over_when_the_database_says_so_whatever_the_senders_clock_says(postgres_stack, mail_server):
    stack = postgres_stack(email_url=mail_server.url)
    row = str(stack.act("invite_and_die", "ruth@harbour.example")["outbox_id"])
    stack.act("claim_as_another", row)

    for ahead in ("600", "-600"):
        assert stack.act("deliver", row, settings={"CLOCK_AHEAD_SECONDS": ahead})["state"] == "sending"
    stack.act("let_claim_run_out", row)

    assert stack.act("deliver", row, settings={"CLOCK_AHEAD_SECONDS": "-600"})["state"] == "accepted"
    assert len(mail_server.to("ruth@harbour.example")) == 1


def test_r15_the_hour_of_a_reset_link_is_the_databases(postgres_stack):
    """Made on a machine that is ahead, opened on one that is behind, and the other way round."""
    stack = postgres_stack()
    stack.act("join", "tess@harbour.example")
    for made, opened in (("600", "-600"), ("-600", "600")):
        link = stack.act("reset_link", "tess@harbour.example", settings={"CLOCK_AHEAD_SECONDS": made})
        there = {"CLOCK_AHEAD_SECONDS": opened}

        good, over = (stack.act("is_good", *link.values(), passed, settings=there) for passed in ("0", "3660"))

        assert (good["is_good"], over["is_good"]) == (True, False)
