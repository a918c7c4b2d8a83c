"""The product's own settings for a run of the browser tests, which is quicker in two ways.

A password costs nothing to hash, and the worker looks for mail more often. They take effect on this machine alone:
for a site that anybody else can reach, the start stops here.
"""

from django.core.exceptions import ImproperlyConfigured

from clinic.settings import *  # noqa: F403

if not SITE_IS_LOCAL:  # noqa: F405
    raise ImproperlyConfigured("These settings are for tests: they keep passwords in a way that is quick to guess.")

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
CELERY_BROKER_TRANSPORT_OPTIONS = {**CELERY_BROKER_TRANSPORT_OPTIONS, "polling_interval": 0.05}  # noqa: F405
