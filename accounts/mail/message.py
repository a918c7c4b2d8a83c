"""One message, in text and in HTML: it shows what was typed, as it was typed, and makes no link of it."""

import re
from collections.abc import Iterable
from email.header import Header
from typing import Any

from django.core.mail import EmailMultiAlternatives
from django.utils.html import escape

from accounts.text import unlinked

_LINE_ENDS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
# Elements and comments, and what isn't text though it stands between them.
_NO_TEXT = re.compile(r"(<style\b.*?</style>|<[^>]*>)", re.DOTALL)


class Message(EmailMultiAlternatives):
    """A message whose subject is always encoded, so that nothing in it is taken for an encoding of something else."""

    def message(self, **kwargs: Any) -> Any:
        """Return the message as it is sent."""
        message = super().message(**kwargs)
        # Left in ASCII, "=?utf-8?b?...?=" would be shown as what it decodes to, and long lines folded at commas.
        message.replace_header("Subject", Header(str(self.subject), "utf-8", header_name="Subject").encode())
        return message


def compose(*, subject: str, text: str, html: str, to: str, message_id: str, whole: Iterable[str]) -> Message:
    """Put a message together from rendered templates.

    Mail programs make links of whatever looks like one, and names and other words that people typed stand in every
    template. So nothing becomes a link but `whole`: addresses of our pages and plain addresses of people.
    """
    whole = tuple(whole)
    message = Message(
        subject=unlinked(_LINE_ENDS.sub(" ", subject).strip()),
        body=unlinked(text, whole=whole),
        to=[to],
        headers={"Message-ID": message_id, "Auto-Submitted": "auto-generated"},
    )
    message.attach_alternative(_unlinked_html(html, whole), "text/html")
    return message


def _unlinked_html(html: str, whole: tuple[str, ...]) -> str:
    """The same between the tags; what stands there is escaped, so that a < or > is always one of a tag."""
    escaped = [str(escape(each)) for each in whole]
    parts = _NO_TEXT.split(html)
    return "".join(unlinked(part, whole=escaped) if at % 2 == 0 else part for at, part in enumerate(parts))
