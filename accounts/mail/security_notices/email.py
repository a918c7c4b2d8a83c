"""What people are told by mail about a change of their sign-in address: the words, by what became of it (A13, C2)."""

from collections.abc import Callable
from dataclasses import replace

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.core.tokens import EmailChangeLink, Side
from accounts.mail.notice import moment_in_words
from accounts.mail.security_notices.login import SecurityNotice, clinic_of, facts_of, who_did, words_of
from accounts.mail.security_notices.recovery import recovery_notice_of
from accounts.models import EmailChange, SecurityEvent

Kind = SecurityEvent.Kind


def security_notice_of(event: SecurityEvent, *, recipient: str) -> SecurityNotice:
    """The notice of `event` as whoever reads mail at `recipient` is told it."""
    if event.kind in SecurityEvent.RECOVERY:
        return recovery_notice_of(event)
    words = _WORDS.get(Kind(event.kind))
    if words is None:
        return words_of(event)
    return words(event, EmailChange.objects.get(pk=event.details["change"]), recipient)


def _facts(event: SecurityEvent, change: EmailChange) -> dict[str, str]:
    return {
        "old": change.old_email,
        "new": change.new_email,
        "who": who_did(event),
        "until": moment_in_words(change.objection_ends_at, clinic_of(event.user_id)),
        "support": settings.SUPPORT_EMAIL,
    }


def _objection(change: EmailChange) -> tuple[str, str]:
    path = reverse("accounts:email_objection_link", args=[EmailChangeLink.of(change, Side.OLD).token()])
    return path, _("This wasn’t me")


def _own_page() -> tuple[str, str]:
    return reverse("accounts:security"), _("See how you sign in")


def _asked(event: SecurityEvent, change: EmailChange, recipient: str) -> SecurityNotice:
    if event.by_id is None:
        first = _("Somebody, most likely you, asked to sign in with %(new)s from now on, instead of %(old)s.")
        objection = _(
            "If it wasn’t you, somebody knows your password. “This wasn’t me” stops the change, signs out every "
            "browser, and sends you a link to choose a new password."
        )
    else:
        first = _("%(who)s asked that you sign in with %(new)s from now on, instead of %(old)s.")
        objection = _("If that is wrong, “This wasn’t me” stops it. Nothing else happens then.")
    advice = [_("If you agree, there is nothing to do here: the email to %(new)s says how to confirm.")]
    waiting = _("Nothing changes until that is confirmed at the new address, within 24 hours.")
    subject = _("Your email address is to be changed")
    if change.is_return:
        return _notice(event, change, subject, [first, waiting], [*advice, _no_say()], _own_page())
    return _notice(event, change, subject, [first, waiting], [*advice, objection], _objection(change))


def _no_say() -> str:
    """Why the mail has no “This wasn’t me”: who had the login first may take it back (A69)."""
    return _(
        "%(new)s was the address of this login before %(old)s, so the change can’t be stopped from here. If you did "
        "not expect it, write to %(support)s."
    )


def _changed(event: SecurityEvent, change: EmailChange, recipient: str) -> SecurityNotice:
    if recipient == change.new_email:
        subject = _("You sign in with a new email address")
        first = _("From now on you sign in with %(new)s. The password is the same, and other browsers were signed out.")
        advice = _("If you did not expect this, write to %(support)s.")
        return _notice(event, change, subject, [first], [advice], _own_page())
    subject = _("Your email address was changed")
    first = _("From now on %(new)s signs in to your login, and %(old)s no longer does.")
    if change.is_return:
        return _notice(event, change, subject, [first], [_no_say()], _own_page())
    advice = _(
        "If it was you, there is nothing to do. If it wasn’t, choose “This wasn’t me” by %(until)s: it puts %(old)s "
        "back, signs out every browser, and sends you a link to choose a new password."
    )
    return _notice(event, change, subject, [first], [advice], _objection(change))


def _ended(event: SecurityEvent, change: EmailChange, recipient: str) -> SecurityNotice:
    if event.details.get("objected"):
        return _objected(event, change, recipient)
    subject = _("Your email address stays as it is")
    first = _("The change to %(new)s was cancelled. You’ll keep signing in with %(old)s.")
    if event.by_id is not None:
        first = _("%(who)s cancelled the change to %(new)s. You’ll keep signing in with %(old)s.")
    elif event.details.get("because") == "new password":
        first = _("You chose a new password, which ended the change to %(new)s. You’ll keep signing in with %(old)s.")
    return _notice(
        event, change, subject, [first], [_("If you did not expect this, write to %(support)s.")], _own_page()
    )


def _objected(event: SecurityEvent, change: EmailChange, recipient: str) -> SecurityNotice:
    shut = _(
        "Every browser was signed out, and the password no longer works. A link to choose a new one was sent to "
        "%(old)s."
    )
    help_at = _("If you can’t sign in after that, write to %(support)s.")
    if change.confirmed_at is None:
        subject = _("Your email address stays as it is")
        first = _("You said that the change to %(new)s wasn’t yours, so it was stopped. You sign in with %(old)s.")
    elif recipient != change.old_email:
        subject = _("Your old email address was put back")
        first = _("Whoever reads mail at %(old)s said that the change to %(new)s wasn’t theirs, so it was undone.")
        help_at = _("If you did make the change, and can’t read mail at %(old)s, write to %(support)s.")
    else:
        subject = _("Your email address was put back")
        first = _("You said that the change to %(new)s wasn’t yours, so it was undone. You sign in with %(old)s again.")
    is_shut = bool(event.details.get("shut"))
    paragraphs = [first, shut] if is_shut else [first]
    button = _own_page()
    if recipient == change.old_email:
        paragraphs += _gone(event)
    else:
        paragraphs += _kept(event, recipient)
        if recipient in event.details.get("left_at", []):
            button = reverse("accounts:password_reset"), _("Choose a password")
    notice = _notice(event, change, subject, paragraphs, [help_at] if is_shut else [], button)
    # At the new address it may be the thief who reads where the person sat when they objected.
    return replace(notice, facts=notice.facts[:1]) if recipient != change.old_email else notice


def _kept(event: SecurityEvent, email: str) -> list[str]:
    """To the mailbox that keeps what was joined or invited there, under a login of its own (A58)."""
    words = []
    if email in event.details.get("left_at", []):
        words.append(
            _(
                "Clinics that you joined or opened with %(email)s stay with it. It now has a login of its own: choose "
                "a password for it. A clinic that you had joined has to make you active again before you can open it; "
                "its owners were told."
            )
        )
    if email in event.details.get("invited_at", []):
        words.append(_("Invitations to %(email)s stay with it. Use the link in the clinic’s newest email to join."))
    return [each % {"email": email.replace("%", "%%")} for each in words]


def _gone(event: SecurityEvent) -> list[str]:
    """To the old address: what is no longer there."""
    words = []
    if event.details.get("left_at"):
        words.append(
            _("Clinics that were joined with another address in the meantime are no longer part of your login.")
        )
    if event.details.get("taken_back"):
        words.append(
            _(
                "What your clinics granted in the meantime, such as ownership, was taken back. Their owners were told, "
                "and can grant it again."
            )
        )
    return words


def _notice(
    event: SecurityEvent,
    change: EmailChange,
    subject: str,
    paragraphs: list[str],
    advice: list[str],
    button: tuple[str, str],
) -> SecurityNotice:
    facts = _facts(event, change)
    path, label = button
    first, last = ([each % facts for each in texts] for texts in (paragraphs, advice))
    whole = (change.old_email, change.new_email)
    return SecurityNotice(subject, first, last, path, label, facts_of(event), whole)


_WORDS: dict[SecurityEvent.Kind, Callable[[SecurityEvent, EmailChange, str], SecurityNotice]] = {
    Kind.EMAIL_CHANGE_ASKED: _asked,
    Kind.EMAIL_CHANGED: _changed,
    Kind.EMAIL_CHANGE_ENDED: _ended,
}
