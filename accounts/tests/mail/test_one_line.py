"""One event, one line: no act is told twice in the security log, whichever flow it is in (A53)."""

import re
from copy import deepcopy
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.db import transaction
from django.test import Client
from django.urls import reverse

from accounts.identity.two_factor.passkeys import challenges
from accounts.models import Account, Activity, Invitation, SecurityEvent, SignIn
from accounts.tests.address_changes import ASK, CANCEL, pending_change
from accounts.tests.authenticators import give_app, give_backup_codes, key_on, later, shown
from accounts.tests.canary import Stage
from accounts.tests.canary_flows import FLOWS
from accounts.tests.links import ACCEPT, CHOSEN, opened
from accounts.tests.owners import VERIFIED
from accounts.tests.pages import typed_on
from accounts.tests.soft_passkey import SoftPasskey, add, give_passkey, question_on
from accounts.tests.squatters import NINA, claim_by_copied_link, invite
from accounts.tests.support_desk import REASON, REASONED, at, recovery_of, request_of, support_staff
from accounts.tests.test_access_matrix import _actor, _address, _form, _target, cells
from accounts.tests.told import event_of, told_by_requests, told_twice
from accounts.tests.two_factor import enrolled
from clinic.clock import database_now
from practitioners.tests.factories import BusinessFactory

pytestmark = pytest.mark.django_db

SET_UP = reverse("accounts:two_factor")
WRONG = {"reverify_password": "not the password at all"}


@pytest.fixture
def told():
    """The lines of this test's requests."""
    with told_by_requests() as lines:
        yield lines


@pytest.fixture
def stage(cast, deliver_mail) -> Stage:
    """Where flows play."""
    return Stage(cast, deliver_mail)


# Flows beyond those that give or get a secret, and those of the matrix


def add_and_remove_passkeys(stage, sign_in):
    """The first, with which two-factor authentication is on; another; and one of them away."""
    rita = sign_in(stage.cast.receptionist)
    user = stage.cast.receptionist.user
    assert add(rita, SoftPasskey()).status_code == 302
    user.backup_codes.all().delete()
    first, second, *_rest = give_backup_codes(user)
    assert add(rita, SoftPasskey(), present_code=first).status_code == 302
    address = reverse("accounts:passkey_remove", args=[user.passkeys.first().pk])
    assert rita.post(address, {"present_code": second, **VERIFIED}).status_code == 302


def add_and_remove_an_app(stage, sign_in):
    """Beside a passkey."""
    user = stage.cast.receptionist.user
    give_passkey(user)
    rita, (first, second, *_rest) = sign_in(user), give_backup_codes(user)
    form = {"code": shown(key_on(rita.get(SET_UP))), "present_code": first, **VERIFIED}
    assert rita.post(SET_UP, form).status_code == 302
    removal = {"present_code": second, **VERIFIED}
    assert rita.post(reverse("accounts:authenticator_remove"), removal).status_code == 302


def make_backup_codes(stage, sign_in):
    """New ones."""
    seed = give_app(stage.cast.receptionist.user)
    form = {"present_code": shown(seed), **VERIFIED}
    assert sign_in(stage.cast.receptionist).post(reverse("accounts:backup_codes"), form).status_code == 302


def end_sign_ins(stage, sign_in):
    """One by one, and all the others."""
    rita, _tablet, _phone = (sign_in(stage.cast.receptionist) for _ in range(3))
    other = SignIn.objects.filter(user=stage.cast.receptionist.user).latest("pk")
    assert rita.post(reverse("accounts:sign_in_end", args=[other.pk])).status_code == 302
    assert rita.post(reverse("accounts:sign_ins_end")).status_code == 302


def take_a_new_address_back(stage, sign_in):
    """Asked for, and cancelled."""
    rita = sign_in(stage.cast.receptionist)
    assert rita.post(ASK, {"email": "rita@new.example", **VERIFIED}).status_code == 302
    assert rita.post(CANCEL).status_code == 302


def end_what_an_administrator_asked_for(stage, sign_in):
    """By cancelling it."""
    pending_change(stage.cast.receptionist, asked_by=stage.cast.administrator)
    assert sign_in(stage.cast.receptionist).post(CANCEL).status_code == 302


def be_signed_out_by_the_clock(stage, sign_in):
    """After too long, and by an administrator."""
    rita = sign_in(stage.cast.receptionist)
    SignIn.objects.update(last_seen_at=database_now() - timedelta(days=8))
    assert rita.get(stage.page("home")).status_code == 302
    rita, adam = sign_in(stage.cast.receptionist), sign_in(stage.cast.administrator)
    adam.post(stage.page("member_sign_ins", stage.cast.receptionist.pk))
    assert rita.get(stage.page("home")).status_code == 302


def fail_at_the_prompt(stage, sign_in):
    """With a password that is too long, a passkey that is not theirs, and wrong passwords until none is looked at."""
    rita = sign_in(stage.cast.receptionist)
    passkey, form = give_passkey(stage.cast.receptionist.user), {"email": "rita@new.example"}
    assert rita.post(ASK, {**form, "reverify_password": "x" * 100_000}).status_code == 422
    assert rita.post(ASK, {**form, "reverify_passkey": "{}"}).status_code == 422
    answer = passkey.show(question_on(rita.post(ASK, form)))
    with later(challenges, minutes=11):
        assert rita.post(ASK, {**form, "reverify_passkey": answer}).status_code == 422
    answers = [rita.post(ASK, {**form, **WRONG}).status_code for _ in range(6)]
    assert answers[0] == 422 and answers[-1] == 429
    assert rita.post(ASK, {**form, "reverify_passkey": answer}).status_code == 429


def be_refused(stage, sign_in):
    """Somebody else's page, another clinic's, support's, and a form from elsewhere."""
    rita = sign_in(stage.cast.receptionist)
    answers = [rita.get(stage.page("members")), sign_in(stage.cast.outsider).get(stage.page("home"))]
    answers += [rita.get("/support/"), Client(enforce_csrf_checks=True).post("/login/", {})]
    assert [each.status_code for each in answers] == [403, 404, 404, 403]


def close_a_business_for_a_while(stage, sign_in):
    """A second one, which the matrix only renames and deletes."""
    business, adam = BusinessFactory(account=stage.cast.clinic), sign_in(stage.cast.administrator)
    address = reverse("practitioners:business", args=[stage.cast.clinic.slug, business.pk])
    for is_active in ("no", "yes"):
        form = {**typed_on(adam.get(address), with_field="version"), "is_active": is_active, **VERIFIED}
        assert adam.post(address, form).status_code == 302


def come_after_a_squatter(stage, _sign_in):
    """Nina joins by mail what Mallory joined elsewhere with her address, which falls back, and declines that."""
    cast = stage.cast
    claim_by_copied_link(NINA, stage.deliver, cast.outsider)
    nina = opened(invite(cast.administrator, NINA))
    assert nina.post(ACCEPT, {"password": CHOSEN}).status_code == 302
    waiting = Invitation.objects.get(member__account=cast.other_clinic)
    assert nina.post(reverse("accounts:invitation_decline", args=[waiting.pk])).status_code == 302


def stop_ones_own_reset(stage, sign_in):
    """Which support has started, on one's own page."""
    rita, kim = enrolled(stage.cast.receptionist), support_staff("kim@support.example")
    recovery_of(rita.user, kim)
    assert sign_in(rita).post(reverse("accounts:own_recovery_stop")).status_code == 302


OTHERS = [
    stop_ones_own_reset,
    *(add_and_remove_passkeys, add_and_remove_an_app, make_backup_codes, end_sign_ins, take_a_new_address_back),
    end_what_an_administrator_asked_for,
    *(be_signed_out_by_the_clock, fail_at_the_prompt, be_refused, close_a_business_for_a_while),
    come_after_a_squatter,
]


def act_as_support(stage, sign_in, sam):
    """Every act, and reading."""
    cast, desk = stage.cast, sign_in(sam)
    clinic, adam = cast.clinic.pk, cast.administrator.pk
    rita, paul, xena = (enrolled(member).user_id for member in (cast.receptionist, cast.practitioner, cast.outsider))
    desk.get("/support/accounts/", {"q": "harbour"})
    for name, *ids in (
        ("account_lock", clinic),
        ("owner_appoint", clinic, adam),
        ("owner_remove", clinic, adam),
        ("request_settle", clinic, request_of(cast.administrator).pk),
        ("account_unlock", clinic),
        ("recovery_open", rita),
        ("recovery_withdraw", paul, recovery_of(cast.practitioner.user, sam).pk),
        ("recovery_complete", xena, recovery_of(cast.outsider.user, sam, due=True).pk),
    ):
        desk.get(at(name, *ids))
        assert desk.post(at(name, *ids), {**REASONED, "evidence": REASON}).status_code == 302


def _acts():
    """The cells of docs/access.md that do something: by an owner, or by whoever may."""
    done = {}
    for cell in cells():
        if cell.method == "POST" and cell.outcome in {"200", "302"}:
            done.setdefault((cell.act, cell.target), cell)
    return list(done.values())


def act_by_the_matrix(cell, cast, sign_in):
    """One act of the published matrix."""
    actor = _actor(cell.actor, cast)
    target = None if cell.target in {"-", "a closed account"} else _target(cell.target, cast, actor)
    if cell.target == "a closed account":
        now = database_now()
        Account.objects.filter(pk=cast.clinic.pk).update(closed_at=now, erase_at=now + timedelta(days=30))
    answer = sign_in(actor).post(_address(cell, cast.clinic, target), _form(cell, target))
    assert str(answer.status_code) == cell.outcome


# Each flow


@pytest.mark.parametrize("flow", FLOWS, ids=lambda flow: flow.__name__)
def test_no_flow_with_secrets_tells_anything_twice(stage, told, flow):
    flow(stage)

    assert told_twice(told) == []


@pytest.mark.parametrize("flow", OTHERS, ids=lambda flow: flow.__name__)
def test_no_other_flow_does(stage, sign_in, told, flow):
    flow(stage, sign_in)

    assert told
    assert told_twice(told) == []


def test_no_act_of_support_does(stage, sign_in, told, sam):
    act_as_support(stage, sign_in, sam)

    assert told_twice(told) == []


@pytest.mark.parametrize("cell", _acts(), ids=str)
def test_every_act_of_the_matrix_is_told_once_with_who_and_from_where(cast, sign_in, told, cell):
    act_by_the_matrix(cell, cast, sign_in)

    assert told_twice(told) == []
    entry = Activity.objects.latest("pk")
    [line] = [each for each in told if each["event"] == entry.verb]
    assert (line["user_id"], line["account_id"], line["ip"]) == (entry.actor.user_id, cast.clinic.pk, "127.0.0.1")
    assert line.get("target_user") == (entry.subject.user_id if entry.subject else None)


@pytest.fixture
def undone(cast, mailoutbox):
    """Play something with a cast of its own, and undo it."""

    def _undone(play):
        mailoutbox.clear()
        with transaction.atomic():
            play(deepcopy(cast))
            transaction.set_rollback(True)

    return _undone


@pytest.mark.nightly
@pytest.mark.slow
def test_all_of_them_together_tell_of_all_that_there_is(deliver_mail, sign_in, sam, told, undone):
    """Otherwise an event could be doubled that no flow here comes by."""
    for flow in FLOWS:
        undone(lambda cast, flow=flow: flow(Stage(cast, deliver_mail)))
    for flow in OTHERS:
        undone(lambda cast, flow=flow: flow(Stage(cast, deliver_mail), sign_in))
    undone(lambda cast: act_as_support(Stage(cast, deliver_mail), sign_in, sam))
    for cell in _acts():
        undone(lambda cast, cell=cell: act_by_the_matrix(cell, cast, sign_in))

    assert _all_there_is() - {event_of(line) for line in told} == set()


def _all_there_is() -> set[str]:
    """The events that docs/deploying.md names in its first table, and whatever is kept of accounts and logins.

    But for what has no line, since nobody in a browser did it, or has that of the account that an administrator is in.
    """
    page = Path(settings.BASE_DIR, "docs", "deploying.md").read_text().partition("\n| `event` |")[2]
    rows = [line.split("|")[1] for line in page.partition("\n\n")[0].splitlines() if line.startswith("| `")]
    named = {name for row in rows for name in re.findall(r"`(\w+)`", row)} - {"login_changed"}
    verbs, kinds = Activity.Verb, SecurityEvent.Kind
    without_a_line = {verbs.ACCOUNT_IMPORTED, verbs.MEMBER_IMPORTED, verbs.INVITATION_REQUESTED}
    without_a_line |= {kinds.SESSIONS_ENDED_BY_OTHERS}
    # What follows from a change of address has the line of that change.
    without_a_line |= {verbs.INVITATION_MOVED, verbs.MEMBERSHIP_MOVED, verbs.MEMBER_SUSPENDED}
    without_a_line |= {verbs.GRANT_SUSPENDED, verbs.GRANT_KEPT}
    return {*named, *verbs.values, *kinds.values} - {str(each) for each in without_a_line}


# And would be found


@pytest.mark.parametrize(
    "lines",
    [
        [{"event": "invitation_accepted", "account_id": 1, "target_member": 2}] * 2,
        [{"event": "password_changed"}, {"event": "login_changed", "kind": "password_changed"}],
        [{"event": "email_change_objected"}, {"event": "login_changed", "kind": "email_change_ended"}],
        [{"event": "password_refused"}, {"event": "reverify_failed"}],
        [{"event": "signed_out_by_limit"}, {"event": "signed_out"}],
    ],
)
def test_what_is_told_twice_is_found(lines):
    assert told_twice([{**line, "request_id": "1"} for line in lines]) != []
    assert told_twice([{**line, "request_id": str(number)} for number, line in enumerate(lines)]) == []
