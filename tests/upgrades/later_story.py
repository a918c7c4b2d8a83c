"""What the story goes on with where a release has the tables for it; each part with the release that brought them."""

from datetime import timedelta
from typing import Any

from django.apps.registry import Apps
from django.utils import timezone

from accounts.access import roles
from accounts.identity.two_factor.secrets import encrypt

SEED = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
CLOSED_SLUG = "closed-clinic"
NEW_ADDRESS = "rita@new.example"
DAY = timedelta(days=1)


def tell_of_later_releases(apps: Apps, people: dict[str, Any]) -> None:
    """Add what the models of `apps` know."""
    has = {model._meta.label for model in apps.get_models()}
    if "accounts.Dispute" in has:
        _owners(apps, people)
    if "practitioners.Business" in has:
        _hours(apps, people)
    if "accounts.SignIn" in has:
        _signing_in(apps, people)
    if "accounts.TwoFactorRecovery" in has:
        _lost_second_factor(apps, people)


def _queue(apps: Apps, kind: str, **fields: object) -> None:
    now = timezone.now()
    message_id = f"<{kind}@old.example>"
    mail = apps.get_model("accounts.OutboundEmail").objects
    mail.create(kind=kind, created_at=now, next_attempt_at=now, message_id=message_id, **fields)


def _owners(apps: Apps, people: dict[str, Any]) -> None:
    """A clinic brought over from another system, closed and past its time; and what came of two others."""
    now = timezone.now()
    closed = apps.get_model("accounts.Account").objects.create(
        name="Closed Clinic", slug=CLOSED_SLUG, import_reference="17", closed_at=now - 31 * DAY, erase_at=now - DAY
    )
    olive = people["Olive"]
    apps.get_model("accounts.Member").objects.create(
        account=closed,
        user=olive.user,
        first_name="Olive",
        last_name="Old",
        role=roles.ADMINISTRATOR,
        is_owner=True,
        joined_at=now,
    )
    granted = apps.get_model("accounts.Activity").objects.create(
        account=olive.account, actor=people["Adam"], subject=olive, verb="ownership_granted"
    )
    _queue(apps, "notice", user=olive.user, activity=granted)
    moments = {"closed_at": (now - 31 * DAY).isoformat(), "erased_at": now.isoformat()}
    facts = {"clinic": "Gone Clinic", "people": 3, "time_zone": "UTC", **moments}
    _queue(apps, "erasure_receipt", recipient="gone@elsewhere.example", facts=facts)


def _hours(apps: Apps, people: dict[str, Any]) -> None:
    """Every account has a business, as that release saw to; Paul works at Harbour Physio's on Mondays."""
    for account in apps.get_model("accounts.Account").objects.all():
        account.businesses.create(name=account.name, time_zone="UTC")
    paul = apps.get_model("practitioners.Practitioner").objects.get(member_id=people["Paul"].pk)
    business = people["Paul"].account.businesses.get()
    paul.businesses.add(business)
    for model, starts, ends in (("Availability", 540, 1020), ("Break", 720, 780)):
        rows = apps.get_model(f"practitioners.{model}").objects
        rows.create(practitioner=paul, business=business, weekday=0, starts=starts, ends=ends)


def _signing_in(apps: Apps, people: dict[str, Any]) -> None:
    """Theo has an app, Rita wants another address, and Paul has changed his password."""
    now = timezone.now()
    theo, rita, paul = (people[name].user for name in ("Theo", "Rita", "Paul"))
    apps.get_model("accounts.Authenticator").objects.create(user=theo, seed=encrypt(SEED), created_at=now)
    change = apps.get_model("accounts.EmailChange").objects.create(
        user=rita,
        old_email=rita.email,
        new_email=NEW_ADDRESS,
        old_was_confirmed=False,
        asked_at=now,
        expires_at=now + DAY,
    )
    _queue(apps, "email_change", email_change=change, recipient=change.new_email)
    event = apps.get_model("accounts.SecurityEvent").objects.create(
        user=paul, kind="password_changed", created_at=now, user_agent="An old browser"
    )
    _queue(apps, "security_notice", user=paul, security_event=event)


def _lost_second_factor(apps: Apps, people: dict[str, Any]) -> None:
    """Support has started to reset Theo's."""
    now, theo = timezone.now(), people["Theo"].user
    apps.get_model("accounts.TwoFactorRecovery").objects.create(
        user=theo,
        email=theo.email,
        evidence="Called back at the number on file.",
        reason="A lost phone.",
        opened_by=people["Olive"].user,
        opened_at=now,
        due_at=now + 3 * DAY,
        lapses_at=now + 10 * DAY,
    )
