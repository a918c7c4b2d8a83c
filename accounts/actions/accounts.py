"""Opening a clinic, changing its plan."""

from dataclasses import dataclass
from uuid import UUID

from django.db import transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _

from accounts import policies, rules
from accounts.actions.base import acting, permit, queue_email, record
from accounts.errors import ActionRefused
from accounts.models import Account, Activity, Member, OutboundEmail, User
from accounts.models.account import RESERVED_SLUGS
from accounts.plans import PLANS_BY_KEY
from accounts.roles import ADMINISTRATOR
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
    candidate, number = stem, 1
    while candidate in RESERVED_SLUGS or Account.objects.filter(slug=candidate).exists():
        number += 1
        candidate = f"{stem}-{number}"
    return candidate


def sign_up(*, new: NewAccount, email: str, password: str) -> Member:
    """Make a login and a clinic of which it is owner and administrator (S23); a mail asks to confirm the address.

    A row that invitations made for this address becomes the login; it is trusted by nobody until the mailbox is proved
    (A57). Raises ActionRefused where the address has a login already.
    """
    with transaction.atomic():
        user, _created = User.objects.get_or_create(email=email, defaults={"password": "!"})
        user = User.objects.select_for_update().get(pk=user.pk)
        if user.has_usable_password():
            raise ActionRefused(_("This email address already has a login."), field="email")
        user.set_password(password)
        user.save(update_fields=["password"])
        member = open_account(user=user, new=new)
        queue_email(OutboundEmail.Kind.EMAIL_CONFIRMATION, user=user)
    return member


def open_account(*, user: User, new: NewAccount) -> Member:
    """Open a clinic for an existing login, as its owner and administrator (S23). The same form sent twice opens one."""
    with transaction.atomic():
        User.objects.select_for_update().get(pk=user.pk)
        opened = Member.objects.filter(user=user, account__submission=new.submission, account__name=new.name)
        if (member := opened.select_related("account").first()) is not None:
            return member
        account = Account.objects.create(
            name=new.name,
            slug=free_slug(new.name),
            time_zone=new.time_zone,
            creator=user,
            submission=new.submission,
        )
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


def change_plan(*, actor: Member, plan: str) -> None:
    """Move the account to another plan.

    Raises ActionRefused where the plan has fewer seats than are in use, NotPermitted where the role is too weak.
    """
    with acting(actor) as actor:
        permit(policies.can_see_subscription(actor))
        account, wanted = actor.account, PLANS_BY_KEY[plan]
        if account.plan == plan:
            return
        in_use = rules.seats_in_use(account)
        if in_use > wanted.seats:
            raise ActionRefused(
                _(
                    "%(plan)s has room for %(seats)s practitioners and you have %(in_use)s. Make some inactive "
                    "first, or choose a larger plan."
                )
                % {"plan": wanted.name, "seats": wanted.seats, "in_use": in_use},
                field="plan",
            )
        before, account.plan = account.plan, plan
        account.save(update_fields=["plan"])
        record(Activity.Verb.PLAN_CHANGED, account=account, actor=actor, details={"plan": [before, plan]})
