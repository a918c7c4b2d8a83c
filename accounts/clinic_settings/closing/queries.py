"""What the page that closes a clinic shows."""

from accounts.models import Account, Member


def people_count(account: Account) -> int:
    """How many people an account has, active or not."""
    return Member.objects.filter(account=account).count()
