"""The buttons that change the page and save nothing: add a row, remove one, copy a day."""

import re
from typing import NamedTuple

from django.http import QueryDict
from django.utils.text import get_text_list
from django.utils.translation import gettext as _

from practitioners.rules import MOST_NUMBERS, MOST_ROWS, MOST_ROWS_A_DAY, weekday_name
from practitioners.schedule.week import What
from practitioners.settings.forms.rows import CopyForm
from practitioners.settings.forms.sent import COPY, HOURS, NUMBERS, Place, rows_in

ADD_NUMBER = "add-number"


class Pressed(NamedTuple):
    """What is on the page after a button: all that was typed, and what came or went.

    `focus` is the row (as "hours-7") or the button to go on from; `words` say what was done, or why it was not.
    """

    data: QueryDict
    focus: str
    words: str
    is_done: bool


def press(typed: QueryDict, button: str) -> Pressed:
    """Do what the button says to a copy of what was typed. A button of no such name changes nothing."""
    data = typed.copy()
    if button == ADD_NUMBER:
        return _add_number(data)
    what, _colon, rest = button.partition(":")
    if what == "add" and (place := Place.read(rest)):
        return _add(data, place, button)
    if what in _WITH_NUMBER and _NUMBER.fullmatch(rest):
        return _WITH_NUMBER[what](data, int(rest))
    return Pressed(data, "", "", is_done=False)


def _most_rows() -> str:
    return _("One practitioner has at most %(most)s rows.") % {"most": MOST_ROWS}


def _next(data: QueryDict, prefix: str) -> int:
    return max(rows_in(data, prefix), default=-1) + 1


def _drop(data: QueryDict, start: str) -> None:
    for name in [each for each in data if each.startswith(start)]:
        del data[name]


def _put(data: QueryDict, place: Place, starts: str = "", ends: str = "") -> str:
    row = f"{HOURS}-{_next(data, HOURS)}"
    data[f"{row}-at"], data[f"{row}-starts"], data[f"{row}-ends"] = str(place), starts, ends
    return row


def _on(data: QueryDict, business: int, weekday: int) -> list[tuple[int, Place]]:
    """The rows of one day at one business, hours and breaks."""
    rows = [(number, Place.read(data.get(f"{HOURS}-{number}-at", ""))) for number in rows_in(data, HOURS)]
    return [(number, at) for number, at in rows if at and (at.business, at.weekday) == (business, weekday)]


def _add(data: QueryDict, place: Place, button: str) -> Pressed:
    if len(_on(data, place.business, place.weekday)) >= MOST_ROWS_A_DAY:
        words = _("A day has at most %(most)s rows at one business.") % {"most": MOST_ROWS_A_DAY}
        return Pressed(data, button, words, is_done=False)
    if len(rows_in(data, HOURS)) >= MOST_ROWS:
        return Pressed(data, button, _most_rows(), is_done=False)
    row = _put(data, place)
    words = _("A break was added on %(day)s.") if place.what is What.BREAK else _("Hours were added on %(day)s.")
    return Pressed(data, row, words % {"day": weekday_name(place.weekday)}, is_done=True)


def _remove(data: QueryDict, number: int) -> Pressed:
    place = Place.read(data.get(f"{HOURS}-{number}-at", ""))
    _drop(data, f"{HOURS}-{number}-")
    if place is None:
        return Pressed(data, "", _("The row was removed."), is_done=True)
    left = _on(data, place.business, place.weekday)
    # Nobody has a break on a day without hours.
    idle = left if all(at.what is What.BREAK for _number, at in left) else []
    for each, _at in idle:
        _drop(data, f"{HOURS}-{each}-")
    words = _("The hours of %(day)s were removed, with their breaks.") if idle else _("A row of %(day)s was removed.")
    again = f"add:{Place(What.HOURS, place.business, place.weekday)}"
    return Pressed(data, again, words % {"day": weekday_name(place.weekday)}, is_done=True)


def _remove_number(data: QueryDict, number: int) -> Pressed:
    _drop(data, f"{NUMBERS}-{number}-")
    return Pressed(data, ADD_NUMBER, _("The reference number was removed."), is_done=True)


def _copy(data: QueryDict, business: int) -> Pressed:
    """Replace the rows of each target day by those of the source, as they were typed."""
    button = f"{COPY}:{business}"
    form = CopyForm(data, business=business)
    source = form.cleaned_data.get("source") if form.is_valid() else None
    targets = [day for day in form.cleaned_data.get("targets", []) if day != source]
    if source is None or not targets:
        return Pressed(data, button, _("Choose a day to copy, and other days to copy it to."), is_done=False)
    rows = _on(data, business, source)
    facts = {"day": weekday_name(source)}
    if not any(data.get(f"{HOURS}-{number}-{name}", "").strip() for number, _at in rows for name in ("starts", "ends")):
        return Pressed(data, button, _("%(day)s has no hours to copy.") % facts, is_done=False)
    replaced = [number for target in targets for number, _place in _on(data, business, target)]
    if len(rows_in(data, HOURS)) - len(replaced) + len(rows) * len(targets) > MOST_ROWS:
        return Pressed(data, button, _most_rows(), is_done=False)
    for number in replaced:
        _drop(data, f"{HOURS}-{number}-")
    for target in targets:
        for number, place in rows:
            times = (data.get(f"{HOURS}-{number}-{name}", "") for name in ("starts", "ends"))
            _put(data, Place(place.what, business, target), *times)
    facts["days"] = get_text_list([weekday_name(day) for day in targets], _("and"))
    return Pressed(data, button, _("%(day)s was copied to %(days)s.") % facts, is_done=True)


def _add_number(data: QueryDict) -> Pressed:
    if len(rows_in(data, NUMBERS)) >= MOST_NUMBERS:
        words = _("One practitioner has at most %(most)s reference numbers.") % {"most": MOST_NUMBERS}
        return Pressed(data, ADD_NUMBER, words, is_done=False)
    row = f"{NUMBERS}-{_next(data, NUMBERS)}"
    for name in ("kind", "number", "business"):
        data[f"{row}-{name}"] = ""
    return Pressed(data, row, _("A reference number was added."), is_done=True)


_WITH_NUMBER = {"remove": _remove, "remove-number": _remove_number, COPY: _copy}
_NUMBER = re.compile(r"\d{1,18}", re.ASCII)
