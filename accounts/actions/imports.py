"""Bringing accounts over from another system (S25). Nobody of the account acts: whoever runs the site does."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _

from accounts import rules
from accounts.actions.accounts import create_account
from accounts.actions.base import lock_account, queue_email, record, require_no_way_back
from accounts.actions.imported_owners import OwnersToBe, is_proved
from accounts.details import ImportedAccount, ImportedPerson
from accounts.errors import ActionRefused
from accounts.models import Account, Activity, Member, OutboundEmail, User
from accounts.plans import FIRST_PLAN, PLANS, PLANS_BY_KEY
from clinic.clock import database_now


@dataclass(frozen=True)
class Outcome:
    """What became of a person: new, or there already. `remark` says what of their line did not count."""

    is_new: bool
    remark: str = ""


@dataclass(frozen=True)
class Finished:
    """What became of an account: its plan and owners now. `remark` says why it has no owner."""

    is_new: bool
    plan: str
    owners: list[Member]
    remark: str = ""


@contextmanager
def bringing_over(facts: ImportedAccount, *, commit: bool, welcome: bool) -> Iterator["AccountImport"]:
    """Open a transaction with the account made, or found and locked (K1). Without `commit` all is rolled back.

    With `welcome` everybody active who is added is told by mail. Raises ActionRefused for an account that is here and
    locked or closed, or was made on another day.
    """
    with transaction.atomic():
        known = Account.objects.filter(import_reference=facts.reference).values_list("pk", flat=True).first()
        found = None if known is None else lock_account(known)
        if found is not None:
            _require_same(found, facts)
        yield AccountImport(found or _make(facts), facts, is_new=found is None, welcome=welcome)
        if not commit:
            transaction.set_rollback(True)


def _require_same(account: Account, facts: ImportedAccount) -> None:
    if not account.is_open:
        raise ActionRefused(_("The account is here already, and is locked or closed."))
    if account.created_at != facts.created:
        words = _("The account is here already, and account_created was %(moment)s then.")
        raise ActionRefused(words % {"moment": account.created_at.isoformat()})


def _make(facts: ImportedAccount) -> Account:
    account = create_account(
        name=facts.name,
        time_zone=facts.time_zone,
        plan=facts.plan or FIRST_PLAN,
        created_at=facts.created,
        import_reference=facts.reference,
    )
    record(Activity.Verb.ACCOUNT_IMPORTED, account=account, actor=None, details={"reference": facts.reference})
    return account


class AccountImport:
    """An account on its way in, one person after the other. `bringing_over` makes it."""

    def __init__(self, account: Account, facts: ImportedAccount, *, is_new: bool, welcome: bool) -> None:
        self._account = account
        self._facts = facts
        self._is_new = is_new
        self._welcome = welcome
        self._owners = OwnersToBe(account, facts)
        self._plan_before = account.plan
        if not facts.plan:
            # Whoever finds room in the largest plan is taken; `finish` chooses the smallest that has room for all.
            account.plan = PLANS[-1].key

    def add(self, facts: ImportedAccount, person: ImportedPerson) -> Outcome:
        """Add a person, or leave as they are somebody who is here already.

        `facts` is what their line says about the account. Raises ActionRefused where the first line said something
        else, or where somebody else may have signed up with their address (A57); PlanFull where no seat is left.
        """
        self._require_as_before(facts)
        # One query for login and member, and below one for each row: of 100,000 lines each is felt.
        here = Member.objects.filter(account=self._account, user=OuterRef("pk"))
        logins = User.objects.select_for_update(no_key=True).annotate(is_here=Exists(here))
        login = logins.filter(email=person.details.email).first()
        is_here = login is not None and login.is_here
        if not is_here:
            self._join(login, person)
        return Outcome(not is_here, self._owners.note(person))

    def _require_as_before(self, facts: ImportedAccount) -> None:
        names = [each.name for each in fields(facts) if getattr(facts, each.name) != getattr(self._facts, each.name)]
        if names:
            words = _("It says something else about the account than the first line: %(names)s.")
            raise ActionRefused(words % {"names": ", ".join(f"account_{name}" for name in names)})

    def _join(self, login: User | None, person: ImportedPerson) -> None:
        """Add somebody to the account, with the login that is locked or, where their address has none, with a new one.

        Where somebody makes one with the same address at this very moment, the database raises IntegrityError.
        """
        details = person.details
        if not self._is_new:
            self._require_not_let_go(details.email)
        if login is not None:
            _require_theirs(login)
        else:
            require_no_way_back(details.email)
        if details.is_active and details.is_practitioner:
            rules.require_seat(self._account)
        user = login or User.objects.create_user(details.email)
        member = Member.objects.create(
            account=self._account,
            user=user,
            first_name=details.first_name,
            last_name=details.last_name,
            mobile=details.mobile,
            role=details.role,
            is_practitioner=details.is_practitioner,
            is_active=details.is_active,
            joined_at=person.joined_at,
            deactivated_at=None if details.is_active else database_now(),
        )
        said = {"role": details.role, "is_practitioner": details.is_practitioner, "is_active": details.is_active}
        entry = record(Activity.Verb.MEMBER_IMPORTED, account=self._account, actor=None, subject=member, details=said)
        if self._welcome and details.is_active:
            # Not counted with other notices: an operator brings somebody over once, and each clinic is another welcome.
            queue_email(OutboundEmail.Kind.NOTICE, user=user, activity=entry, at_once=False)

    def _require_not_let_go(self, email: str) -> None:
        """Raise ActionRefused where the address was let go: whoever had it has left, and isn't brought back (A68)."""
        if Member.objects.filter(account=self._account, released_email=email).exists():
            words = _("Whoever had this address left, and it was freed for somebody else: add them in the clinic.")
            raise ActionRefused(words)

    def finish(self, *, is_whole: bool) -> Finished:
        """Settle the plan and the owners. `is_whole`: no line about the account was refused (S25, S26)."""
        self._settle_plan()
        owners, remark = self._owners.settle(is_whole=is_whole)
        return Finished(self._is_new, self._account.plan_details.name, owners, remark)

    def _settle_plan(self) -> None:
        """Without a plan in the file: the smallest that has room, but none smaller than it had.

        Where none has, since the operator has made all plans smaller than what is in use already, it stays.
        """
        before = self._plan_before
        if not self._facts.plan:
            seats = max(rules.seats_in_use(self._account), PLANS_BY_KEY[before].seats)
            self._account.plan = next((plan.key for plan in PLANS if plan.seats >= seats), before)
        after = self._account.plan
        if before != after:
            self._account.save(update_fields=["plan"])
            record(Activity.Verb.PLAN_CHANGED, account=self._account, actor=None, details={"plan": [before, after]})


def _require_theirs(user: User) -> None:
    """Raise ActionRefused where the login is blocked, or may be another's who signed up with the address (A57)."""
    if not user.is_active:
        raise ActionRefused(_("The login with this address is switched off."))
    if not is_proved(user):
        raise ActionRefused(
            _(
                "Somebody signed up with this address and has yet to confirm it. Let its reader confirm it or choose a "
                "new password by “Forgotten your password?”, then run this again."
            )
        )
