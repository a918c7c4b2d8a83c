"""Sets of people, as the rules of the product know them, and where each stands."""

from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.db import models
from django.db.models import Case, F, OuterRef, Q, Subquery, Value, When
from django.db.models.functions import Coalesce, Least
from django.utils.translation import gettext_lazy as _

from accounts.access import roles
from accounts.models.outbox import OutboundEmail
from accounts.models.two_factor import Authenticator, Passkey
from clinic.clock import DatabaseNow

if TYPE_CHECKING:
    from accounts.models.member import Member  # noqa: F401  (named in the text below)


class MemberStatus(models.TextChoices):
    """Where somebody stands between being added and leaving. Exactly one holds at any time (C13)."""

    ACTIVE = "active", _("Active")
    WAITING = "waiting", _("Waiting to send")
    INVITED = "invited", _("Invited")
    EXPIRED = "expired", _("Invitation expired")
    FAILED = "failed", _("Email failed")
    BOUNCED = "bounced", _("Email came back")
    INACTIVE = "inactive", _("Inactive")


def may_invite(member: str = "") -> Q:
    """Those who may add others, present and with a login that works: `policies.is_invitation_backed` in SQL.

    `member` is the path to them, with its underscores; without one they are the rows themselves.
    """
    is_so = {"is_active": True, "joined_at__isnull": False, "role": roles.ADMINISTRATOR, "user__is_active": True}
    return Q(**{f"{member}{name}": value for name, value in is_so.items()})


def has_standing_invitation() -> Q:
    """Members with an invitation that is not over and that somebody who may invite stands behind."""
    return Q(invitation__expires_at__gt=DatabaseNow()) & may_invite("invitation__invited_by__")


def can_accept() -> Q:
    """Members whose invitation lets them in, if they are active and the account is open: `links.link_state` in SQL."""
    return has_standing_invitation() & Q(joined_at=None, user__is_active=True, invitation__cancelled_at=None)


class MemberQuerySet(models.QuerySet["Member"]):
    """Sets of people, as the rules of the product know them."""

    def present(self) -> "MemberQuerySet":
        """Those who can use the clinic: active, and joined."""
        return self.filter(is_active=True, joined_at__isnull=False)

    def invited(self) -> "MemberQuerySet":
        """Those who were invited and can still join, now or when the clinic sends the link again."""
        return self.filter(
            is_active=True, joined_at__isnull=True, invitation__isnull=False, invitation__cancelled_at__isnull=True
        )

    def raise_versions(self) -> None:
        """Have every form about them that is open notice that they changed (A71). For use inside an action."""
        self.update(version=F("version") + 1)

    def added_by(self, submission: UUID, email: str) -> "MemberQuerySet":
        """Whoever this very form has added already. Filled in anew after Back, it names somebody else."""
        return self.filter(submission=submission, user__email=email)

    def administrators(self) -> "MemberQuerySet":
        """Those present who may add and change others."""
        return self.filter(may_invite())

    def able_to_sign_in(self) -> "MemberQuerySet":
        """Those whose login has a password that opens it.

        Somebody brought over who has yet to choose one cannot, and may never.
        """
        return self.filter(user__is_active=True).exclude(user__password__startswith=UNUSABLE_PASSWORD_PREFIX)

    def holding_seat(self) -> "MemberQuerySet":
        """Those who count against the plan (S19): active practitioners who joined or can still accept (K6)."""
        return self.filter(Q(joined_at__isnull=False) | can_accept(), is_active=True, is_practitioner=True)

    def owners(self) -> "MemberQuerySet":
        """Those who own the account and can sign in; the database keeps an owner an active administrator."""
        return self.filter(is_owner=True).able_to_sign_in()

    def with_status(self) -> "MemberQuerySet":
        """Add `status` (a MemberStatus value), worked out in the database by its own clock (R15).

        And `comes_back`: whether they have joined, and the last mail to their login, as its address is now, came back;
        `has_expired`: whether the link of their invitation is over, or no one who may invite stands behind it.
        """
        return self.annotate(**_last_mail()).annotate(**_standing())

    def with_two_factor(self) -> "MemberQuerySet":
        """Add `two_factor_since`: since when their login has two-factor authentication; None without.

        And `must_set_up_two_factor`: whether they have none, and their clinic asks everybody for it by now (A34).
        """
        return self.annotate(**_two_factor_since()).annotate(**_must_set_up_two_factor())

    def without_two_factor(self) -> "MemberQuerySet":
        """Those present whose login has no two-factor authentication. Of others a clinic does not learn it."""
        return self.present().filter(user__authenticator=None, user__passkeys=None)


Columns = dict[str, Any]


def _last_mail() -> Columns:
    """How far the last invitation of each came, and the last mail to their login as its address is now."""
    invitations = OutboundEmail.objects.filter(
        invitation__member=OuterRef("pk"), kind=OutboundEmail.Kind.INVITATION
    ).order_by("-pk")
    sent = OutboundEmail.objects.last_sent(OuterRef("user_id"), OuterRef("user__email"))
    return {"mail_state": Subquery(invitations.values("state")[:1]), "last_sent": Subquery(sent.values("state")[:1])}


def _standing() -> Columns:
    state = OutboundEmail.State
    return {
        "comes_back": Case(
            When(last_sent=state.BOUNCED, joined_at__isnull=False, then=Value(True)), default=Value(False)
        ),
        "has_expired": Case(
            When(Q(invitation=None) | has_standing_invitation(), then=Value(False)), default=Value(True)
        ),
        "status": Case(
            When(is_active=False, then=Value(MemberStatus.INACTIVE.value)),
            When(joined_at__isnull=False, then=Value(MemberStatus.ACTIVE.value)),
            When(mail_state=state.BOUNCED, then=Value(MemberStatus.BOUNCED.value)),
            When(mail_state=state.FAILED, then=Value(MemberStatus.FAILED.value)),
            When(has_expired=True, then=Value(MemberStatus.EXPIRED.value)),
            When(mail_state=state.DROPPED, then=Value(MemberStatus.FAILED.value)),
            When(mail_state__in=OutboundEmail.UNDER_WAY, then=Value(MemberStatus.WAITING.value)),
            default=Value(MemberStatus.INVITED.value),
            output_field=models.CharField(),
        ),
    }


def _two_factor_since() -> Columns:
    apps = Authenticator.objects.filter(user=OuterRef("user_id")).values("created_at")
    passkeys = Passkey.objects.filter(user=OuterRef("user_id")).order_by("created_at").values("created_at")[:1]
    since = Least(Coalesce(Subquery(apps), Subquery(passkeys)), Coalesce(Subquery(passkeys), Subquery(apps)))
    return {"two_factor_since": since}


def _must_set_up_two_factor() -> Columns:
    by_now = Q(account__two_factor_from=None) | Q(account__two_factor_from__lte=DatabaseNow())
    lacks_it = When(by_now, two_factor_since=None, account__require_two_factor=True, then=Value(True))
    return {"must_set_up_two_factor": Case(lacks_it, default=Value(False))}
