"""The process that races are run in: `python -m tests.races.worker 20` forks that many runners and lines them up.

It loads Django once and forks before any connection is open, so that twenty processes of their own, each with its own
connection, cost one start. A line on standard input is a race: {"steps": [[name, arguments], ...], "spread": seconds}.
The answer is a line with an outcome for each step. A step that is a generator gets ready up to its `yield`, and goes on
from there when all are ready.
"""

import inspect
import json
import multiprocessing
import os
import random
import sys
import time
import traceback
from collections.abc import Callable, Generator, Mapping
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Barrier
from typing import Any

SECONDS_TO_LINE_UP = 30
# More than SQLite's 20 s of waiting for its lock, so that "database is locked" is seen as itself.
SECONDS_TO_FINISH = 60

Steps = Mapping[str, Callable[..., Any]]


def main() -> None:
    """Serve races until standard input ends."""
    steps = load_product()
    fork = multiprocessing.get_context("fork")
    size = int(sys.argv[1])
    barriers = {count: fork.Barrier(count) for count in range(1, size + 1)}
    pipes = []
    for _ in range(size):
        here, there = fork.Pipe()
        fork.Process(target=run_steps, args=(there, steps, barriers), daemon=True).start()
        pipes.append(here)
    for line in sys.stdin:
        race = json.loads(line)
        runners = pipes[: len(race["steps"])]
        for pipe, step in zip(runners, race["steps"], strict=True):
            pipe.send((step, len(runners), race["spread"]))
        print(json.dumps(gather(runners)), flush=True)  # noqa: T201  (the answer)


def load_product() -> Steps:
    """Set Django up and import all that a step needs. Opens no connection."""
    import django
    from django.conf import settings

    django.setup()
    # Hashing is no part of any race; a cheap one brings the steps closer together and so makes the races tighter.
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    # Pages need no collectstatic then.
    settings.STORAGES = {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
    from django.urls import get_resolver

    from tests.races import (
        address_steps,
        business_steps,
        closing_steps,
        code_steps,
        gone_steps,
        import_steps,
        limit_steps,
        owner_steps,
        seat_steps,
        sign_in_steps,
        steps,
        two_factor_steps,
    )

    get_resolver().url_patterns  # noqa: B018  (reading it imports every view, once and not in each runner)
    modules = (
        *(steps, owner_steps, closing_steps, seat_steps, business_steps, two_factor_steps, code_steps),
        *(address_steps, limit_steps, sign_in_steps, import_steps, gone_steps),
    )
    return {name: value for module in modules for name, value in vars(module).items() if callable(value)}


def gather(pipes: list[Connection]) -> list[dict[str, Any]]:
    """Collect an outcome from each runner; one that does not answer in time has an outcome that says so."""
    deadline = time.monotonic() + SECONDS_TO_FINISH
    silent = {"kind": "error", "name": "NoAnswer", "words": f"no answer in {SECONDS_TO_FINISH} s: a deadlock"}
    return [pipe.recv() if pipe.poll(max(0.0, deadline - time.monotonic())) else silent for pipe in pipes]


def run_steps(pipe: Connection, steps: Steps, barriers: dict[int, Barrier]) -> None:
    """Take part in one race after another."""
    from django.db import connection

    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    while True:
        (name, arguments), runners, spread = pipe.recv()
        connection.ensure_connection()

        def line_up(barrier: Barrier = barriers[runners], spread: float = spread) -> None:
            barrier.wait(SECONDS_TO_LINE_UP)
            time.sleep(random.uniform(0, spread))

        pipe.send(outcome(steps[name], arguments, line_up))


def outcome(step: Callable[..., Any], arguments: dict[str, Any], line_up: Callable[[], None]) -> dict[str, Any]:
    """Run a step: what it returned, or why the product refused, or an error, which no race may end with."""
    from accounts.core.errors import ActionRefused, SignInAgain

    try:
        if not inspect.isgeneratorfunction(step):
            line_up()
            return {"kind": "ok", "value": step(**arguments)}
        return {"kind": "ok", "value": run_in_two(step(**arguments), line_up)}
    except (ActionRefused, SignInAgain) as refusal:
        return {"kind": "refused", "name": type(refusal).__name__, "words": str(refusal)}
    except Exception as error:  # noqa: BLE001  (whatever it is, the test has to see it)
        return {"kind": "error", "name": type(error).__name__, "words": traceback.format_exc()}


def run_in_two(step: Generator[None, None, Any], line_up: Callable[[], None]) -> Any:
    """Run a generator to its `yield`, wait for the others, run the rest; what it returned."""
    next(step)
    line_up()
    try:
        next(step)
    except StopIteration as finished:
        return finished.value
    raise AssertionError("A step yields once.")


if __name__ == "__main__":
    main()
