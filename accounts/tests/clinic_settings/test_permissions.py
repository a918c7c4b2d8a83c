"""Settings -> General -> Permissions: what an account keeps from roles (C14)."""

import pytest
from bs4 import BeautifulSoup

from accounts.access import roles
from accounts.access.roles import TOGGLE_LABELS, Toggle
from accounts.clinic_settings.general.actions import change_permissions
from accounts.clinic_settings.general.forms import GROUPS
from accounts.core.errors import NotPermitted
from accounts.models import Account, Activity, Member
from accounts.tests.factories import MemberFactory
from accounts.tests.owners import VERIFIED, WRONG, asks, links_on, told_on, words_of

pytestmark = [pytest.mark.django_db, pytest.mark.database]

NOTES, FILES = Toggle.PRACTITIONERS_OWN_NOTES, Toggle.RECEPTION_NO_ATTACHMENTS


@pytest.fixture
def page(url):
    """The address of the page."""
    return url("permissions")


@pytest.fixture
def change(page):
    """Open the page, tick these boxes and no others, and choose Update permissions."""

    def _change(client, *ticked, **fields):
        return client.post(page, {**opened(client.get(page)), **dict.fromkeys(ticked, "on"), **fields}, follow=True)

    return _change


def form_on(answer):
    return BeautifulSoup(answer.text, "html.parser").find("form", attrs={"data-reverify": True})


def opened(answer):
    """The hidden fields of the form on this page, as a browser sends them."""
    found = {}
    for field in form_on(answer)("input", type="hidden"):
        found.setdefault(field["name"], []).append(field["value"])
    return found


def ticked_on(answer):
    return {box["name"] for box in form_on(answer)("input", type="checkbox") if box.has_attr("checked")}


def restrict(clinic, *toggles):
    Account.objects.filter(pk=clinic.pk).update(toggles=dict.fromkeys(toggles, True))


def restricted(clinic):
    return {name for name, is_on in Account.objects.get(pk=clinic.pk).toggles.items() if is_on}


# The page


def test_the_page_shows_every_toggle_with_what_it_restricts(cast, adam, page):
    restrict(cast.clinic, NOTES)

    answer = adam.get(page)

    assert ticked_on(answer) == {NOTES}
    words = words_of(answer)
    for _name, _about, toggles in GROUPS:
        for toggle, about in toggles.items():
            assert f"{TOGGLE_LABELS[toggle]} {about}" in words


def test_each_toggle_stands_in_one_group(adam):
    assert [toggle for *_words, toggles in GROUPS for toggle in toggles] == list(TOGGLE_LABELS) == list(Toggle)


def test_the_page_leads_to_the_one_that_says_what_each_role_may_do_now(adam, page, url):
    """S8."""
    assert links_on(adam.get(page))["What each security role may do now"] == url("roles")


@pytest.mark.parametrize("role", sorted(set(roles.ROLES) - {roles.ADMINISTRATOR}))
def test_nobody_but_an_administrator_may_open_or_change_it(cast, sign_in, page, role):
    """A41: a power receptionist must not widen what a power receptionist may do."""
    restrict(cast.clinic, FILES)
    client = sign_in(MemberFactory(account=cast.clinic, role=role))

    assert client.get(page).status_code == client.post(page, {"expected": FILES, **VERIFIED}).status_code == 403
    assert restricted(cast.clinic) == {FILES}


# Changing


def test_it_asks_for_the_password_in_words_that_name_what_changes(cast, adam, change):
    """A19."""
    restrict(cast.clinic, FILES)

    answer = change(adam, NOTES)

    assert asks(answer)
    words = words_of(answer)
    assert "Switch on: Practitioners see only their own treatment notes." in words
    assert "Switch off: Reception does not open attachments." in words
    assert restricted(cast.clinic) == {FILES}


def test_the_prompt_carries_everything_over(cast, adam, page, change):
    restrict(cast.clinic, FILES)

    answer = adam.post(page, {**opened(change(adam, NOTES, Toggle.RECEPTION_OWN_LETTERS)), **VERIFIED})

    assert answer.status_code == 302
    assert restricted(cast.clinic) == {NOTES, Toggle.RECEPTION_OWN_LETTERS}


def test_a_wrong_password_changes_nothing_and_keeps_what_was_ticked(cast, adam, page, change):
    answer = change(adam, NOTES, reverify_password="wrong")

    assert WRONG in words_of(answer)
    assert opened(answer)[NOTES] == ["on"]
    assert restricted(cast.clinic) == set()
    assert not Activity.objects.exists()


def test_cancelling_at_the_prompt_shows_the_page_as_it_was_ticked(cast, adam, page, change):
    prompt = change(adam, NOTES)

    answer = adam.post(page, {**opened(prompt), "reverify_cancel": "1"})

    assert ticked_on(answer) == {NOTES}
    assert restricted(cast.clinic) == set()


def test_the_change_is_written_down_with_before_and_after_of_each_toggle(cast, adam, change):
    restrict(cast.clinic, FILES)

    answer = change(adam, NOTES, **VERIFIED)

    entry = Activity.objects.get()
    assert (entry.verb, entry.actor, entry.subject) == ("permissions_changed", cast.administrator, None)
    assert entry.details == {NOTES: [False, True], FILES: [True, False]}
    assert told_on(answer) == "Permissions were updated. They hold for everybody from now on."


def test_the_same_sent_again_asks_nothing_changes_nothing_and_writes_nothing_down(cast, adam, change):
    restrict(cast.clinic, FILES)

    assert told_on(change(adam, FILES)) == "Nothing was different, so nothing was changed."
    assert not Activity.objects.exists()


def test_whoever_lost_the_right_while_the_page_was_open_changes_nothing(cast):
    """The action looks again, under the lock (A42)."""
    actor = Member.objects.get(pk=cast.administrator.pk)
    Member.objects.filter(pk=actor.pk).update(role=roles.POWER_RECEPTIONIST)

    with pytest.raises(NotPermitted):
        change_permissions(actor=actor, switched_on=[NOTES], expected_toggles=[])
    assert restricted(cast.clinic) == set()


@pytest.mark.parametrize("expected", ["everything", ["practitioners_own_notes", "x" * 10_000], "\x00"])
def test_a_toggle_that_is_none_is_refused(cast, adam, page, expected):
    answer = adam.post(page, {NOTES: "on", "expected": expected, **VERIFIED})

    assert answer.status_code == 422
    assert restricted(cast.clinic) == set()


# What it does


RESTRICTS = {
    Toggle.PRACTITIONERS_OWN_NOTES: (roles.PRACTITIONER, {"treatment_notes.write": "own"}),
    Toggle.PRACTITIONERS_OWN_LETTERS: (roles.PRACTITIONER, {"letters.read_others": "none"}),
    Toggle.PRACTITIONERS_NO_FINANCIALS: (
        roles.PRACTITIONER,
        {
            "invoices.view": "none",
            "invoices.create": "none",
            "reports.daily_payments": "none",
            "reports.revenue": "none",
        },
    ),
    Toggle.RECEPTION_OWN_LETTERS: (roles.RECEPTIONIST, {"letters.read_others": "none"}),
    Toggle.RECEPTION_NO_ATTACHMENTS: (roles.RECEPTIONIST, {"attachments.open": "none"}),
}


@pytest.mark.parametrize("toggle", Toggle)
def test_a_toggle_holds_from_the_next_request_and_so_does_taking_it_back(cast, adam, sign_in, page, change, toggle):
    """C14. The member is fetched by each request, with the account as it is then."""
    role, restricted_to = RESTRICTS[toggle]
    theirs = sign_in(MemberFactory(account=cast.clinic, role=role))

    def scopes():
        member = theirs.get(page.replace("settings/general/permissions/", "")).wsgi_request.member
        return {name: member.scope(name) for name in roles.PERMISSIONS}, member

    before, _member = scopes()
    change(adam, toggle, **VERIFIED)
    after, member = scopes()
    assert {name: after[name] for name in after if after[name] != before[name]} == restricted_to
    assert all(member.has_perm(name) == (scope == "own") for name, scope in restricted_to.items())

    change(adam, **VERIFIED)
    assert scopes()[0] == before


def test_it_holds_for_this_clinic_only(cast, adam, change):
    elsewhere = MemberFactory(account=cast.other_clinic, role=roles.PRACTITIONER)

    change(adam, NOTES, **VERIFIED)

    assert Member.objects.get(pk=elsewhere.pk).scope("treatment_notes.write") == "all"


def test_an_administrator_is_never_restricted(cast, adam, change):
    change(adam, *Toggle, **VERIFIED)

    administrator = Member.objects.get(pk=cast.administrator.pk)
    assert {administrator.scope(name) for name in roles.PERMISSIONS} == {"all"}


# Two browsers


def test_two_browsers_do_not_undo_each_others_change(cast, adam, olive, page, change):
    """Adam's form is from before Olive's change: it says what is on file now, and the next try is against that."""
    stale = opened(adam.get(page))
    change(olive, FILES, **VERIFIED)

    refused = adam.post(page, {**stale, NOTES: "on", **VERIFIED})

    assert refused.status_code == 422
    words = words_of(refused)
    assert "Someone changed this while you had this page open, so nothing was saved." in words
    assert f"{TOGGLE_LABELS[FILES]} – On file now: switched on" in words
    assert f"{TOGGLE_LABELS[NOTES]} – On file now: switched off" in words
    assert ticked_on(refused) == {NOTES}
    assert restricted(cast.clinic) == {FILES}

    adam.post(page, {**opened(refused), NOTES: "on", FILES: "on", **VERIFIED})
    assert restricted(cast.clinic) == {NOTES, FILES}


def test_both_browsers_may_ask_for_the_same(cast, adam, olive, page, change):
    stale = opened(adam.get(page))
    change(olive, FILES, **VERIFIED)

    assert adam.post(page, {**stale, FILES: "on", **VERIFIED}).status_code == 302
    assert Activity.objects.count() == 1
