"""What people are told by mail about a two-factor reset by support: the words, by what became of it (A13, A70)."""

from collections.abc import Callable

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.core.tokens import RecoveryLink
from accounts.mail.notice import moment_in_words
from accounts.mail.security_notices.login import SecurityNotice, clinic_of, facts_of, who_did
from accounts.models import SecurityEvent, TwoFactorRecovery

Kind, Outcome = SecurityEvent.Kind, TwoFactorRecovery.Outcome


def recovery_notice_of(event: SecurityEvent) -> SecurityNotice:
    """The notice of one of `SecurityEvent.RECOVERY`, to the person whose login it is."""
    recovery = TwoFactorRecovery.objects.get(pk=event.details["recovery"])
    return _WORDS[Kind(event.kind)](event, recovery)


def recovery_by(event: SecurityEvent) -> str:
    """Who did what an event of a reset by support tells of; an empty text for other events, and where they did it."""
    is_ours = event.kind in {Kind.TWO_FACTOR_RECOVERY_OPENED, Kind.TWO_FACTOR_RECOVERY_DONE}
    if is_ours or event.details.get("outcome") == Outcome.WITHDRAWN:
        return _("%(product)s support") % {"product": settings.PRODUCT_NAME}
    return _("You") if event.details.get("outcome") == Outcome.SIGN_OF_LIFE else ""


def _facts(event: SecurityEvent, recovery: TwoFactorRecovery) -> dict[str, str]:
    clinic = clinic_of(event.user_id)
    return {
        "email": event.user.email,
        "support": settings.SUPPORT_EMAIL,
        "product": settings.PRODUCT_NAME,
        "who": who_did(event),
        "due": moment_in_words(recovery.due_at, clinic),
        "reason": recovery.reason,
        "end_reason": recovery.end_reason,
    }


def _opened(event: SecurityEvent, recovery: TwoFactorRecovery) -> SecurityNotice:
    paragraphs = [
        _(
            "Someone told %(product)s support that they are you and can’t use two-factor authentication any more. "
            "Support checked who was asking, and started to reset it for %(email)s. The reason given: %(reason)s"
        ),
        _(
            "From %(due)s support can turn it off. The authenticator app, passkeys and backup codes then stop working, "
            "and every browser is signed out. Your password stays as it is, and is enough to sign in until you set up "
            "two-factor authentication again."
        ),
    ]
    advice = [
        _("If you asked for this, there is nothing to do. We’ll email you when it’s done."),
        _(
            "If you didn’t, someone is pretending to be you: choose “Stop this” before then. Signing in with a code, a "
            "passkey or a backup code stops it as well."
        ),
    ]
    path = reverse("accounts:recovery_link", args=[RecoveryLink.of(recovery).token()])
    subject = _("Support was asked to reset your two-factor authentication")
    return _notice(event, recovery, subject, paragraphs, advice, (path, _("Stop this")))


def _stopped(event: SecurityEvent, recovery: TwoFactorRecovery) -> SecurityNotice:
    how = {
        Outcome.WITHDRAWN: _(
            "%(product)s support stopped the two-factor reset for %(email)s. The reason given: %(end_reason)s"
        ),
        Outcome.STOPPED_BY_LINK: _("The two-factor reset for %(email)s was stopped by the link in the email about it."),
        Outcome.STOPPED_BY_PERSON: _(
            "The two-factor reset for %(email)s was stopped on your Sign-in and security page."
        ),
        Outcome.SIGN_OF_LIFE: _(
            "The two-factor reset for %(email)s was stopped, since someone (probably you) used a code, a passkey or a "
            "backup code of yours."
        ),
        Outcome.STOPPED_BY_CLINIC: _("%(who)s stopped the two-factor reset for %(email)s."),
    }[Outcome(recovery.outcome)]
    stays = _("Nothing was changed: you sign in as before.")
    advice = _("If you still can’t sign in, or someone else asked for this, write to %(support)s.")
    page = (reverse("accounts:security"), _("See how you sign in"))
    return _notice(event, recovery, _("Your two-factor authentication stays on"), [how, stays], [advice], page)


def _done(event: SecurityEvent, recovery: TwoFactorRecovery) -> SecurityNotice:
    paragraphs = [
        _(
            "%(product)s support turned two-factor authentication off for %(email)s. The authenticator app, passkeys "
            "and backup codes no longer work, and every browser was signed out. The reason given: %(end_reason)s"
        ),
        _("Sign in with your password, which was not changed, and set two-factor authentication up again."),
    ]
    advice = _("If you didn’t ask for this, choose a new password at once, and write to %(support)s.")
    page = (reverse("accounts:two_factor"), _("Set up two-factor authentication"))
    return _notice(event, recovery, _("Your two-factor authentication was reset"), paragraphs, [advice], page)


def _notice(
    event: SecurityEvent,
    recovery: TwoFactorRecovery,
    subject: str,
    paragraphs: list[str],
    advice: list[str],
    button: tuple[str, str],
) -> SecurityNotice:
    facts = _facts(event, recovery)
    first, last = ([each % facts for each in texts] for texts in (paragraphs, advice))
    path, label = button
    return SecurityNotice(subject, first, last, path, label, facts_of(event), (event.user.email,))


_WORDS: dict[SecurityEvent.Kind, Callable[[SecurityEvent, TwoFactorRecovery], SecurityNotice]] = {
    Kind.TWO_FACTOR_RECOVERY_OPENED: _opened,
    Kind.TWO_FACTOR_RECOVERY_STOPPED: _stopped,
    Kind.TWO_FACTOR_RECOVERY_DONE: _done,
}
