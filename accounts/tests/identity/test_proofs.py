"""A weaker path never makes a stronger proof, and what hands out a way in asks first (A59, A60).

`proofs.py` is the table. Here each act is tried with each proof, and what has to happen comes from the table.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from accounts.core.origin import Origin
from accounts.identity.two_factor.actions import use_backup_code
from accounts.models import Activity, Authenticator, SecurityEvent, SignIn, User
from accounts.tests import proofs
from accounts.tests.authenticators import give_app, give_backup_codes, show_code, show_password, shown, wrong
from accounts.tests.factories import PASSWORD
from accounts.tests.owners import asks
from accounts.tests.proof_requests import REQUESTS, Scene, own
from accounts.tests.proofs import SECTIONS, TABLE, Act, Proof
from accounts.tests.routes import all_routes
from accounts.tests.rows import everything
from accounts.tests.soft_passkey import SoftPasskey, asked, give_passkey
from clinic.clock import database_now

pytestmark = [pytest.mark.django_db, pytest.mark.policy]

DOCS = Path(settings.BASE_DIR, "docs", "proofs.md")
FIRST = {act.name for act in TABLE if " a first " in act.name}
WITHOUT_APP = {"Add an app beside a passkey"}
DRIVEN = [act for act in TABLE if not act.held_by]
ASKING = [act for act in DRIVEN if act.proof is not Proof.NOTHING]
FREE = [act for act in DRIVEN if act.proof is Proof.NOTHING]


# Who acts, and what they hold


@dataclass
class Secrets:
    """What the person who acts can show. `used_code` was shown when signing in."""

    user: User
    seed: str = ""
    used_code: str = ""
    backup_codes: tuple[str, ...] = ()
    passkey: SoftPasskey | None = None

    @property
    def code(self) -> str:
        """The code of the app after the one that was used, which is taken by now already."""
        return shown(self.seed, at=timezone.now() + timedelta(seconds=30)) if self.seed else "123456"

    @property
    def wrong_code(self) -> str:
        return wrong(self.seed) if self.seed else "654321"


def _sign_in(secrets: Secrets) -> Client:
    """With the password, and a code where there is an app: that code counts for nothing afterwards."""
    browser = Client()
    if not secrets.seed and secrets.passkey:
        browser.force_login(secrets.user, backend="accounts.authentication.MemberBackend")
        return browser
    show_password(browser, secrets.user)
    if secrets.seed:
        secrets.used_code = shown(secrets.seed)
        show_code(browser, secrets.used_code)
    return browser


def _secrets(user: User, act: Act) -> Secrets:
    if act.name in FIRST:
        return Secrets(user)
    Authenticator.objects.filter(user=user).delete()
    seed = "" if act.name in WITHOUT_APP else give_app(user)
    used, *unused = give_backup_codes(user)
    assert use_backup_code(user=user, code=used, origin=Origin())
    return Secrets(user, seed, "", (used, *unused), give_passkey(user))


@pytest.fixture
def scene(cast, otto, sam) -> Callable[[Act], tuple[Scene, Secrets]]:
    """Whoever does this act, signed in, with all that they can show."""

    def _scene(act: Act) -> tuple[Scene, Secrets]:
        user = sam if act.address.startswith("support:") else cast.owner.user
        secrets = _secrets(user, act)
        return Scene(cast, user, _sign_in(secrets), otto), secrets

    return _scene


# The proofs, and what each is worth


@dataclass(frozen=True)
class Shown:
    """What is sent to prove who sends a form. `password` is None where the field is not even sent."""

    password: str | None = None
    code: Callable[[Secrets], str] | None = None
    passkey: str = ""
    in_grace: bool = False
    # The password was right with the form before this one, and no grace is set.
    just_shown: bool = False

    def fields(self, act: Act, secrets: Secrets) -> dict[str, str]:
        given: dict[str, str] = {}
        if self.password is not None:
            given["current_password" if act.address == "accounts:password_change" else "reverify_password"] = (
                self.password
            )
        if self.code is not None:
            given["present_code"] = self.code(secrets)
        if self.passkey:
            given["reverify_passkey"] = _answer(secrets, self.passkey)
        return given


def _answer(secrets: Secrets, which: str) -> str:
    """What a passkey says: one's own, one's own for the second time, or one that is nobody's."""
    if which == "unknown" or secrets.passkey is None:
        return SoftPasskey().show(asked(secrets.user))
    answer = secrets.passkey.show(asked(secrets.user))
    if which == "used":
        secrets.user.passkeys.update(last_challenge_at=database_now())
    return answer


def _app(secrets: Secrets) -> str:
    return secrets.code


def _wrong(secrets: Secrets) -> str:
    return secrets.wrong_code


def _used(secrets: Secrets) -> str:
    return secrets.used_code or secrets.wrong_code


def _backup(secrets: Secrets) -> str:
    return secrets.backup_codes[1] if secrets.backup_codes else "7F2K-9XQM-4TBN"


def _used_backup(secrets: Secrets) -> str:
    return secrets.backup_codes[0] if secrets.backup_codes else "7F2K-9XQM-4TBN"


ATTEMPTS = {
    "nothing": Shown(),
    "an empty password": Shown(""),
    "a wrong password": Shown("not the password"),
    "the password alone": Shown(PASSWORD),
    "the password and an empty code": Shown(PASSWORD, lambda _secrets: ""),
    "the password and a wrong code": Shown(PASSWORD, _wrong),
    "the password and the code shown at sign-in": Shown(PASSWORD, _used),
    "the password and a used backup code": Shown(PASSWORD, _used_backup),
    "a code without the password": Shown(None, _app),
    "a wrong password and a code": Shown("not the password", _app),
    "a wrong password and a backup code": Shown("not the password", _backup),
    "the password and a code": Shown(PASSWORD, _app),
    "the password and a backup code": Shown(PASSWORD, _backup),
    "a passkey": Shown(passkey="own"),
    "a passkey for the second time": Shown(passkey="used"),
    "a passkey that is not theirs": Shown(passkey="unknown"),
    "the password and a passkey that is not theirs": Shown(PASSWORD, passkey="unknown"),
    "nothing right after the password": Shown(just_shown=True),
    "nothing within the grace window": Shown(in_grace=True),
    "a code within the grace window": Shown(None, _app, in_grace=True),
}


def suffices(act: Act, attempt: str) -> bool:
    """Whether the table lets this do the act."""
    sent = ATTEMPTS[attempt]
    if sent.passkey and act.passkey:
        return sent.passkey == "own"
    if act.proof is Proof.PASSWORD and sent.in_grace:
        return True
    if sent.password != PASSWORD:
        return False
    if act.proof is not Proof.PRESENT:
        return True
    return sent.code is _backup or (sent.code is _app and act.name not in WITHOUT_APP)


def is_possible(act: Act, attempt: str) -> bool:
    """Someone without a passkey can't show one of theirs."""
    return not (act.name in FIRST and ATTEMPTS[attempt].passkey in {"own", "used"})


CELLS = [(act, attempt) for act in ASKING for attempt in ATTEMPTS if is_possible(act, attempt)]


def standing() -> dict[str, Any]:
    """All rows, but for what a proof uses up by itself and what support read."""
    rows = everything()
    rows["accounts.Activity"] = [each for each in rows["accounts.Activity"] if each["verb"] not in Activity.READ]
    events, kind = rows["accounts.SecurityEvent"], SecurityEvent.Kind.BACKUP_CODE_USED
    used = {each["id"] for each in events if each["kind"] == kind}
    rows["accounts.SecurityEvent"] = [each for each in events if each["id"] not in used]
    rows["accounts.OutboundEmail"] = [
        each for each in rows["accounts.OutboundEmail"] if each["security_event_id"] not in used
    ]
    for label, columns in {
        "accounts.Authenticator": ("last_step",),
        "accounts.BackupCode": ("used_at",),
        "accounts.Passkey": ("sign_count", "last_challenge_at", "last_used_at"),
    }.items():
        for each in rows[label]:
            for column in columns:
                del each[column]
    return rows


def _open_window(scene: Scene, act: Act) -> None:
    """A mark as the right password leaves it, which the clinic of the act shares, if it is in one."""
    is_inside = act in proofs.IN_A_CLINIC
    session = scene.browser.session
    until = database_now().timestamp() + settings.REVERIFY_GRACE_SECONDS
    session["reverified"] = [scene.user.pk, scene.clinic.pk if is_inside else None, until]
    session.save()


# What of it is tried every day: each act with a proof that does it, with one that doesn't, and with the one that does
# where a little less is demanded; and each proof against each demand.
WHAT_NEARLY_DOES_IT = {
    Proof.PASSWORD: "nothing right after the password",
    Proof.EACH_TIME: "nothing within the grace window",
    Proof.PRESENT: "the password alone",
}


def _act_and_whether_it_is_done(act: Act, attempt: str) -> tuple[str, bool]:
    return act.name, suffices(act, attempt)


def _act_and_what_nearly_does_it(act: Act, attempt: str) -> tuple[str, bool]:
    return act.name, attempt == WHAT_NEARLY_DOES_IT[act.proof]


def _attempt_and_demand(act: Act, attempt: str) -> tuple[object, ...]:
    return attempt, act.proof, act.passkey, act.name in FIRST, act.name in WITHOUT_APP


@pytest.mark.parametrize(("act", "attempt"), CELLS, ids=lambda each: getattr(each, "name", each))
@pytest.mark.everyday(_act_and_whether_it_is_done, _act_and_what_nearly_does_it, _attempt_and_demand)
def test_an_act_is_done_with_what_the_table_demands_and_with_nothing_less(scene, settings, act, attempt):
    """A59, A60, A19."""
    set_up, secrets = scene(act)
    address, fields = REQUESTS[act.name](set_up)
    sent = ATTEMPTS[attempt]
    if sent.in_grace:
        settings.REVERIFY_GRACE_SECONDS = 300
        _open_window(set_up, act)
    if sent.just_shown:
        set_up.browser.post(own("backup_codes_saved"), {"reverify_password": PASSWORD})
    shown_now = sent.fields(act, secrets)
    before = standing()

    answer = set_up.browser.post(address, {**fields, **shown_now})

    is_done = standing() != before
    assert is_done == suffices(act, attempt), answer.status_code
    if not is_done:
        assert answer.status_code in {200, 422}
        assert asks(answer) or "password" in answer.text
        assert "invitations/" not in answer.text
    elif act.name == "Copy an invitation link":
        assert 'id="invitation-link"' in answer.text
    else:
        assert answer.status_code == 302


CHANGES_NO_ROW = {
    *("Say that the backup codes are saved", "Sign out of another browser", "Sign out everywhere else"),
    "Confirm one’s first address",
}


@pytest.mark.parametrize("act", FREE, ids=lambda act: act.name)
@pytest.mark.parametrize("attempt", ["nothing", "a wrong password"])
@pytest.mark.everyday("act", "attempt")
def test_an_act_that_asks_nothing_is_done_without(scene, act, attempt):
    set_up, secrets = scene(act)
    address, fields = REQUESTS[act.name](set_up)
    before, sign_ins = standing(), SignIn.objects.count()

    answer = set_up.browser.post(address, {**fields, **ATTEMPTS[attempt].fields(act, secrets)})

    assert answer.status_code == 302
    assert not asks(answer)
    assert standing() != before or SignIn.objects.count() < sign_ins or act.name in CHANGES_NO_ROW


# The table is complete


def _accepts_post(name: str, pattern: Any) -> bool:
    view_class = getattr(pattern.callback, "view_class", None)
    if view_class is not None:
        return "post" in view_class.http_method_names and hasattr(view_class, "post")
    return name in {"mail_events", *_support_acts()}


def _support_acts() -> set[str]:
    """The site of support wraps its views, so that their classes are not seen; reading is safe methods alone."""
    reading = {"support:index", "support:accounts_account_changelist", "support:accounts_account_change"}
    ours = {name for name, _pattern, _inside in all_routes() if name.startswith("support:")}
    reading |= {"support:accounts_dispute_changelist", "support:accounts_twofactorrecovery_changelist"}
    return ours - reading - {"support:person_find", "support:person"}


def test_every_address_that_accepts_a_post_is_in_the_table():
    """A60: add the act with the view, and say what it takes and why."""
    takes_post = {name for name, pattern, _inside in all_routes() if _accepts_post(name, pattern)}

    assert takes_post == {act.address for act in TABLE}


def test_each_act_has_a_name_of_its_own_a_reason_and_a_request_or_tests_that_hold_it():
    names = [act.name for act in TABLE]

    assert len(set(names)) == len(names)
    assert [act.name for act in TABLE if not act.why] == []
    assert REQUESTS.keys() == {act.name for act in DRIVEN}
    held_by = {act.held_by for act in TABLE if act.held_by}
    assert [path for path in held_by if not Path(settings.BASE_DIR, path).is_file()] == []


def test_the_page_in_the_docs_is_the_table():
    """docs/proofs.md."""
    said = DOCS.read_text()
    for heading, acts in SECTIONS.items():
        rows = [f"| {act.name} | `{act.address}` | {act.proof} | {act.why} |" for act in acts]
        section = said.split(f"## {heading}\n")[1].split("\n## ")[0]
        assert [line for line in section.splitlines() if line.startswith("| ")][1:] == rows


# What else could go round it


@pytest.fixture
def olive_with_app(cast):
    secrets = Secrets(cast.owner.user, give_app(cast.owner.user))
    return _sign_in(secrets), secrets


def test_a_code_counts_once_for_whichever_of_two_acts_comes_first(olive_with_app):
    """A30, A59."""
    browser, secrets = olive_with_app
    proof = {"reverify_password": PASSWORD, "present_code": secrets.code}
    assert browser.post("/me/security/backup-codes/", proof).status_code == 302

    assert browser.post("/me/security/two-factor/off/", proof).status_code == 422
    assert secrets.user.has_two_factor


def test_a_backup_code_counts_once(olive_with_app):
    browser, secrets = olive_with_app
    code = give_backup_codes(secrets.user)[0]
    give_passkey(secrets.user)
    proof = {"reverify_password": PASSWORD, "present_code": code}
    assert browser.post("/me/security/two-factor/app/remove/", proof).status_code == 302

    assert browser.post("/me/security/two-factor/off/", proof).status_code == 422
    assert secrets.user.has_two_factor


def test_a_form_that_set_up_the_first_app_sets_up_no_second(cast, sign_in):
    """Opened before another browser turned two-factor authentication on; it has no field for a present code."""
    scene = Scene(cast, cast.owner.user, sign_in(cast.owner), cast.administrator)
    address, fields = REQUESTS["Set up a first authenticator app"](scene)
    seed = give_app(cast.owner.user)

    answer = scene.browser.post(address, {**fields, "reverify_password": PASSWORD})

    assert answer.status_code == 422
    assert Authenticator.objects.count() == 1
    assert "present_code" in answer.text
    assert shown(seed) not in answer.text


@pytest.mark.parametrize("name", ["backup_codes", "two_factor_off", "two_factor", "passkey_new"])
def test_a_proof_is_worth_nothing_once_another_browser_changed_the_second_factor(cast, name, monkeypatch):
    """Between the code that was right and the lock, the same person ended this sign-in from elsewhere."""
    secrets = Secrets(cast.owner.user, give_app(cast.owner.user))
    scene = Scene(cast, secrets.user, _sign_in(secrets), cast.administrator)
    act = {"backup_codes": "Make new backup codes", "two_factor_off": "Turn off two-factor authentication"}
    act |= {"two_factor": "Replace the authenticator app", "passkey_new": "Add a further passkey"}
    address, fields = REQUESTS[act[name]](scene)
    taken = {
        "two_factor": "accounts.identity.two_factor.set_up_views",
        "passkey_new": "accounts.identity.two_factor.passkeys.views",
    }
    module = taken.get(name, "accounts.identity.two_factor.proof_views")
    monkeypatch.setattr(f"{module}.take_present_code", lambda *_: bool(SignIn.objects.all().delete()))
    before = standing()

    answer = scene.browser.post(address, {**fields, "reverify_password": PASSWORD, "present_code": secrets.code})

    assert answer.status_code == 422
    assert standing() == before
