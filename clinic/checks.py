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


@register(Tags.security, deploy=True)
def support_has_two_factor(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[CheckMessage]:
    """Warn if a password alone opens the support site, which reaches into every clinic (A66)."""
    if settings.SUPPORT_REQUIRES_TWO_FACTOR:
        return []
    hint = "Remove it from the settings. Support staff who have no two-factor authentication are then led to it."
    words = "SUPPORT_REQUIRES_TWO_FACTOR is off, so a password alone opens the support site."
    return [CheckWarning(words, hint=hint, id="clinic.W003")]


@register(Tags.security, deploy=True)
def secrets_have_a_key_of_their_own(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[CheckMessage]:
    """Warn where SECRET_KEY has to stand in: with another one nobody's authenticator app could be read any more."""
    if settings.FIELD_KEYS_ARE_SET or settings.SITE_IS_LOCAL:
        return []
    hint = (
        "Set it to the output of: "
        "python3 -c 'import base64, os; print(base64.urlsafe_b64encode(os.urandom(32)).decode())'"
    )
    return [CheckWarning("FIELD_ENCRYPTION_KEYS is not set, so SECRET_KEY stands in.", hint=hint, id="clinic.W002")]
