"""Time zones in words."""

from django import template

register = template.Library()


@register.filter
def zone_in_words(name: str) -> str:
    """A zone by its city and its name: "Sydney time (Australia/Sydney)"; one that names no city as it is."""
    region, _slash, city = name.rpartition("/")
    if not region or region == "Etc":
        return name
    return f"{city.replace('_', ' ')} time ({name})"
