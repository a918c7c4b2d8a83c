"""What every template may use."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest

THEMES = ("auto", "light", "dark")


def page(request: HttpRequest) -> dict[str, Any]:
    """The product's name, and the theme chosen in this browser."""
    theme = request.COOKIES.get("theme", "auto")
    return {
        "product_name": settings.PRODUCT_NAME,
        "theme": theme if theme in THEMES else "auto",
        "support_email": settings.SUPPORT_EMAIL,
    }
