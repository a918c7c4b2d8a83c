"""What `manage.py check --deploy` says beyond Django's own checks."""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Tags, register
from django.core.checks import Warning as CheckWarning


@register(Tags.security, deploy=True)
def mail_reaches_people(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[CheckMessage]:
    """Warn where mail is written to files although the site is not this machine's own: nobody would get any."""
    if not settings.EMBEDDED_MAIL or settings.SITE_IS_LOCAL:
        return []
    hint = "Set EMAIL_URL to your mail server, for example smtp+tls://user:password@mail.example:587"
    return [CheckWarning("EMAIL_URL is not set, so no mail leaves this machine.", hint=hint, id="clinic.W001")]
