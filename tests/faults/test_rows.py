"""What becomes of rows of the outbox in a real worker (R5, R11, R12, R17), also where nothing is set at all (R19)."""

import time

import pytest

from tests.faults.counting import Books
from tests.faults.stack import link_in
from tests.faults.waiting import wait_until

pytestmark = [pytest.mark.faults, pytest.mark.slow, pytest.mark.xdist_group("faults-main-job"), pytest.mark.database]

MAIL_SECONDS = 40


@pytest.fixture(scope="module")
def stack(new_stack, shared_mail_server):
    """A worker with its clock; whoever asks it does so in a process of its own."""
    stack = new_stack(email_url=shared_mail_server.url)
    stack.start_worker()
    return stack


def test_r5_what_is_rolled_back_leaves_no_row_and_no_mail(stack, shared_mail_server):
    done = stack.act("invite_and_roll_back", "nobody@harbour.example")
    stack.act("invite", "after@harbour.example")

    stack.wait_for_mail(shared_mail_server, "after@harbour.example", seconds=MAIL_SECONDS)
    assert done["rows_left"] == 0
    assert shared_mail_server.to("nobody@harbour.example") == []


def test_r11_twenty_processes_that_send_one_row_at_the_same_moment_send_one_mail(new_stack, shared_mail_server):
    """On the database's own conditional update."""
    stack = new_stack(email_url=shared_mail_server.url)
    row = stack.act("invite_and_die", "omar@harbour.example")

    done = stack.act("deliver_many", str(row["outbox_id"]), "20")

    assert done["exits"] == [0] * 20
    assert (done["state"], done["attempts"]) == ("accepted", 1)
    assert len(shared_mail_server.to("omar@harbour.example")) == 1


def test_r11_twenty_messages_of_one_id_in_the_broker_are_one_mail(stack, shared_mail_server, figures):
    row = stack.act("invite_and_die", "olga@harbour.example")
    stack.act("ask_many_times", str(row["outbox_id"]), "20")
    stack.act("invite", "later@harbour.example")

    stack.wait_for_mail(shared_mail_server, "later@harbour.example", seconds=MAIL_SECONDS)
    assert len(shared_mail_server.to("olga@harbour.example")) == 1
    assert stack.act("row", str(row["outbox_id"]))["attempts"] == 1
    Books.of(stack, shared_mail_server).note(figures, "R11 asked twenty times", ["olga@harbour.example"], faults=20)


@pytest.mark.parametrize("change", ["cancel", "correct_address", "deactivate"])
def test_r12_a_message_that_something_overtook_is_dropped_by_the_worker(stack, shared_mail_server, change):
    """The broker's message comes after the change, as from a queue that was long. Whoever sends another mail before
    that, such as the sweep or what is left of another test, takes whatever is due, so the mail isn't due until then."""
    email = f"{change.replace('_', '-')}@harbour.example"
    row = str(stack.act("invite_for_later", email)["outbox_id"])
    stack.act(change, email)
    stack.act("pass_time", row, "1")
    stack.act("ask_many_times", row, "1")

    wait_until(lambda: stack.act("row", row)["state"] == "dropped", seconds=MAIL_SECONDS, what="the drop")
    assert shared_mail_server.to(email) == []


def test_r17_poison_among_the_rows_ends_failed_and_the_others_flow(stack, shared_mail_server, figures):
    poison = stack.act("poison", "poison@harbour.example")
    emails = stack.act("invite_many", "r17-", "5", "0")["emails"]

    for email in emails:
        stack.wait_for_mail(shared_mail_server, email, seconds=MAIL_SECONDS)
    stack.wait_for_state(poison["outbox_id"], "failed", seconds=MAIL_SECONDS)
    assert "could not be built" in stack.act("row", str(poison["outbox_id"]))["last_error"]
    Books.of(stack, shared_mail_server).note(figures, "R17 beside poison", emails)


def test_r19_with_nothing_set_at_all_the_mail_is_there_once_and_its_link_works(new_stack):
    """SQLite, files for a broker, mail as files: what bin/dev runs."""
    stack = new_stack()
    stack.start_worker()
    stack.start_web()
    row = stack.act("invite", "nina@harbour.example")

    stack.wait_for_state(row["outbox_id"], "accepted", seconds=MAIL_SECONDS)

    [message] = stack.stored_mail("nina@harbour.example")
    page = stack.browser().get(link_in(message))
    assert "has invited you to join Harbour Physio" in page.words
    time.sleep(1)
    assert len(stack.stored_mail("nina@harbour.example")) == 1
    stack.stop_all()
