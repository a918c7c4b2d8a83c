"""What someone is told in one mail who has had enough of one kind: each notice as its own subject says it (A62)."""

from dataclasses import dataclass

from django.conf import settings
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from accounts.mail.notice import moment_in_words
from accounts.mail.notices.activity import notice_of
from accounts.mail.security_notices.email import security_notice_of
from accounts.mail.security_notices.login import clinic_of
from accounts.models import OutboundEmail

MOST_LINES = 20


@dataclass(frozen=True)
class Line:
    """One notice: when, what its subject would be, and the page that its button would open."""

    when: str
    subject: str
    path: str
    label: str
    advice: list[str]


@dataclass(frozen=True)
class Summary:
    """The notices, the newest last; `unlisted` is how many older ones there are no lines for."""

    subject: str
    lines: list[Line]
    unlisted: int
    advice: list[str]
    path: str
    label: str


def summary_of(row: OutboundEmail, address: str) -> Summary | None:
    """The summary that `row` owes to whoever reads mail at `address`; None where nothing is left to tell."""
    notices: QuerySet[OutboundEmail] = row.summed.select_related(
        *("activity__account", "activity__actor", "activity__subject"),
        *("security_event__user", "security_event__by__account"),
    )
    lines = [_line(each, address) for each in reversed(notices.order_by("-pk")[:MOST_LINES])]
    if not lines:
        return None
    newest, count = lines[-1], notices.count()
    subject = newest.subject
    if count > 1:
        subject = _("%(subject)s (and %(count)s more)") % {"subject": newest.subject, "count": count - 1}
    return Summary(subject, lines, count - len(lines), newest.advice, newest.path, newest.label)


def _line(row: OutboundEmail, address: str) -> Line:
    if row.security_event is not None:
        event = row.security_event
        told = security_notice_of(event, recipient=address)
        when = moment_in_words(event.created_at, clinic_of(event.user_id))
        return Line(when, told.subject, told.path, told.label, told.advice)
    entry = row.activity
    assert entry is not None
    notice = notice_of(entry, row.user)
    advice = _("If you didn’t expect this, write to %(support)s.") % {"support": settings.SUPPORT_EMAIL}
    return Line(moment_in_words(entry.created_at, entry.account), notice.subject, notice.path, notice.label, [advice])
