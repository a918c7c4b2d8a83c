"""Sends requests to the product as a web server does, and keeps what went wrong."""

import io
import traceback
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from django.test import RequestFactory

from clinic.wsgi import application
from tests.fuzz.requests import Sent
from tests.fuzz.undo import undone
from tests.fuzz.visitors import Visitor

# Says 503 where what mail needs is not well, as in a test, where nothing sweeps.
SAYS_UNWELL = "/healthz/ready"
MOST_SHOWN = 5


class _Environments(RequestFactory):
    """Makes what a web server hands on, and no request of it: that is the first thing that could break."""

    def request(self, **given: Any) -> dict[str, Any]:
        return self._base_environ(**given)


@dataclass
class Tries:
    """The requests of a visitor: what was answered, and those that had no answer, or one that says it was our fault."""

    visitor: Visitor
    statuses: Counter[int] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)

    @property
    def count(self) -> int:
        """How many there were."""
        return sum(self.statuses.values()) + len(self.failures)

    def send(self, sent: Sent) -> None:
        """Send one, look at the answer, and take back what it has done."""
        try:
            with undone():
                status = status_of(sent, self.visitor)
            assert status < 500 or sent.address.startswith(SAYS_UNWELL), f"It was answered with {status}."
        except Exception:  # noqa: BLE001  (whatever it is, it is what is looked for)
            self.failures.append(f"{sent}\n{traceback.format_exc(limit=-6)}")
        else:
            self.statuses[status] += 1

    def require_answers(self) -> None:
        """Fail with the first few that went wrong."""
        shown = "\n\n".join(self.failures[:MOST_SHOWN])
        assert not self.failures, f"{len(self.failures)} of {self.count} failed:\n\n{shown}"


def status_of(sent: Sent, visitor: Visitor) -> int:
    """The status that the product answers with. Raises what it raises."""
    # Where the length is a lie, a real server hands on what there is.
    body = {"wsgi.input": io.BytesIO(sent.body), "CONTENT_LENGTH": str(len(sent.body)), "CONTENT_TYPE": sent.kind}
    environ = _Environments().generic(sent.method, sent.address, **{**body, **visitor.headers, **sent.headers})
    answered: list[str] = []
    answer = application(environ, lambda status, _headers: answered.append(status))
    try:
        b"".join(answer)
    finally:
        answer.close()
    return int(answered[0].split()[0])
