"""Mail servers that misbehave: no STARTTLS where it was asked for (C25), a black hole (R7), a no, a maybe (R8, R9)."""

import pytest

from tests.faults.stack import MailServer

pytestmark = [pytest.mark.faults, pytest.mark.slow, pytest.mark.xdist_group("faults-mail")]


class Answering(MailServer):
    """A mail server with one answer to everybody who is written to."""

    def __init__(self, answer: str) -> None:
        super().__init__()
        self.answer = answer

    async def handle_RCPT(self, _server, _session, envelope, address, _options):  # noqa: N802  (aiosmtpd's name)
        """Say it."""
        envelope.rcpt_tos.append(address)
        return self.answer


@pytest.fixture
def answering():
    """Start mail servers; they stop with the test."""
    started = []

    def _answering(answer):
        server = Answering(answer)
        server.start()
        started.append(server)
        return server

    yield _answering
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


def test_a_mail_server_that_takes_the_connection_and_is_silent_is_given_up_on_after_ten_seconds(new_stack, hung_port):
    """R7: Django by itself would wait for ever."""
    stack = new_stack(email_url=f"smtp://127.0.0.1:{hung_port}")
    row = stack.act("invite_and_die", "nina@harbour.example")

    done = stack.act("deliver", str(row["outbox_id"]))

    assert 9 < done["seconds"] < 20
    assert done["state"] == "queued"
    assert "timed out" in done["last_error"]


@pytest.mark.parametrize(
    ("answer", "state"),
    [("550 5.1.1 No such person here", "failed"), ("451 4.3.0 Come back later", "queued")],
)
def test_what_a_real_mail_server_answers_is_kept_word_for_word(new_stack, answering, answer, state):
    """R8, R9."""
    stack = new_stack(email_url=f"smtp://127.0.0.1:{answering(answer).port}")
    row = stack.act("invite_and_die", "nina@harbour.example")

    done = stack.act("deliver", str(row["outbox_id"]))

    assert (done["state"], done["attempts"], done["last_error"]) == (state, 1, answer)
