"""Which stretches of a day stand side by side, so that none hides another."""

from collections.abc import Sequence


def lanes(stretches: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """For each stretch, in order of its start: its lane from 0, and how many lanes there are beside each other.

    More than one only where some overlap: as somebody may have typed, and in the hour that comes twice in the night
    when clocks go back.
    """
    found: list[tuple[int, int]] = []
    group: list[tuple[int, int]] = []
    for starts, ends in stretches:
        if group and starts >= max(until for until, _lane in group):
            found += _counted(group)
            group = []
        taken = {lane for until, lane in group if until > starts}
        group.append((ends, min(set(range(len(taken) + 1)) - taken)))
    return found + _counted(group)


def _counted(group: list[tuple[int, int]]) -> list[tuple[int, int]]:
    count = max((lane for _until, lane in group), default=0) + 1
    return [(lane, count) for _until, lane in group]
