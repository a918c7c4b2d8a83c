"""/outbox/: the mail of the embedded set, for this machine only, since its links let people in."""

import pytest
from django.core.mail import EmailMultiAlternatives
from django.test import Client

from clinic.mail import FileBackend, stored_names

pytestmark = pytest.mark.django_db

LINK = "http://testserver/invitations/17-3.abc/"


@pytest.fixture(autouse=True)
def mail_dir(settings, tmp_path):
    """A folder of its own."""
    settings.MAIL_DIR = tmp_path / "mail"
    return settings.MAIL_DIR


def send(subject: str = "Adam invites you", html: str = f'<head></head><p>Hello</p><a href="{LINK}">Join</a>') -> None:
    message = EmailMultiAlternatives(subject, f"Hello Ivy,\n\n{LINK}\n", "us@clinic.example", ["ivy@harbour.example"])
    message.attach_alternative(html, "text/html")
    assert FileBackend().send_messages([message]) == 1


@pytest.fixture
def name() -> str:
    """The name of a message that was sent."""
    send()
    [stored] = stored_names()
    return stored


def test_the_newest_message_stands_on_top():
    for number in range(3):
        send(f"Message {number}")

    page = Client().get("/outbox/").text

    assert page.index("Message 2") < page.index("Message 1") < page.index("Message 0")
    assert "ivy@harbour.example" in page


def test_an_empty_outbox_says_what_to_do():
    assert "No mail yet." in Client().get("/outbox/").text


def test_a_message_is_shown_with_links_that_can_be_clicked(name):
    page = Client().get(f"/outbox/{name}/").text

    assert "Hello Ivy," in page
    assert f'href="{LINK}"' in page


def test_the_html_of_a_message_is_shown_in_a_frame_that_runs_no_script(name):
    page = Client().get(f"/outbox/{name}/").text
    assert f'src="/outbox/{name}/html/"' in page
    assert "allow-scripts" not in page

    frame = Client().get(f"/outbox/{name}/html/")

    policy = frame["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "script-src 'none'" in policy and "sandbox" in policy
    assert frame["X-Frame-Options"] == "SAMEORIGIN"
    assert f'href="{LINK}"' in frame.text


@pytest.mark.parametrize("page", ["/outbox/", "/outbox/{name}/", "/outbox/{name}/html/"])
@pytest.mark.parametrize(
    "came",
    [
        {"REMOTE_ADDR": "192.0.2.7"},
        {"REMOTE_ADDR": "10.0.0.1"},
        {"REMOTE_ADDR": ""},
        {"HTTP_X_FORWARDED_FOR": "127.0.0.1"},
        {"HTTP_FORWARDED": "for=127.0.0.1"},
    ],
    ids=str,
)
def test_nobody_but_this_machine_sees_any_of_it(name, page, came):
    """Not from another, not through a proxy on this one."""
    address = page.format(name=name)
    assert Client().get(address).status_code == 200

    assert Client().get(address, **came).status_code == 404


@pytest.mark.parametrize("page", ["/outbox/", "/outbox/{name}/", "/outbox/{name}/html/"])
def test_where_nobody_asked_for_it_none_of_it_is_there(settings, name, page):
    """On this machine, too: a proxy here that adds no header could not be told from it."""
    settings.OUTBOX_PAGES = False

    assert Client().get(page.format(name=name)).status_code == 404


@pytest.mark.parametrize("asked", ["nothing", "..", "..%2F..%2Fsecret_key", "%2e%2e%2fsecret_key", "a\x00b"])
def test_a_name_that_is_no_message_is_not_found(name, mail_dir, asked):
    (mail_dir.parent / "secret_key").write_text("hunter2")
    (mail_dir.parent / "secret_key.eml").write_text("Subject: hunter2\n\nhunter2")

    response = Client().get(f"/outbox/{asked}/")

    assert response.status_code == 404
    assert "hunter2" not in response.text


@pytest.mark.parametrize("page", ["/outbox/", "/outbox/{name}/", "/outbox/{name}/html/"])
def test_the_pages_are_to_be_read_only(name, page):
    assert Client().post(page.format(name=name)).status_code == 405


def test_markup_in_a_message_is_inert_on_our_own_pages():
    """C16."""
    send("<script>alert(1)</script>", html="<script>alert(2)</script>")
    [stored] = stored_names()

    for page in (Client().get("/outbox/").text, Client().get(f"/outbox/{stored}/").text):
        assert "<script>alert" not in page


def test_a_message_is_a_whole_file_or_none_and_for_its_own_user_only(name, mail_dir):
    [path] = mail_dir.iterdir()

    assert path.suffix == ".eml"
    assert path.read_bytes().rstrip().endswith(b"--")
    assert mail_dir.stat().st_mode & 0o077 == 0


def test_a_message_that_is_being_written_is_not_shown(mail_dir):
    send()
    (mail_dir / "20990101T000000000000-0.part").write_text("Subject: half")

    assert "half" not in Client().get("/outbox/").text


def test_where_the_folder_cannot_be_written_sending_fails_and_says_so(settings, tmp_path):
    """The row of the outbox then waits, and is tried again."""
    (tmp_path / "a file").write_text("")
    settings.MAIL_DIR = tmp_path / "a file" / "mail"

    with pytest.raises(NotADirectoryError):
        send()
