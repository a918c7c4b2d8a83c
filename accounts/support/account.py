"""One account as support sees it: facts, requests, people, activity, and what can be done about it."""

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views import View

from accounts.support import queries
from accounts.support.base import page

PEOPLE_PER_PAGE = 25


class AccountView(View):
    """The page of an account. It shows no password, session, or link of anybody."""

    http_method_names = ("get", "head", "options")

    def get(self, request: HttpRequest, account_id: int) -> HttpResponse:
        """Show it. Raises Http404."""
        account = get_object_or_404(queries.accounts().select_related("creator"), pk=account_id)
        people = Paginator(queries.people(account), PEOPLE_PER_PAGE).get_page(request.GET.get("page"))
        requests = queries.requests_of(account)
        context = {
            "nav": "accounts",
            "account": account,
            "page_obj": people,
            "people": queries.standing(account, people),
            "open": [each for each in requests if each.settled_at is None],
            "settled": [each for each in requests if each.settled_at is not None],
            "activity": queries.activity_of(account),
            "most_activity": queries.ACTIVITY_SHOWN,
        }
        return page(request, "support/account.html", context)
