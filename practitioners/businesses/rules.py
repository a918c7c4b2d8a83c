"""Rules about businesses that pages tell and actions hold under the lock: one wording, one place."""

import unicodedata
from typing import Any

from django.db.models import Case, Value, When
from django.db.models.functions import Lower
from django.db.models.lookups import Exact
from django.utils.translation import gettext as _

from accounts.core.errors import ActionRefused
from accounts.models import Account
from practitioners.businesses.details import NameTaken
from practitioners.businesses.use import references
from practitioners.models import Business

MOST_BUSINESSES = 100


def _as_compared(name: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def require_free_name(account: Account, name: str, *, apart_from: Business | None = None) -> None:
    """Raise NameTaken where another business of the clinic has the name, in whatever case and spacing."""
    # The database has a say of its own in what is the same: its constraint would refuse what only we take for two.
    same: dict[str, Any] = {"is_same": Case(When(Exact(Lower("name"), Lower(Value(name))), then=True), default=False)}
    for business in Business.objects.filter(account=account).order_by("pk").annotate(**same):
        is_same = business.is_same or _as_compared(business.name) == _as_compared(name)
        if business == apart_from or not is_same:
            continue
        if business.is_active:
            words = _("There is a business called %(name)s already. Choose another name.")
        else:
            words = _(
                "There is a business called %(name)s already, which is inactive. Make it active again instead, or "
                "choose another name."
            )
        raise NameTaken(words % {"name": business.name}, business=business)


def require_room_for_another(account: Account) -> None:
    """Raise ActionRefused where the clinic has as many businesses as a practitioner's page can show."""
    if Business.objects.filter(account=account).count() >= MOST_BUSINESSES:
        words = _("A clinic has at most %(most)s businesses. Write to support if you need more.")
        raise ActionRefused(words % {"most": MOST_BUSINESSES})


def is_last_active(business: Business) -> bool:
    """Whether it is the only active business of its clinic."""
    others = Business.objects.filter(account=business.account_id, is_active=True).exclude(pk=business.pk)
    return business.is_active and not others.exists()


def require_another_active(business: Business) -> None:
    """Raise ActionRefused where the clinic would be left without an active business."""
    if is_last_active(business):
        words = _(
            "%(name)s is the only active business, and a clinic keeps at least one. Add another one first, or make "
            "one active again."
        )
        raise ActionRefused(words % {"name": business.name}, field="is_active")


def require_unused(business: Business) -> None:
    """Raise ActionRefused where something refers to the business: it is then made inactive, not deleted."""
    if used := references(business):
        words = _("%(name)s can’t be deleted, because of %(what)s. Make it inactive instead.")
        raise ActionRefused(words % {"name": business.name, "what": ", ".join(each.words for each in used)})
