"""Why an action was refused. Each carries words for the page and, where there is one, the field they belong to."""

from datetime import datetime

from accounts.models import Member


class ActionRefused(Exception):
    """An action that changed nothing. `str()` is a sentence for the person who asked for it."""

    def __init__(self, message: str, *, field: str | None = None) -> None:
        super().__init__(message)
        self.field = field


class NotPermitted(ActionRefused):
    """The actor may not do this to that person, or may no longer."""


class AlreadyMember(ActionRefused):
    """The address belongs to somebody in this clinic: `member`."""

    def __init__(self, message: str, *, member: Member) -> None:
        super().__init__(message, field="email")
        self.member = member


class PlanFull(ActionRefused):
    """No seat is left for another practitioner (S20)."""


class TooSoon(ActionRefused):
    """Asked for again before it makes sense; from `until` on it is done again.

    `was_mailed`: what is asked for may be in a mailbox already.
    """

    was_mailed = True

    def __init__(self, message: str, *, until: datetime) -> None:
        super().__init__(message)
        self.until = until


class LimitReached(TooSoon):
    """Asked for as often as it may be from one IP address within a time (A63)."""

    was_mailed = False


class LoginNeeded(ActionRefused):
    """The invited address has a login of its own: joining takes its password (C4)."""


class SignInAgain(Exception):
    """The login that a request acts for is gone, or not as it was when the request showed who sends it.

    No refusal with words of its own: what comes next is the page that signs in, as for anyone whose session has ended.
    """


class LinkDead(ActionRefused):
    """An invitation link that no longer works; `reason` is a `LinkState`."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class PlanTooSmall(ActionRefused):
    """More practitioners count than a plan has room for; `holders` are those who do (C11)."""

    def __init__(self, message: str, *, holders: list[Member]) -> None:
        super().__init__(message, field="plan")
        self.holders = holders
