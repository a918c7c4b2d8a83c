"""Two-factor resets by support that wait, for those who can stop them (A70)."""

from dataclasses import dataclass

from accounts.access import policies
from accounts.mail.notice import moment_in_words
from accounts.mail.security_notices.login import clinic_of
from accounts.models import Account, Member, TwoFactorRecovery, User


@dataclass(frozen=True)
class Waiting:
    """One for somebody of a clinic, from when on it can be completed, and whether whoever asks can stop it."""

    member: Member
    recovery: TwoFactorRecovery
    due: str
    may_stop: bool


def waiting_in(account: Account, *, viewer: Member, owners: list[Member]) -> list[Waiting]:
    """Those for people of a clinic, the next one first. One query, and another where there is one."""
    people = Member.objects.present().filter(account=account).values("user")
    found = TwoFactorRecovery.objects.waiting().filter(user__in=people).order_by("due_at", "pk")
    by_user = {recovery.user_id: recovery for recovery in found}
    if not by_user:
        return []
    members = {each.user_id: each for each in Member.objects.present().filter(account=account, user__in=by_user)}
    return [
        Waiting(
            member=members[user_id],
            recovery=recovery,
            due=moment_in_words(recovery.due_at, account),
            may_stop=policies.can_stop_recovery(viewer, members[user_id], owners=owners),
        )
        for user_id, recovery in by_user.items()
    ]


def waiting_for(user: User) -> TwoFactorRecovery | None:
    """The one for `user`. One query."""
    return TwoFactorRecovery.objects.waiting().filter(user=user).first()


def due_in_words(recovery: TwoFactorRecovery) -> str:
    """From when on it can be completed, as its person reads a moment."""
    return moment_in_words(recovery.due_at, clinic_of(recovery.user_id))
