"""Files as the broker: a worker that looks at any moment finds whole messages (R6)."""

from pathlib import Path
from queue import Empty

import pytest
from kombu import Connection

from clinic.celery import app
from clinic.file_broker import Transport
from clinic.parts import filesystem_broker


@pytest.fixture
def channel(tmp_path):
    with Connection("filesystem://localhost/", transport_options=filesystem_broker(tmp_path / "broker")) as connection:
        yield connection.channel()


def test_celery_uses_it(channel):
    assert isinstance(channel.connection, Transport)
    assert isinstance(app.connection().transport, Transport) or not app.conf.broker_url.startswith("filesystem")


def test_a_message_that_is_still_being_written_is_not_found(channel, monkeypatch):
    looked = []
    finish = Path.replace

    def look_first(unfinished, name):
        with pytest.raises(Empty):
            channel._get("celery")
        looked.append(unfinished)
        return finish(unfinished, name)

    monkeypatch.setattr(Path, "replace", look_first)
    channel._put("celery", {"body": "a message"})

    assert len(looked) == 1
    assert channel._get("celery") == {"body": "a message"}


def test_messages_are_taken_once(channel):
    channel._put("celery", {"body": "a message"})
    channel._get("celery")

    with pytest.raises(Empty):
        channel._get("celery")
