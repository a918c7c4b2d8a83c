"""docs/access.md is the published matrix of who may do what; every cell of it is sent as a request (A36, A37)."""

import ast
import inspect
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from uuid import uuid4

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from accounts.access import policies, roles
from accounts.core.details import MemberDetails
from accounts.models import Account, Activity, Member, User
from accounts.outbox.sweep import begin_sweep
from accounts.tests.actions import action_modules
from accounts.tests.address_changes import pending_change
from accounts.tests.factories import PASSWORD, MemberFactory, PendingMemberFactory, UserFactory
from accounts.tests.routes import all_routes, clinic_page, clinic_routes, takes
from accounts.tests.rows import everything
from accounts.tests.support_desk import recovery_of, support_staff
from accounts.tests.two_factor import enrolled
from clinic.clock import database_now
from practitioners import policies as practitioner_policies
from practitioners.models import Business
from practitioners.tests.factories import BusinessFactory, works

pytestmark = [pytest.mark.django_db, pytest.mark.policy]

MATRIX = Path(settings.BASE_DIR, "docs", "access.md")
COLUMNS_BEFORE_ACTORS = 4
LOGIN = "/login/"
Target = Member | Business
NOBODY = {"-", "a closed account"}


@dataclass(frozen=True)
class Cell:
    """Somebody does something to somebody; what happens."""

    act: str
    name: str
    method: str
    target: str
    actor: str
    outcome: str

    def __str__(self) -> str:
        to_whom = "" if self.target == "-" else f" of {self.target}"
        return f"{self.actor}: {self.act}{to_whom} ({self.method}) -> {self.outcome}"


def _table(heading: str) -> list[dict[str, str]]:
    """The table under this heading, a dict for each row."""
    section = MATRIX.read_text().split(f"## {heading}")[1].split("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    head, _rule, *rows = [[cell.strip().strip("`") for cell in line.strip("|").split("|")] for line in lines]
    return [dict(zip(head, row, strict=True)) for row in rows]


@cache
def cells() -> tuple[Cell, ...]:
    """Every cell of the clinic's table."""
    return tuple(
        Cell(row["Act"], row["Address"], row["Method"], row["Done to"], actor, row[actor])
        for row in _table("Inside a clinic")
        for actor in list(row)[COLUMNS_BEFORE_ACTORS:]
    )


ACTORS = list(_table("Inside a clinic")[0])[COLUMNS_BEFORE_ACTORS:]
POLICIES = {row["Address"]: row for row in _table("The policies")}


def _rows_outside() -> list[dict[str, str]]:
    """The rows of the other table."""
    return _table("Outside a clinic")


# The people and what they are done to


def _somebody(clinic: Account, name: str, **fields: object) -> Member:
    user = UserFactory(email=f"{name}@harbour.example".replace(" ", ".").lower())
    return MemberFactory(account=clinic, user=user, first_name=name, **fields)


def _actor(name: str, cast) -> Member | None:
    """The member of that column; None for somebody without a session."""
    standing = {
        "Owner": cast.owner,
        "Administrator": cast.administrator,
        "Receptionist": cast.receptionist,
        "Practitioner": cast.practitioner,
        "Outsider": cast.outsider,
        "Stranger": None,
    }
    if name in standing:
        return standing[name]
    made = {
        "Power receptionist": {"role": roles.POWER_RECEPTIONIST},
        "Bookkeeper": {"role": roles.BOOKKEEPER},
        "Scheduler": {"role": roles.SCHEDULER},
        "Inactive": {"role": roles.ADMINISTRATOR, "is_active": False},
    }
    if name == "Invited":
        return PendingMemberFactory(account=cast.clinic, role=roles.ADMINISTRATOR, invited_by=cast.owner)
    return _somebody(cast.clinic, name, **made[name])


def _client(name: str, actor: Member | None, sign_in) -> Client:
    return Client() if actor is None or name == "Invited" else sign_in(actor)


A_WHILE_AGO = datetime(2026, 1, 5, tzinfo=UTC)
# Whom it is done to, where that is somebody made for it.
MADE: dict[str, dict[str, object]] = {
    "somebody": {},
    "inactive": {"is_active": False},
    "somebody who left": {"is_active": False, "left_at": A_WHILE_AGO},
    "somebody whose address was freed": {
        "is_active": False,
        "released_at": A_WHILE_AGO,
        "released_email": "tess@old.example",
    },
    "somebody who has never signed in": {},
    "an administrator": {"role": roles.ADMINISTRATOR},
    "an owner": {"role": roles.ADMINISTRATOR, "is_owner": True},
    "a practitioner": {"is_practitioner": True},
    "an inactive practitioner": {"is_practitioner": True, "is_active": False},
    "somebody with two-factor authentication": {},
    "somebody asked for another address": {},
    "somebody whom support helps": {},
    "an owner whom support helps": {"role": roles.ADMINISTRATOR, "is_owner": True},
    "an owner asked for another address": {"role": roles.ADMINISTRATOR, "is_owner": True},
    "somebody of another clinic, too": {},
    "an owner with two-factor authentication": {"role": roles.ADMINISTRATOR, "is_owner": True},
    "an owner who practises": {"is_practitioner": True, "role": roles.ADMINISTRATOR, "is_owner": True},
}


def _target(kind: str, cast, actor: Member | None) -> Target:
    if kind.startswith("a business"):
        return _business(cast, in_use=kind == "a business in use")
    if kind.startswith("oneself"):
        return _oneself(kind, cast, actor)
    if kind in {"invited", "an invited practitioner"}:
        return cast.invited
    target = _somebody(cast.clinic, "Tess", **MADE[kind])
    if kind.endswith("asked for another address"):
        pending_change(target, asked_by=cast.administrator)
    if kind.endswith("whom support helps"):
        recovery_of(enrolled(target).user, support_staff("kim@support.example"))
    if kind.endswith("of another clinic, too"):
        MemberFactory(user=target.user)
    if kind.endswith("never signed in"):
        User.objects.filter(pk=target.user_id).update(password="!", email_confirmed_at=None)
    return enrolled(target) if kind.endswith("with two-factor authentication") else target


def _business(cast, *, in_use: bool) -> Business:
    business = BusinessFactory(account=cast.clinic)
    if in_use:
        works(cast.practitioner, business)
    return business


def _oneself(kind: str, cast, actor: Member | None) -> Member:
    """The sender; for a stranger, who is nobody, somebody else."""
    if actor is None:
        return _somebody(cast.clinic, "Tess")
    if kind == "oneself, practising":
        actor.is_practitioner = True
        actor.save()
    if kind in {"oneself, of another clinic, too", "oneself, of two clinics, beside another owner"}:
        MemberFactory(user=actor.user)
    if kind.endswith("beside another owner"):
        _somebody(cast.clinic, "Otto", **MADE["an owner"])
    return actor


# The requests

NEW = {"first_name": "Nina", "last_name": "Novak", "email": "nina@harbour.example", "role": "scheduler"}
FORMS = {
    "subscription": {"plan": "large"},
    "member_ownership": {},
    "my_leaving": {},
    "member_address": {},
    "my_ownership": {},
    "ownership_request": {"story": "The owner left a year ago.", "rightful_owner": "Adam Adler", "phone": ""},
    "account_closing": {"clinic_name": "Harbour Physio"},
    "account_reopening": {},
    "practitioner_settings": {"designation": "Physiotherapist", "version": "1"},
    "business_new": {"name": "Northside", "time_zone": "UTC"},
    "business": {"name": "Northside", "time_zone": "UTC", "is_active": "yes", "version": "1"},
    "business_delete": {},
    "general": {
        "name": "Harbour Physiotherapy",
        "time_zone": "Australia/Sydney",
        "expected_name": "Harbour Physio",
        "expected_time_zone": "UTC",
    },
    "permissions": {"practitioners_own_notes": "on"},
    "account_security": {"session_timeout": "60", "expected_security": "720 False None"},
    "member_two_factor": {},
    "member_password": {},
    "member_invitation_link": {},
}
CHANGES = {
    "Change a name": {"first_name": "Changed"},
    "Give another role": {"role": "scheduler"},
    "Make inactive": {"is_active": "no"},
    "Make active again": {"is_active": "yes"},
    "Correct the address": {"email": "corrected@harbour.example"},
    "Ask for another address": {"email": "another@harbour.example"},
}


def _form(cell: Cell, target: Target | None) -> dict[str, str]:
    """A form that is right, with the password."""
    proof = {"reverify_password": PASSWORD}
    if cell.name == "member_new":
        return {**NEW, **proof, "is_practitioner": "no", "submission": str(uuid4())}
    if cell.name == "my_info":
        return {"first_name": "Changed", "last_name": "Name", "mobile": ""}
    if cell.name in FORMS:
        return {**FORMS[cell.name], **proof}
    if cell.name == "member":
        assert isinstance(target, Member)
        on_file = {
            name: {True: "yes", False: "no"}.get(value, value) if isinstance(value, bool) else value
            for name, value in vars(MemberDetails.of(target)).items()
        }
        return {**on_file, **CHANGES[cell.act], **proof, "version": str(target.version)}
    return {}


def _address(cell: Cell, clinic: Account, target: Target | None) -> str:
    argument = [target.pk] if target and takes(cell.name) else []
    return clinic_page(cell.name, clinic.slug, *argument)


# What of the matrix is tried every day: a view that asks the wrong policy shows in its row, where that is allowed and
# where it isn't, by whoever is nearest to the line between; a policy that is wrong shows with each actor.


BEFORE_ANY_POLICY = {"login", "404"}


def _row_and_outcome(cell: Cell) -> tuple[str, ...]:
    if cell.outcome in BEFORE_ANY_POLICY:
        return cell.name, cell.method, cell.outcome
    return cell.act, cell.method, cell.target, cell.outcome


def _actor_and_outcome(cell: Cell) -> tuple[str, ...]:
    return cell.actor, cell.outcome


def _actor_and_policy(cell: Cell) -> tuple[str, str]:
    """The policy as it is named in the page, which another test holds to the views."""
    if cell.outcome in BEFORE_ANY_POLICY:
        return cell.actor, cell.outcome
    return cell.actor, POLICIES[cell.name]["To open" if cell.method == "GET" else "To change"]


def _far_from_the_line(cell: Cell) -> int:
    """The actors stand in the table with those first who may most."""
    strength = len(ACTORS) - ACTORS.index(cell.actor)
    return strength if cell.outcome in {"200", "302"} else -strength


@pytest.mark.parametrize("cell", cells(), ids=str)
@pytest.mark.everyday(_row_and_outcome, _actor_and_outcome, _actor_and_policy, first=_far_from_the_line)
def test_every_cell_of_the_matrix_is_what_happens(cast, sign_in, cell):
    """A36."""
    actor = _actor(cell.actor, cast)
    target = None if cell.target in NOBODY else _target(cell.target, cast, actor)
    if cell.target == "a closed account":
        now = database_now()
        Account.objects.filter(pk=cast.clinic.pk).update(closed_at=now, erase_at=now + timedelta(days=30))
    client = _client(cell.actor, actor, sign_in)
    before = everything()

    request = client.get if cell.method == "GET" else client.post
    answer = request(_address(cell, cast.clinic, target), _form(cell, target) if cell.method == "POST" else {})

    changed = everything() != before
    recorded = Activity.objects.count() > len(before["accounts.Activity"])
    assert _outcome(answer, changed=changed, wanted=cell.outcome) == cell.outcome
    # What is done is written down; what is not done leaves no trace.
    is_act = cell.method == "POST" and cell.outcome in {"200", "302"}
    assert changed == is_act
    assert recorded == is_act


def _outcome(answer, *, changed: bool, wanted: str) -> str:
    if answer.status_code != 302:
        return str(answer.status_code)
    if answer.url.startswith(LOGIN):
        return "login"
    return wanted if wanted in {"refused", "ignored"} and not changed else "302"


def test_where_the_matrix_says_refused_the_reason_is_on_the_next_page(cast, sign_in, url):
    for name in ("member_invitation", "member_invitation_cancel", "member_invitation_link"):
        page = sign_in(cast.administrator).post(url(name, cast.receptionist.pk), follow=True)

        assert "You may not do this, or may no longer. Nothing was changed." in page.text


# The matrix is complete (A37)


def test_every_address_inside_a_clinic_stands_in_the_matrix_with_each_of_its_methods():
    """A37: add the row with the view."""
    assert clinic_routes() == {(cell.name, cell.method.lower()) for cell in cells()}


def test_every_address_outside_a_clinic_is_said_to_be_open_or_not():
    """A37."""
    outside = {name for name, _pattern, is_inside in all_routes() if not is_inside}

    assert outside == {row["Address"] for row in _rows_outside()}


def test_every_view_inside_a_clinic_has_a_policy():
    """A37: one without opens for nobody."""
    without = [
        name for name, each, inside in all_routes() if inside and not hasattr(each.callback.view_class, "policy")
    ]

    assert without == []


# What the policies are called

APPS = ("accounts", "practitioners")


def _has(view: type, method: str) -> bool:
    return method in view.http_method_names and hasattr(view, method)


def _policies() -> Iterator[dict[str, str]]:
    """Which policy guards which address, read off the views, as the page has it."""
    for _name, pattern, is_inside in all_routes():
        if is_inside:
            view = pattern.callback.view_class
            opens, changes = (view.policy_for(each.upper()) if _has(view, each) else None for each in ("get", "post"))
            names = [getattr(policy, "__name__", "-") for policy in (opens, changes)]
            yield dict(zip(("Address", "To open", "To change"), [str(pattern.name), *names], strict=True))


def test_the_page_names_the_policy_of_each_address():
    assert _table("The policies") == list(_policies())


def test_no_policy_that_is_named_for_seeing_guards_a_change():
    assert [row for row in _policies() if row["To change"].startswith(("can_see", "is_"))] == []


def _asked_in(app: str) -> set[str]:
    """The policies that the actions of an app ask."""
    return {
        node.attr
        for module in action_modules()
        if module.__name__.startswith(f"{app}.")
        for node in ast.walk(ast.parse(inspect.getsource(module)))
        if isinstance(node, ast.Attribute) and getattr(node.value, "id", "") == "policies"
    }


def test_an_action_asks_whether_one_may_do_it_and_never_whether_one_may_see_it():
    assert [name for app in APPS for name in _asked_in(app) if name.startswith("can_see")] == []


def test_each_policy_to_change_something_is_asked_under_the_lock():
    asked = {name for app in APPS for name in _asked_in(app)}
    ours = {name for module in (policies, practitioner_policies) for name in vars(module) if name.startswith("can_")}

    assert {name for name in ours if not name.startswith("can_see")} - asked == {"can_edit_some_practitioner"}


# Outside a clinic

ARGUMENTS = {
    "accounts:password_reset_link": ["MQ", "token"],
    "accounts:email": ["token"],
    "accounts:email_change_link": ["token"],
    "accounts:email_objection_link": ["token"],
    "accounts:invitation": ["token"],
    "accounts:passkey_remove": [1],
    "accounts:sign_in_end": [1],
    "accounts:invitation_decline": [1],
    "accounts:trusted_browser": [1],
    "support:accounts_account_change": [1],
    "support:account_lock": [1],
    "support:account_unlock": [1],
    "support:owner_appoint": [1, 1],
    "support:owner_remove": [1, 1],
    "support:request_settle": [1, 1],
    "support:person": [1],
    "support:recovery_open": [1],
    "support:recovery_complete": [1, 1],
    "support:recovery_withdraw": [1, 1],
    "accounts:recovery_link": ["token"],
    "outbox_message": ["none.eml"],
    "outbox_message_html": ["none.eml"],
}


def _address_outside(row: dict[str, str]) -> str:
    return row["Address"]


@pytest.mark.parametrize("row", _rows_outside(), ids=lambda row: f"{row['Page']}: {row['Stranger']}")
@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.everyday(_address_outside, "method")
def test_a_stranger_gets_what_is_open_and_is_sent_to_sign_in_for_the_rest(client, row, method):
    address = reverse(row["Address"], args=ARGUMENTS.get(row["Address"], []))
    begin_sweep()

    answer = getattr(client, method)(address)

    sent_to_sign_in = answer.status_code == 302 and answer.url.startswith(f"{LOGIN}?next=")
    assert sent_to_sign_in == (row["Stranger"] == "login")
    assert answer.status_code < 500
