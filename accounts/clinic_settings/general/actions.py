"""What the clinic is called, which time zone and country it is in, and what it keeps from roles (C14)."""

from collections.abc import Collection
from typing import Any

from django.utils.translation import gettext as _

from accounts.access import policies
from accounts.access.roles import Toggle
from accounts.core.acting import acting, permit, record
from accounts.core.stale import ChangedMeanwhile, changed_words
from accounts.models import Activity, Member


def update_account(
    *, actor: Member, name: str, time_zone: str, country: str, expected_details: dict[str, str]
) -> dict[str, list[Any]]:
    """Change the clinic's name, time zone and country (two letters, or "" for that of the time zone).

    Its address stays, and so do phone numbers on file. Returns what changed, as {field: [before, after]}.
    `expected_details` are those that the form was opened with. Raises ChangedMeanwhile where they are no longer on
    file, and NotPermitted.
    """
    with acting(actor) as actor:
        permit(policies.can_change_general(actor))
        account = actor.account
        before = {"name": account.name, "time_zone": account.time_zone, "country": account.home_country}
        after = {"name": name, "time_zone": time_zone, "country": country}
        changes: dict[str, list[Any]] = {
            each: [before[each], after[each]] for each in after if before[each] != after[each]
        }
        if not changes:
            return {}
        if before != expected_details:
            raise ChangedMeanwhile(changed_words(_("this"), button=_("Update clinic")), about=account)
        account.name, account.time_zone, account.country = name, time_zone, country
        account.save(update_fields=["name", "time_zone", "country"])
        record(Activity.Verb.ACCOUNT_UPDATED, account=account, actor=actor, details=changes)
        return changes


def change_permissions(
    *, actor: Member, switched_on: Collection[Toggle], expected_toggles: Collection[Toggle]
) -> dict[str, list[Any]]:
    """Restrict roles by these toggles and no others, from the next request on (C14). Returns what changed.

    `expected_toggles` are those that were on when the form was opened. Raises ChangedMeanwhile where it is
    others by now, and NotPermitted.
    """
    with acting(actor) as actor:
        permit(policies.can_change_permissions(actor))
        account = actor.account
        before = {each: bool(account.toggles.get(each)) for each in Toggle}
        after = {each: each in switched_on for each in Toggle}
        changes: dict[str, list[Any]] = {
            each: [before[each], after[each]] for each in Toggle if before[each] != after[each]
        }
        if not changes:
            return {}
        if before != {each: each in expected_toggles for each in Toggle}:
            raise ChangedMeanwhile(changed_words(_("this"), button=_("Update permissions")), about=account)
        account.toggles = after
        account.save(update_fields=["toggles"])
        record(Activity.Verb.PERMISSIONS_CHANGED, account=account, actor=actor, details=changes)
        return changes
