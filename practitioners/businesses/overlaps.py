"""Nobody is at two businesses at once, also after one of them became active again or got another clock (C7)."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date

from django.db.models import F, Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.core.errors import ActionRefused
from clinic.clock import database_now
from practitioners.businesses.details import BusinessDetails
from practitioners.businesses.use import NAMES_SHOWN
from practitioners.models import Availability, Business, Practitioner
from practitioners.rules import weekday_name
from practitioners.schedule.overlaps import overlaps
from practitioners.schedule.week import Row, in_words


@dataclass(frozen=True)
class Clash:
    """Hours of one practitioner that overlap: each two of them, one at either business."""

    practitioner: Practitioner
    pairs: list[tuple[Row, Row]]


def require_no_overlap(business: Business, details: BusinessDetails) -> None:
    """Raise ActionRefused where changing `business` to `details` lets somebody be at two businesses at once.

    It can where it becomes active, or an active one gets another clock.
    """
    reopens = details.is_active and not business.is_active
    is_moved = details.is_active and details.time_zone != business.time_zone
    if not reopens and not is_moved:
        return
    after = Business(pk=business.pk, name=details.name, time_zone=details.time_zone)
    if clashes := list(_clashes(after, database_now().date())):
        names = dict(Business.objects.filter(account=business.account_id).values_list("pk", "name"))
        words = _in_words(clashes, {**names, after.pk: after.name})
        raise ActionRefused(words, field="is_active" if reopens else "time_zone")


def _clashes(after: Business, today: date) -> Iterator[Clash]:
    for practitioner, rows in _weeks(after):
        found = [(rows[one], rows[other]) for one, other in overlaps(rows, today)]
        pairs = [pair for pair in found if (pair[0].business == after.pk) != (pair[1].business == after.pk)]
        if pairs:
            yield Clash(practitioner, pairs)


def _weeks(after: Business) -> Iterator[tuple[Practitioner, list[Row]]]:
    """The hours of those who have some there and some elsewhere, as they count afterwards.

    Only of those who see patients: nobody could change the hours of anybody else.
    """
    hours = Availability.objects.filter(
        Q(business__is_active=True) | Q(business=after),
        business__practitioners=F("practitioner"),
        practitioner__member__is_practitioner=True,
        practitioner__businesses=after,
    )
    weeks: defaultdict[Practitioner, list[Row]] = defaultdict(list)
    for each in hours.select_related("business", "practitioner__member").order_by("weekday", "starts", "pk"):
        row = each.row
        weeks[each.practitioner].append(replace(row, zone=after.zone) if row.business == after.pk else row)
    for practitioner in sorted(weeks, key=lambda each: (each.member.last_name, each.pk)):
        if len({row.business for row in weeks[practitioner]}) > 1:
            yield practitioner, weeks[practitioner]


def _in_words(clashes: list[Clash], names: dict[int, str]) -> str:
    first, others = clashes[0], clashes[1:]
    more = len(first.pairs) - 1
    one, other = (_hours(row, names) for row in first.pairs[0])
    facts = {"name": str(first.practitioner), "one": one, "other": other, "more": more}
    words = _("%(name)s would be at two businesses at once: %(one)s, and %(other)s.")
    if more:
        words = ngettext(
            "%(name)s would be at two businesses at once: %(one)s, and %(other)s; and %(more)s more time.",
            "%(name)s would be at two businesses at once: %(one)s, and %(other)s; and %(more)s more times.",
            more,
        )
    sentences = [words % facts]
    if others:
        sentences.append(_same_for([str(each.practitioner) for each in others]))
    return " ".join([*sentences, _("Have the hours changed first.")])


def _same_for(people: list[str]) -> str:
    named, left = people[:NAMES_SHOWN], len(people) - NAMES_SHOWN
    if left > 0:
        named.append(ngettext("%(left)s other", "%(left)s others", left) % {"left": left})
    return _("The same goes for %(people)s.") % {"people": ", ".join(named)}


def _hours(row: Row, names: dict[int, str]) -> str:
    return _("%(day)s %(starts)s to %(ends)s at %(business)s") % {
        "day": weekday_name(row.weekday),
        "starts": in_words(row.starts),
        "ends": in_words(row.ends),
        "business": names[row.business],
    }
