"""Keeps practitioners and businesses in step with members and accounts, without the accounts app knowing of them."""

from typing import Any

from django.db.models.signals import post_save
from django.dispatch import receiver
from django.utils import timezone
from django.utils.text import get_text_list
from django.utils.translation import gettext as _

from accounts.core.signals import member_leaving, member_returned
from accounts.models import Account, Member
from clinic.clock import database_now
from practitioners import queries, rules
from practitioners.models import Availability, Business, Practitioner


@receiver(post_save, sender=Member)
def _make_practitioner(instance: Member, **_kwargs: Any) -> None:
    """Runs inside the action that saved the member, so that both commit together."""
    if instance.is_practitioner:
        Practitioner.objects.get_or_create(member=instance)


@receiver(post_save, sender=Account)
def _open_first_business(instance: Account, created: bool, **_kwargs: Any) -> None:
    """A new account has a business of the clinic's own name to begin with."""
    if created:
        Business.objects.create(account=instance, name=instance.name, time_zone=instance.time_zone)


@receiver(member_leaving)
def _say_what_leaving_hides(member: Member, **_kwargs: Any) -> list[str]:
    """What somebody who is made inactive cannot be booked for any more (C5)."""
    if not member.is_practitioner:
        return []
    if places := _places(member):
        return [_("Their hours at %(places)s are hidden, and they can’t be booked.") % {"places": places}]
    return [_("They can’t be booked.")]


@receiver(member_returned)
def _say_what_is_back(member: Member, **_kwargs: Any) -> list[str]:
    """That somebody who is active again can be booked again, or what is in the way of it (C5, C7)."""
    practitioner = Practitioner.objects.with_standing().select_related("member").filter(member=member).first()
    if practitioner is None or not member.is_practitioner:
        return []
    if reasons := rules.why_not_bookable(practitioner):
        return [_("They can’t be booked yet."), *reasons]
    words = _("Their hours at %(places)s are back as they were, and they can be booked again.")
    return [words % {"places": _places(member)}, *_overlap_words(practitioner)]


def _overlap_words(practitioner: Practitioner) -> list[str]:
    """That hours which waited for somebody to practise again no longer fit each other, where that is so."""
    rows = queries.weeks([practitioner])[practitioner.pk]
    names = {row.business: "" for row in rows}
    if not rules.problems(rows, names, timezone.localdate(database_now())):
        return []
    return [_("Some of them overlap by now: open their practitioner settings and change those.")]


def _places(member: Member) -> str:
    """Where somebody has hours that count, by name; an empty text where nowhere."""
    hours = Availability.objects.that_count().filter(practitioner__member=member)
    names = hours.order_by("business__name").values_list("business__name", flat=True).distinct()
    return get_text_list(list(names), _("and"))
