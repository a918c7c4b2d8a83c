"""Every form of the product, with what is right in it and how it is made."""

import importlib
import pkgutil
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.forms import BaseForm, BaseFormSet
from django.http import HttpRequest, QueryDict
from django.test import RequestFactory

import accounts
import practitioners
from accounts.access.plans import PLANS_BY_KEY
from accounts.addresses import forms as addresses
from accounts.clinic_settings.closing import forms as closing
from accounts.clinic_settings.general import forms as general
from accounts.clinic_settings.opening import forms as opening
from accounts.clinic_settings.security import forms as account_security
from accounts.clinic_settings.subscription.forms import PlanForm
from accounts.core.errors import ActionRefused
from accounts.core.requests import Reverification
from accounts.identity.password import fields
from accounts.identity.password import forms as password
from accounts.identity.signing_in import forms as signing_in
from accounts.identity.two_factor import forms as two_factor
from accounts.identity.two_factor.passkeys import forms as passkeys
from accounts.invitations import forms as invitations
from accounts.models import Account, Member, User
from accounts.ownership import forms as ownership
from accounts.people import forms as members
from accounts.support.forms import ReasonForm, RecoveryForm
from accounts.tests.factories import PASSWORD
from practitioners.businesses import forms as businesses
from practitioners.models import Business
from practitioners.settings.forms import details, numbers, rows

APPS = (accounts, practitioners)
# Their modules are asked for by Django alone.
OUTSIDE = re.compile(r"\.(tests|migrations|management)\b")
Form = type[BaseForm] | type[BaseFormSet]
Fields = dict[str, list[str]]


def form_classes() -> list[Form]:
    """Every form and every set of forms that the product defines, and not only inherits."""
    names = [each.name for app in APPS for each in pkgutil.walk_packages(app.__path__, f"{app.__name__}.")]
    homes = {name for name in names if not OUTSIDE.search(name) and importlib.import_module(name)}
    found = {each for base in (BaseForm, BaseFormSet) for each in _subclasses(base)}
    ours = {each for each in found if each.__module__ in homes}
    return sorted(ours, key=lambda each: f"{each.__module__}.{each.__qualname__}")


def _subclasses(base: type) -> Iterator[type]:
    for each in base.__subclasses__():
        yield each
        yield from _subclasses(each)


@dataclass
class Scene:
    """Whom a form is about, and who sends it."""

    clinic: Account
    actor: Member
    target: Member
    business: Business

    def request(self, user: User | None = None) -> HttpRequest:
        """A request of the sender, whose password was right."""
        request = RequestFactory().post("/")
        request.user, request.reverification = user or self.actor.user, Reverification(passed=True)
        return request


def _refuse() -> None:
    raise ActionRefused("This cannot be done as things stand.")


@dataclass
class Way:
    """How a form is made of what was sent, and what is sent when all of it is right."""

    make: Callable[[Scene, QueryDict], Any]
    right: Fields


def _sent(**fields: Any) -> Fields:
    return {name: value if isinstance(value, list) else [value] for name, value in fields.items()}


PERSON = _sent(first_name="Nina", last_name="Novak", mobile="+61 400 000 000")
MEMBER = {**PERSON, **_sent(email="nina@harbour.example", role="scheduler", is_practitioner="no")}
BUSINESS = _sent(
    name="Northside", address="1 Road\n2000 Sydney", time_zone="UTC", phone="0400 000 000", email="n@n.example"
)
CLINIC = _sent(
    clinic_name="Northside Physio", first_name="Nina", last_name="Novak", time_zone="Europe/Berlin", submission=""
)
CODES = _sent(code="123456", present_code="654321", reverify_password=PASSWORD)
PASSKEY = _sent(name="My phone", passkey='{"id": "x"}', present_code="654321", reverify_password=PASSWORD)
CHOSEN = "a boat called wednesday"

WAYS: dict[Form, Way] = {
    account_security.AccountSecurityForm: Way(
        lambda scene, sent: account_security.AccountSecurityForm(sent, account=scene.clinic),
        _sent(session_timeout="60", require_two_factor="on", until="", expected_security="720 False None"),
    ),
    general.GeneralForm: Way(
        lambda scene, sent: general.GeneralForm(sent, account=scene.clinic),
        _sent(
            name="Northside", time_zone="UTC", country="NZ", expected_name="Harbour Physio", expected_time_zone="UTC"
        ),
    ),
    general.PermissionsForm: Way(
        lambda scene, sent: general.PermissionsForm(sent, account=scene.clinic),
        _sent(practitioners_own_notes="on", expected=["practitioners_own_notes", "reception_own_letters"]),
    ),
    members.PersonForm: Way(lambda _scene, sent: members.PersonForm(sent), PERSON),
    members.MyInfoForm: Way(
        lambda scene, sent: members.MyInfoForm(sent, member=scene.actor), {**PERSON, **_sent(version="1")}
    ),
    members.MemberForm: Way(lambda scene, sent: members.MemberForm(sent, actor=scene.actor), MEMBER),
    members.NewMemberForm: Way(
        lambda scene, sent: members.NewMemberForm(sent, actor=scene.actor), {**MEMBER, **_sent(submission="")}
    ),
    members.EditMemberForm: Way(
        lambda scene, sent: members.EditMemberForm(sent, member=scene.target, actor=scene.actor),
        {**MEMBER, **_sent(is_active="yes", version="1")},
    ),
    ownership.DisputeForm: Way(
        lambda scene, sent: ownership.DisputeForm(sent, account=scene.clinic),
        _sent(story="She left.\r\nNobody can reach her.", rightful_owner="Adam Adler", phone="0400 000 000"),
    ),
    closing.ClosingForm: Way(
        lambda scene, sent: closing.ClosingForm(sent, account=scene.clinic), _sent(clinic_name="harbour  PHYSIO")
    ),
    passkeys.NewPasskeyForm: Way(lambda scene, sent: passkeys.NewPasskeyForm(scene.request(), sent), PASSKEY),
    passkeys.FurtherPasskeyForm: Way(lambda scene, sent: passkeys.FurtherPasskeyForm(scene.request(), sent), PASSKEY),
    two_factor.WithPasswordForm: Way(lambda scene, sent: two_factor.WithPasswordForm(scene.request(), sent), CODES),
    two_factor.SetUpForm: Way(lambda scene, sent: two_factor.SetUpForm(scene.request(), sent), CODES),
    two_factor.PresentCodeForm: Way(lambda scene, sent: two_factor.PresentCodeForm(scene.request(), sent), CODES),
    two_factor.ReplaceForm: Way(lambda scene, sent: two_factor.ReplaceForm(scene.request(), sent), CODES),
    two_factor.TwoFactorSignInForm: Way(
        lambda _scene, sent: two_factor.TwoFactorSignInForm(sent), _sent(code="123 456", trust="on", passkey="")
    ),
    two_factor.BackupCodeSignInForm: Way(
        lambda _scene, sent: two_factor.BackupCodeSignInForm(sent), _sent(code="7F2K-9XQM-4TBN", trust="on", passkey="")
    ),
    password.ChangePasswordForm: Way(
        lambda scene, sent: password.ChangePasswordForm(scene.request(), sent),
        _sent(current_password=PASSWORD, password=CHOSEN),
    ),
    addresses.EmailChangeForm: Way(
        lambda scene, sent: addresses.EmailChangeForm(scene.actor.user, sent), _sent(email="nina@harbour.example")
    ),
    signing_in.SignInForm: Way(
        lambda scene, sent: signing_in.SignInForm(scene.request(), sent),
        _sent(email="rita@harbour.example", password=PASSWORD),
    ),
    opening.OpenClinicForm: Way(lambda _scene, sent: opening.OpenClinicForm(sent), CLINIC),
    opening.SignUpForm: Way(
        lambda scene, sent: opening.SignUpForm(scene.request(), sent),
        {**CLINIC, **_sent(email="nina@harbour.example", password=CHOSEN)},
    ),
    fields.NewPasswordForm: Way(
        lambda scene, sent: fields.NewPasswordForm(scene.target.user, sent), _sent(password=CHOSEN)
    ),
    invitations.OwnPasswordForm: Way(
        lambda scene, sent: invitations.OwnPasswordForm(scene.request(), scene.actor.user, sent),
        _sent(password=PASSWORD),
    ),
    password.PasswordResetForm: Way(
        lambda _scene, sent: password.PasswordResetForm(sent), _sent(email="rita@harbour.example")
    ),
    PlanForm: Way(
        lambda _scene, sent: PlanForm(sent, current=PLANS_BY_KEY["small"]), _sent(plan="large", expected_plan="small")
    ),
    ReasonForm: Way(
        lambda _scene, sent: ReasonForm(sent, readers="The owners read it.", check=_refuse),
        _sent(reason="The partners wrote to us on Monday."),
    ),
    RecoveryForm: Way(
        lambda _scene, sent: RecoveryForm(sent, readers="The owners read it.", check=_refuse),
        _sent(reason="A phone was lost on Monday.", evidence="Called back at the number on file."),
    ),
    businesses.BusinessForm: Way(lambda scene, sent: businesses.BusinessForm(sent, account=scene.clinic), BUSINESS),
    businesses.NewBusinessForm: Way(
        lambda scene, sent: businesses.NewBusinessForm(sent, account=scene.clinic), {**BUSINESS, **_sent(submission="")}
    ),
    businesses.EditBusinessForm: Way(
        lambda scene, sent: businesses.EditBusinessForm(sent, business=scene.business),
        {**BUSINESS, **_sent(is_active="yes", version="1")},
    ),
    details.DetailsForm: Way(
        lambda scene, sent: details.DetailsForm(sent, businesses=[scene.business]),
        _sent(designation="Physiotherapist", description="Hands.\r\nOnly.", businesses=["1", "2"], version="1"),
    ),
    numbers.NumberRow: Way(
        lambda scene, sent: numbers.NumberRow(sent, prefix="numbers-0", businesses=[scene.business]),
        {"numbers-0-kind": ["Provider number"], "numbers-0-number": ["123456"], "numbers-0-business": [""]},
    ),
    rows.HoursRow: Way(
        lambda _scene, sent: rows.HoursRow(sent, prefix="hours-0"),
        {"hours-0-at": ["hours:1:0"], "hours-0-starts": ["9"], "hours-0-ends": ["5 pm"]},
    ),
    rows.CopyForm: Way(
        lambda _scene, sent: rows.CopyForm(sent, business=1), {"copy-1-source": ["0"], "copy-1-targets": ["1", "2"]}
    ),
}
