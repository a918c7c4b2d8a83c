"""Who owns an account that is brought over (S25, S26)."""

from datetime import UTC, datetime

from django.utils.translation import gettext as _

from accounts.actions.base import owners_of, record
from accounts.actions.dismissal import end_changes_of_owner
from accounts.details import ImportedAccount, ImportedPerson
from accounts.models import Account, Activity, Member, User
from accounts.roles import ADMINISTRATOR

# Accounts that were made before have an owner by a rule, later ones those whom the other system names.
OWNERS_SINCE = datetime(2019, 6, 4, tzinfo=UTC)


def is_proved(user: User) -> bool:
    """Whether a password, where there is one, can only be that of somebody who reads mail at the address (A57)."""
    return user.email_confirmed_at is not None or not user.has_usable_password()


class OwnersToBe:
    """Gathers, line by line, who may become an owner, and settles it when all lines have been seen."""

    def __init__(self, account: Account, facts: ImportedAccount) -> None:
        self._account = account
        self._has_old_rule = facts.created < OWNERS_SINCE
        self._addresses: set[str] = set()

    def note(self, person: ImportedPerson) -> str:
        """Remember `person` where their line makes them one; returns why somebody who is named as owner is none."""
        is_administrator = person.details.is_active and person.details.role == ADMINISTRATOR
        if self._has_old_rule:
            # Two are as good as many: then nobody becomes an owner.
            if is_administrator and len(self._addresses) < 2:
                self._addresses.add(person.details.email)
        elif person.is_named_owner and is_administrator:
            self._addresses.add(person.details.email)
        elif person.is_named_owner:
            return _("not as an owner, who has to be an active administrator")
        return ""

    def settle(self, *, is_whole: bool) -> tuple[list[Member], str]:
        """Give ownership where the rule does and nobody has it; returns the owners now, and why there are none.

        `is_whole`: no line of the account was refused, so that all its administrators are known.
        """
        if owners := owners_of(self._account):
            return owners, ""
        if not is_whole:
            return [], _("lines of it or unreadable ones beside it were refused; mend them and run this again")
        if reason := self._why_none():
            return [], reason
        self._grant()
        owners = owners_of(self._account)
        return owners, "" if owners else _("whoever could be one was changed here since, or has an unconfirmed address")

    def _why_none(self) -> str:
        if self._has_old_rule and len(self._addresses) > 1:
            return _("several active administrators; support can appoint one")
        if self._has_old_rule and not self._addresses:
            return _("no active administrator")
        return "" if self._addresses else _("no active administrator is named as owner; support can appoint one")

    def _grant(self) -> None:
        """Make owners of those who are, as on file now, active administrators with a login that is theirs."""
        details = {"rule": OWNERS_SINCE.date().isoformat() if self._has_old_rule else "file"}
        members = Member.objects.filter(account=self._account, user__email__in=self._addresses).administrators()
        for member in members.select_related("user").order_by("pk"):
            if is_proved(member.user):
                member.is_owner = True
                member.touch("is_owner")
                end_changes_of_owner(member, actor=None)
                verb = Activity.Verb.OWNERSHIP_GRANTED
                record(verb, account=self._account, actor=None, subject=member, details=details)
