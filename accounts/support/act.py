"""How support acts: a page of its own, a written reason, and then the password, whatever grace is set (A19, A20)."""

from typing import Any, ClassVar

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.views import View

from accounts.actions.base import owners_of
from accounts.errors import ActionRefused
from accounts.models import Account
from accounts.reverify import require_reverification, was_cancelled
from accounts.support.base import SupportRequest, page
from accounts.support.forms import ReasonForm


class ActView(View):
    """GET says what it does; POST does it. The texts may name `clinic` and, where there is one, `name`."""

    request: SupportRequest
    http_method_names = ("get", "head", "post", "options")
    template: ClassVar[str]
    button: ClassVar[Promise]
    act: ClassVar[Promise]
    done: ClassVar[Promise]

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        """Find what the address names. Raises Http404."""
        super().setup(request, *args, **kwargs)
        self.account = get_object_or_404(Account, pk=kwargs["account_id"])
        self.owners = owners_of(self.account)

    def get(self, request: HttpRequest, **_ids: int) -> HttpResponse:
        """Show the page; the account's own, where this is done already."""
        return self._back() if self.is_done() else self._page(self._form())

    def post(self, request: HttpRequest, **_ids: int) -> HttpResponse:
        """Do it and go to the account's page, or say why not, with what was typed."""
        form = self._form(request.POST)
        if not form.is_valid():
            return self._page(form, status=422)
        if was_cancelled(request):
            return self._page(form)
        require_reverification(request, act=self.act % self.names(), button=str(self.button), always=True)
        try:
            self.carry_out(form.cleaned_data["reason"])
        except ActionRefused as refusal:
            form.add_error(None, str(refusal))
            return self._page(form, status=422)
        messages.success(request, self.done % self.names())
        return self._back()

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
        return {"clinic": self.account.name}

    def readers(self) -> str:
        """Who is sent the reason."""
        if self.owners:
            return _("The owners read it.")
        return _("The administrators read it, as the account has no owners.")

    def context(self) -> dict[str, Any]:
        """What the page names beyond the account."""
        return {}

    def _form(self, data: Any = None) -> ReasonForm:
        return ReasonForm(data, readers=self.readers(), check=self.check)

    def _page(self, form: ReasonForm, *, status: int = 200) -> HttpResponse:
        context = {
            "nav": "accounts",
            "account": self.account,
            "owners": self.owners,
            "form": form,
            "button": self.button,
            **self.context(),
        }
        return page(self.request, self.template, context, status=status)

    def _back(self) -> HttpResponseRedirect:
        answer = redirect("support:accounts_account_change", self.account.pk)
        assert isinstance(answer, HttpResponseRedirect)
        return answer
