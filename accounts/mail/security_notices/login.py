"""What people are told by mail when something happened to their login: the words, by what it was (A13)."""

from collections.abc import Callable
from dataclasses import dataclass, field

from django.conf import settings
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.core import browsers
from accounts.core.earlier_use import EarlierUse
from accounts.mail.notice import moment_in_words
from accounts.models import Account, Member, SecurityEvent

Kind = SecurityEvent.Kind


@dataclass(frozen=True)
class SecurityNotice:
    """A mail about one event. `advice` is what to do if it was not them; `path` is the page that the button opens.

    `whole` are the addresses of people in it that can be copied.
    """

    subject: str
    paragraphs: list[str]
    advice: list[str]
    path: str
    label: str
    facts: list[tuple[str, str]] = field(default_factory=list)
    whole: tuple[str, ...] = ()


def clinic_of(user_id: int) -> Account:
    """The clinic whose time somebody goes by: the first that they are in; one that stands for UTC without any."""
    mine = Member.objects.present().filter(user=user_id).select_related("account").order_by("pk").first()
    return mine.account if mine else Account(time_zone="UTC")


def facts_of(event: SecurityEvent) -> list[tuple[str, str]]:
    """When it was, and from where: with the person's own browser only, since an administrator's is their own."""
    when = (_("When"), moment_in_words(event.created_at, clinic_of(event.user_id)))
    if is_by_others(event):
        return [when]
    address = [(_("Network address"), event.ip_address)] if event.ip_address else []
    return [when, (_("Browser"), browsers.in_words(event.user_agent)), *address]


def is_by_others(event: SecurityEvent) -> bool:
    """Whether somebody else did it, in a browser that is not the person's."""
    is_others = event.kind in _BY_OTHERS | SecurityEvent.RECOVERY
    return event.by_id is not None or is_others or bool(event.details.get("by_others"))


def who_did(event: SecurityEvent) -> str:
    """The administrator who did it, with their clinic."""
    if event.by is None and event.details.get("by_others"):
        return settings.PRODUCT_NAME
    if event.by is None:
        return _("An administrator")
    return _("%(name)s of %(clinic)s") % {"name": event.by.full_name, "clinic": event.by.account.name}


def words_of(event: SecurityEvent) -> SecurityNotice:
    """The notice of an event that is not about a change of address."""
    subject, sentence = _WORDS[Kind(event.kind)](event)
    name = event.details.get("name", "")
    facts = {"email": event.user.email, "who": who_did(event), "support": settings.SUPPORT_EMAIL, "name": name}
    if event.kind in _BY_OTHERS:
        advice = _("If you did not expect this, ask them, or write to %(support)s.")
        path, label = reverse("accounts:security"), _("See how you sign in")
    else:
        advice = _(
            "If it was you, there is nothing to do. If it wasn’t, somebody knows your password: choose a new one at "
            "once, which signs them out. If you can’t sign in after that, write to %(support)s."
        )
        path, label = reverse("accounts:password_reset"), _("Choose a new password")
    whole = (event.user.email,)
    paragraphs = [sentence % facts, *EarlierUse.of(event.details).in_words()]
    return SecurityNotice(subject % facts, paragraphs, [advice % facts], path, label, facts_of(event), whole)


def title_of(event: SecurityEvent) -> str:
    """What happened, as a line of the login's own record."""
    title: str = event.get_kind_display()
    if EarlierUse.of(event.details).two_factor:
        return _("%(what)s, and two-factor authentication removed") % {"what": title}
    return title


def _same(subject: str | Promise, sentence: str | Promise) -> Callable[[SecurityEvent], tuple[str, str]]:
    return lambda _event: (str(subject), str(sentence))


def _backup_code_used(event: SecurityEvent) -> tuple[str, str]:
    left = event.details.get("left", 0)
    sentence = ngettext(
        "Somebody, most likely you, used a backup code of %%(email)s. %(left)s code is left.",
        "Somebody, most likely you, used a backup code of %%(email)s. %(left)s codes are left.",
        left,
    )
    return _("A backup code was used"), sentence % {"left": left}


def _password_replaced(event: SecurityEvent) -> tuple[str, str]:
    sentence = _(
        "An invitation to %(clinic)s that was sent to %%(email)s was used to choose a new password. The password from "
        "before the address was confirmed no longer works, and every browser was signed out."
    )
    return _("Your password was replaced"), sentence % {"clinic": event.details.get("clinic", "").replace("%", "%%")}


def _two_factor_on(event: SecurityEvent) -> tuple[str, str]:
    if event.details.get("name"):
        sentence = _("From now on, signing in as %(email)s takes the password and the passkey “%(name)s”.")
    else:
        sentence = _("From now on, signing in as %(email)s takes the password and a code from an authenticator app.")
    return _("Two-factor authentication is on"), sentence


def _sessions_ended(event: SecurityEvent) -> tuple[str, str]:
    sentence = _("%(email)s was signed out in other browsers, from a page of your own login.")
    if event.details.get("forgotten"):
        sentence = _(
            "%(email)s was signed out in other browsers, from a page of your own login. Browsers that were trusted "
            "there are asked for a code again."
        )
    return _("You were signed out in other browsers"), sentence


_BY_OTHERS = {Kind.TWO_FACTOR_RESET, Kind.SESSIONS_ENDED_BY_OTHERS}

_WORDS: dict[SecurityEvent.Kind, Callable[[SecurityEvent], tuple[str, str]]] = {
    Kind.PASSWORD_CHANGED: _same(
        gettext_lazy("Your password was changed"),
        gettext_lazy("The password of %(email)s was changed, and every other browser was signed out."),
    ),
    Kind.PASSWORD_RESET: _same(
        gettext_lazy("Your password was replaced"),
        gettext_lazy(
            "A link that was sent to %(email)s was used to choose a new password, and every browser was signed out."
        ),
    ),
    Kind.PASSWORD_REPLACED: _password_replaced,
    Kind.TWO_FACTOR_ON: _two_factor_on,
    Kind.TWO_FACTOR_OFF: _same(
        gettext_lazy("Two-factor authentication is off"),
        gettext_lazy("Two-factor authentication was turned off. From now on the password alone signs in as %(email)s."),
    ),
    Kind.AUTHENTICATOR_ADDED: _same(
        gettext_lazy("An authenticator app was added"),
        gettext_lazy("Codes from an authenticator app now sign in as %(email)s as well, beside the password."),
    ),
    Kind.AUTHENTICATOR_REMOVED: _same(
        gettext_lazy("Your authenticator app was removed"),
        gettext_lazy("Codes from the authenticator app no longer sign in as %(email)s. Passkeys still do."),
    ),
    Kind.PASSKEY_ADDED: _same(
        gettext_lazy("A passkey was added"),
        gettext_lazy("The passkey “%(name)s” now signs in as %(email)s, beside the password."),
    ),
    Kind.PASSKEY_REMOVED: _same(
        gettext_lazy("A passkey was removed"),
        gettext_lazy("The passkey “%(name)s” no longer signs in as %(email)s."),
    ),
    Kind.AUTHENTICATOR_REPLACED: _same(
        gettext_lazy("Your authenticator app was replaced"),
        gettext_lazy(
            "Codes to sign in as %(email)s come from another app now. Those of the old one are no longer taken."
        ),
    ),
    Kind.BACKUP_CODES_MADE: _same(
        gettext_lazy("New backup codes were made"),
        gettext_lazy("There are new backup codes to sign in as %(email)s. Older ones no longer work."),
    ),
    Kind.BACKUP_CODE_USED: _backup_code_used,
    Kind.TWO_FACTOR_RESET: _same(
        gettext_lazy("Your two-factor authentication was reset"),
        gettext_lazy(
            "%(who)s took two-factor authentication off your login, %(email)s. The authenticator app, passkeys and "
            "backup codes no longer work, and every browser was signed out. Sign in with your password, and set it up "
            "again."
        ),
    ),
    Kind.SESSIONS_ENDED: _sessions_ended,
    Kind.SESSIONS_ENDED_BY_OTHERS: _same(
        gettext_lazy("You were signed out by an administrator"),
        gettext_lazy("%(who)s signed %(email)s out of that clinic, in every browser. Sign in again to open it."),
    ),
}
