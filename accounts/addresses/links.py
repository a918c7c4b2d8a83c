"""What the links in the mails about a change of address do: the new address confirms, the old one objects (C2)."""

from collections.abc import Collection
from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import IntegrityError, transaction
from django.utils.crypto import get_random_string
from django.utils.translation import gettext as _

from accounts.addresses.grants_put_back import take_back_grants
from accounts.addresses.invitations import leave_with_address, take_along, take_in, waiting_invitations
from accounts.addresses.moves import PUT_BACK, tell_clinics
from accounts.addresses.objection_rules import require_can_object, standing_for
from accounts.addresses.objections import move_objections, prolong_objections
from accounts.addresses.put_back import joined_as_another, part
from accounts.addresses.since import AddressesSince
from accounts.core.acting import record, require_no_way_back
from accounts.core.email_changes import require_asker_still_may
from accounts.core.errors import ActionRefused, SignInAgain
from accounts.core.origin import Origin
from accounts.core.tokens import EmailChangeLink
from accounts.identity.email.ended_changes import end_change
from accounts.identity.users import changing_user_and_clinics, end_sign_ins, forget_if_unused, record_event
from accounts.models import Activity, EmailChange, Member, OutboundEmail, SecurityEvent, User
from accounts.outbox.notices import queue_notices
from accounts.outbox.queue import queue_email
from clinic.clock import database_now

Kind = SecurityEvent.Kind


def confirm_email_change(*, user: User, link: EmailChangeLink, origin: Origin, keep: int | None) -> EmailChange:
    """Let `user`, who is signed in, sign in with the new address from now on; all sign-ins but `keep` end (A17).

    A link alone is not enough: whoever reads mail at the new address may be a stranger to whom it was mistyped.
    Confirming twice changes nothing more. Raises ActionRefused with the reason.
    """
    wanted = EmailChange.objects.filter(pk=link.change_id, user=user).values_list("new_email", flat=True).first()
    with changing_user_and_clinics(user, wanted) as user:
        change = EmailChange.objects.filter(pk=link.change_id, user=user).first()
        if change is not None and change.confirmed_at is not None and change.new_email == user.email:
            return change
        if change is None or not change.is_waiting_at(database_now()):
            raise ActionRefused(_("This link no longer works: the change was cancelled, replaced, or took too long."))
        require_asker_still_may(change)
        own = list(waiting_invitations(user).values_list("pk", flat=True))
        _make_free(change.new_email, user)
        # The address may have been proved since the change was asked for.
        change.old_was_confirmed = user.email_confirmed_at is not None
        move_objections(user, change)
        change.confirmed_at = database_now()
        change.save(update_fields=["confirmed_at", "old_was_confirmed", "is_return", "objection_until"])
        _readdress(user, change.new_email)
        # The links of what waited for the new address already go on working.
        carried = waiting_invitations(user).filter(pk__in=own)
        if change.old_was_confirmed:
            take_along(carried, before=change.old_email)
        else:
            leave_with_address(carried, email=change.old_email, linked_at=change.old_email)
        end_sign_ins(user, apart_from=keep)
        _tell_both(Kind.EMAIL_CHANGED, change, origin=origin)
        return change


def object_to_email_change(*, link: EmailChangeLink, origin: Origin) -> EmailChange:
    """Stop a change, or put the old address back, for whoever reads mail there; nobody stays signed in.

    It is the change that `standing_for` finds for the link; returns it.

    Whoever asked knew the password, so that none opens the login any more: a link to the old address, mailed at once,
    lets its recipient choose one (A57). What an administrator asked for and nobody confirmed is stopped, no more.
    Two-factor authentication stays: no link takes it off (A29). Raises ActionRefused with the reason, and SignInAgain
    where the login is gone, and the change with it.
    """
    # Hashing takes a while on purpose; it is done before the lock is taken.
    nobodys = make_password(get_random_string(50))
    change = EmailChange.objects.select_related("user").filter(pk=link.change_id).first()
    if change is None:
        raise SignInAgain
    with changing_user_and_clinics(change.user) as user:
        change.refresh_from_db()
        change = standing_for(change)
        require_can_object(change)
        in_use = user.email
        end_change(user)
        # First, as they keep addresses in between from whoever was invited there.
        _end_all_since(change)
        became: dict[str, Any] = {}
        if change.confirmed_at is not None:
            prolong_objections(user)
            became = _put_back(user, change)
        if change.objection_shuts:
            user.password = nobodys
            user.save(update_fields=["password"])
            end_sign_ins(user)
            queue_email(OutboundEmail.Kind.PASSWORD_RESET, user=user)
        facts = {"objected": True, "shut": change.objection_shuts, **became}
        _tell_both(Kind.EMAIL_CHANGE_ENDED, change, origin=origin, in_use=in_use, **facts)
    return change


def _make_free(email: str, user: User) -> None:
    """Make the address free for `user`, who has proved it: invitations to it that nobody has joined by come along.

    Raises ActionRefused where the address is another login's, or was a moment ago and can be put back.
    """
    holder = User.objects.filter(email=email).exclude(pk=user.pk).first()
    if holder is not None and not holder.is_unclaimed:
        raise ActionRefused(_taken_words(email, holder))
    taken = EmailChange.objects.can_be_put_back(database_now()).filter(old_email=email).exclude(user=user)
    if taken.exists():
        require_no_way_back(email)
    if holder is not None:
        take_in(holder, user)
        forget_if_unused(holder)


def _taken_words(email: str, holder: User | None = None) -> str:
    """Why the address is not to be had, and what the person who has proved it can do (A70)."""
    if holder is None or holder.has_usable_password():
        words = _(
            "%(email)s already has a login, so this one can’t use it. If that login is yours too, sign in with it "
            "instead. Nothing was changed."
        )
    elif not Member.objects.present().filter(user=holder).exists():
        words = _(
            "%(email)s is used by someone who is inactive in a clinic. If that’s you, ask that clinic to make you "
            "active again, or write to %(support)s. Nothing was changed."
        )
    else:
        words = _(
            "%(email)s already has a login, which has no password yet, so this one can’t use it. To use that login, "
            "sign out, choose “Forgotten your password?” and enter %(email)s. Nothing was changed."
        )
    return words % {"email": email, "support": settings.SUPPORT_EMAIL}


def _readdress(user: User, email: str, *, apart_from: Collection[int] = ()) -> None:
    """Give the login its new address, which has been proved; its clinics note it.

    But for the members `apart_from`, whose clinics have no business to know it. Raises ActionRefused where another
    login has just got it.
    """
    before, user.email, user.email_confirmed_at = user.email, email, database_now()
    try:
        with transaction.atomic():
            user.save(update_fields=["email", "email_confirmed_at"])
    except IntegrityError as error:
        raise ActionRefused(_taken_words(email)) from error
    Member.objects.filter(user=user).raise_versions()
    concerned = Member.objects.present().filter(user=user).exclude(pk__in=apart_from)
    for member in concerned.select_related("account"):
        details = {"email": [before, email]}
        record(Activity.Verb.MEMBER_UPDATED, account=member.account, actor=member, subject=member, details=details)


def _put_back(user: User, change: EmailChange) -> dict[str, Any]:
    """Give the login its old address again, whatever it was changed to since. Nobody else could get it meanwhile.

    Who was invited at one of the addresses since then is invited there still, and what was joined there stays there;
    every other invitation comes along, and what was granted since is taken back (A58). The owners of each clinic are
    told. Returns what the notice of the objection says of it.
    """
    in_use, given_up, since = user.email, _given_up(user, change), AddressesSince.of(change)
    if in_use == change.old_email:
        # Whoever had the login has proved the old address themselves since, and brought all of it along.
        return {}
    strangers = joined_as_another(user, change, since)
    _readdress(user, change.old_email, apart_from=[each.member.pk for each in strangers])
    entries = []
    for each in strangers:
        entries += part(each, stays_with_login=each.email not in given_up, shown=in_use)
    left_at = {each.email for each in strangers} & given_up
    known = Member.objects.filter(user=user, released_at=None).exclude(pk__in=[each.member.pk for each in strangers])
    granted = take_back_grants(known.select_related("account", "user"), change, since)
    typed_since = waiting_invitations(user).filter(email__in=given_up)
    invited_at = set(typed_since.values_list("email", flat=True))
    for email in sorted(invited_at):
        typed_here = typed_since.filter(email=email)
        entries += leave_with_address(typed_here, email=email, linked_at=in_use, because=PUT_BACK)
    entries += take_along(waiting_invitations(user), before=in_use, because=PUT_BACK)
    tell_clinics([*entries, *granted])
    return {"left_at": sorted(left_at), "invited_at": sorted(invited_at), "taken_back": bool(granted)}


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


def _tell_both(kind: Kind, change: EmailChange, *, origin: Origin, in_use: str = "", **facts: Any) -> None:
    """Write what happened, and mail it to the old address and, once it was confirmed, to the new one.

    And to the one that was `in_use`, be it another still. To an old address that was never confirmed nothing is said:
    it may be a stranger's.
    """
    details = {"change": change.pk, **facts}
    told = [change.old_email] if change.old_was_confirmed else []
    told += [change.new_email] if change.confirmed_at is not None else []
    told += [in_use] if in_use and in_use not in told else []
    kept_there = [*facts.get("left_at", []), *facts.get("invited_at", [])]
    told += [each for each in dict.fromkeys(kept_there) if each not in told]
    event = record_event(kind, user=change.user, origin=origin, by=None, details=details, mail_to=told[0])
    queue_notices(told[1:], of=event)
