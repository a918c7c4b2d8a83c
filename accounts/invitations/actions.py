"""Inviting, inviting again, cancelling (S11, S16, A22 to A25). Accepting is `accounts.invitations.accepting`."""

from datetime import timedelta

from django.conf import settings
from django.utils.translation import gettext as _

from accounts.access import policies
from accounts.core.acting import acting, lock_user_at, on_file, permit, record
from accounts.core.errors import ActionRefused
from accounts.core.network_limits import count_invitation
from accounts.core.origin import Origin
from accounts.core.seats import take_seat_to_invite
from accounts.core.tokens import invitation_url
from accounts.invitations.limits import require_room_for_invitation
from accounts.models import Activity, Invitation, Member, OutboundEmail
from accounts.outbox.queue import queue_email
from clinic.clock import database_now


def first_invitation(*, member: Member, entry: Activity, origin: Origin, known_as: str = "") -> Invitation:
    """Make the invitation of a new member and queue its mail (S11). For use inside the action that `entry` tells of.

    Raises TooSoon (A51).
    """
    now = database_now()
    invitation = Invitation.objects.create(
        member=member,
        email=known_as or member.user.email,
        invited_by=_sender(entry),
        sent_at=now,
        expires_at=now + timedelta(days=settings.INVITATION_DAYS),
    )
    _mail(invitation, entry, origin)
    return invitation


def extend(invitation: Invitation, *, entry: Activity, kill_old_links: bool, origin: Origin) -> None:
    """Give the invitation its full time again and queue its mail. For use inside the action that `entry` tells of.

    With `kill_old_links` every link sent before is dead; without, the same link goes on working, since a second email
    must not kill the first. Raises TooSoon (A51).
    """
    renew(invitation, invited_by=_sender(entry), kill_old_links=kill_old_links)
    _mail(invitation, entry, origin)


def renew(invitation: Invitation, *, invited_by: Member, kill_old_links: bool) -> None:
    """Give the invitation its full time again, in the name of `invited_by`. For use inside another action."""
    invitation.sent_at = database_now()
    invitation.expires_at = invitation.sent_at + timedelta(days=settings.INVITATION_DAYS)
    invitation.invited_by = invited_by
    invitation.cancelled_at = invitation.requested_at = None
    invitation.version += int(kill_old_links)
    invitation.save()


def invite_again(*, member: Member, entry: Activity, origin: Origin, known_as: str = "") -> None:
    """Invite somebody who was in the clinic before, by a link that none of before can stand for (A25).

    `known_as` is the address that the clinic knew them by, where it isn't today's: it is whose the invitation is (A68).
    For use inside the action that `entry` tells of. Raises TooSoon (A51).
    """
    earlier = Invitation.objects.filter(member=member).first()
    if earlier is None:
        first_invitation(member=member, entry=entry, origin=origin, known_as=known_as)
        return
    earlier.member = member
    earlier.email, earlier.accepted_at = known_as or member.user.email, None
    extend(earlier, entry=entry, kill_old_links=True, origin=origin)


def _mail(invitation: Invitation, entry: Activity, origin: Origin) -> None:
    """Queue the mail, inside the caps. The lock on the login makes those of several clinics to one address wait."""
    user = lock_user_at(invitation.member.user.email)
    require_room_for_invitation(_sender(entry), user.email, origin)
    count_invitation(entry.account, origin)
    queue_email(OutboundEmail.Kind.INVITATION, user=user, invitation=invitation, activity=entry)


def _sender(entry: Activity) -> Member:
    assert entry.actor is not None
    return entry.actor


def kill_links(invitation: Invitation) -> None:
    """Make every link of this invitation dead. For use inside another action."""
    invitation.version += 1
    invitation.save(update_fields=["email", "version", "cancelled_at"])


def resend_invitation(*, actor: Member, target: Member, origin: Origin | None = None) -> None:
    """Send the invitation again, to the address on file now (S16, S17).

    Raises NotPermitted where the person has joined or was made inactive, PlanFull where an invitation that was over had
    let its seat go and it has been taken, TooSoon where enough were sent for now (A51, A63), ActionRefused (A57).
    """
    with acting(actor) as actor:
        target = on_file(actor.account, target)
        permit(policies.can_resend_invitation(actor, target))
        take_seat_to_invite(target)
        has_expired = target.invitation.expires_at <= database_now()
        if not has_expired and target.invitation.invited_by_id == actor.pk and _is_still_waiting(target.invitation):
            return
        entry = record(Activity.Verb.INVITATION_RESENT, account=actor.account, actor=actor, subject=target)
        extend(target.invitation, entry=entry, kill_old_links=False, origin=origin or Origin())


def _is_still_waiting(invitation: Invitation) -> bool:
    """Whether the mail of this very version has yet to go out: a double click must not send two."""
    return OutboundEmail.objects.filter(
        invitation=invitation,
        version=invitation.version,
        kind=OutboundEmail.Kind.INVITATION,
        state=OutboundEmail.State.QUEUED,
        attempts=0,
    ).exists()


def cancel_invitation(*, actor: Member, target: Member) -> None:
    """Take the invitation back: its links are dead, the person is inactive and holds no seat.

    Raises NotPermitted where the person has joined, or is inactive already.
    """
    with acting(actor) as actor:
        target = on_file(actor.account, target)
        permit(policies.can_cancel_invitation(actor, target))
        withdraw(target.invitation)
        record(Activity.Verb.INVITATION_CANCELLED, account=actor.account, actor=actor, subject=target)


def withdraw(invitation: Invitation) -> None:
    """Let an invitation be over: its links are dead, its person is inactive and holds no seat.

    For use inside another action.
    """
    member, now = invitation.member, database_now()
    if member.is_active:
        member.is_active, member.deactivated_at = False, now
        member.touch("is_active", "deactivated_at")
    invitation.cancelled_at = invitation.cancelled_at or now
    kill_links(invitation)


def reveal_link(*, actor: Member, target: Member) -> str:
    """Return the address of the invitation page, to hand over by other means; it is recorded.

    Raises ActionRefused as `require_link_can_be_copied` does.
    """
    with acting(actor) as actor:
        target = on_file(actor.account, target)
        require_link_can_be_copied(actor=actor, target=target)
        record(Activity.Verb.INVITATION_LINK_COPIED, account=actor.account, actor=actor, subject=target)
        return invitation_url(target.invitation, by_hand=True)


def require_link_can_be_copied(*, actor: Member, target: Member) -> None:
    """Raise NotPermitted if the person has joined or is inactive, ActionRefused if the link wouldn't work.

    A page asks this before it asks for the password; the action asks again under the lock.
    """
    permit(policies.can_copy_invitation_link(actor, target))
    if not policies.is_invitation_backed(target.invitation.invited_by):
        raise ActionRefused(_("This invitation is no longer valid. Choose Resend invitation email first."))
    if target.invitation.expires_at <= database_now():
        raise ActionRefused(_("This invitation has expired. Choose Resend invitation email first."))
    if _had_another_reader(target):
        words = _(
            "Someone else used to sign in with %(email)s. Only the email itself shows who has the address now, so "
            "there is no link to copy."
        )
        raise ActionRefused(words % {"email": target.user.email})


def _had_another_reader(target: Member) -> bool:
    """Whether the login invited was let go by somebody of this clinic, who may know its password still (A70)."""
    earlier = Member.objects.filter(account=target.account_id, user=target.user_id, released_at__isnull=False)
    return earlier.exists() and not target.user.is_unclaimed
