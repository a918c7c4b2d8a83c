"""The lists: accounts, requests about ownership, two-factor resets. To be read and searched; none changes anything."""

from typing import Any, cast

from django.contrib.admin import ModelAdmin, ShowFacets, SimpleListFilter
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import SEARCH_VAR
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from accounts.core.search import LONGEST_SEARCH, MOST_WORDS, Search
from accounts.models import Account, Dispute, Member, TwoFactorRecovery, User
from accounts.support import acts, people, queries, reading
from accounts.support.account import AccountView
from accounts.support.base import page
from clinic.clock import DatabaseNow

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


class RecoveryState(StateFilter):
    """Still waiting, or over."""

    STATES = {"open": _("Open"), "ended": _("Ended")}

    def queryset(self, request: Any, queryset: QuerySet[TwoFactorRecovery]) -> QuerySet[TwoFactorRecovery]:
        """Narrow the list."""
        waiting = Q(ended_at=None, lapses_at__gt=DatabaseNow())
        if self.value() not in self.STATES:
            return queryset
        return queryset.filter(waiting if self.value() == "open" else ~waiting)


# Generic for the type checker alone: each list says what it lists when it is registered.
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
            reading.found(request.user, self.accounts_named(list(rows)))
        return answer

    def accounts_named(self, rows: list[Any]) -> set[int]:
        """The accounts that the rows tell of."""
        raise NotImplementedError

    @staticmethod
    def _bound_search(request: HttpRequest) -> Search:
        """Cut what is searched for before the library makes a query of it, and links to further pages."""
        search = Search.of(request.GET.get(SEARCH_VAR, ""), most_words=MOST_WORDS)
        if SEARCH_VAR in request.GET:
            bound = request.GET.copy()
            bound[SEARCH_VAR] = search.text
            request.GET = cast("Any", bound)
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

    def accounts_named(self, rows: list[Account]) -> set[int]:
        """The rows themselves."""
        return {row.pk for row in rows}

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

    def accounts_named(self, rows: list[Dispute]) -> set[int]:
        """Those that the requests are about."""
        return {row.account_id for row in rows}

    def get_urls(self) -> list[URLPattern]:
        """The list; a request itself stands on the page of its account."""
        address = self.admin_site.admin_view(self.list_view)
        return [path("requests/", address, name="accounts_dispute_changelist")]


class RecoveryList(SupportList):
    """Two-factor resets: those that wait first, the one that can be completed soonest on top."""

    template = "support/recoveries.html"
    nav = "recoveries"
    ordering = (F("ended_at").desc(nulls_first=True), "due_at", "pk")
    list_filter = (RecoveryState,)
    search_fields = ("email", "user__email")

    def get_queryset(self, request: HttpRequest) -> QuerySet[TwoFactorRecovery]:
        """All that a row shows."""
        return queries.recoveries()

    def accounts_named(self, rows: list[TwoFactorRecovery]) -> set[int]:
        """None: a row names a login and no clinic."""
        return set()

    def get_urls(self) -> list[URLPattern]:
        """The list, a login's page, and the acts."""
        guard = self.admin_site.admin_view
        one = "people/<int:user_id>/"
        reset = f"{one}two-factor/<int:recovery_id>/"
        return [
            path("two-factor/", guard(self.list_view), name="accounts_twofactorrecovery_changelist"),
            path("people/", guard(people.PersonFindView.as_view()), name="person_find"),
            path(one, guard(people.PersonView.as_view()), name="person"),
            path(f"{one}two-factor/", guard(people.RecoveryOpenView.as_view()), name="recovery_open"),
            path(f"{reset}complete/", guard(people.RecoveryCompleteView.as_view()), name="recovery_complete"),
            path(f"{reset}withdraw/", guard(people.RecoveryWithdrawView.as_view()), name="recovery_withdraw"),
        ]
