"""Template tags of the clinic pages."""

from datetime import datetime
from typing import Any

from django import template
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

from accounts.core.pages import page_name
from accounts.models import Account, Member
from accounts.text.phone_numbers import shown_number

register = template.Library()


@register.simple_tag(takes_context=True)
def clinic_url(context: template.Context, name: str, *args: Any) -> str:
    """The address of a page in the clinic that this page is about: one of accounts, or of the app before a colon."""
    return reverse(page_name(name), args=[context["request"].account.slug, *args])


@register.filter
def moment(at: datetime) -> str:
    """When something happens, on the page's clock: "at 14:02", or on another day "on 3 May 2026 at 14:02"."""
    local = timezone.localtime(at)
    if local.date() == timezone.localdate():
        return f"at {local:%H:%M}"
    return f"on {date_format(local, 'j F Y')} at {local:%H:%M}"


@register.filter
def phone_number(value: str, account: Account | None = None) -> str:
    """A phone number on file as people of the clinic write it; for support, who are in no clinic, with its code."""
    return shown_number(value, account.home_country if account else "")


@register.filter
def may(member: Member, permission: str) -> bool:
    """Whether somebody has a permission of the role matrix, to any extent."""
    return member.has_perm(permission)
