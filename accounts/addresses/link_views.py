"""The links in the mails about a change of address: **Confirm email address**, and **This wasn’t me** (C2)."""

from typing import ClassVar

from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views import View

from accounts.addresses.links import confirm_email_change, object_to_email_change
from accounts.addresses.objection_rules import require_can_object, standing_for
from accounts.core.carried import Carried, carried, carry, drop
from accounts.core.email_changes import why_asker_may_not
from accounts.core.errors import ActionRefused, SignInAgain
from accounts.core.origin import Origin
from accounts.core.responses import never_leak
from accounts.core.tokens import EmailChangeLink, Side
from accounts.identity.personal import PersonalView
from accounts.identity.reverify import require_reverification, was_cancelled
from accounts.identity.sessions.store import SIGN_IN_ID
from accounts.identity.throttle import forgive
from accounts.mail.notice import moment_in_words
from accounts.mail.security_notices.login import clinic_of
from accounts.models import EmailChange
from clinic.clock import database_now

CARRIED_AS = {Side.NEW: Carried.NEW_ADDRESS, Side.OLD: Carried.OBJECTION}


@method_decorator([login_not_required, never_leak], name="dispatch")
class SideLinkView(View):
    """Keeps what a link says in the browser and moves on to an address without it (A27)."""

    side: ClassVar[Side]
    page: ClassVar[str]

    def get(self, request: HttpRequest, token: str) -> HttpResponse:
        """Consumes nothing: mail scanners open links, too (A26)."""
        link = EmailChangeLink.read(token, self.side)
        carry(request, CARRIED_AS[self.side], link.change_id if link else None)
        return redirect(self.page)


class EmailChangeLinkView(SideLinkView):
    """`/email/change/<token>/`, mailed to the new address."""

    side = Side.NEW
    page = "accounts:email_change_confirm"


class EmailObjectionLinkView(SideLinkView):
    """`/email/objection/<token>/`, mailed to the old address."""

    side = Side.OLD
    page = "accounts:email_objection"


def _change(request: HttpRequest, side: Side) -> EmailChange | None:
    """The change that the link opened in this browser is about."""
    found: EmailChange | None = (
        EmailChange.objects.select_related("user", "asked_by__account", "asked_by__user")
        .filter(pk=carried(request, CARRIED_AS[side]) or 0)
        .first()
    )
    return found


class EmailChangeConfirmView(PersonalView):
    """**Confirm email address**, by somebody who is signed in to the login that it is for.

    Whoever reads mail at the new address may be a stranger to whom it was mistyped.
    """

    def get(self, request: HttpRequest) -> HttpResponse:
        change = self._own_change()
        return self._page(change, refusal=_why_not_confirmed(change))

    def post(self, request: HttpRequest) -> HttpResponse:
        """Confirm. Where an administrator asked for it, its person has yet to show the password for it (A19)."""
        change = self._own_change()
        if change is None or was_cancelled(request):
            return self._page(change, status=422 if change is None else 200)
        if refusal := _why_not_confirmed(change):
            return self._page(change, refusal=refusal, status=422)
        before = self.request.user.email
        if change.asked_by is not None and change.is_open:
            act = _("Sign in with %(email)s from now on.") % {"email": change.new_email}
            require_reverification(request, act=act, button=_("Confirm email address"), always=True)
        try:
            self._confirm(change)
        except ActionRefused as refusal:
            return self._page(change, refusal=str(refusal), status=422)
        drop(request, Carried.NEW_ADDRESS)
        request.session.cycle_key()
        forgive(before)
        words = _("Thank you. From now on you sign in with %(email)s. You are signed out everywhere else.")
        messages.success(request, words % {"email": change.new_email})
        return redirect("accounts:security")

    def _confirm(self, change: EmailChange) -> None:
        confirm_email_change(
            user=self.request.user,
            link=EmailChangeLink.of(change, Side.NEW),
            origin=Origin.of(self.request),
            keep=self.request.session.get(SIGN_IN_ID),
        )

    def _own_change(self) -> EmailChange | None:
        change = _change(self.request, Side.NEW)
        return change if change is not None and change.user_id == self.request.user.pk else None

    def _page(self, change: EmailChange | None, *, refusal: str = "", status: int = 200) -> HttpResponse:
        is_waiting = change is not None and change.is_waiting_at(database_now())
        context = {"change": change, "refusal": refusal, "is_waiting": is_waiting}
        return render(self.request, "accounts/addresses/confirm.html", context, status=status)


@method_decorator(login_not_required, name="dispatch")
class EmailObjectionView(View):
    """**This wasn’t me**, by whoever reads mail at the old address; they may be unable to sign in.

    A box has to be ticked: some mail scanners send the bare form of a page (F-C14).
    """

    def get(self, request: HttpRequest) -> HttpResponse:
        change = _objected_to(request)
        return self._page(change, refusal=_why_not(change))

    def post(self, request: HttpRequest) -> HttpResponse:
        change = _objected_to(request)
        if change is None:
            return self._page(None, refusal=_why_not(None), status=422)
        if not _why_not(change) and "not_me" not in request.POST:
            return self._page(change, is_unticked=True, status=422)
        try:
            change = object_to_email_change(link=EmailChangeLink.of(change, Side.OLD), origin=Origin.of(request))
        except ActionRefused as refusal:
            return self._page(change, refusal=str(refusal), status=422)
        except SignInAgain:
            return self._page(None, refusal=_why_not(None), status=422)
        drop(request, Carried.OBJECTION)
        forgive(change.old_email)
        if change.objection_shuts and request.user == change.user:
            logout(request)
        return self._page(change, done=True)

    def _page(
        self,
        change: EmailChange | None,
        *,
        refusal: str = "",
        done: bool = False,
        is_unticked: bool = False,
        status: int = 200,
    ) -> HttpResponse:
        facts = {"refusal": refusal, "done": done, "is_unticked": is_unticked}
        context = {"change": change, "moved_at": _moved_at(change), **facts}
        return render(self.request, "accounts/addresses/objection.html", context, status=status)


def _why_not_confirmed(change: EmailChange | None) -> str:
    """Why a change that waits can't be confirmed; an empty text where it can. The page says what else there is to."""
    is_waiting = change is not None and change.is_waiting_at(database_now())
    return why_asker_may_not(change) if change is not None and is_waiting else ""


def _objected_to(request: HttpRequest) -> EmailChange | None:
    """The change that the link is about by now: what it was mailed about may have been replaced since."""
    change = _change(request, Side.OLD)
    return standing_for(change) if change is not None else None


def _moved_at(change: EmailChange | None) -> str:
    """When the login got its new address, in words; an empty text where it has not."""
    if change is None or change.confirmed_at is None:
        return ""
    return moment_in_words(change.confirmed_at, clinic_of(change.user_id))


def _why_not(change: EmailChange | None) -> str:
    """Why the link is of no use; an empty text where it is."""
    if change is None:
        return _("This link is not complete. Open it again from the email, or copy the whole address.")
    try:
        require_can_object(change)
    except ActionRefused as refusal:
        return str(refusal)
    return ""
