"""The support site as tests use it: its addresses, a reason, a request that waits, and an account that changes."""

from datetime import timedelta

from django.urls import reverse

from accounts.models import Account, Dispute, Member, TwoFactorRecovery, User
from accounts.tests.authenticators import give_app
from accounts.tests.factories import PASSWORD, UserFactory
from clinic.clock import database_now

REASON = "The partners wrote to us on Monday; case 4711."
REASONED = {"reason": REASON, "reverify_password": PASSWORD}


def support_staff(email: str = "sam@support.example") -> User:
    """Somebody of support, with two-factor authentication, which they need."""
    user = UserFactory(email=email, is_staff=True)
    give_app(user)
    return user


def at(name: str, *ids: int) -> str:
    """The address of a page of support: `at("owner_appoint", 1, 7)`."""
    return reverse(f"support:{name}", args=ids)


def account_page(account: Account) -> str:
    """The address of an account's page."""
    return at("accounts_account_change", account.pk)


def request_of(member: Member, **fields: object) -> Dispute:
    """A request about the ownership of the member's clinic, as a row."""
    given = {"story": "She left in March.\nNobody can reach her.", "created_at": database_now(), **fields}
    return Dispute.objects.create(account=member.account, filed_by=member, **given)


def recovery_of(user: User, staff: User, *, due: bool = False, **fields: object) -> TwoFactorRecovery:
    """A two-factor reset that somebody of support has just started, or three days ago: then it is due."""
    wait = timedelta(hours=72)
    opened_at = database_now() - (wait if due else timedelta())
    given = {
        "email": user.email,
        "evidence": "Called back at the number on file.",
        "reason": REASON,
        "opened_by": staff,
        "opened_at": opened_at,
        "due_at": opened_at + wait,
        "lapses_at": opened_at + wait + TwoFactorRecovery.TIME_TO_COMPLETE,
        **fields,
    }
    return TwoFactorRecovery.objects.create(user=user, **given)


def lock_row(account: Account) -> None:
    """Lock an account as if support had, without a trace."""
    Account.objects.filter(pk=account.pk).update(locked_at=database_now())


def close_row(account: Account, *, days: int = 30) -> None:
    """Close an account as if an owner had, to be erased in `days`."""
    now = database_now()
    Account.objects.filter(pk=account.pk).update(closed_at=now, erase_at=now + timedelta(days=days))
