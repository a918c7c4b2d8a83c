"""What every template may use."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from accounts.home.theme import THEMES
from accounts.identity.sessions.limits import current_sign_in
from accounts.identity.sessions.queries import seconds_left


def page(request: HttpRequest) -> dict[str, Any]:
    """The product's name, the theme chosen in this browser, and how long whoever is signed in stays so (C9)."""
    sign_in = current_sign_in(request)
    theme = request.COOKIES.get("theme", "auto")
    return {
        "product_name": settings.PRODUCT_NAME,
        "theme": theme if theme in THEMES else "auto",
        "support_email": settings.SUPPORT_EMAIL,
        "session_days": settings.SESSION_ABSOLUTE_DAYS,
        "session_seconds": seconds_left(sign_in)[0] if sign_in is not None else None,
    }
