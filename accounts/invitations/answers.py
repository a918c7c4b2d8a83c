"""What invited people can do instead of joining: decline, or ask for a new invitation (A70, A73)."""

from datetime import timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.core.acting import lock_account, record
from accounts.core.errors import ActionRefused
from accounts.core.invitation_links import RENEWABLE, find_invitation, link_state
from accounts.core.network_limits import NEW_INVITATION, count_use
from accounts.core.recipients import inviter_or_administrators
from accounts.core.tokens import InvitationLink
from accounts.invitations.actions import withdraw
from accounts.models import Activity, Invitation, Member, OutboundEmail, User
from accounts.outbox.limits import DAY
from accounts.outbox.queue import queue_email, tell
from clinic.clock import database_now

REQUEST_INTERVAL = timedelta(hours=12)
MOST_REQUESTS_MAILED = 20


def decline_invitation(*, user: User, invitation_id: int) -> Member | None:
    """Turn an invitation to oneself down: as if the clinic had cancelled it, and it is told. Twice changes no more.

    Returns whose it was; None for an invitation to another, and to a login that has not proved its address, which
    learns of none (A38, A58). Raises ActionRefused where they have joined.
    """
    with transaction.atomic():
        account_id = Invitation.objects.filter(pk=invitation_id).values_list("member__account_id", flat=True).first()
        account = lock_account(account_id) if account_id is not None else None
        mine = Invitation.objects.select_related("member__user").filter(
            member__user=user, member__released_at=None, pk=invitation_id
        )
        invitation = mine.filter(member__user__email_confirmed_at__isnull=False).first()
        if account is None or invitation is None:
            return None
        member = invitation.member
        member.account = account
        if member.has_joined:
            words = _("You have joined %(clinic)s, so there is no invitation to decline.")
            raise ActionRefused(words % {"clinic": account.name})
        if member.is_active and invitation.cancelled_at is None:
            withdraw(invitation)
            entry = record(Activity.Verb.INVITATION_DECLINED, account=account, actor=member, subject=member)
            tell(inviter_or_administrators(invitation), of=entry)
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
    """Those who answer for it, nobody more than so often a day (A51)."""
    return [each for each in inviter_or_administrators(invitation) if not _was_asked_enough(each)]


def _was_asked_enough(administrator: Member) -> bool:
    asked = OutboundEmail.objects.filter(kind=OutboundEmail.Kind.INVITATION_REQUESTED)
    lately = asked.addressed(administrator.user.email).filter(created_at__gt=database_now() - DAY)
    return lately.count() >= MOST_REQUESTS_MAILED
