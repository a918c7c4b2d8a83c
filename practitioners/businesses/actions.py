"""Adding, changing and deleting the businesses of a clinic."""

from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Count, ProtectedError, RestrictedError
from django.utils.translation import gettext as _

from accounts.core.acting import acting, permit, record
from accounts.core.errors import ActionRefused, NotPermitted
from accounts.core.stale import ChangedMeanwhile, changed_words
from accounts.models import Account, Activity, Member
from practitioners import policies
from practitioners.businesses import rules
from practitioners.businesses.details import BusinessDetails
from practitioners.businesses.overlaps import require_no_overlap
from practitioners.models import Business
from practitioners.models.business import COLOURS


def add_business(*, actor: Member, details: BusinessDetails, submission: UUID) -> Business:
    """Add a business; the same form sent twice adds one. Raises NotPermitted, NameTaken, ActionRefused."""
    with acting(actor) as actor:
        permit(policies.can_manage_businesses(actor))
        account = actor.account
        added = Business.objects.added_by(account, submission)
        if added is not None and not details.differences(BusinessDetails.of(added)):
            return added
        rules.require_free_name(account, details.name)
        rules.require_room_for_another(account)
        business: Business = Business.objects.create(
            account=account, submission=submission, colour=_least_used_colour(account), **vars(details)
        )
        record(Activity.Verb.BUSINESS_ADDED, account=account, actor=actor, details={"name": business.name})
        return business


def _least_used_colour(account: Account) -> int:
    """The tint that the fewest businesses of the clinic have; of several the first."""
    used = Business.objects.filter(account=account).order_by().values_list("colour").annotate(Count("pk"))
    counts: dict[int, int] = dict(used)
    return min(range(COLOURS), key=lambda colour: (counts.get(colour, 0), colour))


def update_business(*, actor: Member, target: Business, details: BusinessDetails, expected_version: int) -> None:
    """Change a business, as the whole form says; made inactive, its hours are kept and count for nothing.

    `expected_version` is the version the form was opened with. Raises ChangedMeanwhile where it is no longer
    that, NotPermitted for a weak role, NameTaken, and ActionRefused where the clinic would have no active business or
    somebody would be at two at once.
    """
    with acting(actor) as actor:
        permit(policies.can_manage_businesses(actor))
        business = _on_file(actor.account, target)
        changes = details.differences(BusinessDetails.of(business))
        if not changes:
            return
        if business.version != expected_version:
            raise ChangedMeanwhile(changed_words(business.name, button=_("Update business")), about=business)
        rules.require_free_name(actor.account, details.name, apart_from=business)
        if not details.is_active:
            rules.require_another_active(business)
        require_no_overlap(business, details)
        for name, (_before, value) in changes.items():
            setattr(business, name, value)
        business.touch(*changes)
        entry = {"name": business.name, "changes": changes}
        record(_verb(changes), account=actor.account, actor=actor, details=entry)


def _on_file(account: Account, target: Business) -> Business:
    """Read `target` again inside the lock, from this account only. Raises NotPermitted where it is gone."""
    business = Business.objects.filter(pk=target.pk, account=account).first()
    if business is None:
        raise NotPermitted(_("This business has been deleted meanwhile. Nothing was changed."))
    return business


def _verb(changes: dict[str, list[Any]]) -> Activity.Verb:
    if "is_active" not in changes:
        return Activity.Verb.BUSINESS_UPDATED
    return Activity.Verb.BUSINESS_REACTIVATED if changes["is_active"][1] else Activity.Verb.BUSINESS_DEACTIVATED


def delete_business(*, actor: Member, target: Business) -> None:
    """Delete a business that nothing refers to.

    Raises NotPermitted for a weak role or one that is gone, ActionRefused where something refers to it or the clinic
    would have no active business.
    """
    with acting(actor) as actor:
        permit(policies.can_manage_businesses(actor))
        business = _on_file(actor.account, target)
        # Waits for whatever is just being stored with a reference to it, and keeps new references out.
        Business.objects.select_for_update().get(pk=business.pk)
        rules.require_unused(business)
        rules.require_another_active(business)
        name = business.name
        try:
            with transaction.atomic():
                business.delete()
        except (ProtectedError, RestrictedError):
            words = _("%(name)s can’t be deleted, since something refers to it. Make it inactive instead.")
            raise ActionRefused(words % {"name": name}) from None
        record(Activity.Verb.BUSINESS_DELETED, account=actor.account, actor=actor, details={"name": name})
