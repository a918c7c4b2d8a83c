"""A walk: acts drawn by a seed until something that must hold does not; then, the shortest story of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from uuid import uuid4

import time_machine
from django.core.cache import cache
from django.db import transaction
from django.urls import reverse

from accounts.models import EmailChange, Member
from tests.walk.acts import ACTS, Odds, do
from tests.walk.oracles import Before, after_each_act, at_the_end
from tests.walk.world import BETWEEN_TWO_ACTS, PEOPLE, World

Step = tuple[str, tuple[str, ...]]
State = tuple[tuple[object, ...], ...]

# How many acts may be drawn, on average, for each one that is taken.
DRAWN_FOR_ONE = 50
BEGINNING = datetime(2026, 3, 2, 9, tzinfo=UTC)


@dataclass
class Ended:
    """How a walk ended: after which steps, with what that must not be, and what had been on file by the way."""

    steps: list[Step]
    breaches: list[str]
    states: set[State] = field(default_factory=set)

    @property
    def story(self) -> str:
        """The steps, one a line, and what came of them."""
        lines = [f"  {name.replace('_', ' ')} ({', '.join(parameters)})" for name, parameters in self.steps]
        return "\n".join([*lines, *(f"  -> {breach}" for breach in self.breaches)])


@contextmanager
def a_new_world(folder: Path) -> Iterator[World]:
    """Two clinics with an owner and an administrator, made through the pages; all of it is undone afterwards."""
    cache.clear()
    with time_machine.travel(BEGINNING, tick=True) as clock, transaction.atomic():
        world = World(clock, folder)
        for name, clinic, address in (
            ("Olive", "Harbour Physio", "olive@harbour.example"),
            ("Xavier", "Elsewhere", "xavier@elsewhere.example"),
        ):
            _begin(world, name, clinic, address)
        yield world
        transaction.set_rollback(True)


def _begin(world: World, name: str, clinic: str, address: str) -> None:
    password = world.secret(name)
    form = {"clinic_name": clinic, "first_name": name, "last_name": "Owens", "submission": str(uuid4())}
    world.post(name, reverse("accounts:signup"), **form, email=address, password=password)
    world.note_new_rows()
    row = Member.objects.get(user__email=address)
    world.typed[row.pk], world.agreed[row.pk] = "", {name}
    world.person(name).passwords[row.user_id] = password
    world.deliver()
    ACTS["confirms_the_address"].do(world, name)
    if clinic == "Harbour Physio":
        for step in (
            ("adds", ("harbour-physio", "Olive", "adam@harbour.example", "administrator")),
            ("adds", ("harbour-physio", "Olive", "rita@work.example", "receptionist")),
        ):
            take(world, step)
        for who, at in (("Adam", "adam@harbour.example"), ("Rita", "rita@work.example")):
            take(world, ("joins", ("harbour-physio", who)))
            take(world, ("signs_in", (who, at)))
    assert not world.breaches, world.breaches


def take(world: World, step: Step) -> bool:
    """Do one act, and let the mail arrive; whether there was anything to do."""
    name, parameters = step
    world.clock.shift(BETWEEN_TWO_ACTS)
    if not do(world, name, parameters):
        return False
    world.deliver()
    world.note_new_rows()
    world.wash()
    return True


def walk(next_step: Callable[[World], Step | None], folder: Path, *, longest: int) -> Ended:
    """Take steps in a new world until something breaks, or there have been enough; then ask who is stranded."""
    taken: list[Step] = []
    states: set[State] = set()
    with a_new_world(folder) as world:
        before = Before.now()
        for _draw in range(longest * DRAWN_FOR_ONE):
            if len(taken) == longest or (step := next_step(world)) is None:
                break
            if not take(world, step):
                continue
            taken.append(step)
            states.add(_as_it_is())
            actors = [each for each in step[1] if each in PEOPLE]
            breaches = [*world.breaches, *after_each_act(world, before, actors)]
            if breaches:
                return Ended(taken, breaches, states)
            before = Before.now()
        breaches = [*at_the_end(world), *world.breaches]
    return Ended(taken, breaches, states)


def _as_it_is() -> State:
    """What is on file, without whose it is and since when: two worlds that differ in nothing else are in one state."""
    rows = Member.objects.with_status().with_two_factor().select_related("account", "user")
    people = [
        (
            row.account.slug,
            *(row.account.is_open, row.role, row.is_owner, row.is_practitioner, row.status, row.has_joined),
            *(row.left_at is None, row.released_at is None, row.two_factor_since is None),
            *(row.user.has_usable_password(), row.user.email_confirmed_at is None, row.user.is_retired),
        )
        for row in rows
    ]
    changes = [
        (change.confirmed_at is None, change.ended_at is None, change.is_return, change.asked_by_id is None)
        for change in EmailChange.objects.all()
    ]
    return (*sorted(people), *sorted(changes))


def drawn(seed: int) -> Callable[[World], Step | None]:
    """Acts without end."""
    odds = Odds(Random(seed))
    return odds.next_act


def told(steps: Sequence[Step]) -> Callable[[World], Step | None]:
    """These acts, one after the other."""
    left = iter(steps)
    return lambda world: next(left, None)


def shortest(ended: Ended, folder: Path, *, until: float) -> Ended:
    """Leave out whatever act the first breach does not need, as long as there is time."""
    best = ended
    width = len(best.steps) // 2
    while width:
        at = 0
        while at < len(best.steps):
            if time.monotonic() > until:
                return best
            fewer = best.steps[:at] + best.steps[at + width :]
            tried = walk(told(fewer), folder, longest=len(fewer) + 1)
            if _kind(tried) == _kind(best):
                best = tried
            else:
                at += width
        width //= 2
    return best


def _kind(ended: Ended) -> str:
    """What is the same of a breach in a shorter walk: its words without names and numbers."""
    return (
        " ".join(word for word in ended.breaches[0].split() if word.islower() and "@" not in word)
        if ended.breaches
        else ""
    )
