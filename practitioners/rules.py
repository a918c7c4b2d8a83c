"""Rules that a form says early and an action holds under the lock: one wording, one place."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date

from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _

from accounts.models import Member
from practitioners.models import Practitioner
from practitioners.schedule.overlaps import overlaps
from practitioners.schedule.week import MINUTES_A_DAY, Row, What, in_words

MOST_ROWS = 200
MOST_ROWS_A_DAY = 8
MOST_NUMBERS = 20
NOON = MINUTES_A_DAY // 2

# What is wrong with some of the rows: a sentence by the position of the row.
Problems = dict[int, str]
# A business and a weekday.
Day = tuple[int, int]


def why_not_bookable(practitioner: Practitioner, *, viewer: Member | None = None) -> list[str]:
    """Say all that keeps somebody from being booked, in words for those who can change it (C5, C7).

    `practitioner` comes with its member and with `with_standing()`. Where `viewer` is that very person, they are told.
    """
    member = practitioner.member
    is_told = viewer is not None and viewer.pk == member.pk
    reasons = []
    if not member.is_active:
        reasons.append(_("%(name)s is inactive."))
    elif not member.has_joined:
        reasons.append(_("%(name)s has not accepted the invitation yet."))
    if not practitioner.works_somewhere:
        reasons.append(
            _("You work at none of the businesses yet.") if is_told else _("%(name)s works at none of the businesses.")
        )
    elif not practitioner.has_hours:
        reasons.append(
            _("You have no hours at the businesses where you work.")
            if is_told
            else _("%(name)s has no hours at the businesses where they work.")
        )
    return [reason % {"name": member.first_name} for reason in reasons]


def problems(rows: Sequence[Row], names: Mapping[int, str], today: date) -> Problems:
    """What is wrong with the rows of one practitioner, one sentence a row (C7).

    `names` are those of the businesses whose rows count, by id. Rows elsewhere are kept for later, so that only their
    own times are looked at. Clocks that differ are compared for a year from `today`.
    """
    found = {position: words for position, row in enumerate(rows) if (words := _times(row))}
    found |= _too_many(rows)
    if found:
        # Hours cannot be laid side by side as long as one of them is impossible.
        return dict(sorted(found.items()))
    counting = [position for position, row in enumerate(rows) if row.business in names]
    found |= _doubled(rows, [each for each in counting if rows[each].what is What.BREAK], names, today)
    found |= _misplaced_breaks(rows, counting, names)
    found |= _doubled(rows, [each for each in counting if rows[each].what is What.HOURS], names, today)
    return dict(sorted(found.items()))


def weekday_name(weekday: int) -> str:
    """The name of a weekday; 0 is Monday."""
    return str(WEEKDAYS[weekday])


def _times(row: Row) -> str:
    """What is wrong with the times of one row, whatever stands beside it; an empty text where nothing is."""
    if row.weekday not in WEEKDAYS or row.starts < 0 or row.ends > MINUTES_A_DAY:
        return _("Enter times from 0:00 to 24:00 on a weekday.")
    if row.starts < row.ends:
        return ""
    if row.starts == row.ends:
        return _("Starts and ends at the same time. Change one of the two.")
    next_day = weekday_name((row.weekday + 1) % 7)
    if row.starts >= MINUTES_A_DAY:
        return _("24:00 is the end of the day. Start at 0:00 on %(next_day)s instead.") % {"next_day": next_day}
    later = row.ends + NOON
    if row.starts < later < MINUTES_A_DAY:
        words = _(
            "Ends before it starts. If you mean the afternoon, write %(later)s. Hours past midnight are two rows, one "
            "on each day."
        )
        return words % {"later": in_words(later)}
    words = _(
        "Ends before it starts. Hours past midnight are two rows: %(starts)s to 24:00 on %(day)s and 0:00 to %(ends)s "
        "on %(next_day)s."
    )
    day = weekday_name(row.weekday)
    return words % {"starts": in_words(row.starts), "ends": in_words(row.ends), "day": day, "next_day": next_day}


def _too_many(rows: Sequence[Row]) -> Problems:
    seen: Counter[Day] = Counter()
    found = {}
    for position, row in enumerate(rows):
        seen[row.business, row.weekday] += 1
        if position >= MOST_ROWS:
            found[position] = _("One practitioner has at most %(most)s rows. Remove this one.") % {"most": MOST_ROWS}
        elif seen[row.business, row.weekday] > MOST_ROWS_A_DAY:
            words = _("A day has at most %(most)s rows at one business. Remove this one.")
            found[position] = words % {"most": MOST_ROWS_A_DAY}
    return found


def _doubled(rows: Sequence[Row], positions: list[int], names: Mapping[int, str], today: date) -> Problems:
    """Rows at these positions, all hours or all breaks, that overlap another of them; both are named."""
    found: Problems = {}
    for first, second in overlaps([rows[each] for each in positions], today):
        one, other = positions[first], positions[second]
        found.setdefault(one, _overlap_words(rows[other], names, elsewhere=rows[one]))
        found.setdefault(other, _overlap_words(rows[one], names, elsewhere=rows[other]))
    return found


def _overlap_words(row: Row, names: Mapping[int, str], *, elsewhere: Row) -> str:
    words = _("Overlaps %(starts)s to %(ends)s on %(day)s at %(business)s. Change one of the two.")
    if row.zone != elsewhere.zone:
        words = _(
            "Overlaps %(starts)s to %(ends)s on %(day)s at %(business)s, by the clock there (%(zone)s). Change one of "
            "the two."
        )
    return words % {**_facts(row, names), "zone": row.zone.key}


def _facts(row: Row, names: Mapping[int, str]) -> dict[str, str]:
    return {
        "starts": in_words(row.starts),
        "ends": in_words(row.ends),
        "day": weekday_name(row.weekday),
        "business": names[row.business],
    }


def _misplaced_breaks(rows: Sequence[Row], counting: Iterable[int], names: Mapping[int, str]) -> Problems:
    """Breaks that are not within the hours of that day at that business, or leave nothing of them."""
    days: defaultdict[Day, list[int]] = defaultdict(list)
    for position in counting:
        days[rows[position].business, rows[position].weekday].append(position)
    found = {}
    for positions in days.values():
        worked = set(_minutes(rows, positions, What.HOURS))
        off = set(_minutes(rows, positions, What.BREAK))
        for position in positions:
            row = rows[position]
            if row.what is What.HOURS:
                continue
            if not worked.issuperset(range(row.starts, row.ends)):
                words = _(
                    "This break is not within the hours of %(day)s at %(business)s. Change the break or the hours."
                )
                found[position] = words % _facts(row, names)
            elif worked <= off:
                words = _("No working time is left on %(day)s at %(business)s. Shorten the break, or remove the hours.")
                found[position] = words % _facts(row, names)
    return found


def _minutes(rows: Sequence[Row], positions: Iterable[int], what: What) -> Iterator[int]:
    for row in (rows[each] for each in positions):
        if row.what is what:
            yield from range(row.starts, row.ends)


def number_problems(numbers: Sequence[tuple[str, str, int | None]]) -> Problems:
    """What is wrong with a list of reference numbers: too many, or one of them twice (C6)."""
    found: Problems = {}
    seen = set()
    for position, (kind, number, business) in enumerate(numbers):
        same = (kind.casefold(), number.casefold(), business)
        if position >= MOST_NUMBERS:
            words = _("One practitioner has at most %(most)s reference numbers. Remove this one.")
            found[position] = words % {"most": MOST_NUMBERS}
        elif same in seen:
            found[position] = _("This number is in the list already. Remove one of the two.")
        seen.add(same)
    return found
