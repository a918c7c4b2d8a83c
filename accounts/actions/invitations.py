"""Inviting, inviting again, cancelling, accepting (S11, S16, A22 to A28)."""

from contextlib import suppress
from datetime import timedelta

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.utils.translation import gettext as _

from accounts import policies, rules
from accounts.actions.base import acting, lock_account, lock_login, on_file, permit, queue_email, record
from accounts.actions.ended_wishes import end_wish_by_new_password
from accounts.actions.limited import count_use
from accounts.actions.logins import forget_what_was_set
from accounts.actions.users import ask_for_confirmation
from accounts.caps import DAY, require_room_for_invitation
from accounts.emails import invitation_url
from accounts.errors import ActionRefused, LinkDead, LoginNeeded, TooSoon
from accounts.limits import INVITATIONS, NEW_INVITATION
from accounts.links import RENEWABLE, LinkState, find_invitation, link_state
from accounts.models import Activity, Invitation, Member, OutboundEmail, User
from accounts.origin import Origin
from accounts.tokens import InvitationLink
from clinic.clock import database_now

REQUEST_INTERVAL = timedelta(hours=12)
MOST_REQUESTS_MAILED = 20


def first_invitation(*, member: Member, entry: Activity, origin: Origin) -> Invitation:
    """Make the invitation of a new member and queue its mail (S11). For use inside the action that `entry` tells of.

    Raises TooSoon (A51).
    """
    now = database_now()
    invitation = Invitation.objects.create(
        member=member,
        email=member.user.email,
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
    invitation.sent_at = database_now()
    invitation.expires_at = invitation.sent_at + timedelta(days=settings.INVITATION_DAYS)
    invitation.invited_by = _sender(entry)
    invitation.cancelled_at = invitation.requested_at = None
    invitation.version += int(kill_old_links)
    invitation.save()
    _mail(invitation, entry, origin)


def invite_again(*, member: Member, entry: Activity, origin: Origin) -> None:
    """Invite somebody who was in the clinic before, by a link that none of before can stand for (A25).

    For use inside the action that `entry` tells of. Raises TooSoon (A51).
    """
    earlier = Invitation.objects.filter(member=member).first()
    if earlier is None:
        first_invitation(member=member, entry=entry, origin=origin)
        return
    earlier.member = member
    earlier.email, earlier.accepted_at = member.user.email, None
    extend(earlier, entry=entry, kill_old_links=True, origin=origin)


def _mail(invitation: Invitation, entry: Activity, origin: Origin) -> None:
    """Queue the mail, inside the caps. The lock on the login makes those of several clinics to one address wait."""
    user = lock_login(invitation.member.user.email)
    require_room_for_invitation(_sender(entry), user.email, origin)
    if rules.has_unconfirmed_creator(entry.account):
        count_use(INVITATIONS, origin.network)
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

    Raises NotPermitted where the person has joined or was made inactive, PlanFull where an expired invitation had let
    its seat go and it has been taken, TooSoon where enough were sent for now (A51, A63).
    """
    with acting(actor) as actor:
        target = on_file(actor.account, target)
        permit(policies.can_resend_invitation(actor, target))
        has_expired = target.invitation.expires_at <= database_now()
        if target.is_practitioner and has_expired:
            rules.require_seat(actor.account)
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
        target.is_active = False
        target.deactivated_at = target.invitation.cancelled_at = database_now()
        target.touch("is_active", "deactivated_at")
        kill_links(target.invitation)
        record(Activity.Verb.INVITATION_CANCELLED, account=actor.account, actor=actor, subject=target)


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
    if target.invitation.expires_at <= database_now():
        raise ActionRefused(_("This invitation has expired. Choose Resend invitation email first."))
    if not policies.is_invitation_backed(target.invitation.invited_by):
        raise ActionRefused(_("This invitation is no longer valid. Choose Resend invitation email first."))
    if _had_another_reader(target):
        words = _(
            "Somebody else signed in with %(email)s before. Only the email itself shows who has the address now, so "
            "there is no link to copy."
        )
        raise ActionRefused(words % {"email": target.user.email})


def _had_another_reader(target: Member) -> bool:
    """Whether the login invited was let go by somebody of this clinic, who may know its password still (A70)."""
    earlier = Member.objects.filter(account=target.account_id, user=target.user_id, released_at__isnull=False)
    return earlier.exists() and not target.user.is_unclaimed


def accept_by_password(*, link: InvitationLink, password: str, origin: Origin) -> Member:
    """Join, choosing a password (A26). Whatever was set on a login that was never confirmed is dropped (A57).

    A link that was handed over proves no mailbox: a mail asks to confirm the address, unless one just went there or too
    many were sent from that network (A62). Raises LinkDead where the link died meanwhile (C3), LoginNeeded where the
    address has a login, which an invitation never changes (C4).
    """
    # Hashing takes a while on purpose; it is done before the lock is taken.
    hashed = make_password(password)
    with transaction.atomic():
        invitation = _claim(link)
        user = User.objects.select_for_update().get(pk=invitation.member.user_id)
        if link.asks_for_login(user):
            raise LoginNeeded(_("There is a login with this address already. Enter its password to join."))
        end_wish_by_new_password(user, origin=origin)
        forget_what_was_set(user)
        user.password = hashed
        if link.by_hand:
            # Home has a button that sends it later.
            with suppress(TooSoon):
                ask_for_confirmation(user=user, origin=origin)
        else:
            user.email_confirmed_at = database_now()
        user.save(update_fields=["password", "email_confirmed_at"])
        invitation.member.user = user
        return _join(invitation)


def accept_by_login(*, link: InvitationLink, user: User) -> Member:
    """Join with a login of one's own that has just signed in. Raises LinkDead, also for another's invitation (C7)."""
    with transaction.atomic():
        invitation = _claim(link)
        if invitation.member.user_id != user.pk:
            raise LinkDead(LinkState.REPLACED)
        return _join(invitation)


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


def _join(invitation: Invitation) -> Member:
    member = invitation.member
    member.joined_at, member.left_at = database_now(), None
    member.touch("joined_at", "left_at")
    record(Activity.Verb.INVITATION_ACCEPTED, account=member.account, actor=member, subject=member)
    return member


def ask_for_new_invitation(*, link: InvitationLink, source: str | None) -> None:
    """Tell those who can invite that somebody with a dead link asks for a new one; at most every twelve hours.

    Does nothing where a new one would make no sense. The caller answers alike in every case, so that a stranger learns
    nothing. `source` is what it counts against. Raises LimitReached.
    """
    with transaction.atomic():
        count_use(NEW_INVITATION, source)
    invitation = find_invitation(link)
    now = database_now()
    if link_state(invitation, link, now=now) not in RENEWABLE:
        return
    assert invitation is not None
    member = invitation.member
    if member.has_joined or member.released_at is not None:
        return
    with transaction.atomic():
        lock_account(member.account_id)
        unasked = Invitation.objects.filter(pk=invitation.pk).exclude(requested_at__gt=now - REQUEST_INTERVAL)
        if not unasked.update(requested_at=now):
            return
        for administrator in _who_to_ask(invitation):
            queue_email(OutboundEmail.Kind.INVITATION_REQUESTED, user=administrator.user, invitation=invitation)
        record(Activity.Verb.INVITATION_REQUESTED, account=member.account, actor=None, subject=member)


def _who_to_ask(invitation: Invitation) -> list[Member]:
    """The inviter where they can still invite; otherwise every administrator. Nobody more than so often a day (A51)."""
    administrators = Member.objects.filter(account_id=invitation.member.account_id).administrators()
    everyone = list(administrators.select_related("user"))
    inviter = [each for each in everyone if each.pk == invitation.invited_by_id]
    return [each for each in inviter or everyone if not _was_asked_enough(each)]


def _was_asked_enough(administrator: Member) -> bool:
    asked = OutboundEmail.objects.filter(kind=OutboundEmail.Kind.INVITATION_REQUESTED)
    lately = asked.addressed(administrator.user.email).filter(created_at__gt=database_now() - DAY)
    return lately.count() >= MOST_REQUESTS_MAILED
