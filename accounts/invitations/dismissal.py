"""What ends with somebody's right to add and change users: what they had begun in that clinic (A70).

It stays over when they get the right back: the seat that an invitation held may have been given away by then.
"""

from accounts.core.acting import record
from accounts.core.origin import Origin
from accounts.identity.email.ended_changes import end_changes_asked_for
from accounts.models import Activity, EmailChange, Invitation, Member, User
from clinic.clock import database_now


def end_what_they_began(
    member: Member, *, actor: Member | None, origin: Origin | None = None, staff: User | None = None
) -> None:
    """Let the invitations that `member` sent expire, and end the changes of address that they asked for.

    For use inside an action that has locked the account, and takes the right to invite from `member` or gives it back.
    `actor`, or `staff` of support, is who does that; `origin` is where the request came from.
    """
    now = database_now()
    waiting = Invitation.objects.filter(invited_by=member, member__joined_at=None, member__is_active=True)
    standing = list(waiting.filter(cancelled_at=None, expires_at__gt=now).select_related("member").order_by("pk"))
    Invitation.objects.filter(pk__in=[each.pk for each in standing]).update(expires_at=now)
    for invitation in standing:
        record(
            Activity.Verb.INVITATION_ENDED,
            account=member.account,
            actor=actor,
            staff=staff,
            subject=invitation.member,
            details={"sent_by": member.full_name},
        )
    asked = EmailChange.objects.waiting().filter(asked_by=member)
    end_changes_asked_for(asked, account=member.account, actor=actor, origin=origin or Origin(), staff=staff)


def end_changes_of_owner(
    owner: Member, *, actor: Member | None, origin: Origin | None = None, staff: User | None = None
) -> None:
    """End the change of address that an administrator asked for, of somebody who is an owner now (A40).

    For use inside the action that made them one; otherwise as above.
    """
    asked = EmailChange.objects.waiting()
    of_theirs = asked.filter(user=owner.user_id, asked_by__account=owner.account_id)
    end_changes_asked_for(of_theirs, account=owner.account, actor=actor, origin=origin or Origin(), staff=staff)
