"""The two lists: accounts, and requests about ownership. To be read and searched; nothing is changed in them."""

from typing import Any

from django.contrib.admin import ModelAdmin, ShowFacets, SimpleListFilter
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import SEARCH_VAR
from django.db.models import Exists, F, OuterRef, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from accounts.models import Account, Dispute, Member, User
from accounts.search import LONGEST_SEARCH, MOST_WORDS, Search
from accounts.support import acts, queries, reading
from accounts.support.account import AccountView
from accounts.support.base import page

PER_PAGE = 25


class StateFilter(SimpleListFilter):
    """One state of those in `STATES`; an unknown one narrows nothing."""

    title = _("State")
    parameter_name = "state"
    STATES: dict[str, Any] = {}

    def lookups(self, request: Any, model_admin: Any) -> list[tuple[str, Any]]:
        """The states to choose from."""
        return list(self.STATES.items())


class AccountState(StateFilter):
    """Locked by support, closed by an owner, or without owners (S26)."""

    STATES = {"locked": _("Locked"), "closed": _("Closed"), "ownerless": _("Without owners")}

    def queryset(self, request: Any, queryset: QuerySet[Account]) -> QuerySet[Account]:
        """Narrow the list."""
        match self.value():
            case "locked":
                return queryset.filter(locked_at__isnull=False)
            case "closed":
                return queryset.filter(closed_at__isnull=False)
            case "ownerless":
                return queryset.exclude(Exists(Member.objects.filter(account=OuterRef("pk"), is_owner=True)))
        return queryset


class DisputeState(StateFilter):
    """Open or settled."""

    STATES = {"open": _("Open"), "settled": _("Settled")}

    def queryset(self, request: Any, queryset: QuerySet[Dispute]) -> QuerySet[Dispute]:
        """Narrow the list."""
        if self.value() not in self.STATES:
            return queryset
        return queryset.filter(settled_at__isnull=self.value() == "open")


class SupportList(ModelAdmin):  # type: ignore[type-arg]
    """A list of the Django admin without what it would let one change."""

    template: str
    nav: str
    actions = None
    list_per_page = PER_PAGE
    list_max_show_all = 0
    show_full_result_count = False
    show_facets = ShowFacets.NEVER
    preserve_filters = False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody edits a row; `SupportSite` has settled who reads it."""
        return False

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        """Only by the state: any other field in the address could be asked about, a password's hash included."""
        return lookup == StateFilter.parameter_name

    @method_decorator(require_safe)
    def list_view(self, request: HttpRequest) -> HttpResponse:
        """Show the list as the address narrows it."""
        search = self._bound_search(request)
        try:
            found = self.get_changelist_instance(request)
        except IncorrectLookupParameters:
            return redirect(request.path)
        rows = found.paginator.get_page(found.page_num)
        context = {
            "nav": self.nav,
            "cl": found,
            "page_obj": rows,
            "filters": [(spec.title, list(spec.choices(found))) for spec in found.filter_specs],
            "search": search,
            "longest_search": LONGEST_SEARCH,
            "most_words": MOST_WORDS,
        }
        answer = page(request, self.template, context)
        if search.text:
            assert isinstance(request.user, User)
            reading.found(request.user, {self.account_id(row) for row in rows})
        return answer

    def account_id(self, row: Any) -> int:
        """The account that a row tells of."""
        raise NotImplementedError

    @staticmethod
    def _bound_search(request: HttpRequest) -> Search:
        """Cut what is searched for before the library makes a query of it, and links to further pages."""
        search = Search.of(request.GET.get(SEARCH_VAR, ""), most_words=MOST_WORDS)
        if SEARCH_VAR in request.GET:
            bound = request.GET.copy()
            bound[SEARCH_VAR] = search.text
            request.GET = bound  # type: ignore[assignment]
        return search


class AccountList(SupportList):
    """Every account, found by the clinic or by somebody in it."""

    template = "support/accounts.html"
    nav = "accounts"
    ordering = ("name", "pk")
    list_filter = (AccountState,)
    search_fields = ("name", "slug", "members__first_name", "members__last_name", "members__user__email")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Account]:
        """All that a row shows."""
        return queries.accounts()

    def account_id(self, row: Account) -> int:
        """The row is the account."""
        return row.pk

    def get_urls(self) -> list[URLPattern]:
        """The list, an account's page, and the acts."""
        guard = self.admin_site.admin_view
        one = "accounts/<int:account_id>/"
        return [
            path("accounts/", guard(self.list_view), name="accounts_account_changelist"),
            path(one, guard(AccountView.as_view()), name="accounts_account_change"),
            path(f"{one}lock/", guard(acts.LockView.as_view()), name="account_lock"),
            path(f"{one}unlock/", guard(acts.UnlockView.as_view()), name="account_unlock"),
            path(f"{one}people/<int:member_id>/appoint/", guard(acts.AppointView.as_view()), name="owner_appoint"),
            path(f"{one}people/<int:member_id>/remove/", guard(acts.RemoveView.as_view()), name="owner_remove"),
            path(f"{one}requests/<int:dispute_id>/", guard(acts.SettleView.as_view()), name="request_settle"),
        ]


class DisputeList(SupportList):
    """Requests about ownership: those that wait first, the oldest of them on top."""

    template = "support/requests.html"
    nav = "requests"
    ordering = (F("settled_at").desc(nulls_first=True), "created_at", "pk")
    list_filter = (DisputeState,)
    search_fields = (
        *("account__name", "account__slug"),
        *("filed_by__first_name", "filed_by__last_name", "filed_by__user__email"),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Dispute]:
        """All that a row shows."""
        return queries.disputes()

    def account_id(self, row: Dispute) -> int:
        """The account that the request is about."""
        return row.account_id

    def get_urls(self) -> list[URLPattern]:
        """The list; a request itself stands on the page of its account."""
        address = self.admin_site.admin_view(self.list_view)
        return [path("requests/", address, name="accounts_dispute_changelist")]
