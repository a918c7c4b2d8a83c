"""Mail servers that misbehave: silent, slow, absent, without STARTTLS, with a no or a maybe (R7 to R10)."""

import time

import pytest

from tests.faults.counting import Books
from tests.faults.mail_servers import DrippingServer, RawServer
from tests.faults.pace import MAIL_MESSAGE_SECONDS, MAIL_STEP_SECONDS
from tests.faults.stack import OWNER_PASSWORD, link_in
from tests.faults.waiting import free_port

pytestmark = [pytest.mark.faults, pytest.mark.slow, pytest.mark.once, pytest.mark.xdist_group("faults-mail")]

MAIL_SECONDS = 40


@pytest.fixture
def raw_server():
    """Start a server that is not much of a mail server; it stops with the test."""
    started = []

    def _raw_server(kind, greeting):
        started.append(kind(greeting))
        return started[-1]

    yield _raw_server
    for server in started:
        server.stop()


def test_a_mail_server_without_starttls_where_tls_is_asked_for_gets_nothing_and_the_row_says_why(
    new_stack, mail_server
):
    """C25."""
    stack = new_stack(email_url=f"smtp+tls://127.0.0.1:{mail_server.port}")
    row = stack.act("invite_and_die", "nina@harbour.example")

    done = stack.act("deliver", str(row["outbox_id"]))

    assert mail_server.received == []
    assert done["state"] == "queued"
    assert "STARTTLS" in done["last_error"]


def test_r7_a_mail_server_that_is_silent_is_given_up_on_after_the_time_of_a_step(new_stack, hung_port):
    """Django by itself would wait for ever."""
    stack = new_stack(email_url=f"smtp://127.0.0.1:{hung_port}")
    row = stack.act("invite_and_die", "nina@harbour.example")

    done = stack.act("deliver", str(row["outbox_id"]))

    assert MAIL_STEP_SECONDS - 1 < done["seconds"] < MAIL_STEP_SECONDS + 10
    assert done["state"] == "queued"
    assert "timed out" in done["last_error"]


@pytest.mark.parametrize("greeting", [b"", b"220 slow.example ready\r\n"], ids=["at once", "after its greeting"])
def test_r7_a_mail_server_that_says_a_byte_now_and_then_is_given_up_on_before_the_claim_runs_out(
    new_stack, raw_server, greeting
):
    """Each byte starts the time of a step anew."""
    stack = new_stack(email_url=raw_server(DrippingServer, greeting).url)
    row = stack.act("invite_and_die", "nina@harbour.example")

    done = stack.act("deliver", str(row["outbox_id"]))

    assert MAIL_MESSAGE_SECONDS - 5 < done["seconds"] < MAIL_MESSAGE_SECONDS + 15
    assert done["state"] == "queued"
    assert f"longer than {MAIL_MESSAGE_SECONDS} seconds" in done["last_error"]


@pytest.mark.parametrize("greeting", [b"554 5.7.1 No service for you\r\n", b"220 hello\r\n", b"what?\r\n"])
def test_r8_a_no_before_there_is_a_message_is_not_about_the_message(new_stack, raw_server, greeting):
    """A mail server that is overloaded, or has blocked us for a while, must not fail everything that waits."""
    stack = new_stack(email_url=raw_server(RawServer, greeting).url)
    row = stack.act("invite_and_die", "nina@harbour.example")

    done = stack.act("deliver", str(row["outbox_id"]))

    assert (done["state"], done["attempts"]) == ("queued", 1)
    assert done["last_error"]


def test_r7_while_a_mail_server_is_silent_about_one_address_the_others_get_their_mail(new_stack, mail_server, figures):
    mail_server.silent_about = "nina@harbour.example"
    stack = new_stack(email_url=mail_server.url)
    silent = stack.act("invite_and_die", "nina@harbour.example")
    for name in ("ruth", "rosa", "remy"):
        stack.act("invite_and_die", f"{name}@harbour.example")
    stack.start_worker()

    for name in ("ruth", "rosa", "remy"):
        stack.wait_for_mail(mail_server, f"{name}@harbour.example", seconds=MAIL_SECONDS + 20)

    assert stack.act("row", str(silent["outbox_id"]))["state"] in {"queued", "sending"}
    stack.stop("worker")
    promised = [f"{name}@harbour.example" for name in ("ruth", "rosa", "remy")]
    Books.of(stack, mail_server).note(figures, "R7 silent about another", promised)


def test_r8_an_absent_mail_server_is_tried_again_and_the_row_says_why_it_waits(new_stack):
    stack = new_stack(email_url=f"smtp://127.0.0.1:{free_port()}")
    row = stack.act("invite_and_die", "nina@harbour.example")

    done = stack.act("deliver", str(row["outbox_id"]))

    assert (done["state"], done["attempts"]) == ("queued", 1)
    assert "refused" in done["last_error"].lower()


def test_r8_a_mail_server_that_comes_back_gets_what_waited_for_it(new_stack, mail_server, figures):
    mail_server.stop()
    stack = new_stack(email_url=mail_server.url)
    stack.start_worker()
    row = stack.act("invite", "nina@harbour.example")
    time.sleep(5)

    mail_server.start()

    stack.wait_for_mail(mail_server, "nina@harbour.example", seconds=60)
    stack.wait_for_state(row["outbox_id"], "accepted", seconds=20)
    stack.stop("worker")
    Books.of(stack, mail_server).note(figures, "R8 mail server away", ["nina@harbour.example"])


@pytest.mark.parametrize("answer", ["451 4.3.0 Come back later", "421 4.3.2 Shutting down"])
def test_r8_a_maybe_is_tried_again_for_a_day_and_then_failed_with_its_words_and_a_resend_button(
    new_stack, mail_server, answer
):
    """The day passes in the row; the tries are real."""
    mail_server.answer = answer
    stack = new_stack(email_url=mail_server.url)
    row = str(stack.act("invite_and_die", "nina@harbour.example")["outbox_id"])

    tries = []
    for hours in (0, 1, 12, 9, 2.1):
        stack.act("pass_time", row, str(hours))
        tries.append(stack.act("deliver", row))

    assert [each["state"] for each in tries] == ["queued"] * 4 + ["failed"]
    assert {each["last_error"] for each in tries} == {answer}
    waits = [each["waits"] for each in tries[:-1]]
    assert all(1 <= wait <= 15 * 2**number for number, wait in enumerate(waits, start=1)), waits
    stack.start_web()
    olive = stack.browser()
    home = olive.submit(olive.get("/login/"), email="olive@harbour.example", password=OWNER_PASSWORD)
    assert "1 invitation email could not be sent" in home.words
    page = olive.get(f"/harbour-physio/settings/users/{tries[-1]['member']}/")
    assert f"The last answer: “{answer}”" in page.words.replace("“ ", "“").replace(" ”", "”")
    assert "Resend invitation email" in page.words
    stack.stop("web")


@pytest.mark.parametrize("answer", ["550 5.1.1 No such person here", "553 5.1.3 Bad address"])
def test_r9_a_no_for_good_is_tried_once_and_kept_word_for_word(new_stack, mail_server, answer):
    mail_server.answer = answer
    stack = new_stack(email_url=mail_server.url)
    row = stack.act("invite_and_die", "nina@harbour.example")

    first = stack.act("deliver", str(row["outbox_id"]))
    again = stack.act("deliver", str(row["outbox_id"]))

    assert (first["state"], first["attempts"], first["last_error"]) == ("failed", 1, answer)
    assert again["attempts"] == 1


def test_r10_a_mail_server_that_hangs_up_after_it_took_the_message_gets_it_once_more_and_the_same(
    new_stack, mail_server, figures
):
    mail_server.hang_ups = 1
    stack = new_stack(email_url=mail_server.url)
    stack.start_worker()
    row = stack.act("invite", "nina@harbour.example")
    stack.wait_for_mail(mail_server, "nina@harbour.example", seconds=MAIL_SECONDS)

    stack.wait_for_state(row["outbox_id"], "accepted", seconds=60)

    first, second = mail_server.to("nina@harbour.example")
    assert first["Message-ID"] == second["Message-ID"] == stack.act("row", str(row["outbox_id"]))["message_id"]
    assert link_in(first) == link_in(second)
    stack.stop("worker")
    Books.of(stack, mail_server).note(figures, "R10 gone after DATA", ["nina@harbour.example"])


def test_many_mails_go_over_one_connection(new_stack, mail_server):
    stack = new_stack(email_url=mail_server.url, settings={"INVITATION_CAPS": "administrator=1000"})
    first = stack.act("die_between_commit_and_asking", "many-", "30")

    stack.act("send_due")

    assert all(len(mail_server.to(email)) == 1 for email in first["emails"])
    assert mail_server.connections == 1


def test_mail_goes_no_faster_than_the_setting_allows_over_all_senders(new_stack, mail_server):
    settings = {"INVITATION_CAPS": "administrator=1000", "MAIL_PER_MINUTE": "60", "WORKER_CONCURRENCY": "2"}
    stack = new_stack(email_url=mail_server.url, settings=settings)
    stack.act("die_between_commit_and_asking", "slowly-", "12")
    stack.start_worker()

    stack.wait_for_mail(mail_server, "slowly-11@harbour.example", seconds=90)

    moments = [each.at for each in mail_server.taken]
    # One mail may be late, which makes the next look early: none comes before its second, nor do four in a row.
    ahead = [number - (moment - moments[0]) for number, moment in enumerate(moments)]
    assert max(ahead) < 0.3, ahead
    assert min(later - earlier for earlier, later in zip(moments, moments[3:], strict=False)) > 2.2, moments
    stack.stop("worker")
