"""Walks through all flows at once: whatever people, thieves and time do in whichever order, what must hold holds.

Each flow has tests of its own; what fails is where two meet. `WALK_SECONDS` says how long each of two streams walks,
`WALK_SEED` where they begin: the seed of a walk that failed brings that walk back. bin/walk walks for long.
"""

import os
import random
import time

import pytest

from tests.walk.stories import STORIES
from tests.walk.walking import drawn, shortest, told, walk

pytestmark = [pytest.mark.django_db, pytest.mark.once, pytest.mark.slow]

SECONDS = float(os.environ.get("WALK_SECONDS", "20"))
SEED = os.environ.get("WALK_SEED", "")
LONGEST = 60


@pytest.mark.parametrize("stream", [1, 2])
def test_whatever_is_done_in_whichever_order_what_must_hold_holds(stream, tmp_path, figures):
    until = time.monotonic() + SECONDS
    first = seed = int(SEED or random.SystemRandom().randrange(10**9)) + (stream - 1) * 10**9
    states = set()
    while time.monotonic() < until:
        ended = walk(drawn(seed), tmp_path, longest=LONGEST)
        if ended.breaches:
            found = shortest(ended, tmp_path, until=time.monotonic() + SECONDS)
            pytest.fail(
                f"WALK_SEED={seed} broke after {len(ended.steps)} acts. The shortest story of it:\n{found.story}"
            )
        figures.tried("acts on walks", len(ended.steps))
        states |= ended.states
        seed += 1
    figures.tried("different states on walks", len(states))
    figures.walked(first, seed - 1)


@pytest.mark.parametrize("about", STORIES)
def test_a_story_that_broke_once_does_not_break_again(about, tmp_path):
    story = STORIES[about]
    ended = walk(told(story), tmp_path, longest=LONGEST)

    assert ended.breaches == []
    # There may be no way left to the last act; an act before it that can't be taken would make the story prove nothing.
    assert ended.steps[: len(story) - 1] == story[:-1]
