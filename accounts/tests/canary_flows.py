"""Every flow in which somebody gives or gets a secret, each as one function of `FLOWS` (A52).

A flow plays on a `Stage`: passwords come from it, browsers are its own, and what is secret in any other way is named to
it by `stage.add(kind, secret)`.
"""

from collections.abc import Callable
from datetime import timedelta

from django.utils.crypto import get_random_string

from accounts.access import roles
from accounts.home.views import HomeView
from accounts.models import Invitation, Member, User
from accounts.tests.canary import Stage
from accounts.tests.canary_login_flows import LOGIN_FLOWS
from clinic.clock import database_now

NINA = {"first_name": "Nina", "last_name": "Novak", "mobile": "", "role": roles.SCHEDULER, "is_practitioner": "no"}


def sign_up(stage: Stage) -> None:
    """Open a clinic, be refused first, and confirm the address."""
    browser = stage.browser()
    names = {"clinic_name": "Elsewhere Physio", "first_name": "Nora", "last_name": "New"}
    password = stage.password()
    form = {**names, "email": "nora@elsewhere.example", "password": password}
    assert browser.send("/signup/", {**form, "clinic_name": ""}).status_code == 422
    assert browser.send("/signup/", {**form, "password": f"{password}\x00"}).status_code == 422
    assert browser.send("/signup/", form).status_code == 302
    browser.get(stage.link_in_mail("confirmation link"), follow=True)
    assert browser.send("/email/confirm/", {}).status_code == 302
    assert User.objects.get(email="nora@elsewhere.example").email_confirmed_at


def sign_in_and_out(stage: Stage) -> None:
    """Come in, go out; the password where the address belongs, and in the address of the page."""
    browser, password = stage.signed_in(stage.cast.receptionist)
    assert browser.get(stage.page("home")).status_code == 200
    assert browser.send("/logout/", {}).status_code == 302
    browser.get("/login/", {"password": password})
    mistaken = stage.add("password as an address", f"{get_random_string(20).lower()}@harbour.example")
    for address in ("/login/", "/signup/", "/password/reset/"):
        browser.send(address, {"email": mistaken, "password": "x"})


def guess(stage: Stage) -> None:
    """Wrong passwords until they are locked out."""
    browser = stage.browser()
    tries = [browser.send("/login/", {"email": "paul@harbour.example", "password": stage.password()}) for _ in range(7)]
    assert tries[-1].status_code == 429


def add_somebody_who_joins(stage: Stage) -> None:
    """The prompt, with a wrong and the right password; the mail, the copied link, and a new password at its end."""
    adam, password = stage.signed_in(stage.cast.administrator)
    form = {**NINA, "email": "nina@harbour.example"}
    assert adam.send(stage.page("member_new"), {**form, "reverify_password": stage.password()}).status_code == 422
    assert adam.send(stage.page("member_new"), {**form, "reverify_password": password}).status_code == 302
    nina = Member.objects.get(user__email="nina@harbour.example")
    link = stage.link_in_mail()
    copied = adam.send(stage.page("member_invitation_link", nina.pk), {"reverify_password": password})
    assert 'id="invitation-link"' in copied.text
    browser = stage.browser()
    browser.get(link, follow=True)
    assert browser.send("/invitations/", {"password": "short"}).status_code == 422
    assert browser.send("/invitations/", {"password": stage.password()}).status_code == 302
    browser.get(link, follow=True)
    stage.browser().post(link, {"password": stage.password()})


def join_with_a_login(stage: Stage) -> None:
    """Somebody with a login of their own, who mistypes their password first."""
    password = stage.password()
    xena = stage.cast.outsider.user
    xena.set_password(password)
    xena.save()
    adam, adams = stage.signed_in(stage.cast.administrator)
    adam.send(stage.page("member_new"), {**NINA, "email": xena.email, "reverify_password": adams})
    browser = stage.browser()
    browser.get(stage.link_in_mail(), follow=True)
    assert browser.send("/invitations/", {"password": stage.password()}).status_code == 422
    assert browser.send("/invitations/", {"password": password}).status_code == 302


def come_with_a_dead_link(stage: Stage) -> None:
    """Expired; then asking for a new one."""
    adam, _password = stage.signed_in(stage.cast.administrator)
    adam.send(stage.page("member_invitation", stage.cast.invited.pk), {})
    link = stage.link_in_mail()
    Invitation.objects.update(expires_at=database_now() - timedelta(minutes=1))
    browser = stage.browser()
    assert browser.get(link, follow=True).status_code == 410
    assert browser.send("/invitations/request/", {}).status_code == 302
    browser.get(f"{link}nothing/here/")
    browser.send(link, {})


def reset_a_password(stage: Stage) -> None:
    """The mail, a new password, and the link once more when it is used up."""
    browser = stage.browser()
    assert browser.send("/password/reset/", {"email": "rita@harbour.example"}).status_code == 302
    link = stage.link_in_mail("reset link")
    page = browser.get(link, follow=True)
    chosen = stage.password()
    assert browser.send(page.request["PATH_INFO"], {"password": "short"}).status_code == 422
    assert browser.send(page.request["PATH_INFO"], {"password": chosen}).status_code == 302
    browser.get(link, follow=True)
    assert browser.send("/login/", {"email": "rita@harbour.example", "password": chosen}).status_code == 302


def send_what_is_refused(stage: Stage) -> None:
    """A form from elsewhere, one too large, a host that is not ours: each with a password in it."""
    browser, form = stage.browser(), {"email": "rita@harbour.example", "password": stage.password()}
    assert browser.post("/login/", form).status_code == 403
    assert browser.send("/login/", {**form, "email": "x" * 2**20}).status_code == 413
    assert browser.send("/login/?host", form | {"next": f"//{form['password']}"}).status_code == 422
    assert browser.get("/login/", {"password": form["password"]}, HTTP_HOST="evil.example").status_code == 400
    assert browser.get("/nowhere/at/all/", {"token": form["password"]}).status_code == 404


def break_something(stage: Stage) -> None:
    """An error of ours while secrets are in its hands: in a form, in a cookie, and in variables."""
    browser, password = stage.signed_in(stage.cast.receptionist)

    def fail(_view: HomeView, request: object) -> None:
        session_key, typed = request.session.session_key, request.POST or password  # type: ignore[attr-defined]
        raise RuntimeError(f"Nothing to do with {len(session_key) + len(typed)}.")

    kept = HomeView.get
    HomeView.get = HomeView.post = fail  # type: ignore[assignment, attr-defined]
    try:
        assert browser.get(stage.page("home"), {"password": password}).status_code == 500
        assert (
            browser.send(stage.page("home"), {"password": password, "reverify_password": password}).status_code == 500
        )
    finally:
        HomeView.get = kept  # type: ignore[method-assign]
        del HomeView.post  # type: ignore[attr-defined]


FLOWS: list[Callable[[Stage], None]] = [
    sign_up,
    sign_in_and_out,
    guess,
    add_somebody_who_joins,
    join_with_a_login,
    come_with_a_dead_link,
    reset_a_password,
    send_what_is_refused,
    break_something,
    *LOGIN_FLOWS,
]
