"""Logging: one JSON line an event, on standard error, without secrets."""

import re
from typing import Any

import structlog
from structlog.types import EventDict, Processor

REDACTED = "[redacted]"

# Names of what lets somebody in. A status code or the reason of a code is none.
_SECRET_NAMES = (
    *("passw", "token", "secret", "cookie", "authorization", "csrf", "seed", "otp"),
    *("session_?key", "session_?id", "session_?data"),
)
_SECRET_NAME = rf"(?<![\w-])[\w-]{{0,40}}(?:{'|'.join(_SECRET_NAMES)})[\w-]{{0,40}}"
_SECRET_KEY = re.compile(rf"{_SECRET_NAME}|session|(?!status_)(?:\w+_)?codes?", re.IGNORECASE)
# The text around a secret tells it, or its own form does; each pattern keeps its group. All have bounds, since what is
# logged may be thousands of characters that somebody chose.
_SECRETS = (
    # The part of a path that lets somebody in, or stops something for them: the links of mails (A27).
    re.compile(r"(/(?:invitations|email|password/reset|login/recovery)/)[^/\s?\"']+(?:/[^/\s?\"']+)?", re.ASCII),
    # The password in the address of a server.
    re.compile(r"(\w://[^\s/:@]*:)[^\s/]+(?=@)", re.ASCII),
    # A header with all that follows on its line, and a field of a form or of an address.
    re.compile(r"(\b(?:set-)?cookie: |\bauthorization: )[^\r\n]+", re.ASCII | re.IGNORECASE),
    re.compile(
        rf"({_SECRET_NAME}[\"']?\s{{0,5}}[=:]\s{{0,5}}[\"']?)(?!\[redacted\])[^\s\"',;&]+", re.ASCII | re.IGNORECASE
    ),
    # What is signed (invitations, confirmations, cookies), a reset link's token, and what Django makes of 32 or 64
    # letters and digits: session keys and form tokens. The number of a request is 32 hexadecimal digits, and stays.
    re.compile(r"()(?<![\w.:-])[\w.:-]*[.:][\w-]{43}(?![\w-])", re.ASCII),
    re.compile(r"()\b[0-9a-z]{1,13}-[0-9a-f]{32}\b", re.ASCII),
    re.compile(r"()\b(?![0-9a-f]{32}\b)(?:[A-Za-z0-9]{32}){1,2}\b", re.ASCII),
)
# People are named by ids: what was typed as an address may be anything, and the log outlives the login.
_ADDRESS = re.compile(r"[^\s<>()\[\]\"',;:@=&?/]{1,64}@[\w-]+(?:\.[\w-]+)+", re.ASCII)


def redact(value: Any) -> Any:
    """Return `value` without secrets and email addresses, in text, lists, dicts and whatever else prints itself."""
    if isinstance(value, dict):
        return {key: REDACTED if _SECRET_KEY.fullmatch(str(key)) else redact(each) for key, each in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [redact(each) for each in value]
    if value is None or isinstance(value, bool | int | float):
        return value
    return _redact_text(value.decode(errors="replace") if isinstance(value, bytes) else str(value))


def _redact_text(text: str) -> str:
    for pattern in _SECRETS:
        text = pattern.sub(rf"\1{REDACTED}", text)
    return _ADDRESS.sub("[address]", text)


def redact_event(_logger: Any, _method: str, event: EventDict) -> EventDict:
    """A structlog processor: redact every value of an event, tracebacks included."""
    redacted: EventDict = redact(dict(event))
    return redacted


SHARED_PROCESSORS: list[Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.ExtraAdder(allow={"status_code"}),
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.format_exc_info,
    redact_event,
]


def logging_config(*, debug: bool) -> dict[str, Any]:
    """Build Django's LOGGING. `debug` gives lines for people instead of JSON."""
    renderer: Processor = structlog.dev.ConsoleRenderer(colors=False) if debug else structlog.processors.JSONRenderer()
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            structlog.stdlib.PositionalArgumentsFormatter(),
            *SHARED_PROCESSORS,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "events": {
                "()": structlog.stdlib.ProcessorFormatter,
                "processors": [structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
                "foreign_pre_chain": SHARED_PROCESSORS,
            }
        },
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "events"}},
        "root": {"handlers": ["stderr"], "level": "INFO"},
        "loggers": {
            "django": {"handlers": ["stderr"], "level": "INFO", "propagate": False},
            "django.server": {"handlers": ["stderr"], "level": "WARNING", "propagate": False},
            "celery": {"level": "WARNING"},
            # Otherwise each start and end of a task has a line, and there is a sweep every 20 seconds.
            "django_structlog": {"level": "WARNING"},
            # Its warnings name the address that was typed; ours say as much without (accounts/core/security_log.py).
            "axes": {"level": "ERROR"},
        },
    }
