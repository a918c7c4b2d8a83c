"""What a clinic asks of everybody who signs in to it: a session timeout, two-factor authentication (A34, C9)."""

from typing import Any

from django.utils.translation import gettext as _

from accounts.access import policies
from accounts.clinic_settings.security.grace import last_day_before, require_can_be_given
from accounts.core.acting import acting, permit, record
from accounts.core.details import AccountSecurity
from accounts.core.stale import ChangedMeanwhile, changed_words
from accounts.models import Account, Activity, Member
from accounts.outbox.queue import tell


def change_security(*, actor: Member, wanted: AccountSecurity, expected_security: str) -> dict[str, list[Any]]:
    """Change it, from the next request on. Returns what changed.

    Whoever would have to set the latter up is told by mail. `expected_security` is the text of what was on file
    when the form was opened. Raises ChangedMeanwhile where it is something else by now, ActionRefused with the field
    "until" for a day that can't be given, and NotPermitted.
    """
    with acting(actor) as actor:
        permit(policies.can_change_security(actor))
        account = actor.account
        before = AccountSecurity.of(account)
        changes = wanted.differences(before)
        if not changes:
            return {}
        if before.text != expected_security:
            raise ChangedMeanwhile(changed_words(_("this"), button=_("Update security")), about=account)
        if "two_factor_from" in changes and wanted.two_factor_from is not None:
            require_can_be_given(last_day_before(wanted.two_factor_from, account), account)
        for name in changes:
            setattr(account, name, getattr(wanted, name))
        account.save(update_fields=[*changes])
        entry = record(Activity.Verb.SECURITY_CHANGED, account=account, actor=actor, details=changes)
        if wanted.require_two_factor and changes.keys() & {"require_two_factor", "two_factor_from"}:
            _ask_for_two_factor(account, entry)
        return changes


def _ask_for_two_factor(account: Account, entry: Activity) -> None:
    people = account.members.without_two_factor().filter(user__is_active=True).select_related("user")
    tell(people.order_by("pk"), of=entry, at_once=False)
