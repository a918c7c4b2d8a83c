"""The product's own settings, for real processes; only what they leave in a shared Redis carries a name of its own."""

import os

from clinic.settings import *  # noqa: F403
from clinic.settings import CELERY_BROKER_TRANSPORT_OPTIONS

if "REDIS_KEY_PREFIX" in os.environ:
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        **CELERY_BROKER_TRANSPORT_OPTIONS,
        "global_keyprefix": os.environ["REDIS_KEY_PREFIX"],
    }
