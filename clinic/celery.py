"""The Celery application. Tasks live in each app's `tasks.py` and take ids only (C28)."""

import os
from typing import Any

import structlog
from celery import Celery
from celery.signals import setup_logging, task_prerun
from kombu.transport import TRANSPORT_ALIASES

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "clinic.settings")

# By name, so that the client of Redis is loaded only where Redis is used.
TRANSPORT_ALIASES["redis"] = TRANSPORT_ALIASES["rediss"] = "clinic.redis_broker:Transport"
TRANSPORT_ALIASES["filesystem"] = "clinic.file_broker:Transport"

app = Celery("clinic")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@setup_logging.connect
def _keep_django_logging(**_: Any) -> None:
    """Connecting here stops Celery from replacing the logging that settings.LOGGING set up."""


@task_prerun.connect
def _name_the_task_in_its_lines(task_id: str, task: Any, **_: Any) -> None:
    """Each line that a task writes says which it was; nothing is left over from the one before."""
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(task_id=task_id, task=task.name)
