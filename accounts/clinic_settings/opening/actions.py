"""Opening a clinic, changing its plan."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib.auth.hashers import make_password
from django.db import IntegrityError, transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _

from accounts.access import policies
from accounts.access.plans import PLANS_BY_KEY
from accounts.access.roles import ADMINISTRATOR
from accounts.clinic_settings.subscription.rules import require_plan_can_change
from accounts.core.acting import acting, lock_user_at, permit, record
from accounts.core.errors import ActionRefused, TooSoon
from accounts.core.network_limits import SIGN_UP, again_words, count_use, require_room, source_of
from accounts.core.origin import Origin
from accounts.core.seats import let_go_of_seats
from accounts.identity.users import lock_user_as_shown
from accounts.models import Account, Activity, Member, OutboundEmail, User
from accounts.models.account import RESERVED_SLUGS
from accounts.outbox.limits import require_gap
from accounts.outbox.queue import queue_email
from clinic.clock import database_now

LONGEST_SLUG = 50


@dataclass(frozen=True)
class NewAccount:
    """What the sign-up form gives, apart from the login."""

    name: str
    first_name: str
    last_name: str
    time_zone: str
    submission: UUID


def free_slug(name: str) -> str:
    """An address for a clinic of this name that is not a page of ours and that no clinic has."""
    stem = slugify(name)[:LONGEST_SLUG].strip("-_") or "clinic"
    if _is_free(stem):
        return stem
    # Thousands may share a stem, as all names without a Latin letter do: double until one is free, then halve the gap.
    taken, free = 1, 2
    while not _is_free(f"{stem}-{free}"):
        taken, free = free, free * 2
    while free - taken > 1:
        middle = (taken + free) // 2
        taken, free = (taken, middle) if _is_free(f"{stem}-{middle}") else (middle, free)
    return f"{stem}-{free}"


def _is_free(slug: str) -> bool:
    return slug not in RESERVED_SLUGS and not Account.objects.filter(slug=slug).exists()


def create_account(*, name: str, **values: Any) -> Account:
    """Create an account at an address of its own. For use inside another action."""
    while True:
        slug = free_slug(name)
        try:
            with transaction.atomic():
                return Account.objects.create(name=name, slug=slug, **values)
        except IntegrityError:
            # Somebody opened a clinic of the same name at the same moment and has this address now: take the next.
            if not Account.objects.filter(slug=slug).exists():
                raise


def sign_up(*, new: NewAccount, email: str, password: str, origin: Origin) -> Member:
    """Make a login and a clinic of which it is owner and administrator (S23); a mail asks to confirm the address.

    A row that invitations made for this address becomes the login; it is trusted by nobody until the mailbox is proved
    (A57). Raises ActionRefused where the address has a login already, unless it is this very form sent twice; TooSoon
    where its mailbox has just been asked to confirm another login, or where enough was opened from there (A63).
    """
    # Hashing takes a while on purpose: it is done before the lock is taken, and for nobody who is refused anyway. Or
    # the time it takes would tell who is invited (A67).
    login = User.objects.filter(email=email).first()
    if login is None or login.is_unclaimed:
        require_room(SIGN_UP, origin.network)
    hashed = make_password(password)
    with transaction.atomic():
        user = lock_user_at(email)
        if not user.is_unclaimed:
            opened = opened_before(user, new)
            if opened is not None and user.check_password(password):
                return opened
            raise ActionRefused(_("This email address already has a login."), field="email")
        count_use(SIGN_UP, origin.network)
        _require_quiet_mailbox(email)
        user.password = hashed
        user.save(update_fields=["password"])
        member = _open(user, new)
        queue_email(OutboundEmail.Kind.EMAIL_CONFIRMATION, user=user)
    return member


def _require_quiet_mailbox(email: str) -> None:
    """Raise TooSoon where a mail that confirms a login, be it under another address, has just gone to the mailbox."""
    try:
        require_gap(OutboundEmail.Kind.EMAIL_CONFIRMATION, email=email)
    except TooSoon as error:
        words = _("We recently sent a confirmation email to the mailbox of %(email)s.") % {"email": email}
        raise TooSoon(f"{words} {again_words(error.until)}", until=error.until) from error


def open_account(*, user: User, new: NewAccount, origin: Origin) -> Member:
    """Open a clinic for an existing login, as its owner and administrator (S23). The same form sent twice opens one.

    `user` has just shown the password, or is signed in. Raises LimitReached (A63), and SignInAgain.
    """
    with transaction.atomic():
        fresh = lock_user_as_shown(user)
        if (opened := opened_before(user, new)) is not None:
            return opened
        if fresh.password != user.password:
            raise ActionRefused(_("The password of this login was changed. Sign in again to create a clinic."))
        count_use(SIGN_UP, source_of(origin, fresh))
        return _open(user, new)


def _open(user: User, new: NewAccount) -> Member:
    account = create_account(name=new.name, time_zone=new.time_zone, creator=user, submission=new.submission)
    member = Member.objects.create(
        account=account,
        user=user,
        first_name=new.first_name,
        last_name=new.last_name,
        role=ADMINISTRATOR,
        is_owner=True,
        joined_at=database_now(),
    )
    record(Activity.Verb.ACCOUNT_CREATED, account=account, actor=member)
    return member


def opened_before(user: User, new: NewAccount) -> Member | None:
    """The owner that this very form made, where it was sent before."""
    opened = Member.objects.filter(user=user, account__submission=new.submission, account__name=new.name)
    return opened.select_related("account").first()


def change_plan(*, actor: Member, plan: str, expected_plan: str | None = None) -> bool:
    """Move the account to another plan; returns whether that changed anything (C11).

    `expected_plan` is the plan that the form was opened with. Raises ActionRefused where somebody has chosen another
    since, PlanTooSmall where the plan has fewer seats than are in use, NotPermitted where the role is too weak.
    """
    with acting(actor) as actor:
        permit(policies.can_change_plan(actor))
        account = actor.account
        if account.plan == plan:
            return False
        let_go_of_seats(account)
        require_plan_can_change(account, PLANS_BY_KEY[plan], expected_plan=expected_plan)
        before, account.plan = account.plan, plan
        account.save(update_fields=["plan"])
        record(Activity.Verb.PLAN_CHANGED, account=account, actor=actor, details={"plan": [before, plan]})
        return True
