"""Lists and facts for pages, each in a fixed number of queries."""

from django.db.models import QuerySet

from accounts.models import Account, Member, OutboundEmail, User

ACTIVITY_SHOWN = 10


def member_for_page(account: Account, member_id: int) -> Member | None:
    """One person with all that their page shows; None where this clinic has nobody with that id (A38)."""
    people = Member.objects.filter(account=account).with_two_factor().with_status()
    inviter = ("invitation__invited_by__account", "invitation__invited_by__user")
    member = people.select_related("user", *inviter).filter(pk=member_id).first()
    if member is not None:
        member.account = account
    return member


def returned_mail(user: User) -> OutboundEmail | None:
    """The last mail to this login's address, where it came back. One query."""
    sent = OutboundEmail.objects.last_sent(user, user.email)
    last = sent.select_related("activity", "invitation__member").first()
    return last if last is not None and last.state == OutboundEmail.State.BOUNCED else None


def clinics_of(user: User) -> QuerySet[Member]:
    """The clinics that somebody can go to, by name (C10)."""
    mine = Member.objects.present().filter(user=user).select_related("account")
    return mine.order_by("account__name", "pk")
