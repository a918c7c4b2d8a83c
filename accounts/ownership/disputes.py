"""Asking support about who owns an account (S36)."""

from datetime import timedelta

from django.conf import settings
from django.utils.translation import gettext as _

from accounts.access import policies
from accounts.core.acting import acting_unless_locked, permit, record
from accounts.core.errors import TooSoon
from accounts.core.network_limits import SUPPORT_REQUEST, count_use, person
from accounts.models import Activity, Dispute, Member, OutboundEmail
from accounts.outbox.queue import queue_email, tell
from accounts.ownership import rules
from clinic.clock import database_now

BETWEEN_TWO_REQUESTS = timedelta(hours=24)
# More than a few people who are on one side, so that they don't keep the other from writing.
MOST_OF_AN_ACCOUNT = 10


def file_dispute(*, actor: Member, story: str, rightful_owner: str, phone: str) -> Dispute:
    """Send a request to support, which gets it by mail; whoever filed it gets a confirmation.

    Also in an account that was closed: it isn't erased before the request is settled (A72). Raises NotPermitted where
    the actor is no administrator or the account is locked, ActionRefused where their address is not confirmed (A63),
    TooSoon where they filed one within the last day, or the account's people ten, LimitReached where they filed as many
    over all clinics as one person may.
    """
    with acting_unless_locked(actor) as actor:
        permit(policies.can_file_dispute(actor))
        rules.require_confirmed_address(actor.user)
        _require_not_too_many(actor)
        count_use(SUPPORT_REQUEST, person(actor.user))
        dispute = Dispute.objects.create(
            account=actor.account,
            filed_by=actor,
            story=story,
            rightful_owner=rightful_owner,
            phone=phone,
            created_at=database_now(),
        )
        entry = record(
            Activity.Verb.OWNERSHIP_DISPUTED,
            account=actor.account,
            actor=actor,
            subject=actor,
            details={"dispute": dispute.pk, "closed": actor.account.closed_at is not None},
        )
        if settings.SUPPORT_EMAIL:
            queue_email(OutboundEmail.Kind.NOTICE, user=None, recipient=settings.SUPPORT_EMAIL, activity=entry)
        tell([actor], of=entry)
        return dispute


def _require_not_too_many(actor: Member) -> None:
    now = database_now()
    lately = Dispute.objects.filter(account_id=actor.account_id, created_at__gt=now - BETWEEN_TWO_REQUESTS)
    filed = list(lately.order_by("created_at").values_list("filed_by_id", "created_at"))
    own = [when for who, when in filed if who == actor.pk]
    if own:
        words = _("You sent a request less than a day ago, and support has it. They answer by email to %(email)s.")
        raise TooSoon(words % {"email": actor.user.email}, until=own[0] + BETWEEN_TWO_REQUESTS)
    if len(filed) >= MOST_OF_AN_ACCOUNT:
        words = _(
            "Support has %(count)s requests from this clinic since yesterday. Try again tomorrow, or write to "
            "%(email)s."
        )
        raise TooSoon(
            words % {"count": len(filed), "email": settings.SUPPORT_EMAIL}, until=filed[0][1] + BETWEEN_TWO_REQUESTS
        )
