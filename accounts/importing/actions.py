"""Bringing accounts over from another system (S25). Nobody of the account acts: whoever runs the site does."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from functools import cached_property

from django.db import connection, transaction
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _

from accounts.access.plans import FIRST_PLAN, PLANS, PLANS_BY_KEY
from accounts.addresses.former import corrected_in, formerly_at
from accounts.clinic_settings.opening.actions import create_account
from accounts.core import seat_rules
from accounts.core.acting import lock_account, record
from accounts.core.details import ImportedAccount, ImportedPerson
from accounts.core.errors import ActionRefused
from accounts.core.seats import let_go_of_seats
from accounts.importing.logins import new_login, require_never_left, require_theirs
from accounts.importing.owners import WITH_ACCOUNT, OwnersToBe
from accounts.models import Account, Activity, EmailChange, Member, OutboundEmail, User
from accounts.outbox.queue import queue_email
from clinic.clock import database_now

# The key of an advisory lock of PostgreSQL.
_IMPORTS = int.from_bytes(b"imports", "big")


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

    With `welcome` everybody active who is added is told by mail. Other imports wait until the transaction ends. Raises
    ActionRefused for an account that is here and locked or closed, or was made on another day.
    """
    with transaction.atomic():
        _wait_for_other_imports()
        known = Account.objects.filter(import_reference=facts.reference).values_list("pk", flat=True).first()
        found = None if known is None else lock_account(known)
        if found is not None:
            _require_same(found, facts)
            let_go_of_seats(found)
        work = AccountImport(found or _make(facts), facts, is_new=found is None, welcome=welcome)
        yield work
        if not commit or work.is_empty:
            transaction.set_rollback(True)


def _wait_for_other_imports() -> None:
    """Wait until no other import has a transaction open: two could make the same account.

    And each locks logins in the order of its lines, so that two could wait for each other. On SQLite the IMMEDIATE
    transaction is this lock.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_IMPORTS])


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
        country=facts.country,
        plan=facts.plan or FIRST_PLAN,
        created_at=facts.created,
        import_reference=facts.reference,
    )
    record(Activity.Verb.ACCOUNT_IMPORTED, account=account, actor=None, details={"reference": facts.reference})
    return account


def _together(*remarks: str) -> str:
    return ", ".join(filter(None, remarks))


class AccountImport:
    """An account on its way in, one person after the other. `bringing_over` makes it."""

    def __init__(self, account: Account, facts: ImportedAccount, *, is_new: bool, welcome: bool) -> None:
        self._account = account
        self._facts = facts
        self._is_new = is_new
        # A new account that no one came with isn't made: the next run would find it, and make no owner of anyone (A68).
        self.is_empty = is_new
        self._welcome = welcome
        self._owners = OwnersToBe(account, facts, is_new=is_new)
        self._plan_before = account.plan
        if not facts.plan:
            # Whoever finds room in the largest plan is taken; `finish` chooses the smallest that has room for all.
            account.plan = PLANS[-1].key

    def add(self, facts: ImportedAccount, person: ImportedPerson) -> Outcome:
        """Add a person. Someone who is here already, even with another address by now, is left as they are (A68).

        `facts` is what their line says about the account. Raises ActionRefused if the first line said something else,
        or if their address may be someone else's, who signed up with it (A57) or has it now (A68); PlanFull if no seat
        is left.
        """
        self._require_as_before(facts)
        email = person.details.email
        # One query for login and member, and below one for each row: of 100,000 lines each is felt.
        login, is_here = self._login(email)
        if is_here:
            return Outcome(False, self._owners.note(person))
        if corrected := self._corrected.get(email):
            words = _("at %(email)s now, since the clinic corrected the address") % {"email": corrected.user.email}
            return Outcome(False, _together(words, self._owners.note(person, corrected=corrected)))
        before = self._before(email)
        if moved := [today for today, is_here in before.items() if is_here]:
            words = _("signing in with %(emails)s now") % {"emails": ", ".join(moved)}
            return Outcome(False, _together(words, self._owners.note(person)))
        require_never_left(before)
        member = self._join(login, person)
        self.is_empty = False
        return Outcome(True, self._owners.note(person, added=member))

    def _is_here(self) -> Exists:
        return Exists(Member.objects.filter(account=self._account, user=OuterRef("pk")))

    @cached_property
    def _corrected(self) -> dict[str, Member]:
        return {} if self._is_new else corrected_in(self._account)

    def _before(self, email: str) -> dict[str, bool]:
        """Whether those who had this address before have a place in the account, by their addresses of today."""
        # Hardly any line has some, and Django takes longer to build the second query than the database for both.
        if not EmailChange.objects.about(email).exists():
            return {}
        before = formerly_at(email).annotate(is_here=self._is_here()).order_by("pk")
        return dict(before.values_list("email", "is_here"))

    def _login(self, email: str) -> tuple[User | None, bool]:
        """The login that has this address now, locked, and whether it has a place in the account."""
        logins = User.objects.select_for_update(no_key=True).annotate(is_here=self._is_here())
        login = logins.filter(email=email).first()
        return login, login is not None and login.is_here

    def _require_as_before(self, facts: ImportedAccount) -> None:
        names = [each.name for each in fields(facts) if getattr(facts, each.name) != getattr(self._facts, each.name)]
        if names:
            words = _("It says something else about the account than the first line: %(names)s.")
            raise ActionRefused(words % {"names": ", ".join(f"account_{name}" for name in names)})

    def _join(self, login: User | None, person: ImportedPerson) -> Member:
        """Add someone to the account with `login`, which is locked, or with a new one if their address has none."""
        details = person.details
        if not self._is_new:
            self._require_not_let_go(details.email)
        if login is not None:
            require_theirs(login)
        if details.is_active and details.is_practitioner:
            seat_rules.require_seat(self._account)
        if login is None:
            login = new_login(details.email)
            require_theirs(login)
        return self._make_member(login, person)

    def _make_member(self, login: User, person: ImportedPerson) -> Member:
        details = person.details
        member = Member.objects.create(
            account=self._account,
            user=login,
            first_name=details.first_name,
            last_name=details.last_name,
            mobile=details.mobile,
            role=details.role,
            is_practitioner=details.is_practitioner,
            is_active=details.is_active,
            joined_at=person.joined_at,
            deactivated_at=None if details.is_active else database_now(),
        )
        said = {
            "role": details.role,
            "is_practitioner": details.is_practitioner,
            "is_active": details.is_active,
            # People who are added later never become owners by a run (A68).
            WITH_ACCOUNT: self._is_new,
        }
        entry = record(Activity.Verb.MEMBER_IMPORTED, account=self._account, actor=None, subject=member, details=said)
        if self._welcome and details.is_active:
            # Not counted with other notices: an operator brings somebody over once, and each clinic is another welcome.
            queue_email(OutboundEmail.Kind.NOTICE, user=login, activity=entry, at_once=False)
        return member

    def _require_not_let_go(self, email: str) -> None:
        """Raise ActionRefused where the address was let go: whoever had it has left, and isn't brought back (A68)."""
        if Member.objects.filter(account=self._account, released_email=email).exists():
            words = _(
                "The person who had this address left, and it was freed for someone else. Add them in the clinic."
            )
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
            seats = max(seat_rules.seats_in_use(self._account), PLANS_BY_KEY[before].seats)
            self._account.plan = next((plan.key for plan in PLANS if plan.seats >= seats), before)
        after = self._account.plan
        if before != after:
            self._account.save(update_fields=["plan"])
            record(Activity.Verb.PLAN_CHANGED, account=self._account, actor=None, details={"plan": [before, after]})
