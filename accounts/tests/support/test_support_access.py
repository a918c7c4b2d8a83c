"""Who may open the support site and do what: the table "Support" of docs/access.md, cell by cell (S37, A36, A37)."""

from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.auth import get_user_model
from django.test import Client
from django.urls import reverse

from accounts.access import roles
from accounts.models import Activity, Member, User
from accounts.tests.authenticators import STEP, code_of, give_app, show_code, show_password
from accounts.tests.factories import PASSWORD, MemberFactory, UserFactory
from accounts.tests.links import snapshot
from accounts.tests.owners import VERIFIED
from accounts.tests.routes import METHODS, all_routes
from accounts.tests.support_desk import (
    REASON,
    REASONED,
    account_page,
    at,
    close_row,
    lock_row,
    recovery_of,
    request_of,
    support_staff,
)
from accounts.tests.two_factor import enrolled

pytestmark = [pytest.mark.django_db, pytest.mark.policy]

COLUMNS_BEFORE_ACTORS = 4
RESETS = {"support:recovery_open", "support:recovery_complete", "support:recovery_withdraw"}
STARTED = {**REASONED, "evidence": "Called back at the number on file."}


def _rows() -> list[dict[str, str]]:
    section = Path(settings.BASE_DIR, "docs", "access.md").read_text().split("\n## Support\n")[1].split("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    head, _rule, *rows = [[cell.strip().strip("`") for cell in line.strip("|").split("|")] for line in lines]
    return [dict(zip(head, row, strict=True)) for row in rows]


ROWS = _rows()
CELLS = [(row, actor) for row in ROWS for actor in list(row)[COLUMNS_BEFORE_ACTORS:]]


def _name_of(cell: tuple[dict[str, str], str]) -> str:
    row, actor = cell
    return f"{actor}: {row['Act']} ({row['Method']}, {row['Done to']}) -> {row[actor]}"


# What it is done to


def _person(kind: str, cast) -> Member:
    if kind in {"an owner", "the only owner"}:
        if kind == "an owner":
            MemberFactory(account=cast.clinic, role=roles.ADMINISTRATOR, is_owner=True)
        return cast.owner
    if kind == "inactive":
        return MemberFactory(account=cast.clinic, role=roles.ADMINISTRATOR, is_active=False)
    if kind == "an administrator without owners":
        # The row of an account that was imported: nobody has taken ownership from anybody.
        return MemberFactory(role=roles.ADMINISTRATOR)
    standing = {"an administrator": cast.administrator, "somebody": cast.receptionist, "invited": cast.invited}
    return {**standing, "somebody elsewhere": cast.outsider}[kind]


def _request(kind: str, cast):
    if kind == "a request elsewhere":
        return request_of(cast.outsider)
    settled = {"settled_at": cast.clinic.created_at, "settled_by": cast.owner.user} if "settled" in kind else {}
    return request_of(cast.administrator, **settled)


def _reset(kind: str, cast):
    """A two-factor reset, and the login in the address."""
    user, kim = enrolled(cast.receptionist).user, support_staff("kim@support.example")
    if kind == "one’s own reset":
        return user, recovery_of(user, User.objects.get(email="sam@support.example"), due=True)
    if kind == "a reset of another login":
        return user, recovery_of(enrolled(cast.practitioner).user, kim, due=True)
    ended = {"ended_at": cast.clinic.created_at, "outcome": "withdrawn"} if "ended" in kind else {}
    return user, recovery_of(user, kim, due="due" in kind, **ended)


def _address(row: dict[str, str], cast) -> str:
    kind, name = row["Done to"], row["Address"].removeprefix("support:")
    if kind == "-":
        return at(name)
    if kind.startswith("a login"):
        member = cast.receptionist if "without" in kind else enrolled(cast.receptionist)
        User.objects.filter(pk=member.user_id).update(is_staff="support" in kind)
        return at(name, member.user_id)
    if "reset" in kind:
        user, recovery = _reset(kind, cast)
        return at(name, user.pk, recovery.pk)
    if kind.endswith("account"):
        {"a locked account": lock_row, "a closed account": close_row}.get(kind, lambda _account: None)(cast.clinic)
        return at(name, cast.clinic.pk)
    target = _request(kind, cast) if kind.endswith("request") or kind == "a request elsewhere" else _person(kind, cast)
    account = target.account if kind == "an administrator without owners" else cast.clinic
    return at(name, account.pk, target.pk)


def _client(actor: str, cast, desk: Client, sign_in) -> Client:
    if actor == "Stranger":
        return Client()
    return {"Support staff": desk}.get(actor) or sign_in(
        {"Owner": cast.owner, "Administrator": cast.administrator}[actor]
    )


# What of the table is tried every day: each row where it is done and where it isn't, each actor at each address.


def _row_and_outcome(cell: tuple[dict[str, str], str]) -> tuple[str, ...]:
    row, actor = cell
    return row["Act"], row["Method"], row["Done to"], row[actor]


def _actor_and_outcome(cell: tuple[dict[str, str], str]) -> tuple[str, str]:
    row, actor = cell
    return actor, row[actor]


def _actor_and_address(cell: tuple[dict[str, str], str]) -> tuple[str, str]:
    row, actor = cell
    return actor, row["Address"]


@pytest.mark.parametrize("cell", CELLS, ids=_name_of)
@pytest.mark.everyday(_row_and_outcome, _actor_and_outcome, _actor_and_address)
def test_every_cell_of_the_table_is_what_happens(cast, desk, sign_in, cell):
    """A36."""
    row, actor = cell
    address, client = _address(row, cast), _client(actor, cast, desk, sign_in)
    before = snapshot()

    answer = client.get(address) if row["Method"] == "GET" else client.post(address, STARTED)

    went_to_sign_in = answer.status_code == 302 and answer.url.startswith(reverse("accounts:login"))
    assert ("login" if went_to_sign_in else str(answer.status_code)) == row[actor]
    is_act = row["Method"] == "POST" and row[actor] == "302"
    assert (snapshot() != before) == is_act
    # What is done is written down with who did it and why.
    done = Activity.objects.exclude(verb__in=Activity.READ)
    written = [(entry.staff.email, entry.actor, entry.details["reason"]) for entry in done]
    assert written == ([("sam@support.example", None, REASON)] if is_act else [])


def test_every_address_of_support_stands_in_the_table_with_each_of_its_methods():
    """A37: a page that is only read has GET and nothing else."""
    addresses = {name for name, _pattern, _inside in all_routes() if name.startswith("support:")}
    acts = {"support:account_lock", "support:account_unlock", "support:owner_appoint", "support:owner_remove"}

    assert {(row["Address"], row["Method"]) for row in ROWS} == {
        *((name, "GET") for name in addresses),
        *((name, "POST") for name in {*acts, *RESETS, "support:request_settle"}),
    }


@pytest.mark.parametrize("name", ["index", "accounts_account_changelist", "accounts_dispute_changelist"])
@pytest.mark.parametrize("method", [method for method in METHODS if method != "get"])
def test_a_list_is_only_read(desk, name, method):
    assert getattr(desk, method)(at(name)).status_code == 405


@pytest.mark.parametrize("method", [method for method in METHODS if method != "get"])
def test_an_account_is_only_read(cast, desk, method):
    """C17: there is no form that saves the row."""
    before = snapshot()

    answer = getattr(desk, method)(account_page(cast.clinic), {"name": "Ours", "locked_at": "", **VERIFIED})

    assert answer.status_code == 405
    assert snapshot() == before


@pytest.mark.parametrize(
    "path",
    [
        *("login/", "logout/", "password_change/", "jsi18n/", "autocomplete/", "accounts/", "r/1/1/", "auth/group/"),
        *("accounts/account/", "accounts/user/", "accounts/add/", "accounts/1/delete/", "accounts/1/history/"),
    ],
)
def test_nothing_else_of_the_django_admin_is_there(cast, desk, path):
    """Of its addresses only our list of accounts has a page, and that is our own."""
    answer = desk.get(f"/support/{path}")

    assert answer.status_code == (200 if path == "accounts/" else 404)


# Signing in


def test_a_stranger_is_sent_to_the_one_sign_in_page_and_from_there_to_the_page_they_came_for(cast, sam):
    """A11: with its throttle; there is no second one."""
    stranger, address = Client(), account_page(cast.clinic)

    sign_in_page = stranger.get(address)
    step = stranger.post(sign_in_page.url, {"email": sam.email, "password": PASSWORD})
    answer = show_code(stranger, code_of(sam))

    assert sign_in_page.url == f"/login/?next={address}"
    assert step.url == STEP
    assert answer.url == address


def test_support_with_a_clinic_arrives_there_and_has_the_support_site_in_their_menu(cast, sam):
    MemberFactory(account=cast.clinic, user=sam)
    browser = Client()

    show_password(browser, sam)
    page = browser.post(STEP, {"code": code_of(sam)}, follow=True)

    assert page.redirect_chain[-1][0] == "/harbour-physio/"
    assert 'href="/support/"' in page.text


def test_where_support_is_asked_to_choose_a_clinic_the_support_site_is_one_link_away(desk):
    """The front page leads everybody there who is signed in."""
    assert 'href="/support/"' in desk.get("/", follow=True).text


def test_the_pages_of_everybody_else_say_nothing_of_it(cast, sign_in, url):
    for page in (url("home"), url("ownership"), "/clinics/"):
        assert "/support/" not in sign_in(cast.owner).get(page).text


@pytest.mark.parametrize("lost", ["is_staff", "is_active"])
def test_whoever_is_no_longer_of_support_is_out_at_the_next_request(cast, sam, desk, lost):
    """Between the page and its form, say; with a clinic of their own they are still signed in."""
    MemberFactory(account=cast.other_clinic, user=sam)
    address = at("account_lock", cast.clinic.pk)
    assert desk.get(address).status_code == 200
    User.objects.filter(pk=sam.pk).update(**{lost: False})
    before = snapshot()

    answer = desk.post(address, REASONED)

    assert answer.status_code == (404 if lost == "is_staff" else 302)
    assert snapshot() == before


def test_whoever_stops_being_of_support_while_their_form_is_looked_at_is_refused_by_the_act(
    cast, sam, desk, monkeypatch
):
    """S37: the act looks again inside the lock."""

    def dismissed_meanwhile(*_args, **_kwargs):
        User.objects.filter(pk=sam.pk).update(is_staff=False)

    monkeypatch.setattr("accounts.support.act.require_reverification", dismissed_meanwhile)

    answer = desk.post(at("account_lock", cast.clinic.pk), REASONED)

    assert answer.status_code == 422
    assert "You may not do this, or may no longer. Nothing was changed." in answer.text
    cast.clinic.refresh_from_db()
    assert cast.clinic.locked_at is None


def test_whoever_createsuperuser_makes_is_of_support(cast):
    """docs/deploying.md says to make them so; what comes first is in test_support_two_factor.py."""
    boss = get_user_model().objects.create_superuser("boss@support.example", PASSWORD)
    give_app(boss)
    browser = Client()

    show_password(browser, boss)
    show_code(browser, code_of(boss))

    assert browser.get(account_page(cast.clinic)).status_code == 200


def test_an_account_that_is_not_there_is_not_found(cast, desk):
    """Nor one whose number no database could hold."""
    for account_id in (0, cast.clinic.pk + 1000, 10**30):
        for name in ("accounts_account_change", "account_lock", "account_unlock"):
            assert desk.get(at(name, account_id)).status_code == 404


@pytest.mark.parametrize("name", ["accounts_account_changelist", "accounts_dispute_changelist"])
def test_pages_of_support_are_kept_by_no_cache_and_run_nothing_of_others(desk, name):
    """A45, A50."""
    answer = desk.get(at(name))

    assert "no-store" in answer["Cache-Control"]
    assert "default-src 'none'" in answer["Content-Security-Policy"]
    assert "unsafe" not in answer["Content-Security-Policy"]


def test_an_act_that_does_not_come_from_our_own_page_is_refused(cast, sam):
    """A43."""
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(sam, backend="accounts.authentication.MemberBackend")

    answer = browser.post(at("account_lock", cast.clinic.pk), REASONED)

    assert answer.status_code == 403
    assert not Activity.objects.exists()


@pytest.mark.parametrize("somebody", ["owner", "administrator", "receptionist", "practitioner", "outsider"])
def test_nobody_of_a_clinic_does_anything_there_with_their_own_password(cast, sign_in, somebody):
    """S37: every act, sent as support would send it."""
    client = sign_in(getattr(cast, somebody))
    settle = at("request_settle", cast.clinic.pk, request_of(cast.administrator).pk)
    people = [at(name, cast.clinic.pk, cast.administrator.pk) for name in ("owner_appoint", "owner_remove")]
    before = snapshot()

    answers = [client.post(address, REASONED) for address in (at("account_lock", cast.clinic.pk), settle, *people)]

    assert {answer.status_code for answer in answers} == {404}
    assert snapshot() == before


def test_a_login_of_nobody_is_not_of_support(cast):
    """A login that is in no clinic, and not of support, is not even let in."""
    nobody = UserFactory()
    browser = Client()

    answer = browser.post("/login/", {"email": nobody.email, "password": PASSWORD})

    assert answer.status_code == 422
