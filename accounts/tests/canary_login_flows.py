"""The flows about somebody's own login: codes, keys of apps, and links that change its address (A52)."""

import re
from collections.abc import Callable
from datetime import timedelta

from django.urls import reverse
from django.utils import timezone

from accounts.identity.two_factor.totp import codes as totp
from accounts.models import Member, User
from accounts.tests.address_changes import ASK, CONFIRM, NEW, OBJECT, OLD
from accounts.tests.authenticators import STEP, give_app, give_backup_codes, key_on, shown
from accounts.tests.canary import Stage, Watched
from accounts.tests.support_desk import REASON, at, support_staff

SET_UP = reverse("accounts:two_factor")
CODES = reverse("accounts:backup_codes")
BACKUP_STEP = f"{STEP}?with=backup"
CODE_ON_PAGE = re.compile(r"<code>([0-9A-Z-]{14})</code>")


def _next(seed: str) -> str:
    """The code that the app shows next, which is taken already."""
    return shown(seed, at=timezone.now() + timedelta(seconds=totp.SECONDS))


def _wrong(seed: str) -> str:
    """A code that the app does not show: each digit of the right one is another."""
    return "".join(str((int(digit) + 1) % 10) for digit in shown(seed))


def _signed_in_with_code(stage: Stage, who: Member, seed: str) -> tuple[Watched, str]:
    """The browser and the password of somebody whose app holds `seed`."""
    browser, password = stage.signed_in(who)
    assert browser.send(STEP, {"code": stage.add("code", shown(seed))}).url != STEP
    return browser, password


def set_up_two_factor(stage: Stage) -> None:
    """The key, a wrong code, a right one; then the backup codes, which are shown until they are saved."""
    browser, password = stage.signed_in(stage.cast.receptionist)
    seed = stage.seed("new seed", key_on(browser.get(SET_UP)))
    mistyped = {"code": stage.add("wrong code", _wrong(seed)), "reverify_password": password}
    assert browser.send(SET_UP, mistyped).status_code == 422
    form = {"code": stage.add("code", shown(seed)), "reverify_password": password}
    assert browser.send(SET_UP, form).url == CODES
    codes = CODE_ON_PAGE.findall(browser.get(CODES).text)
    assert len([stage.backup_code("new backup code", code) for code in codes]) == 10
    assert browser.get(reverse("accounts:backup_codes_file")).status_code == 200
    assert browser.send(reverse("accounts:backup_codes_saved"), {}).status_code == 302
    assert not CODE_ON_PAGE.findall(browser.get(CODES).text)
    assert stage.cast.receptionist.user.has_two_factor


def replace_an_app(stage: Stage) -> None:
    """The code of the old app and of the new one, each wrong first."""
    seed = stage.seed("seed", give_app(stage.cast.receptionist.user))
    browser, password = _signed_in_with_code(stage, stage.cast.receptionist, seed)
    new = stage.seed("new seed", key_on(browser.get(SET_UP)))
    forms = [
        {"code": stage.add("wrong code", _wrong(new)), "present_code": stage.add("wrong code", _wrong(seed))},
        {"code": stage.add("code", shown(new)), "present_code": stage.add("code", _next(seed))},
    ]
    answers = [browser.send(SET_UP, {**form, "reverify_password": password}) for form in forms]
    assert [answer.status_code for answer in answers] == [422, 302]


def sign_in_with_a_code(stage: Stage) -> None:
    """A wrong code, the right one in a browser that is trusted from then on, and the same once more elsewhere."""
    user = stage.cast.receptionist.user
    seed = stage.seed("seed", give_app(user))
    browser, password = stage.signed_in(stage.cast.receptionist)
    assert browser.send(STEP, {"code": stage.add("wrong code", _wrong(seed))}).status_code == 422
    code = stage.add("used code", shown(seed))
    assert browser.send(STEP, {"code": code, "trust": "on"}).url != STEP
    assert "trusted browser" in {kind for kind, _secret in stage.secrets}
    assert browser.send("/logout/", {}).status_code == 302
    form = {"email": user.email, "password": password}
    assert browser.send("/login/", form).url != STEP
    elsewhere = stage.browser()
    assert elsewhere.send("/login/", form).url == STEP
    assert elsewhere.send(STEP, {"code": code}).status_code == 422


def sign_in_with_a_backup_code(stage: Stage) -> None:
    """One that is none, a right one, and the same once more elsewhere; another with the form for turning it all off."""
    user = stage.cast.receptionist.user
    stage.seed("seed", give_app(user))
    good, last, *unused = give_backup_codes(user)
    stage.backup_code("used backup code", good)
    for code in (last, *unused):
        stage.backup_code("backup code", code)
    browser, password = stage.signed_in(stage.cast.receptionist)
    mistyped = stage.backup_code("wrong code", f"{good[:-1]}{'2' if good.endswith('3') else '3'}")
    assert browser.send(BACKUP_STEP, {"code": mistyped}).status_code == 422
    assert browser.send(BACKUP_STEP, {"code": good}).status_code == 302
    elsewhere = stage.browser()
    elsewhere.send("/login/", {"email": user.email, "password": password})
    assert elsewhere.send(BACKUP_STEP, {"code": good}).status_code == 422
    form = {"present_code": last, "reverify_password": password}
    assert browser.send(reverse("accounts:two_factor_off"), form).status_code == 302
    assert not user.has_two_factor


def change_the_address(stage: Stage) -> None:
    """Both links: the new address confirms, the old one objects, and gets a link to choose a new password."""
    browser, password = stage.signed_in(stage.cast.receptionist)
    form = {"email": NEW, "reverify_password": stage.password()}
    assert browser.send(ASK, form).status_code == 422
    assert browser.send(ASK, {**form, "reverify_password": password}).status_code == 302
    mails = {message.to[0]: message for message in stage.new_mail()}
    confirmation = stage.watched_link("confirmation link", mails[NEW])
    objection = stage.watched_link("objection link", mails[OLD])
    browser.get(confirmation, follow=True)
    assert browser.send(CONFIRM, {}).status_code == 302
    stage.new_mail()
    stranger = stage.browser()
    stranger.get(confirmation, follow=True)
    stranger.get(objection, follow=True)
    assert stranger.send(OBJECT, {"not_me": "yes"}).status_code == 200
    assert User.objects.get(pk=stage.cast.receptionist.user_id).email == OLD
    [reset] = [message for message in stage.new_mail() if "/password/reset/" in message.body and message.to == [OLD]]
    stage.watched_link("reset link", reset)


def change_the_password(stage: Stage) -> None:
    """A wrong one in the place of the present one, one that is refused as the next, then both right."""
    browser, password = stage.signed_in(stage.cast.receptionist)
    address, chosen, short = reverse("accounts:password_change"), stage.password(), stage.add("short", "Zq4!vk")
    for form in (
        {"current_password": stage.password(), "password": chosen},
        {"current_password": password, "password": short},
    ):
        assert browser.send(address, form).status_code == 422
    assert browser.send(address, {"current_password": password, "password": chosen}).status_code == 302
    assert User.objects.get(pk=stage.cast.receptionist.user_id).check_password(chosen)


def stop_a_reset_by_support(stage: Stage) -> None:
    """Support starts it with a password of its own; whoever reads the person's mail stops it by the link."""
    give_app(stage.cast.receptionist.user)
    kim, password = support_staff("kim@support.example"), stage.password()
    kim.set_password(password)
    kim.save()
    desk = stage.browser()
    desk.force_login(kim, backend="accounts.authentication.MemberBackend")
    address = at("recovery_open", stage.cast.receptionist.user_id)
    desk.get(address)
    typed = {"reason": REASON, "evidence": "Called back at the number on file."}
    assert desk.send(address, {**typed, "reverify_password": stage.password()}).status_code == 422
    assert desk.send(address, {**typed, "reverify_password": password}).status_code == 302
    [mail] = [message for message in stage.new_mail() if message.to == [OLD]]
    link, stranger = stage.watched_link("recovery link", mail), stage.browser()
    stranger.get(link, follow=True)
    assert stranger.send(reverse("accounts:recovery_stop"), {"not_me": "yes"}).status_code == 200
    stranger.get(link, follow=True)


LOGIN_FLOWS: list[Callable[[Stage], None]] = [
    set_up_two_factor,
    replace_an_app,
    sign_in_with_a_code,
    sign_in_with_a_backup_code,
    change_the_address,
    change_the_password,
    stop_a_reset_by_support,
]
