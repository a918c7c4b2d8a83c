"""The slow and obvious version of the one rule about hours: go minute by minute, and look at the clock on the wall."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from practitioners.schedule.week import Row, What

MINUTE = timedelta(minutes=1)
# Each with moments around which something happens to its clock.
ZONES = {
    "Australia/Sydney": ["2026-04-04T16:00", "2026-10-03T16:00"],
    # By half an hour.
    "Australia/Lord_Howe": ["2026-04-04T15:00", "2026-10-03T15:30"],
    # Its winter time is the exception, by law.
    "Europe/Dublin": ["2026-03-29T01:00", "2026-10-25T01:00"],
    # Back over midnight until 2011, from 0:01 to 23:01.
    "America/St_Johns": ["2010-11-07T02:31", "2026-03-08T05:30", "2026-11-01T04:30"],
    "Asia/Kathmandu": ["2026-06-01T00:00"],
    # There was no 30 December 2011.
    "Pacific/Apia": ["2011-12-30T10:00"],
    # Back for Ramadan.
    "Africa/Casablanca": ["2026-02-15T02:00", "2026-03-22T02:00"],
    # Skips midnight.
    "Africa/Cairo": ["2026-04-23T22:00", "2026-10-29T21:00"],
    "UTC": ["2026-12-31T23:59"],
}
CHANGES = [
    (ZoneInfo(zone), datetime.fromisoformat(at).replace(tzinfo=UTC)) for zone, found in ZONES.items() for at in found
]


def shows(row: Row, moment: datetime) -> bool:
    """Whether the clock on the wall of the row's business shows a time within the row."""
    there = moment.astimezone(row.zone)
    return there.weekday() == row.weekday and row.starts <= there.hour * 60 + there.minute < row.ends


def at_work(rows: list[Row], business: int, moment: datetime) -> bool:
    """Whether somebody with these rows is at work there."""
    shown = {row.what for row in rows if row.business == business and shows(row, moment)}
    return shown == {What.HOURS}


def minutes(since: datetime, until: datetime) -> Iterator[datetime]:
    """Every minute between two moments by UTC."""
    while since < until:
        yield since
        since += MINUTE


def times() -> st.SearchStrategy[tuple[int, int]]:
    """When a row starts and ends; often at an end of the day, or in the hours in which clocks change."""
    minute = st.one_of(st.sampled_from([0, 60, 90, 120, 150, 180, 1380, 1440]), st.integers(0, 1440))
    return st.tuples(minute, minute).map(sorted).filter(lambda pair: pair[0] < pair[1]).map(tuple)


@st.composite
def rows(draw: st.DrawFn, zones: list[ZoneInfo], weekdays: Sequence[int] = range(7), *, most: int = 5) -> list[Row]:
    """Rows of a week, each at the business whose number is the position of its zone; they may well overlap."""
    found = []
    for _ in range(draw(st.integers(1, most))):
        business = draw(st.integers(0, len(zones) - 1))
        what = draw(st.sampled_from([What.HOURS, What.HOURS, What.BREAK]))
        found.append(Row(what, business, zones[business], draw(st.sampled_from(weekdays)), *draw(times())))
    return found
