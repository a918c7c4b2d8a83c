"""Requests that would harm somebody: every field that any form of the product knows, and some that none does (A39)."""

import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from functools import cache
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

from django.contrib.auth.tokens import default_token_generator
from django.contrib.auth.views import PasswordResetConfirmView
from django.core import signing
from django.db import transaction
from django.forms import BaseForm
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode

from accounts.core.details import AccountSecurity
from accounts.core.tokens import ConfirmationLink, EmailChangeLink, InvitationLink, RecoveryLink, Side
from accounts.identity.two_factor.passkeys import ceremony as passkeys
from accounts.models import (
    Account,
    Dispute,
    EmailChange,
    Invitation,
    Member,
    Passkey,
    SignIn,
    TrustedBrowser,
    TwoFactorRecovery,
    User,
)
from accounts.tests.factories import PASSWORD
from accounts.tests.routes import all_routes
from accounts.tests.soft_passkey import SoftPasskey

EVIL_ADDRESS = "mallory@evil.example"
EVIL_PASSWORD = "what mallory would like"
REASON = "Mallory would like it so."
APPS = ("accounts", "practitioners", "clinic")

Fields = dict[str, Any]
Way = Callable[[Client, str, Fields], HttpResponse]


# What is sent


def _forms(base: type[BaseForm]) -> Iterator[type[BaseForm]]:
    for form in base.__subclasses__():
        yield form
        yield from _forms(form)


@cache
def fields_of_every_form() -> frozenset[str]:
    """The names of the fields of every form of the product; reading the addresses has imported them all."""
    all_routes()
    ours = [form for form in _forms(BaseForm) if form.__module__.split(".")[0] in APPS]
    return frozenset(name for form in ours for name in form.base_fields)


def harmful_fields(*, target: Member, owner: Member, actor: Member, email: str) -> Fields:
    """A value for every field, such that each form accepts it; `target` is whom the address names.

    The password beside it is the actor's own, so that nothing fails for want of it.
    """
    return {
        **dict.fromkeys(("member", "member_id", "target", "id", "pk", "owner"), str(owner.pk)),
        **dict.fromkeys(("password", "password1", "password2", "new_password1", "new_password2"), EVIL_PASSWORD),
        **dict.fromkeys(("is_owner", "is_active", "is_practitioner"), "no"),
        **dict.fromkeys(("is_staff", "is_superuser"), "on"),
        **dict.fromkeys(("deactivated_at", "cancelled_at"), "2020-01-01 00:00:00"),
        **dict.fromkeys(("joined_at", "accepted_at", "email_confirmed_at"), ""),
        **dict.fromkeys(("user", "user_id"), str(actor.user_id)),
        **_practitioner_settings(owner.account),
        "account": str(owner.account_id + 1),
        "address": "1 Evil Street",
        "current_password": PASSWORD,
        "clinic_name": owner.account.name,
        **dict.fromkeys(("code", "present_code"), "123456"),
        "not_me": "yes",
        # A passkey of the sender's own, that would sign in as her.
        "passkey": SoftPasskey().make(passkeys.ask_for_new(owner.user)),
        "email": email,
        "expected": "",
        "expected_name": owner.account.name,
        "expected_plan": owner.account.plan,
        "expected_security": AccountSecurity.of(owner.account).text,
        "expected_time_zone": owner.account.time_zone,
        "expected_country": owner.account.home_country,
        "first_name": "Mallory",
        "last_name": "Marsh",
        "name": "Mallory’s rooms",
        "mobile": "0400 666 666",
        "phone": "0400 666 666",
        "plan": "large",
        "reason": REASON,
        "evidence": REASON,
        "require_two_factor": "on",
        "reverify_password": PASSWORD,
        "rightful_owner": "Mallory Marsh",
        "role": "scheduler",
        "session_timeout": "30",
        "story": REASON,
        "submission": str(uuid4()),
        "theme": "dark",
        "time_zone": "UTC",
        "country": "IE",
        "trust": "on",
        "until": "",
        "version": str(target.version),
    }


def _practitioner_settings(clinic: Account) -> Fields:
    """Other hours, numbers and words; by the names that the page gives them, and by those of the forms beneath."""
    business = str(clinic.businesses.order_by("pk")[0].pk)
    hours = {"at": f"hours:{business}:6", "starts": "1", "ends": "2"}
    number = {"kind": "Mallory’s number", "number": "666", "business": ""}
    return {
        "designation": "Charlatan",
        "description": REASON,
        **dict.fromkeys(("businesses", "shown"), business),
        **hours,
        **{f"hours-0-{name}": value for name, value in hours.items()},
        **number,
        **{f"numbers-0-{name}": value for name, value in number.items()},
        **dict.fromkeys(("source", f"copy-{business}-source"), "0"),
        **dict.fromkeys(("targets", f"copy-{business}-targets"), "1"),
    }


# How it is sent


def _method(verb: str) -> Way:
    """A method that no form of ours uses."""
    kind = "application/x-www-form-urlencoded"
    return lambda client, address, fields: client.generic(verb, address, urlencode(fields), content_type=kind)


def _overridden(verb: str) -> Way:
    """A POST that claims to be something else."""
    headers = {"X-HTTP-Method-Override": verb, "X-HTTP-Method": verb, "X-Method-Override": verb}
    return lambda client, address, fields: client.post(address, {**fields, "_method": verb}, headers=headers)


def _twice(fields: Fields, *, harm_first: bool) -> Fields:
    """Every field with two values, for whoever checks one and uses the other."""
    harmless = {
        "email": "nobody@harbour.example",
        "role": "administrator",
        "is_active": "yes",
        "is_practitioner": "yes",
        "first_name": "Olive",
        "last_name": "Owens",
    }
    pairs = {name: [value, harmless.get(name, value)] for name, value in fields.items()}
    return pairs if harm_first else {name: pair[::-1] for name, pair in pairs.items()}


WAYS: dict[str, Way] = {
    "as a form": lambda client, address, fields: client.post(address, fields),
    "by our script": lambda client, address, fields: client.post(
        address, fields, headers={"X-Requested-With": "fetch"}
    ),
    "in the address": lambda client, address, fields: client.post(
        f"{address}?{urlencode(fields)}", {"reverify_password": PASSWORD}
    ),
    "in the address, too": lambda client, address, fields: client.post(f"{address}?{urlencode(fields)}", fields),
    "in the address of a page": lambda client, address, fields: client.get(address, fields),
    "as JSON": lambda client, address, fields: client.post(address, json.dumps(fields), "application/json"),
    "twice, the harm first": lambda client, address, fields: client.post(address, _twice(fields, harm_first=True)),
    "twice, the harm last": lambda client, address, fields: client.post(address, _twice(fields, harm_first=False)),
    **{f"as a POST that says {verb}": _overridden(verb) for verb in ("PUT", "PATCH", "DELETE")},
    **{f"as {verb}": _method(verb) for verb in ("PUT", "PATCH", "DELETE")},
}


@contextmanager
def undone() -> Iterator[None]:
    """What is done inside is taken back, so that what comes next finds everybody with the rights they had."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def copy_of(browser: Client) -> Client:
    """Another browser with the same cookies: what is undone leaves the first with the session it had."""
    client = Client()
    client.cookies = deepcopy(browser.cookies)
    return client


# Where it is sent


def address_of(name: str, arguments: Iterable[str], *, target: Member, owner: Member) -> str:
    """The address of a route. A member's id in it is the target's, everything else is the owner's."""
    tokens = {
        "accounts:password_reset_link": lambda: PasswordResetConfirmView.reset_url_token,
        "accounts:email": lambda: ConfirmationLink.of(owner.user).token(),
        "accounts:invitation": lambda: link_of(owner),
        # That one is mailed to the owner, and only stops what support would do.
        "accounts:recovery_link": lambda: RecoveryLink(0).token(),
        # What is mailed to the old address is for its recipient alone, who could choose a new password anyway.
        **dict.fromkeys(("accounts:email_change_link", "accounts:email_objection_link"), lambda: _address_token(owner)),
    }
    values = {
        "account_slug": owner.account.slug,
        "account_id": owner.account_id,
        "member_id": target.pk,
        "business_id": owner.account.businesses.order_by("pk")[0].pk,
        "dispute_id": getattr(Dispute.objects.first(), "pk", 1),
        "browser_id": getattr(TrustedBrowser.objects.filter(user=owner.user_id).first(), "pk", 1),
        "passkey_id": getattr(Passkey.objects.filter(user=owner.user_id).first(), "pk", 1),
        "sign_in_id": getattr(SignIn.objects.filter(user=owner.user_id).first(), "pk", 1),
        "uidb64": _uid(owner.user),
        "token": tokens[name]() if name in tokens else None,
        "name": "none.eml",
        "user_id": owner.user_id,
        "invitation_id": getattr(Invitation.objects.filter(member=owner).first(), "pk", 1),
        "recovery_id": getattr(TwoFactorRecovery.objects.filter(user=owner.user_id).first(), "pk", 1),
    }
    missing = [each for each in arguments if values.get(each) is None]
    assert missing == [], f"Say in harm.py what of the owner's to send for {missing} in the address {name}."
    return reverse(name, kwargs={each: values[each] for each in arguments})


def _uid(user: User) -> str:
    return urlsafe_base64_encode(force_bytes(user.pk))


def _address_token(owner: Member) -> str:
    """What was mailed to the new address that somebody asked for: it may have been mistyped, and be a colleague's."""
    change = EmailChange.objects.filter(user=owner.user_id).first()
    return EmailChangeLink(change.pk if change else 0, Side.NEW).token()


def link_of(member: Member) -> str:
    """The token that was in somebody's invitation mail."""
    return InvitationLink.of(Invitation.objects.get(member=member)).token()


def open_links(client: Client, *, owner: Member, actor: Member) -> None:
    """Put into the browser what a curious colleague may have: the owner's old links, and a reset link of one's own."""
    client.get(reverse("accounts:invitation", args=[link_of(owner)]))
    client.get(reverse("accounts:email", args=[ConfirmationLink.of(owner.user).token()]))
    client.get(reverse("accounts:email_change_link", args=[_address_token(owner)]))
    own = default_token_generator.make_token(actor.user)
    client.get(reverse("accounts:password_reset_link", args=[_uid(actor.user), own]))
    assert own in signing.loads(client.cookies["reset"].value, salt="accounts.carried.reset")
