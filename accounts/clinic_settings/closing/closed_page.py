"""The one page of an account that an owner has closed: what happens to it, and what whoever reads it can do (A72)."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from accounts.access import policies
from accounts.models import Member
from accounts.models.account import TIME_TO_REOPEN
from accounts.ownership import rules


def closed_page(request: HttpRequest, member: Member) -> HttpResponse:
    """Show it to `member`: an owner can open the account again, an administrator can write to support. One query."""
    context = {
        "account": member.account,
        "may_reopen": policies.can_close_account(member),
        "may_file": policies.can_file_dispute(member),
        "is_disputed": rules.has_open_dispute(member.account),
        "days": TIME_TO_REOPEN.days,
    }
    return render(request, "accounts/clinic_settings/closing/closed.html", context, status=423)
