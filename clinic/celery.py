"""The Celery application. Tasks live in each app's `tasks.py` and take ids only (C28)."""

import os
from typing import Any

import structlog
from celery import Celery
from celery.signals import setup_logging
from django.dispatch import receiver
from django_structlog.celery.signals import bind_extra_task_metadata, modify_context_before_task_publish
from django_structlog.celery.steps import DjangoStructLogInitStep
from kombu.transport import TRANSPORT_ALIASES

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "clinic.settings")

# By name, so that the client of Redis is loaded only where Redis is used.
TRANSPORT_ALIASES["redis"] = TRANSPORT_ALIASES["rediss"] = "clinic.redis_broker:Transport"
TRANSPORT_ALIASES["filesystem"] = "clinic.file_broker:Transport"

app = Celery("clinic")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.steps["worker"].add(DjangoStructLogInitStep)

# Of what a web process knows while it publishes. The rest, such as the IP address, has no business with the broker.
TOLD_TO_TASKS = ("request_id", "parent_task_id")


@setup_logging.connect
def _keep_django_logging(**_: Any) -> None:
    """Connecting here stops Celery from replacing the logging that settings.LOGGING set up."""


@receiver(modify_context_before_task_publish)
def _tell_only_ids(context: dict[str, Any], **_: Any) -> None:
    told = {name: context[name] for name in TOLD_TO_TASKS if name in context}
    context.clear()
    context.update(told)


@receiver(bind_extra_task_metadata)
def _name_the_task_in_its_lines(task: Any, **_: Any) -> None:
    """Each line that a task writes says which it was; the library has cleared what was left of the one before."""
    structlog.contextvars.bind_contextvars(task=task.name)
