"""Logging: one JSON line an event, on standard error, without secrets."""

import re
from typing import Any

import structlog
from structlog.types import EventDict, Processor

# The part of a path that lets somebody in: an invitation, a confirmation or a reset link (A27).
_SECRET_PATH = re.compile(r"(/(?:invitations|email|password/reset)/)[^/\s?\"']+(/[^/\s?\"']+)?")
_SECRET_KEYS = re.compile(r"password|token|secret|cookie|authorization", re.IGNORECASE)


def redact(value: Any) -> Any:
    """Return `value` with the secret part of link paths replaced, in text, lists and dicts alike."""
    if isinstance(value, str):
        return _SECRET_PATH.sub(r"\1[redacted]", value)
    if isinstance(value, dict):
        return {key: "[redacted]" if _SECRET_KEYS.search(str(key)) else redact(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(redact(each) for each in value)
    return value


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
            "axes": {"level": "WARNING"},
        },
    }
