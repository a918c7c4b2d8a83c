"""Settings for pytest: the product's own, with what a test run has to bring and a password hash that costs nothing."""

import os
import secrets
import tempfile
from pathlib import Path

os.environ.setdefault("SECRET_KEY", secrets.token_urlsafe(50))
os.environ.setdefault("SITE_URL", "http://testserver")
os.environ.setdefault("ALLOWED_HOSTS", "testserver,localhost,127.0.0.1")
os.environ.setdefault("OUTBOX_PAGES", "1")
os.environ.setdefault("VAR_DIR", tempfile.mkdtemp(prefix="clinic-test-"))
# Each worker of pytest-xdist has a folder of its own: what one puts into the broker's queue is not another's to find.
_worker = os.environ.get("PYTEST_XDIST_WORKER")
if _worker and Path(os.environ["VAR_DIR"]).name != _worker:
    os.environ["VAR_DIR"] = str(Path(os.environ["VAR_DIR"], _worker))

from clinic.settings import *  # noqa: E402, F403  (what it reads is set above)

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
# Files straight from static/, so that no test depends on collectstatic.
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = True
