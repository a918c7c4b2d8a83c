"""What the page of an invitation shows."""

from accounts.models import Account, User


def clinics_opened_by(user: User, *, apart_from: Account) -> list[str]:
    """Names of the other clinics that this login opened."""
    opened = Account.objects.filter(creator=user).exclude(pk=apart_from.pk)
    return list(opened.order_by("pk").values_list("name", flat=True))
