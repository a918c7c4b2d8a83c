"""What the links in the mails about a change of address do: the new address confirms, the old one objects (C2)."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.contrib.auth.hashers import make_password
from django.db import IntegrityError, transaction
from django.utils.crypto import get_random_string
from django.utils.translation import gettext as _

from accounts import rules
from accounts.actions.base import permit, queue_email, record
from accounts.actions.ended_wishes import end_wish
from accounts.actions.invitation_addresses import leave_with_address, take_along, waiting_invitations
from accounts.actions.logins import end_sign_ins, forget_if_unused, locking_login_and_clinics, record_event
from accounts.actions.telling import queue_notices
from accounts.errors import ActionRefused
from accounts.models import Activity, EmailChange, Member, OutboundEmail, SecurityEvent, User
from accounts.origin import Origin
from accounts.tokens import EmailChangeLink
from clinic.clock import database_now

Kind = SecurityEvent.Kind


def confirm_email_change(*, user: User, link: EmailChangeLink, origin: Origin, keep: int | None) -> EmailChange:
    """Let `user`, who is signed in, sign in with the new address from now on; all sign-ins but `keep` end (A17).

    A link alone is not enough: whoever reads mail at the new address may be a stranger to whom it was mistyped.
    Confirming twice changes nothing more. Raises ActionRefused with the reason.
    """
    with _changing_login_and_clinics(user) as user:
        change = EmailChange.objects.filter(pk=link.change_id, user=user).first()
        if change is not None and change.confirmed_at is not None and change.new_email == user.email:
            return change
        if change is None or not change.is_waiting_at(database_now()):
            raise ActionRefused(_("This link no longer works: the change was cancelled, replaced, or took too long."))
        _require_free(change.new_email, user)
        change.confirmed_at = database_now()
        # The address may have been proved since the change was asked for.
        change.old_was_confirmed = user.email_confirmed_at is not None
        change.save(update_fields=["confirmed_at", "old_was_confirmed"])
        _readdress(user, change.new_email)
        if change.old_was_confirmed:
            take_along(waiting_invitations(user))
        else:
            leave_with_address(waiting_invitations(user), email=change.old_email, linked_at=change.old_email)
        end_sign_ins(user, apart_from=keep)
        _tell_both(Kind.EMAIL_CHANGED, change, origin=origin)
        return change


def object_to_email_change(*, link: EmailChangeLink, origin: Origin) -> EmailChange:
    """Stop a change, or put the old address back, for whoever reads mail there; nobody stays signed in.

    Whoever asked knew the password, so that none opens the login any more: a link to the old address, mailed at once,
    lets its reader choose one (A57). What an administrator asked for and nobody confirmed is stopped, and that is all.
    A second factor stays: no link takes it off (A29). Raises ActionRefused with the reason.
    """
    # Hashing takes a while on purpose; it is done before the lock is taken.
    nobodys = make_password(get_random_string(50))
    change = EmailChange.objects.select_related("user").get(pk=link.change_id)
    with _changing_login_and_clinics(change.user) as user:
        change.refresh_from_db()
        rules.require_can_object(change)
        in_use = user.email
        end_wish(user)
        # First, as they keep addresses in between from whoever was invited there.
        _end_all_since(change)
        if change.confirmed_at is not None:
            _put_back(user, change)
        if change.objection_shuts:
            user.password = nobodys
            user.save(update_fields=["password"])
            end_sign_ins(user)
            queue_email(OutboundEmail.Kind.PASSWORD_RESET, user=user)
        facts = {"objected": True, "shut": change.objection_shuts}
        _tell_both(Kind.EMAIL_CHANGE_ENDED, change, origin=origin, in_use=in_use, **facts)
    return change


@contextmanager
def _changing_login_and_clinics(user: User) -> Iterator[User]:
    """The login locked, and before it every clinic that it has a place in. Raises NotPermitted if it's switched off."""
    with locking_login_and_clinics(user) as fresh:
        permit(fresh.is_active)
        yield fresh


def _require_free(email: str, user: User) -> None:
    """Raise ActionRefused where the address is another login's, or was a moment ago and can be put back."""
    holder = User.objects.filter(email=email).exclude(pk=user.pk).first()
    if holder is not None:
        forget_if_unused(holder)
    held = User.objects.filter(email=email).exclude(pk=user.pk).first()
    taken = EmailChange.objects.can_be_put_back(database_now()).filter(old_email=email).exclude(user=user)
    if held is not None and held.is_unclaimed:
        words = _(
            "%(new)s was invited to a clinic and has not joined it. Ask that clinic to correct the address to "
            "%(old)s, and join with the login that you have. Then %(new)s is free, and you can change to it."
        )
        raise ActionRefused(words % {"new": email, "old": user.email})
    if held is not None or taken.exists():
        raise ActionRefused(_taken_words(email))


def _taken_words(email: str) -> str:
    words = _("Somebody signs in with %(email)s already, so it can’t be used for this login. Nothing was changed.")
    return words % {"email": email}


def _readdress(user: User, email: str) -> None:
    """Give the login its new address, which has been proved; its clinics note it.

    Raises ActionRefused where another login has just got it.
    """
    before, user.email, user.email_confirmed_at = user.email, email, database_now()
    try:
        with transaction.atomic():
            user.save(update_fields=["email", "email_confirmed_at"])
    except IntegrityError as error:
        raise ActionRefused(_taken_words(email)) from error
    for member in Member.objects.present().filter(user=user).select_related("account"):
        details = {"email": [before, email]}
        record(Activity.Verb.MEMBER_UPDATED, account=member.account, actor=member, subject=member, details=details)


def _put_back(user: User, change: EmailChange) -> None:
    """Give the login its old address again, whatever it was changed to since. Nobody else could get it meanwhile.

    Who was invited at one of the addresses since then is invited there still; every other invitation comes along (A58).
    """
    in_use = user.email
    if in_use == change.old_email:
        return
    _readdress(user, change.old_email)
    typed_since = waiting_invitations(user).filter(email__in=_given_up(user, change))
    for email in sorted(set(typed_since.values_list("email", flat=True))):
        leave_with_address(typed_since.filter(email=email), email=email, linked_at=in_use)
    take_along(waiting_invitations(user))


def _given_up(user: User, change: EmailChange) -> set[str]:
    """The addresses that the login got by `change` or later, except those that an objection can put it back to."""
    confirmed = EmailChange.objects.filter(user=user, pk__gte=change.pk, confirmed_at__isnull=False)
    earlier = EmailChange.objects.can_be_put_back(database_now()).filter(user=user)
    kept = {change.old_email, *earlier.values_list("old_email", flat=True)}
    return set(confirmed.values_list("new_email", flat=True)) - kept


def _end_all_since(change: EmailChange) -> None:
    """End the change and every later one: else whoever has the login could hop on, out of the old address's reach."""
    later = EmailChange.objects.filter(user=change.user_id, pk__gte=change.pk, ended_at=None)
    later.update(ended_at=database_now())
    change.refresh_from_db(fields=["ended_at"])


def _tell_both(kind: Kind, change: EmailChange, *, origin: Origin, in_use: str = "", **facts: bool) -> None:
    """Write what happened, and mail it to the old address and, once it was confirmed, to the new one.

    And to the one that was `in_use`, be it another still. To an old address that was never confirmed nothing is said:
    it may be a stranger's.
    """
    details = {"change": change.pk, **facts}
    told = [change.old_email] if change.old_was_confirmed else []
    told += [change.new_email] if change.confirmed_at is not None else []
    told += [in_use] if in_use and in_use not in told else []
    event = record_event(kind, user=change.user, origin=origin, by=None, details=details, mail_to=told[0])
    queue_notices(told[1:], of=event)
