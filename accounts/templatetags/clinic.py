"""Template tags of the clinic pages."""

from typing import Any

from django import template
from django.urls import reverse

register = template.Library()


@register.simple_tag(takes_context=True)
def clinic_url(context: template.Context, name: str, *args: Any) -> str:
    """The address of `accounts:<name>` in the clinic that the page is about."""
    return reverse(f"accounts:{name}", args=[context["request"].account.slug, *args])
