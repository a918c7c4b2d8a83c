"""The parts that the product runs on, as settings: the embedded ones, and what servers in their place are asked for."""

from pathlib import Path
from typing import Any

# How often a worker looks whether there is something in the folder; a second, the default, is felt as a delay.
SECONDS_BETWEEN_LOOKS = 0.2
# A request must not wait for a broker that hangs (R2): without these it waits for minutes, with these for less than a
# second. The worker is under them, too; one that was cut off connects again, and the sweep finds what it missed.
BROKER_TIMEOUTS = {"socket_connect_timeout": 0.5, "socket_timeout": 0.8, "visibility_timeout": 100, "max_retries": 0}
# How long a step of the conversation with a mail server may take, counted anew with every byte; how long all of them
# together; and after about how long a message that was refused for now is tried again for the first time (R7, R8).
MAIL_SECONDS = (10, 30, 15)
# For so long at least a sender holds a message. A task that sends mail is let run for less (accounts.tasks): nobody
# sends what another still holds.
SHORTEST_LEASE_SECONDS = 60
SWEEP = "send-mail-that-is-due"
# What the clock asks for, and how often, in seconds.
BEAT_SCHEDULE: dict[str, dict[str, Any]] = {
    # Without an end: a worker whose clock is ahead would take each for too old. A backlog of them is one (R15).
    SWEEP: {"task": "accounts.sweep_outbox", "schedule": 20},
    "erase-closed-accounts": {"task": "accounts.erase_closed_accounts", "schedule": 900, "options": {"expires": 900}},
    "forget-ended-sessions": {"task": "accounts.forget_ended_sessions", "schedule": 21600, "options": {"expires": 900}},
}


def sqlite_database(path: Path) -> dict[str, Any]:
    """Settings for the embedded database.

    IMMEDIATE makes each transaction take the write lock when it opens, which is what serialises actions on SQLite
    (K1); WAL lets readers go on while one writes. With recursive triggers, a row that is replaced is seen to go (K2).
    """
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": path,
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA recursive_triggers=ON;",
        },
    }


def postgresql_database(config: dict[str, Any]) -> dict[str, Any]:
    """Add a connection pool to what DATABASE_URL says: one connection a request costs most of the throughput.

    A connection is looked at before it is used, so that a restart of the database breaks no request after it.
    """
    pool = {"min_size": 1, "max_size": 8, "timeout": 5}
    return {**config, "CONN_HEALTH_CHECKS": True, "OPTIONS": {**config.get("OPTIONS", {}), "pool": pool}}


def storages(*, debug: bool) -> dict[str, dict[str, str]]:
    """Where files are: static ones under names that change with what is in them, but for developers as they are."""
    hashed = "whitenoise.storage.CompressedManifestStaticFilesStorage"
    plain = "django.contrib.staticfiles.storage.StaticFilesStorage"
    return {
        "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
        "staticfiles": {"BACKEND": plain if debug else hashed},
    }


def filesystem_broker(folder: Path) -> dict[str, Any]:
    """Transport options for Celery over plain files; makes the folders, private to this system user."""
    queue, control = folder / "queue", folder / "control"
    for each in (queue, control):
        each.mkdir(parents=True, exist_ok=True, mode=0o700)
    return {
        "data_folder_in": queue,
        "data_folder_out": queue,
        "control_folder": control,
        "store_processed": False,
        "polling_interval": SECONDS_BETWEEN_LOOKS,
    }
