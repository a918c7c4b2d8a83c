"""Steps of the races about people whose login is erased while they use it: each is a browser of its own."""

from datetime import timedelta
from uuid import uuid4

from django.contrib.auth import get_user
from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import reverse

from accounts.core.tokens import ConfirmationLink, reset_tokens
from accounts.mail.contents import reset_uid
from accounts.models import Member, SignIn, User
from accounts.ownership.disputes import file_dispute
from tests.races.code_steps import set_up_two_factor
from tests.races.steps import PASSWORD, Race

LOGIN = reverse("accounts:login")
OTHER_PASSWORD = "seven green bicycles"
OPEN_CLINIC = {"clinic_name": "Old Mill", "first_name": "Olive", "last_name": "Owens", "time_zone": "UTC"}


def sign_in_at_the_page(email: str) -> Race:
    """Sign in with the password."""
    browser = Client()
    yield
    return _told(browser, browser.post(LOGIN, {"email": email, "password": PASSWORD}))


def pass_second_step(email: str, *, by_backup_code: bool = False) -> Race:
    """Show a code after the password, and have the browser trusted."""
    made = set_up_two_factor(email)
    browser = Client()
    browser.post(LOGIN, {"email": email, "password": PASSWORD})
    address = reverse("accounts:two_factor_sign_in") + ("?with=backup" if by_backup_code else "")
    code = made["backup_codes"][0] if by_backup_code else made["code"]
    yield
    return _told(browser, browser.post(address, {"code": code, "trust": "on"}))


def confirm_by_link(email: str) -> Race:
    """Confirm an address by its link, signed in."""
    User.objects.filter(email=email).update(email_confirmed_at=None)
    browser = _signed_in(email)
    browser.get(reverse("accounts:email", args=[ConfirmationLink.of(User.objects.get(email=email)).token()]))
    yield
    return _told(browser, browser.post(reverse("accounts:email_confirm")))


def ask_for_confirmation(email: str) -> Race:
    """Ask for the mail that confirms an address."""
    User.objects.filter(email=email).update(email_confirmed_at=None)
    browser = _signed_in(email)
    yield
    return _told(browser, browser.post(reverse("accounts:email_resend")))


def choose_password_by_link(email: str) -> Race:
    """Choose a password by a link."""
    user = User.objects.get(email=email)
    browser, uid = Client(), reset_uid(user)
    page = browser.get(reverse("accounts:password_reset_link", args=[uid, reset_tokens.make_token(user)]))
    yield
    return _told(browser, browser.post(page["Location"], {"password": OTHER_PASSWORD}))


def change_password(email: str) -> Race:
    """Change the password."""
    browser = _signed_in(email)
    form = {"current_password": PASSWORD, "password": OTHER_PASSWORD}
    yield
    return _told(browser, browser.post(reverse("accounts:password_change"), form))


def open_another_clinic(email: str, *, is_signed_in: bool) -> Race:
    """Open a clinic with the login that one has."""
    browser = _signed_in(email) if is_signed_in else Client()
    form = {**OPEN_CLINIC, "submission": str(uuid4()), "email": email, "password": PASSWORD}
    yield
    return _told(browser, browser.post(reverse("accounts:signup"), form))


def come_back(email: str) -> Race:
    """Open a page after a while."""
    browser = _signed_in(email)
    SignIn.objects.filter(user__email=email).update(last_seen_at=F("last_seen_at") - timedelta(hours=1))
    yield
    return _told(browser, browser.get(reverse("accounts:security")))


def sign_out_elsewhere(email: str) -> Race:
    """Sign out everywhere else."""
    _signed_in(email)
    browser = _signed_in(email)
    yield
    return _told(browser, browser.post(reverse("accounts:sign_ins_end")))


def ask_for_another_address(email: str) -> Race:
    """Ask to sign in with another address."""
    browser = _signed_in(email)
    form = {"email": f"new-{email}", "reverify_password": PASSWORD}
    yield
    return _told(browser, browser.post(reverse("accounts:email_change"), form))


def sign_out(email: str) -> Race:
    """Sign out."""
    browser = _signed_in(email)
    yield
    return _told(browser, browser.post(reverse("accounts:logout")))


def file_request(actor: int) -> Race:
    """Tell support that somebody else should own the account."""
    administrator = Member.objects.get(pk=actor)
    yield
    return file_dispute(actor=administrator, story="She left.", rightful_owner="", phone="").pk


def _signed_in(email: str) -> Client:
    browser = Client()
    browser.force_login(User.objects.get(email=email), backend="accounts.authentication.MemberBackend")
    return browser


def _told(browser: Client, answer: HttpResponse) -> list[object]:
    """The status and place of the answer. Afterwards nobody is signed in whose login is gone."""
    request = HttpRequest()
    request.session = browser.session
    return [answer.status_code, answer.get("Location", ""), get_user(request).pk]
