"""What the tests of protection look at changes where it is the owner who changes it: otherwise they could not fail."""

from datetime import UTC, datetime

import pytest
from django.apps import apps
from django.test import Client
from django.urls import reverse
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode

from accounts.access import roles
from accounts.models import (
    Authenticator,
    BackupCode,
    EmailChange,
    Invitation,
    Member,
    OutboundEmail,
    Passkey,
    SecurityEvent,
    SignIn,
    TrustedBrowser,
    User,
)
from accounts.tests.belongings import HER_PASSWORD, NOT_THEIRS, tables_about_people
from accounts.tests.links import CHOSEN
from accounts.tests.owners import VERIFIED
from accounts.tests.pages import typed_on
from practitioners.models import Availability, Break, Practitioner, ReferenceNumber

pytestmark = pytest.mark.django_db

HERS = "practitioner__member__user_id"
LONG_AGO = datetime(2019, 1, 1, tzinfo=UTC)


# What she does herself, by its requests


def _save_own_details(hers, url, **fields):
    form = {"first_name": "Olive", "last_name": "Owens", "mobile": "0400 111 222", **fields}
    hers.browser.post(url("my_info"), form)


def _stop_practising(hers, url):
    address = url("member", hers.member.pk)
    hers.browser.post(address, {**typed_on(hers.browser.get(address)), "is_practitioner": "no"})


def _relinquish(hers, url):
    hers.browser.post(url("my_ownership"), {"reverify_password": HER_PASSWORD})


def _choose_password(hers, url):
    uid = urlsafe_base64_encode(force_bytes(hers.member.user_id))
    browser = Client()
    page = browser.get(reverse("accounts:password_reset_link", args=[uid, hers.reset_token]), follow=True)
    browser.post(page.redirect_chain[-1][0], {"password": CHOSEN})


def _confirm_address(hers, url):
    hers.browser.get(reverse("accounts:email", args=[hers.confirmation.token()]))
    hers.browser.post(reverse("accounts:email_confirm"))


def _open_another_clinic(hers, url):
    names = {"clinic_name": "Hill Physio", "first_name": "Olive", "last_name": "Owens"}
    hers.browser.post(reverse("accounts:signup"), {**names, "reverify_password": HER_PASSWORD})


def _leave_and_be_made_inactive(hers, url):
    """S35."""
    _relinquish(hers, url)
    adam, address = Client(), url("member", hers.member.pk)
    adam.force_login(User.objects.get(email="adam@harbour.example"))
    adam.post(address, {**typed_on(adam.get(address)), "is_active": "no", **VERIFIED})
    assert not Member.objects.get(pk=hers.member.pk).is_active


MEMBER, SIGN_INS = "accounts.Member.user", "accounts.SignIn.user"
HER_OWN_ACTS = {
    "her first name": (lambda hers, url: _save_own_details(hers, url, first_name="Olivia"), {MEMBER}),
    "her last name": (lambda hers, url: _save_own_details(hers, url, last_name="Owen"), {MEMBER}),
    "her mobile number": (lambda hers, url: _save_own_details(hers, url, mobile=""), {MEMBER}),
    "whether she sees patients": (_stop_practising, {MEMBER}),
    "her ownership": (_relinquish, {MEMBER}),
    "whether she is active": (_leave_and_be_made_inactive, {MEMBER}),
    "her clinics": (_open_another_clinic, {MEMBER}),
    "her password": (_choose_password, {"login", "is signed in", "reset link works"}),
    "her confirmed address": (_confirm_address, {"login"}),
    "her sessions": (
        lambda hers, _url: hers.browser.post(reverse("accounts:logout")),
        {"sessions", SIGN_INS, "is signed in"},
    ),
    "a session elsewhere": (
        lambda hers, _url: Client().force_login(hers.member.user),
        {"sessions", "login", SIGN_INS, "accounts.SecurityEvent.user"},
    ),
    "her trusted browsers": (
        lambda hers, _url: hers.browser.post(reverse("accounts:trusted_browsers")),
        {"accounts.TrustedBrowser.user"},
    ),
    "her request for another address": (
        lambda hers, _url: hers.browser.post(reverse("accounts:email_change_cancel")),
        {"accounts.EmailChange.user"},
    ),
}


@pytest.mark.parametrize(("act", "parts"), HER_OWN_ACTS.values(), ids=HER_OWN_ACTS)
def test_what_she_does_herself_is_seen(hers, url, act, parts):
    before = hers.look()

    act(hers, url)

    after = hers.look()
    assert parts <= {name for name in before if before[name] != after[name]}


# What no act of hers changes so far

ON_FILE = {
    "her address": (
        User,
        "pk",
        {"email": "olivia@harbour.example"},
        {"login", "confirmation link works", "reset link works"},
    ),
    "her role": (Member, "user_id", {"is_owner": False, "role": roles.SCHEDULER}, {MEMBER}),
    "her place as a practitioner": (
        Practitioner,
        "member__user_id",
        {"created_at": LONG_AGO},
        {"practitioners.Practitioner.member"},
    ),
    "her description": (
        Practitioner,
        "member__user_id",
        {"description": "Never on time."},
        {"practitioners.Practitioner.member"},
    ),
    "her hours": (Availability, HERS, {"ends": 600}, {"practitioners.Availability.practitioner"}),
    "her breaks": (Break, HERS, {"ends": 750}, {"practitioners.Break.practitioner"}),
    "her reference number": (ReferenceNumber, HERS, {"number": "1"}, {"practitioners.ReferenceNumber.practitioner"}),
    "her invitation": (Invitation, "member__user_id", {"version": 2}, {"accounts.Invitation.member"}),
    "her two-factor authentication": (Authenticator, "user_id", {"last_step": 7}, {"accounts.Authenticator.user"}),
    "her passkey": (Passkey, "user_id", {"public_key": b"another"}, {"accounts.Passkey.user"}),
    "her backup codes": (BackupCode, "user_id", {"used_at": LONG_AGO}, {"accounts.BackupCode.user"}),
    "her trusted browser": (TrustedBrowser, "user_id", {"token_hash": "another"}, {"accounts.TrustedBrowser.user"}),
    "her next address": (EmailChange, "user_id", {"new_email": "m@evil.example"}, {"accounts.EmailChange.user"}),
    "her sign-in": (SignIn, "user_id", {"expires_at": LONG_AGO}, {SIGN_INS, "is signed in"}),
    "her own record": (SecurityEvent, "user_id", {"kind": "password_changed"}, {"accounts.SecurityEvent.user"}),
    "a mail on its way to her": (OutboundEmail, "user_id", {"state": "dropped"}, {"mail with links"}),
}


@pytest.mark.parametrize(("model", "key", "change", "parts"), ON_FILE.values(), ids=ON_FILE)
def test_a_change_on_file_is_seen(hers, model, key, change, parts):
    before = hers.look()

    assert model.objects.filter(**{key: hers.member.user_id}).update(**change)

    after = hers.look()
    assert {name for name in before if before[name] != after[name]} == parts


def test_every_table_that_points_to_a_person_is_looked_at():
    """Whatever comes to be kept about somebody, from the day on that there is a table for it."""
    pointing = {
        f"{model._meta.label}.{field.name}"
        for model in apps.get_models(include_auto_created=True)
        for field in model._meta.concrete_fields
        if field.related_model in {User, Member}
    }

    assert pointing <= tables_about_people()
    assert pointing >= NOT_THEIRS
