"""The main job over real parts, gunicorn, worker, database and SMTP: added, mailed, joined (S3 to S12, R6)."""

from urllib.parse import urlsplit

import pytest

from tests.faults.stack import add_user, link_in, sign_up

pytestmark = [pytest.mark.faults, pytest.mark.slow, pytest.mark.xdist_group("faults-main-job"), pytest.mark.database]

MAIL_SECONDS = 40


@pytest.fixture(scope="module")
def stack(new_stack, shared_mail_server):
    """The embedded set, but for mail, which goes to a real mail server."""
    stack = new_stack(email_url=shared_mail_server.url)
    stack.start_worker()
    stack.start_web()
    return stack


def test_a_clinic_is_opened_somebody_is_added_gets_the_mail_creates_a_password_and_is_in(stack, shared_mail_server):
    olive = stack.browser()
    home = sign_up(olive, email="olive@quay.example", clinic="Quay Physio")
    assert home.status == 200 and home.url == f"{stack.site}/quay-physio/"

    added = add_user(olive, home, first_name="Nina", email="nina@quay.example", practises=True)

    message = shared_mail_server.wait_for("nina@quay.example", seconds=MAIL_SECONDS)
    nina = stack.browser()
    invitation = nina.get(link_in(message))
    assert urlsplit(invitation.url).path == "/invitations/"
    assert "Olive Owens has invited you to join Quay Physio" in invitation.words

    joined = nina.submit(invitation, password="a boat called wednesday")
    assert joined.url.endswith("/practitioner/?first=1")
    assert "Welcome to Quay Physio, Nina" in joined.words

    later = stack.browser()
    signed_in = later.submit(later.get("/login/"), email="nina@quay.example", password="a boat called wednesday")
    assert "Hello, Nina" in signed_in.words
    assert "has not joined yet" not in olive.get(added.url).words
    confirmation = shared_mail_server.wait_for("olive@quay.example", seconds=MAIL_SECONDS)
    assert confirmation["Subject"] == "Confirm your email address"


def test_r6_an_invitation_of_a_process_that_died_before_it_asked_celery_is_sent_by_the_sweep(stack, shared_mail_server):
    """The sweep comes every 20 s."""
    row = stack.act("invite_and_die", "ruth@harbour.example")

    shared_mail_server.wait_for("ruth@harbour.example", seconds=60)

    assert len(shared_mail_server.to("ruth@harbour.example")) == 1
    assert stack.act("row", str(row["outbox_id"]))["attempts"] == 1
