"""Mail of the embedded set: each message becomes a file, which the page /outbox/ shows on this machine only."""

from collections.abc import Sequence
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage as ParsedMessage
from pathlib import Path
from uuid import uuid4

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend


class FileBackend(BaseEmailBackend):
    """Writes each message to MAIL_DIR as one `.eml` file, whole or not at all."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Write the messages; return how many. Raises OSError where the folder cannot be written."""
        folder: Path = settings.MAIL_DIR
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        for message in email_messages:
            name = f"{datetime.now(UTC):%Y%m%dT%H%M%S%f}-{uuid4().hex[:8]}"
            unfinished = folder / f"{name}.part"
            unfinished.write_bytes(message.message().as_bytes())
            unfinished.replace(folder / f"{name}.eml")
        return len(email_messages)


def stored_names(*, newest: int = 100) -> list[str]:
    """Names of the newest stored messages, newest first."""
    return [path.stem for path in sorted(settings.MAIL_DIR.glob("*.eml"), reverse=True)[:newest]]


def read_stored(name: str) -> ParsedMessage:
    """Parse one stored message. Raises FileNotFoundError for a name that `stored_names` did not give."""
    return message_from_bytes((settings.MAIL_DIR / f"{name}.eml").read_bytes(), policy=policy.default)
