"""How support acts: a page of its own, a written reason, and then the password, whatever grace is set (A19, A20)."""

from typing import Any, ClassVar

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.views import View

from accounts.core.errors import ActionRefused
from accounts.core.recipients import owners_of
from accounts.identity.reverify import require_reverification, was_cancelled
from accounts.models import Account
from accounts.support.base import SupportRequest, page
from accounts.support.forms import EVERYBODY, ReasonForm


class ReasonedView(View):
    """GET says what it does; POST does it. The texts may name whatever `names` gives."""

    request: SupportRequest
    http_method_names = ("get", "head", "post", "options")
    nav: ClassVar[str]
    template: ClassVar[str]
    button: ClassVar[Promise]
    act: ClassVar[Promise]
    done: ClassVar[Promise]

    def get(self, request: HttpRequest, **_ids: int) -> HttpResponse:
        """Show the page; the one that the address belongs to, where this is done already."""
        return self.back() if self.is_done() else self._page(self.form())

    def post(self, request: HttpRequest, **_ids: int) -> HttpResponse:
        """Do it and go back to the page that led here, or say why not, with what was typed."""
        form = self.form(request.POST)
        if not form.is_valid():
            return self._page(form, status=422)
        if was_cancelled(request):
            return self._page(form)
        require_reverification(request, act=self.act % self.names(), button=str(self.button), always=True)
        try:
            self.carry_out(**form.cleaned_data)
        except ActionRefused as refusal:
            form.add_error(None, str(refusal))
            return self._page(form, status=422)
        messages.success(request, self.done % self.names())
        return self.back()

    def is_done(self) -> bool:
        """Whether there is nothing left to do here."""
        return False

    def check(self) -> None:
        """Raise ActionRefused where the act cannot be done as things stand."""

    def carry_out(self, reason: str) -> None:
        """Call the action. Raises ActionRefused."""
        raise NotImplementedError

    def names(self) -> dict[str, str]:
        """Who it is about, for the texts."""
        raise NotImplementedError

    def back(self) -> HttpResponseRedirect:
        """The page that leads here."""
        raise NotImplementedError

    def form(self, data: Any = None) -> ReasonForm:
        """The form, empty or with what was sent."""
        raise NotImplementedError

    def context(self) -> dict[str, Any]:
        """What the page names beyond the act."""
        return {}

    def _page(self, form: ReasonForm, *, status: int = 200) -> HttpResponse:
        context = {
            "nav": self.nav,
            "form": form,
            "button": self.button,
            "back": self.back().url,
            **self.context(),
        }
        return page(self.request, self.template, context, status=status)


class ActView(ReasonedView):
    """An act on an account. The texts may name `clinic` and, where there is one, `name`."""

    nav = "accounts"

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        """Find what the address names. Raises Http404."""
        super().setup(request, *args, **kwargs)
        self.account = get_object_or_404(Account, pk=kwargs["account_id"])
        self.owners = owners_of(self.account)

    def names(self) -> dict[str, str]:
        """The clinic."""
        return {"clinic": self.account.name}

    def readers(self) -> str:
        """Who is sent the reason."""
        if self.owners:
            return _("The owners read it.")
        return _("The administrators read it, as the account has no owners.")

    def context(self) -> dict[str, Any]:
        """The account and who owns it."""
        return {"account": self.account, "owners": self.owners}

    def back(self) -> HttpResponseRedirect:
        """The account's page."""
        answer = redirect("support:accounts_account_change", self.account.pk)
        assert isinstance(answer, HttpResponseRedirect)
        return answer

    def form(self, data: Any = None) -> ReasonForm:
        """A reason, and nothing else."""
        return ReasonForm(data, readers=f"{self.readers()} {EVERYBODY}", check=self.check)
