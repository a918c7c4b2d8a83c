"""`manage.py outbox`: look at mail that waits or has failed, send it again, or take it out with a reason."""

from argparse import ArgumentParser
from collections.abc import Sequence
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.models import OutboundEmail
from accounts.outbox import upkeep
from accounts.outbox.publish import publish
from accounts.outbox.sweep import MOST_ASKED_AT_ONCE

STATES = OutboundEmail.State.values


class Command(BaseCommand):
    """One command with three verbs; without one it lists."""

    help = "List mail that waits or has failed, have it sent again, or take it out with a reason."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The verbs and what each takes."""
        verbs = parser.add_subparsers(dest="verb")
        listing = verbs.add_parser("list", help="what waits, is being sent, or has failed")
        listing.add_argument("--state", action="append", choices=STATES, help="only these; may be given several times")
        retry = verbs.add_parser("retry", help="have mail sent again, with a whole day to succeed")
        which = retry.add_mutually_exclusive_group(required=True)
        which.add_argument("ids", nargs="*", type=int, default=[], metavar="ID")
        which.add_argument("--all-failed", action="store_true", help="all that has failed")
        drop = verbs.add_parser("drop", help="never send it; whoever sent an invitation is told")
        drop.add_argument("id", type=int, metavar="ID")
        drop.add_argument("--reason", required=True, help="stands on the person's page")

    def handle(self, *args: Any, **options: Any) -> None:
        """Do it. Raises CommandError for mail that can't be sent again or dropped."""
        match options["verb"]:
            case "retry":
                self._retry(None if options["all_failed"] else options["ids"])
            case "drop":
                self._drop(options["id"], options["reason"])
            case _:
                self._list(options.get("state") or upkeep.UNFINISHED)

    def _list(self, states: Sequence[str]) -> None:
        found = upkeep.rows(states)
        for row in found:
            to = row.user.email if row.user else row.recipient
            self.stdout.write(
                f"{row.pk}\t{row.state}\t{row.kind}\t{to}\tasked for {row.created_at:%Y-%m-%d %H:%M:%S} UTC\t"
                f"tries {row.attempts}\tnext {row.next_attempt_at:%Y-%m-%d %H:%M:%S} UTC\t{row.last_error}"
            )
        self.stdout.write(f"{len(found)} in all.")

    def _retry(self, ids: list[int] | None) -> None:
        taken = upkeep.retry(ids)
        # Each of those that are asked for draws the others after it.
        for outbox_id in taken[:MOST_ASKED_AT_ONCE]:
            publish(outbox_id)
        self.stdout.write(f"Sent again: {' '.join(map(str, taken)) or 'none'}.")
        left = sorted(set(ids or ()) - set(taken))
        if left:
            raise CommandError(f"Not sent again, since being sent, sent already, or not there: {_listed(left)}.")

    def _drop(self, outbox_id: int, reason: str) -> None:
        if not reason.strip():
            raise CommandError("Give a reason: it stands on the person's page.")
        if not upkeep.drop(outbox_id, reason.strip()):
            raise CommandError(f"{outbox_id} is being sent, sent already, or not there; it can't be dropped.")
        self.stdout.write(f"Dropped: {outbox_id}.")


def _listed(ids: list[int]) -> str:
    return " ".join(map(str, ids))
