"""Every address has somebody it is for (A37): a new one is in none of these lists and fails here until it is.

An address is public, for anybody signed in, for our support, or inside a clinic, where its view's `policy` decides.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from accounts.access import policies as account_policies
from accounts.core.views import ClinicView
from accounts.models.account import RESERVED_SLUGS
from practitioners import policies as practitioner_policies

pytestmark = pytest.mark.policy

PUBLIC = {
    "accounts:welcome",
    "accounts:signup",
    "accounts:login",
    "accounts:two_factor_sign_in",
    "accounts:session",
    "accounts:recovery_link",
    "accounts:recovery_stop",
    "accounts:logout",
    "accounts:theme",
    "accounts:password_reset",
    "accounts:password_reset_sent",
    "accounts:password_reset_done",
    "accounts:password_reset_link",
    "accounts:email",
    "accounts:email_change_link",
    "accounts:email_objection",
    "accounts:email_objection_link",
    "accounts:invitation_accept",
    "accounts:invitation_request",
    "accounts:invitation_switch",
    "accounts:invitation",
    "healthz",
    "ready",
    "mail_events",
}
# On this machine only, and only where mail goes to files: `local_only` answers 404 to anybody else.
LOCAL = {"outbox", "outbox_message", "outbox_message_html"}
SIGNED_IN = {
    "accounts:clinics",
    "accounts:invitation_decline",
    "accounts:email_confirm",
    "accounts:email_resend",
    "accounts:email_change_confirm",
    "accounts:security",
    "accounts:password_change",
    "accounts:email_change",
    "accounts:email_change_again",
    "accounts:email_change_cancel",
    "accounts:two_factor",
    "accounts:own_recovery_stop",
    "accounts:two_factor_off",
    "accounts:authenticator_remove",
    "accounts:passkey_new",
    "accounts:passkey_remove",
    "accounts:trusted_browsers",
    "accounts:trusted_browser",
    "accounts:backup_codes",
    "accounts:backup_codes_saved",
    "accounts:backup_codes_file",
    "accounts:sign_ins_end",
    "accounts:sign_in_end",
}
# For our own support; anybody else who is signed in gets 404.
SUPPORT = {
    "support:index",
    "support:accounts_account_changelist",
    "support:accounts_account_change",
    "support:account_lock",
    "support:account_unlock",
    "support:owner_appoint",
    "support:owner_remove",
    "support:request_settle",
    "support:accounts_dispute_changelist",
    "support:accounts_twofactorrecovery_changelist",
    "support:person_find",
    "support:person",
    "support:recovery_open",
    "support:recovery_complete",
    "support:recovery_withdraw",
}

CLINIC_PREFIX = "<slug:account_slug>/"
SAMPLES = {
    "member_id": 1,
    "business_id": 1,
    "account_id": 1,
    "dispute_id": 1,
    "user_id": 1,
    "recovery_id": 1,
    "browser_id": 1,
    "passkey_id": 1,
    "sign_in_id": 1,
    "invitation_id": 1,
    "token": "token",
    "uidb64": "MQ",
    "name": "name",
}


@dataclass(frozen=True)
class Route:
    """One address: its full name ("accounts:login"), its pattern from the first part on, and its view."""

    name: str
    pattern: str
    view: Any

    @property
    def is_in_clinic(self) -> bool:
        """Whether the address begins with a clinic's slug."""
        return self.pattern.startswith(CLINIC_PREFIX)

    @property
    def is_public(self) -> bool:
        """Whether Django's LoginRequiredMiddleware lets anybody in."""
        return not getattr(self.view, "login_required", True)

    def address(self, slug: str = "") -> str:
        """An address that this pattern matches."""
        names = re.findall(r"<(?:\w+:)?(\w+)>", self.pattern)
        return reverse(self.name, kwargs={each: slug if each == "account_slug" else SAMPLES[each] for each in names})


def _walk(patterns: list[URLPattern | URLResolver], namespace: str = "", prefix: str = "") -> Iterator[Route]:
    for each in patterns:
        pattern = prefix + str(each.pattern)
        if isinstance(each, URLResolver):
            inner = f"{namespace}{each.namespace}:" if each.namespace else namespace
            yield from _walk(each.url_patterns, inner, pattern)
        else:
            yield Route(f"{namespace}{each.name}", pattern, each.callback)


ROUTES = list(_walk(get_resolver().url_patterns))
IN_CLINIC = [route for route in ROUTES if route.is_in_clinic]


def test_every_address_has_a_name_of_its_own():
    names = [route.name for route in ROUTES]

    assert len(set(names)) == len(names)
    assert not [name for name in names if name.endswith("None")]


def test_addresses_outside_a_clinic_are_the_listed_ones():
    public = {route.name for route in ROUTES if route.is_public}
    signed_in = {route.name for route in ROUTES if not route.is_public and not route.is_in_clinic}

    assert public == (PUBLIC | LOCAL if settings.EMBEDDED_MAIL else PUBLIC)
    assert signed_in == SIGNED_IN | SUPPORT


@pytest.mark.parametrize("route", IN_CLINIC, ids=lambda route: route.name)
def test_an_address_in_a_clinic_is_a_clinic_view_with_a_policy(route: Route):
    view_class = getattr(route.view, "view_class", None)

    assert view_class is not None and issubclass(view_class, ClinicView)
    known = [*vars(account_policies).values(), *vars(practitioner_policies).values()]
    assert view_class.policy in known, "The policy comes from an app's policies.py."
    assert view_class.dispatch is ClinicView.dispatch, "A dispatch of its own could leave the policy out."


@pytest.mark.parametrize("route", [route for route in ROUTES if route.name in SUPPORT], ids=lambda route: route.name)
@pytest.mark.parametrize("method", ["get", "post", "put", "patch", "delete", "options", "trace"])
@pytest.mark.everyday("route", "method")
def test_the_addresses_of_support_are_not_there_for_the_people_of_a_clinic(cast, sign_in, route: Route, method: str):
    """S37: owners neither. Asked with an account and a person that are there."""
    names = re.findall(r"<(?:\w+:)?(\w+)>", route.pattern)
    on_file = {"account_id": cast.clinic.pk, "member_id": cast.administrator.pk, "dispute_id": 1}
    on_file |= {"user_id": cast.receptionist.user_id, "recovery_id": 1}
    address = reverse(route.name, kwargs={name: on_file[name] for name in names})

    answer = getattr(sign_in(cast.owner), method)(address)

    assert answer.status_code == 404
    assert cast.clinic.name not in answer.text


def test_clinic_views_stand_inside_a_clinic_only():
    outside = [route for route in ROUTES if not route.is_in_clinic]

    assert [route.name for route in outside if issubclass(getattr(route.view, "view_class", object), ClinicView)] == []


@pytest.mark.django_db
@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("route", [route for route in ROUTES if not route.is_public], ids=lambda route: route.name)
@pytest.mark.everyday("route", "method")
def test_a_stranger_is_sent_to_sign_in(route: Route, method: str):
    address = route.address("no-such-clinic")

    response = getattr(Client(), method)(address)

    assert response.status_code == 302
    assert response.url.startswith(reverse("accounts:login"))


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("route", IN_CLINIC, ids=lambda route: route.name)
@pytest.mark.everyday("route", "method")
def test_somebody_of_another_clinic_finds_nothing(cast, sign_in, route: Route, method: str):
    """The same 404 as for a clinic that does not exist (A38)."""
    browser = sign_in(cast.outsider)

    answers = [getattr(browser, method)(route.address(slug)) for slug in (cast.clinic.slug, "no-such-clinic")]

    assert [answer.status_code for answer in answers] == [404, 404]
    assert not [answer for answer in answers if cast.clinic.name in answer.text]


def test_no_clinic_can_take_the_first_part_of_an_address_of_ours():
    firsts = {route.pattern.split("/")[0] for route in ROUTES if not route.is_in_clinic}
    open_ended = {first for first in firsts if "<" in first or "(" in first}

    assert open_ended == set()
    assert firsts - {""} <= RESERVED_SLUGS
    assert settings.STATIC_URL.strip("/") in RESERVED_SLUGS
