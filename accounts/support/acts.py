"""What support does to an account whose ownership is in dispute (S37). `act.py` has what is common to all."""

from typing import Any

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Member
from accounts.models.account import TIME_TO_REOPEN
from accounts.ownership import rules
from accounts.support import actions as support
from accounts.support import queries
from accounts.support.act import ActView


class LockView(ActView):
    """Lock the account while its ownership is determined."""

    template = "support/acts/lock.html"
    button = gettext_lazy("Lock account")
    act = gettext_lazy("Lock the account of %(clinic)s for everybody in it.")
    done = gettext_lazy("The account of %(clinic)s is locked. Nobody in it can use it until you unlock it.")

    def is_done(self) -> bool:
        """Whether it is locked."""
        return self.account.locked_at is not None

    def carry_out(self, reason: str) -> None:
        """Lock it."""
        support.lock(staff=self.request.user, account=self.account, reason=reason)


class UnlockView(ActView):
    """Unlock it again."""

    template = "support/acts/unlock.html"
    button = gettext_lazy("Unlock account")
    act = gettext_lazy("Unlock the account of %(clinic)s.")
    done = gettext_lazy("The account of %(clinic)s is unlocked.")

    def is_done(self) -> bool:
        """Whether it is not locked."""
        return self.account.locked_at is None

    def carry_out(self, reason: str) -> None:
        """Unlock it."""
        support.unlock(staff=self.request.user, account=self.account, reason=reason)

    def readers(self) -> str:
        """The administrators of a closed account, too: they are told until when it can be opened again."""
        return _owners_and_administrators() if self.account.closed_at is not None else super().readers()

    def context(self) -> dict[str, Any]:
        """For how long a closed account can be opened again, unless that has to wait."""
        is_disputed = rules.has_open_dispute(self.account)
        return {**super().context(), "days": TIME_TO_REOPEN.days, "is_disputed": is_disputed}


class PersonActView(ActView):
    """An act on somebody in the account; somebody of another account is not found (A38)."""

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        """Find them. Raises Http404."""
        super().setup(request, *args, **kwargs)
        self.person: Member = get_object_or_404(queries.people(self.account), pk=kwargs["member_id"])
        self.person.account = self.account

    def names(self) -> dict[str, str]:
        """The clinic and the person."""
        return {**super().names(), "name": self.person.full_name}

    def context(self) -> dict[str, Any]:
        """The person, and the owners beside them."""
        others = [owner for owner in self.owners if owner.pk != self.person.pk]
        return {**super().context(), "person": self.person, "other_owners": others}


class AppointView(PersonActView):
    """Make an administrator an owner, also where the account has none (S26)."""

    template = "support/acts/appoint.html"
    button = gettext_lazy("Appoint as owner")
    act = gettext_lazy("Make %(name)s an owner of %(clinic)s.")
    done = gettext_lazy("%(name)s is now an owner of %(clinic)s.")

    def check(self) -> None:
        """Refuse whoever cannot become one (S29)."""
        rules.require_can_become_owner(self.person)

    def carry_out(self, reason: str) -> None:
        """Appoint them."""
        support.appoint_owner(staff=self.request.user, target=self.person, reason=reason)

    def readers(self) -> str:
        """The new owner is one of them, and where there was none the only one."""
        return _("The owners read it, %(name)s included.") % {"name": self.person.full_name}


class RemoveView(PersonActView):
    """Take ownership from somebody; the last owner stays one (C17)."""

    template = "support/acts/remove.html"
    button = gettext_lazy("Remove ownership")
    act = gettext_lazy("Take ownership of %(clinic)s from %(name)s.")
    done = gettext_lazy("%(name)s is no longer an owner of %(clinic)s, and still an administrator.")

    def is_done(self) -> bool:
        """Whether they are none."""
        return not self.person.is_owner

    def check(self) -> None:
        """Refuse the last one."""
        rules.require_another_owner(self.person)

    def carry_out(self, reason: str) -> None:
        """Take it."""
        support.remove_owner(staff=self.request.user, target=self.person, reason=reason)

    def readers(self) -> str:
        """The owners that remain, and whom it is taken from."""
        return _("The owners read it, and so does %(name)s.") % {"name": self.person.full_name}


class SettleView(ActView):
    """Mark a request about ownership as settled; the reason says how."""

    template = "support/acts/settle.html"
    button = gettext_lazy("Settle request")
    act = gettext_lazy("Settle the request of %(name)s about %(clinic)s.")
    done = gettext_lazy("The request of %(name)s is settled.")

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        """Find it, in this account (A38). Raises Http404."""
        super().setup(request, *args, **kwargs)
        self.dispute = get_object_or_404(queries.disputes(), account=self.account, pk=kwargs["dispute_id"])

    def is_done(self) -> bool:
        """Whether it is settled."""
        return self.dispute.settled_at is not None

    def carry_out(self, reason: str) -> None:
        """Settle it."""
        support.settle_dispute(staff=self.request.user, dispute=self.dispute, reason=reason)

    def names(self) -> dict[str, str]:
        """The clinic, and who filed it."""
        return {**super().names(), "name": self.dispute.filed_by.full_name}

    def readers(self) -> str:
        """Whoever asked, too; and the administrators, if it says when a closed account is erased."""
        words = _("Say how it ended. %(others)s So does %(name)s, who asked.")
        others = _owners_and_administrators() if rules.starts_thirty_days(self.dispute) else super().readers()
        return words % {"others": others, "name": self.dispute.filed_by.full_name}

    def context(self) -> dict[str, Any]:
        """The request itself, and whether the days of a closed account start with it."""
        starts = rules.starts_thirty_days(self.dispute)
        facts = {"dispute": self.dispute, "starts_thirty_days": starts, "days": TIME_TO_REOPEN.days}
        return {**super().context(), **facts}


def _owners_and_administrators() -> str:
    return _("The owners and administrators read it.")
