"""Template tags for the pages of accounts, which knows of no practitioners itself."""

from django import template

from accounts.models import Account, Member
from practitioners import policies, queries, rules
from practitioners.models import Practitioner

register = template.Library()


@register.simple_tag
def practitioner_of(member: Member) -> Practitioner | None:
    """The practitioner that somebody is, with its standing; None for whoever sees no patients. One query at most."""
    return queries.practitioner_for_page(member.account, member.pk) if member.is_practitioner else None


@register.filter
def why_not_bookable(practitioner: Practitioner, viewer: Member) -> list[str]:
    """All that keeps a practitioner from being booked, in words for `viewer`; empty for one who can be."""
    return rules.why_not_bookable(practitioner, viewer=viewer)


@register.filter
def may_edit_practitioner(actor: Member, target: Member) -> bool:
    """Whether somebody may change the practitioner settings of `target`."""
    return policies.can_edit_practitioner(actor, target)


@register.simple_tag
def not_bookable_count(account: Account) -> int:
    """How many practitioners of a clinic, apart from inactive ones, can't be booked (C7). One query."""
    active = Practitioner.objects.filter(member__account=account, member__is_active=True, member__is_practitioner=True)
    return active.exclude(pk__in=Practitioner.objects.bookable(account).values("pk")).count()
