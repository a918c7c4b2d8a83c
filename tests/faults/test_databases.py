"""A PostgreSQL that crashes or freezes: pages say so and recover by themselves, and no mail is lost."""

import time

import pytest

from tests.faults.counting import Books
from tests.faults.services import frozen
from tests.faults.stack import add_user, sign_up

pytestmark = [pytest.mark.faults, pytest.mark.slow, pytest.mark.once, pytest.mark.xdist_group("faults-watch")]

MAIL_SECONDS = 60


def test_after_a_crash_of_the_database_pages_and_mail_go_on_without_a_restart(
    postgres_stack, private_postgres, mail_server, figures
):
    stack = postgres_stack(email_url=mail_server.url)
    stack.start_worker()
    stack.start_web()
    olive = stack.browser()
    home = sign_up(olive, email="olive@crash.example")
    stack.act("invite_and_die", "waiting@crash.example")

    private_postgres.crash()
    down = stack.browser().get("/login/")
    health = stack.browser().get("/healthz/ready")
    private_postgres.start()

    assert down.status in {200, 500}
    assert (health.status, health.json["database"]["ok"]) == (503, False)
    assert "127.0.0.1" not in health.html and str(private_postgres.port) not in health.html
    first = olive.get(home.url)
    assert first.status == 200, "the first request after it is back is answered"
    add_user(olive, home, first_name="Nina", email="nina@crash.example")
    for name in ("waiting", "nina"):
        stack.wait_for_mail(mail_server, f"{name}@crash.example", seconds=MAIL_SECONDS)
    assert stack.is_running("worker")
    time.sleep(1)
    promised = [f"{name}@crash.example" for name in ("waiting", "nina")]
    Books.of(stack, mail_server).note(figures, "Database crashed", promised)


def test_a_database_that_freezes_while_somebody_is_added_adds_them_once_it_thaws(
    postgres_stack, private_postgres, mail_server
):
    stack = postgres_stack(email_url=mail_server.url)
    stack.start_worker()
    stack.start_web()
    olive = stack.browser()
    home = sign_up(olive, email="olive@frozen.example")

    with frozen(private_postgres.pid):
        stack.start("adding", "-m", "tests.faults.acts", "invite", "nina@frozen.example")
        time.sleep(5)
        assert stack.is_running("adding")

    stack.wait_for_mail(mail_server, "nina@frozen.example", seconds=MAIL_SECONDS)
    assert olive.get(home.url).status == 200
    assert len(mail_server.to("nina@frozen.example")) == 1
