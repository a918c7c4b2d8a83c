"""Template tags of the clinic pages."""

from typing import Any

from django import template
from django.urls import reverse

from accounts.models import Member
from accounts.pages import page_name

register = template.Library()


@register.simple_tag(takes_context=True)
def clinic_url(context: template.Context, name: str, *args: Any) -> str:
    """The address of a page in the clinic that this page is about: one of accounts, or of the app before a colon."""
    return reverse(page_name(name), args=[context["request"].account.slug, *args])


@register.filter
def may(member: Member, permission: str) -> bool:
    """Whether somebody has a permission of the role matrix, to any extent."""
    return member.has_perm(permission)
