"""One login as support sees it, and the reset of its two-factor authentication (A70, PRODUCT B9)."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views import View

from accounts.identity.two_factor.recovery import actions as two_factor_recovery
from accounts.identity.two_factor.recovery import rules
from accounts.models import TwoFactorRecovery, User
from accounts.support import queries, reading
from accounts.support.act import ReasonedView
from accounts.support.base import SupportRequest, page
from accounts.support.forms import ReasonForm, RecoveryForm
from accounts.text import canonical_email

LONGEST_ASKED = 254


def _person_page(user_id: int) -> HttpResponseRedirect:
    answer = redirect("support:person", user_id)
    assert isinstance(answer, HttpResponseRedirect)
    return answer


def _read(staff: User, user: User) -> list[Any]:
    """Whose clinics a page about `user` names, which is written down there (A66)."""
    mine = queries.memberships(user)
    reading.found(staff, {member.account_id for member in mine})
    return mine


class PersonFindView(View):
    """Find a login by its whole address: nobody looks through the logins of others."""

    http_method_names = ("get", "head", "options")

    def get(self, request: HttpRequest) -> HttpResponse:
        asked = request.GET.get("email", "").strip()[:LONGEST_ASKED]
        user = User.objects.filter(email=canonical_email(asked)).first() if asked else None
        if user is not None:
            return _person_page(user.pk)
        return page(request, "support/people/find.html", {"nav": "recoveries", "asked": asked})


class PersonView(View):
    """The page of a login. It shows no password, session, or link."""

    request: SupportRequest
    http_method_names = ("get", "head", "options")

    def get(self, request: HttpRequest, user_id: int) -> HttpResponse:
        """Show it. Raises Http404."""
        person = get_object_or_404(User, pk=user_id)
        recoveries = list(queries.recoveries().filter(user=person))
        waiting = [each for each in recoveries if each.is_waiting_at(each.now)]
        context = {
            "nav": "recoveries",
            "person": person,
            "memberships": _read(self.request.user, person),
            "has_two_factor": person.has_two_factor,
            "why_not": rules.why_no_recovery(person),
            "waiting": [(each, each.is_due_at(each.now)) for each in waiting],
            "earlier": [each for each in recoveries if each not in waiting],
        }
        return page(request, "support/people/person.html", context)


class LoginActView(ReasonedView):
    """An act on a login. The texts may name its `email`, and `due`, from when a reset can be completed."""

    nav = "recoveries"

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        """Find it, and write down whose clinics the page is about. Raises Http404."""
        super().setup(request, *args, **kwargs)
        self.person = get_object_or_404(User, pk=kwargs["user_id"])
        self.memberships = _read(self.request.user, self.person)

    def names(self) -> dict[str, str]:
        """The address."""
        return {"email": self.person.email}

    def back(self) -> HttpResponseRedirect:
        """The person's page."""
        return _person_page(self.person.pk)

    def context(self) -> dict[str, Any]:
        """The person, and where they belong."""
        return {"person": self.person, "memberships": self.memberships}

    def readers(self) -> str:
        """Who reads the reason."""
        return _(
            "The person reads it, and so do the owners and administrators of each of their clinics. Don’t name one "
            "clinic to another."
        )

    def form(self, data: Any = None) -> ReasonForm:
        """A reason, and nothing else."""
        return ReasonForm(data, readers=self.readers(), check=self.check)


class RecoveryOpenView(LoginActView):
    """Start a two-factor reset."""

    template = "support/people/open.html"
    button = gettext_lazy("Start two-factor reset")
    act = gettext_lazy("Start a two-factor reset for %(email)s, which is told to everyone concerned.")
    done = gettext_lazy("The two-factor reset for %(email)s was started, and everyone concerned is told.")

    def check(self) -> None:
        """Refuse whose can't be reset, and where one waits."""
        rules.require_recovery_can_open(self.person)

    def context(self) -> dict[str, Any]:
        """How long it can be stopped."""
        return {**super().context(), "hours": settings.TWO_FACTOR_RECOVERY_HOURS}

    def form(self, data: Any = None) -> ReasonForm:
        """The evidence as well."""
        return RecoveryForm(data, readers=self.readers(), check=self.check)

    def carry_out(self, reason: str, evidence: str = "") -> None:
        """Start it."""
        two_factor_recovery.open_recovery(staff=self.request.user, user=self.person, evidence=evidence, reason=reason)


class RecoveryActView(LoginActView):
    """An act on one reset of this person; that of another is not found (A38)."""

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        """Find it. Raises Http404."""
        super().setup(request, *args, **kwargs)
        mine = queries.recoveries().filter(user=self.person)
        self.recovery: TwoFactorRecovery = get_object_or_404(mine, pk=kwargs["recovery_id"])

    def context(self) -> dict[str, Any]:
        """The reset itself."""
        return {**super().context(), "recovery": self.recovery}


class RecoveryCompleteView(RecoveryActView):
    """Turn two-factor authentication off, once the time has run."""

    template = "support/people/complete.html"
    button = gettext_lazy("Complete two-factor reset")
    act = gettext_lazy("Turn two-factor authentication off for %(email)s.")
    done = gettext_lazy("Two-factor authentication is off for %(email)s, and everyone concerned is told.")

    def check(self) -> None:
        """Refuse it before its time, and to whoever started it where somebody else can do it."""
        rules.require_can_complete(self.recovery, user=self.person, staff=self.request.user)

    def carry_out(self, reason: str) -> None:
        """Complete it."""
        two_factor_recovery.complete_recovery(staff=self.request.user, recovery=self.recovery, reason=reason)


class RecoveryWithdrawView(RecoveryActView):
    """Take it back."""

    template = "support/people/withdraw.html"
    button = gettext_lazy("Withdraw two-factor reset")
    act = gettext_lazy("Withdraw the two-factor reset for %(email)s.")
    done = gettext_lazy("The two-factor reset for %(email)s was withdrawn. Nothing was changed.")

    def check(self) -> None:
        """Refuse it where it has ended."""
        rules.require_waiting(self.recovery)

    def carry_out(self, reason: str) -> None:
        """Withdraw it."""
        two_factor_recovery.withdraw_recovery(staff=self.request.user, recovery=self.recovery, reason=reason)
