"""Who proved an address of a login first has the say, in every order of change, return, objection and reset (A69).

Rita has had the login at A for a year; D is another address of hers. Mallory, who knows her password, reads mail at B
and C. The walk takes every order of what the two can do, within 72 hours of each other and beyond, and compares what
the product does with `Oracle`, which knows nothing of its rows.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import pytest
from django.db import transaction

from accounts.addresses.actions import ask_for_email_change
from accounts.addresses.links import confirm_email_change, object_to_email_change
from accounts.addresses.objection_rules import require_can_object
from accounts.core.errors import ActionRefused
from accounts.core.origin import Origin
from accounts.core.tokens import EmailChangeLink, Side, reset_tokens
from accounts.identity.password.actions import reset_password
from accounts.models import EmailChange, OutboundEmail, User
from accounts.tests.address_changes import OLD, pass_time
from clinic.clock import database_now

pytestmark = [pytest.mark.django_db, pytest.mark.database]

A, D, B, C = OLD, "rita@elsewhere.example", "mallory@b.example", "mallory@c.example"
RITA, MALLORY = "Rita", "Mallory"
READS = {A: RITA, D: RITA, B: MALLORY, C: MALLORY}

HOURS = (2, 70)  # Two of the latter, or one of each, are beyond the 72.
STEPS = (3, pytest.param(4, marks=pytest.mark.nightly))


@dataclass(frozen=True)
class Oracle:
    """What should be, told by what happened alone. Hours count from the first change."""

    at: str = A
    proved: tuple[str, ...] = (A,)
    knows_password: frozenset[str] = frozenset({RITA, MALLORY})
    # Until which hour A can object; None where the login is at A, or was away from it for too long.
    until: int | None = None
    hour: int = 0

    def later(self, hours: int) -> "Oracle":
        hour = self.hour + hours
        is_over = self.until is not None and self.until <= hour
        return replace(self, hour=hour, until=None if is_over else self.until)

    def moved(self, email: str) -> "Oracle":
        """A keeps or gets 72 hours; away from A for longer than it could object, it gets none any more."""
        is_disputed = self.at == A or self.until is not None
        until = self.hour + 72 if is_disputed and email != A else None
        return replace(self, at=email, proved=tuple(dict.fromkeys([*self.proved, email])), until=until)

    def known_by(self, *people: str) -> "Oracle":
        return replace(self, knows_password=frozenset(people))


def login(cast) -> User:
    return User.objects.get(pk=cast.receptionist.user_id)


def move(cast, email: str) -> None:
    """Ask for the address and confirm it."""
    ask_for_email_change(user=login(cast), new_email=email, origin=Origin())
    change = EmailChange.objects.get(confirmed_at=None, ended_at=None)
    confirm_email_change(user=login(cast), link=EmailChangeLink.of(change, Side.NEW), origin=Origin(), keep=None)


def objects(email: str) -> bool:
    """Choose **This wasn’t me** in the newest mail to this address; whether that did anything."""
    change = EmailChange.objects.filter(old_email=email).latest("pk")
    try:
        object_to_email_change(link=EmailChangeLink.of(change, Side.OLD), origin=Origin())
    except ActionRefused:
        return False
    return True


def reset(cast) -> None:
    """Follow a reset link in the mailbox that the login has now."""
    user = login(cast)
    assert reset_password(user=user, token=reset_tokens.make_token(user), password="chosen anew by", origin=Origin())


@contextmanager
def undone() -> Iterator[None]:
    """Whatever happens inside has not happened afterwards."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def standing() -> dict[str, datetime]:
    """Until when which address can object to a confirmed change, by the rule that the pages and the action go by."""
    found = {}
    for change in EmailChange.objects.filter(confirmed_at__isnull=False).order_by("pk"):
        try:
            require_can_object(change)
        except ActionRefused:
            continue
        found[change.old_email] = change.objection_ends_at
    return found


class Walk:
    """Takes every order, depth first, and counts what it took."""

    def __init__(self, cast) -> None:
        self.cast = cast
        self.taken: Counter[str] = Counter()
        self.path: list[str] = []

    def go(self, now: Oracle, steps: int) -> None:
        ends = self.compare(now)
        is_settled = now.knows_password == {READS[now.at]} and not ends
        if not steps or is_settled:
            return
        for hours in HOURS if self.path else (0,):
            for email in self.addresses():
                if email != now.at and READS[email] in now.knows_password:
                    self.step(f"to {email}", now, hours, steps, email=email)
            for email in {each.old_email for each in EmailChange.objects.all()} - {now.at}:
                self.step(f"objection by {email}", now, hours, steps, objector=email)
            if now.knows_password != {READS[now.at]}:
                self.step("reset", now, hours, steps)

    def addresses(self) -> list[str]:
        """C only after B, which is as good."""
        return [each for each in READS if each != C or any(B in step for step in self.path)]

    def step(self, name: str, now: Oracle, hours: int, steps: int, *, email: str = "", objector: str = "") -> None:
        with undone():
            self.path.append(f"+{hours} h {name}")
            now = now.later(hours)
            pass_time(hours=hours)
            if email:
                move(self.cast, email)
                after = now.moved(email)
            elif not objector:
                reset(self.cast)
                after = now.known_by(READS[now.at])
            elif objects(objector):
                reset(self.cast)
                after = now.moved(objector).known_by(READS[objector])
            else:
                # Nothing came of it: what follows is walked without it.
                assert login(self.cast).email == now.at, self.path
                after = None
            self.taken[name.partition(" ")[0] if after else "refused"] += 1
            if after:
                self.go(after, steps - 1)
            self.path.pop()

    def compare(self, now: Oracle) -> dict[str, datetime]:
        """Hold what is against what should be; returns what stands."""
        assert login(self.cast).email == now.at, self.path
        ends = standing()
        if now.at == A:
            assert not ends, f"{ends} can still object to A: {self.path}"
        assert (A in ends) == (now.until is not None), f"{ends} at hour {now.hour}, A until {now.until}: {self.path}"
        in_order = [ends[each] for each in now.proved if each in ends]
        assert in_order == sorted(in_order, reverse=True), f"{ends}, proved in the order {now.proved}: {self.path}"
        if A in ends:
            hours_left = (ends[A] - database_now()) / timedelta(hours=1)
            assert abs(hours_left - (now.until - now.hour)) < 0.1, self.path
        return ends


@pytest.mark.once
@pytest.mark.parametrize("steps", STEPS)
def test_who_proved_the_address_first_wins_in_every_order(cast, steps):
    pass_time(days=365)
    walk = Walk(cast)

    walk.go(Oracle(), steps)

    print(f"Orders walked: {walk.taken.total()} ({dict(walk.taken)})")  # noqa: T201
    assert all(walk.taken[each] for each in ("to", "objection", "reset", "refused"))
    assert not OutboundEmail.objects.exists(), "All of it is undone."
