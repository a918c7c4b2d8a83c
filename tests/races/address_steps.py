"""Steps of the races about the address and the password that somebody signs in with."""

from datetime import timedelta
from typing import Any

from django.db.models import F

from accounts.addresses.actions import ask_for_email_change, cancel_email_change
from accounts.addresses.links import confirm_email_change, object_to_email_change
from accounts.core.origin import Origin
from accounts.core.tokens import EmailChangeLink, Side
from accounts.identity.password.actions import change_password
from accounts.models import EmailChange, Invitation, Member, OutboundEmail, SecurityEvent, User
from tests.races.steps import Race, make_clinic

# Setting a race up


def make_person(slug: str) -> dict[str, Any]:
    """Somebody who signs in to a clinic of their own, by id and address."""
    member = Member.objects.select_related("user").get(pk=make_clinic(slug)["members"][0])
    return {"member": member.pk, "user": member.user_id, "email": member.user.email}


def ask_for_change(user: int, email: str) -> int:
    """Let somebody ask for an address; the id of the request."""
    ask_for_email_change(user=User.objects.get(pk=user), new_email=email, origin=Origin())
    return EmailChange.objects.get(user=user, confirmed_at=None, ended_at=None).pk


def age_mail() -> None:
    """Let all mail be an hour old, so that more may go to the same address."""
    OutboundEmail.objects.update(created_at=F("created_at") - timedelta(hours=1))


# Steps that race


def ask_for_address(user: int, email: str) -> Race:
    """Send the form Change email address."""
    login = User.objects.get(pk=user)
    yield
    ask_for_email_change(user=login, new_email=email, origin=Origin())


def confirm_address(user: int, change: int) -> Race:
    """Confirm a new address."""
    login = User.objects.get(pk=user)
    yield
    confirm_email_change(user=login, link=EmailChangeLink(change, Side.NEW), origin=Origin(), keep=None)


def cancel_address(user: int) -> Race:
    """Cancel the change; whether there was one."""
    login = User.objects.get(pk=user)
    yield
    return cancel_email_change(user=login, origin=Origin())


def object_to_address(change: int) -> None:
    """Object to a change, by the link of the old address."""
    object_to_email_change(link=EmailChangeLink(change, Side.OLD), origin=Origin())


def choose_password(user: int, password: str) -> Race:
    """Send the form Change password, whose old one was right."""
    login = User.objects.get(pk=user)
    yield
    change_password(user=login, password=password, origin=Origin(), keep=None)


# Looking at what became of it


def look_at_login(user: int) -> dict[str, Any]:
    """All of a login that these races are about."""
    login = User.objects.get(pk=user)
    changes = EmailChange.objects.filter(user=login).order_by("pk")
    return {
        "email": login.email,
        "open": changes.filter(confirmed_at=None, ended_at=None).count(),
        "confirmed": changes.filter(ended_at=None).exclude(confirmed_at=None).count(),
        "ended": changes.exclude(ended_at=None).count(),
        "events": list(SecurityEvent.objects.filter(user=login).order_by("pk").values_list("kind", flat=True)),
        "mails": OutboundEmail.objects.filter(security_event__user=login).count(),
        "versions": list(Invitation.objects.filter(member__user=login).values_list("version", flat=True)),
    }


def has_password(user: int, password: str) -> bool:
    """Whether this is the password of a login."""
    return User.objects.get(pk=user).check_password(password)


def unprove(user: int) -> None:
    """Let no one have confirmed that they read mail at the login's address, also when it asked for another."""
    User.objects.filter(pk=user).update(email_confirmed_at=None)
    EmailChange.objects.filter(user=user).update(old_was_confirmed=False)


def look_at_invited(email: str) -> dict[str, Any]:
    """Who is invited under an address and has not joined, where their mail goes, and the versions of their links."""
    waiting = Member.objects.filter(user__email=email, joined_at=None)
    mails = OutboundEmail.objects.filter(invitation__member__in=waiting, kind=OutboundEmail.Kind.INVITATION)
    return {
        "members": list(waiting.order_by("pk").values_list("pk", flat=True)),
        "mailed": sorted(set(mails.values_list("user__email", flat=True))),
        "versions": list(Invitation.objects.filter(member__in=waiting).values_list("version", flat=True)),
    }
