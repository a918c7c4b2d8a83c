"""Accepting an invitation, with a new password or a login of one's own (A24 to A29)."""

from contextlib import suppress

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.core.acting import lock_account, record
from accounts.core.earlier_use import EarlierUse
from accounts.core.errors import LinkDead, LoginNeeded, TooSoon
from accounts.core.invitation_links import LinkState, find_invitation, link_state
from accounts.core.origin import Origin
from accounts.core.tokens import InvitationLink
from accounts.identity.email.actions import ask_for_confirmation
from accounts.identity.email.ended_changes import end_change_by_new_password
from accounts.identity.email.proved import begin_anew
from accounts.identity.users import lock_user_as_shown, locking_user_and_clinics, record_event
from accounts.models import Activity, Invitation, Member, SecurityEvent, User
from clinic.clock import database_now


def accept_by_password(*, link: InvitationLink, password: str, origin: Origin) -> Member:
    """Join, choosing a password (A26). Whatever was set on a login that was never confirmed is dropped (A57), and what
    it had joined falls back to invited (A73).

    A link that was handed over proves no mailbox: a mail asks to confirm the address, unless one just went there or too
    many were sent from that network (A62). Raises LinkDead where the link died meanwhile (C3), LoginNeeded where the
    address has a login, which an invitation never changes (C4).
    """
    # Hashing takes a while on purpose; it is done before the lock is taken.
    hashed = make_password(password)
    with locking_user_and_clinics(lambda: _invited_login(link)) as user:
        invitation = _claim(link)
        if link.asks_for_login(user):
            raise LoginNeeded(_("There is a login with this address already. Enter its password to join."))
        had_password = user.has_usable_password()
        end_change_by_new_password(user, origin=origin)
        is_proved = user.email_confirmed_at is not None
        earlier = EarlierUse() if is_proved else begin_anew(user, joining=invitation.member.account)
        user.password = hashed
        if link.by_hand:
            # Home has a button that sends it later.
            with suppress(TooSoon):
                ask_for_confirmation(user=user, origin=origin)
        else:
            user.email_confirmed_at = database_now()
        user.save(update_fields=["password", "email_confirmed_at"])
        invitation.member.user = user
        if had_password:
            _record_replacement(invitation.member, earlier, origin)
        return _join(invitation, user)


def _invited_login(link: InvitationLink) -> int:
    """The id of the login that an invitation is to. Raises LinkDead."""
    invited = Member.objects.filter(invitation=link.invitation_id)
    user_id = invited.values_list("user_id", flat=True).first()
    if user_id is None:
        raise LinkDead(LinkState.UNKNOWN)
    return user_id


def _record_replacement(member: Member, earlier: EarlierUse, origin: Origin) -> None:
    details = {"member": member.pk, "clinic": member.account.name, **earlier.details()}
    record_event(SecurityEvent.Kind.PASSWORD_REPLACED, user=member.user, origin=origin, details=details)


def accept_by_login(*, link: InvitationLink, user: User) -> Member:
    """Join with a login that has shown all it takes. Raises LinkDead, also for another's (C7), and SignInAgain.

    What was shown before someone proved the mailbox joins nothing after it (A73).
    """
    with transaction.atomic():
        invitation = _claim(link)
        if invitation.member.user_id != user.pk:
            raise LinkDead(LinkState.REPLACED)
        return _join(invitation, lock_user_as_shown(user))


def _claim(link: InvitationLink) -> Invitation:
    """Lock the account and take the invitation, once (A24, A28). Raises LinkDead."""
    account_id = Invitation.objects.filter(pk=link.invitation_id).values_list("member__account_id", flat=True).first()
    if account_id is None:
        raise LinkDead(LinkState.UNKNOWN)
    lock_account(account_id)
    now = database_now()
    invitation = find_invitation(link)
    state = link_state(invitation, link, now=now)
    if state is not LinkState.VALID or invitation is None:
        raise LinkDead(state)
    taken = Invitation.objects.filter(
        pk=invitation.pk, version=link.version, accepted_at__isnull=True, cancelled_at__isnull=True
    ).update(accepted_at=now)
    if not taken:
        raise LinkDead(LinkState.USED)
    return invitation


def _join(invitation: Invitation, user: User) -> Member:
    member = invitation.member
    member.user = user
    member.joined_at, member.left_at = database_now(), None
    member.touch("joined_at", "left_at")
    record(Activity.Verb.INVITATION_ACCEPTED, account=member.account, actor=member, subject=member)
    return member
