"""Who owns an account that is brought over (S25, S26)."""

from datetime import UTC, datetime

from django.db.models import OuterRef, Q, Subquery
from django.utils.translation import gettext as _

from accounts.access.roles import ADMINISTRATOR
from accounts.addresses.former import address_at, formerly_at
from accounts.core.acting import record
from accounts.core.details import ImportedAccount, ImportedPerson
from accounts.core.recipients import owners_of
from accounts.importing.logins import is_proved
from accounts.invitations.dismissal import end_changes_of_owner
from accounts.models import Account, Activity, Member

# Accounts that were made before have an owner by a rule, later ones those whom the other system names.
OWNERS_SINCE = datetime(2019, 6, 4, tzinfo=UTC)
# In the details of an entry: whether someone came in the run that made the account. Older entries don't say.
WITH_ACCOUNT = "with_account"


class OwnersToBe:
    """Gathers, line by line, who may become an owner, and settles it when all lines have been seen.

    Only people who came with the account, in the run that made it, become owners, even by a later run: someone who has
    an address of the file by then may be a stranger (A68).
    """

    def __init__(self, account: Account, facts: ImportedAccount, *, is_new: bool) -> None:
        self._account = account
        self._has_old_rule = facts.created < OWNERS_SINCE
        self._is_new = is_new
        # By id, so that a person under two addresses is one: whether they came with the account, by one of the lines.
        self._people: dict[int, bool] = {}

    def note(self, person: ImportedPerson, *, added: Member | None = None, corrected: Member | None = None) -> str:
        """Remember `person` where their line makes them one; returns why somebody who is named as owner is none.

        `added` is who they became by this very line. `corrected` is who they are if their clinic has corrected the
        line's address: such a line makes no owner. Without either, this takes a query.
        """
        if not (self._has_old_rule or person.is_named_owner):
            return ""
        if not (person.details.is_active and person.details.role == ADMINISTRATOR):
            return "" if self._has_old_rule else _("not as an owner, who has to be an active administrator")
        # Two are as good as many: then nobody becomes an owner by the old rule.
        if not self._has_old_rule or len(self._people) < 2:
            # A new account has corrected no one yet.
            known = added or corrected
            pk, came_with_it = (known.pk, self._is_new) if known else self._on_file(person.details.email)
            self._people[pk] = came_with_it or self._people.get(pk, False)
        if added and not self._is_new and not self._has_old_rule:
            return _("not as an owner, since the account was here before")
        return ""

    def _on_file(self, email: str) -> tuple[int, bool]:
        """The person here whose address this is or was, by id, and whether they came with the account, under it.

        Several people may have had it by now, one after the other. A line that came with the account is about the one
        who came by it, whatever address they sign in with today.
        """
        entries = Activity.objects.filter(verb=Activity.Verb.MEMBER_IMPORTED, **{f"details__{WITH_ACCOUNT}": True})
        came = entries.filter(subject=OuterRef("pk")).order_by("pk").values("created_at")[:1]
        here = Member.objects.filter(Q(user__email=email) | Q(user__in=formerly_at(email)), account=self._account)
        known = here.annotate(came_at=Subquery(came)).annotate(came_as=address_at("came_at"))
        rows = known.values_list("pk", "came_at", "came_as", "user__email")
        ranks = [(came_at is not None and came_as == email, now == email, pk) for pk, came_at, came_as, now in rows]
        came_with_it, _has_it, pk = max(ranks)
        return pk, came_with_it

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
        if owners:
            return owners, ""
        words = _(
            "anyone who could be one isn’t an active administrator here, or has an unconfirmed address; support can "
            "appoint one"
        )
        return [], words

    def _why_none(self) -> str:
        if self._has_old_rule and len(self._people) > 1:
            return _("several active administrators; support can appoint one")
        if self._has_old_rule and not self._people:
            return _("no active administrator")
        if not self._people:
            return _("no active administrator is named as owner; support can appoint one")
        if not any(self._people.values()):
            return _(
                "no one who could be one is known to have come with the account under the address in the file; support "
                "can appoint one"
            )
        return ""

    def _grant(self) -> None:
        """Make owners of those who are, as on file now, active administrators with a login that is theirs."""
        details = {"rule": OWNERS_SINCE.date().isoformat() if self._has_old_rule else "file"}
        people = [pk for pk, came_with_it in self._people.items() if came_with_it]
        members = Member.objects.filter(account=self._account, pk__in=people).administrators()
        for member in members.select_related("user").order_by("pk"):
            if is_proved(member.user):
                member.is_owner = True
                member.touch("is_owner")
                end_changes_of_owner(member, actor=None)
                verb = Activity.Verb.OWNERSHIP_GRANTED
                record(verb, account=self._account, actor=None, subject=member, details=details)
