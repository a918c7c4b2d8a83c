"""What the page of a clinic’s security shows."""

from accounts.models import Account, Member


def without_two_factor(account: Account) -> list[Member]:
    """Those who would have to set up two-factor authentication, were everybody asked for it (A34), by last name."""
    return list(account.members.without_two_factor().order_by("last_name", "first_name", "pk"))
