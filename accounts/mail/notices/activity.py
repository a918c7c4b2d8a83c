"""What people are told by mail when something was done to an account: the words, by what it was (A13)."""

from collections.abc import Callable

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.mail.notice import Notice, moment_in_words
from accounts.mail.notices.address_moves import MOVES
from accounts.mail.notices.clinic_security import two_factor_asked
from accounts.mail.notices.closing import closed, closed_for_support, reopened, still_closed
from accounts.mail.notices.people import email_change_declined, invitation_declined, joining_undone, left, role_changed
from accounts.mail.notices.recovery import recovery_told
from accounts.models import Activity, Dispute, User
from accounts.text.phone_numbers import shown_number

Verb = Activity.Verb


def notice_of(entry: Activity, recipient: User | None) -> Notice:
    """The notice of `entry` as `recipient` is told it; None stands for our support."""
    return _WORDS[Verb(entry.verb)](entry, recipient)


def _who(entry: Activity) -> str:
    if entry.actor is not None:
        return entry.actor.full_name
    return _("%(product)s support") % {"product": settings.PRODUCT_NAME}


def _facts(entry: Activity) -> dict[str, str]:
    return {
        "who": _who(entry),
        "name": entry.subject.full_name if entry.subject else "",
        "clinic": entry.account.name,
        "when": moment_in_words(entry.created_at, entry.account),
        "support": settings.SUPPORT_EMAIL or _("%(product)s support") % {"product": settings.PRODUCT_NAME},
    }


def _reason(entry: Activity) -> list[str]:
    """The reason that support wrote down, where there is one."""
    reason = entry.details.get("reason", "")
    return [_("The reason given: %(reason)s") % {"reason": reason}] if reason else []


def _is_about(entry: Activity, recipient: User | None) -> bool:
    return recipient is not None and entry.subject is not None and entry.subject.user_id == recipient.pk


def _not_expected(entry: Activity) -> str:
    return _("If you did not expect this, write to %(support)s at once.") % _facts(entry)


def _ownership_page(entry: Activity, subject: str, paragraphs: list[str]) -> Notice:
    path = reverse("accounts:ownership", args=[entry.account.slug])
    return Notice(subject, paragraphs, path, _("See who owns the account"))


def _home(entry: Activity, subject: str, paragraphs: list[str]) -> Notice:
    path = reverse("accounts:home", args=[entry.account.slug])
    return Notice(subject, paragraphs, path, _("Go to %(clinic)s") % {"clinic": entry.account.name})


def _granted(entry: Activity, recipient: User | None) -> Notice:
    facts = _facts(entry)
    if _is_about(entry, recipient):
        subject = _("You are now an owner of %(clinic)s") % facts
        paragraphs = [
            _("%(who)s made you an owner of %(clinic)s on %(when)s.") % facts,
            _(
                "From now on nobody else can change your details, make you inactive or take ownership from you, and "
                "you can make others owners. You can relinquish ownership on your own page while another owner remains."
            ),
        ]
    else:
        subject = _("%(name)s is now an owner of %(clinic)s") % facts
        paragraphs = [
            _("%(who)s made %(name)s an owner of %(clinic)s on %(when)s.") % facts,
            _("Nobody else can change the details of %(name)s from now on, or take ownership back.") % facts,
        ]
    return _ownership_page(entry, subject, [*paragraphs, *_reason(entry), _not_expected(entry)])


def _relinquished(entry: Activity, recipient: User | None) -> Notice:
    facts = _facts(entry)
    if _is_about(entry, recipient):
        subject = _("You are no longer an owner of %(clinic)s") % facts
        paragraphs = [
            _("You relinquished ownership of %(clinic)s on %(when)s.") % facts,
            _("You are still an administrator there; other administrators can now change your details."),
        ]
    else:
        subject = _("%(name)s is no longer an owner of %(clinic)s") % facts
        paragraphs = [
            _("%(name)s relinquished ownership of %(clinic)s on %(when)s.") % facts,
            _("%(name)s is still an administrator; administrators can now change their details or make them inactive.")
            % facts,
        ]
    return _ownership_page(entry, subject, [*paragraphs, _not_expected(entry)])


def _removed(entry: Activity, recipient: User | None) -> Notice:
    facts = _facts(entry)
    if _is_about(entry, recipient):
        subject = _("You are no longer an owner of %(clinic)s") % facts
        first = _("%(who)s took ownership of %(clinic)s from you on %(when)s. You are still an administrator there.")
    else:
        subject = _("%(name)s is no longer an owner of %(clinic)s") % facts
        first = _("%(who)s took ownership of %(clinic)s from %(name)s on %(when)s.")
    return _ownership_page(entry, subject, [first % facts, *_reason(entry), _not_expected(entry)])


def _locked(entry: Activity, recipient: User | None) -> Notice:
    facts = _facts(entry)
    paragraphs = [
        _("%(who)s locked the account of %(clinic)s on %(when)s, while its ownership is determined.") % facts,
        _("Until it is unlocked nobody can use it, and nothing in it is lost or changed."),
        *_reason(entry),
        _("Questions: %(support)s.") % facts,
    ]
    return _home(entry, _("The account of %(clinic)s is locked") % facts, paragraphs)


def _unlocked(entry: Activity, recipient: User | None) -> Notice:
    facts = _facts(entry)
    paragraphs = [_("%(who)s unlocked the account of %(clinic)s on %(when)s.") % facts, *_reason(entry)]
    paragraphs += still_closed(entry, facts)
    return _home(entry, _("The account of %(clinic)s is unlocked") % facts, paragraphs)


def _closed(entry: Activity, recipient: User | None) -> Notice:
    facts = _facts(entry)
    if recipient is None:
        return Notice(*closed_for_support(facts), _page_for_support(entry), _("Open the account"))
    return _home(entry, _("The account of %(clinic)s is closed") % facts, closed(entry, recipient, facts))


def _page_for_support(entry: Activity) -> str:
    return reverse("support:accounts_account_change", args=[entry.account_id])


def _reopened(entry: Activity, recipient: User | None) -> Notice:
    facts = _facts(entry)
    return _home(entry, _("The account of %(clinic)s is open again") % facts, reopened(entry, recipient, facts))


def _disputed(entry: Activity, recipient: User | None) -> Notice:
    facts = _facts(entry)
    if recipient is None:
        return _for_support(entry)
    paragraphs = [
        _("On %(when)s you asked support about the ownership of %(clinic)s. Your request has arrived.") % facts,
        _(
            "Support reads it and answers to this address. Settling who owns an account takes time, and the account "
            "may be locked meanwhile."
        ),
    ]
    if entry.details.get("closed"):
        paragraphs.append(_("The account is closed. It won’t be erased before your request is settled."))
        return _home(entry, _("Support has your request about %(clinic)s") % facts, paragraphs)
    return _ownership_page(entry, _("Support has your request about %(clinic)s") % facts, paragraphs)


def _for_support(entry: Activity) -> Notice:
    dispute = Dispute.objects.select_related("filed_by__user").get(pk=entry.details["dispute"])
    facts = {
        **_facts(entry),
        "email": dispute.filed_by.email,
        "phone": shown_number(dispute.phone, "") or _("not given"),
        "rightful_owner": dispute.rightful_owner or _("not said"),
    }
    paragraphs = [
        _("%(who)s (%(email)s, phone: %(phone)s) asks about the ownership of %(clinic)s.") % facts,
        _("Who should own it, in their words: %(rightful_owner)s") % facts,
        *filter(str.strip, dispute.story.splitlines()),
    ]
    if entry.details.get("closed"):
        paragraphs.insert(1, _("An owner closed the account. It won’t be erased before this request is settled."))
    path = _page_for_support(entry)
    subject = _("Ownership request from %(clinic)s") % facts
    return Notice(subject, paragraphs, path, _("Open the account"), (facts["email"],))


def _settled(entry: Activity, recipient: User | None) -> Notice:
    facts = _facts(entry)
    paragraphs = [
        _("%(who)s settled the request that %(name)s made about the ownership of %(clinic)s.") % facts,
        *_reason(entry),
        *still_closed(entry, facts),
    ]
    return _ownership_page(entry, _("The request about %(clinic)s is settled") % facts, paragraphs)


def _imported(entry: Activity, recipient: User | None) -> Notice:
    """To somebody whose clinic was brought over: a password is not, so they ask for a link to choose one."""
    facts = {**_facts(entry), "product": settings.PRODUCT_NAME, "email": recipient.email if recipient else ""}
    first = _("%(clinic)s is now in %(product)s, and you, %(name)s, are in it with this address.")
    if recipient is not None and recipient.has_usable_password():
        subject, path, label = _("%(clinic)s has moved to %(product)s"), reverse("accounts:login"), _("Sign in")
        second = _("Sign in with %(email)s and the password that you have here already.")
    else:
        subject = _("%(clinic)s has moved to %(product)s: choose a password")
        path, label = reverse("accounts:password_reset"), _("Choose a password")
        second = _(
            "Your old password has not come along. Enter %(email)s on the page below and get a link to a new one."
        )
    return Notice(subject % facts, [first % facts, second % facts], path, label)


_WORDS: dict[Activity.Verb, Callable[[Activity, User | None], Notice]] = {
    Verb.OWNERSHIP_GRANTED: _granted,
    Verb.OWNERSHIP_RELINQUISHED: _relinquished,
    Verb.OWNERSHIP_REMOVED: _removed,
    Verb.OWNERSHIP_DISPUTED: _disputed,
    Verb.DISPUTE_SETTLED: _settled,
    Verb.ACCOUNT_LOCKED: _locked,
    Verb.ACCOUNT_UNLOCKED: _unlocked,
    Verb.ACCOUNT_CLOSED: _closed,
    Verb.ACCOUNT_REOPENED: _reopened,
    Verb.MEMBER_IMPORTED: _imported,
    Verb.INVITATION_DECLINED: invitation_declined,
    Verb.JOINING_UNDONE: joining_undone,
    Verb.MEMBER_UPDATED: role_changed,
    Verb.MEMBER_REACTIVATED: role_changed,
    Verb.MEMBER_LEFT: left,
    Verb.EMAIL_CHANGE_DECLINED: email_change_declined,
    Verb.SECURITY_CHANGED: two_factor_asked,
    **MOVES,
    Verb.TWO_FACTOR_RECOVERY_OPENED: recovery_told,
    Verb.TWO_FACTOR_RECOVERY_STOPPED: recovery_told,
    Verb.TWO_FACTOR_RECOVERY_STOPPED_BY_PERSON: recovery_told,
    Verb.TWO_FACTOR_RECOVERY_DONE: recovery_told,
}
