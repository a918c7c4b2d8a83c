"""What support does: lock, unlock, appoint, remove, settle, each with a reason and the password (S37, A19, A20)."""

import pytest
from bs4 import BeautifulSoup
from django.test import Client

from accounts.access import roles
from accounts.clinic_settings.closing.erasure import erase
from accounts.models import Account, Activity, Dispute, Member, User
from accounts.support import actions as support
from accounts.tests.factories import PASSWORD, MemberFactory
from accounts.tests.links import path_in, snapshot
from accounts.tests.owners import WRONG, administrators_without_owner, asks, by_reader, told_on, words_of
from accounts.tests.pages import form_on
from accounts.tests.support_desk import REASON, REASONED, account_page, at, close_row, lock_row, request_of
from clinic.clock import database_now

pytestmark = pytest.mark.django_db

ACTS = ("lock", "unlock", "appoint", "remove", "settle")


@pytest.fixture
def act_on(cast, otto):
    """Bring Harbour Physio to where an act makes sense; return the act's address."""

    def _act_on(act):
        clinic = cast.clinic.pk
        if act == "unlock":
            lock_row(cast.clinic)
        return {
            "lock": lambda: at("account_lock", clinic),
            "unlock": lambda: at("account_unlock", clinic),
            "appoint": lambda: at("owner_appoint", clinic, cast.administrator.pk),
            "remove": lambda: at("owner_remove", clinic, otto.pk),
            "settle": lambda: at("request_settle", clinic, request_of(cast.administrator).pk),
        }[act]()

    return _act_on


# Each act

DONE = {
    "lock": "The account of Harbour Physio is locked. Nobody in it can use it until you unlock it.",
    "unlock": "The account of Harbour Physio is unlocked.",
    "appoint": "Adam Adler is now an owner of Harbour Physio.",
    "remove": "Otto Oh is no longer an owner of Harbour Physio, and still an administrator.",
    "settle": "The request of Adam Adler is settled.",
}
PROMPTS = {
    "lock": ("Lock the account of Harbour Physio for everybody in it.", "Lock account"),
    "unlock": ("Unlock the account of Harbour Physio.", "Unlock account"),
    "appoint": ("Make Adam Adler an owner of Harbour Physio.", "Appoint as owner"),
    "remove": ("Take ownership of Harbour Physio from Otto Oh.", "Remove ownership"),
    "settle": ("Settle the request of Adam Adler about Harbour Physio.", "Settle request"),
}
OLIVE, OTTO, ADAM = "olive@harbour.example", "otto@harbour.example", "adam@harbour.example"
TOLD = {
    "lock": {OLIVE, OTTO},
    "unlock": {OLIVE, OTTO},
    "appoint": {OLIVE, OTTO, ADAM},
    "remove": {OLIVE, OTTO},
    "settle": {OLIVE, OTTO, ADAM},
}
VERBS = {
    "lock": (Activity.Verb.ACCOUNT_LOCKED, None),
    "unlock": (Activity.Verb.ACCOUNT_UNLOCKED, None),
    "appoint": (Activity.Verb.OWNERSHIP_GRANTED, "Adam Adler"),
    "remove": (Activity.Verb.OWNERSHIP_REMOVED, "Otto Oh"),
    "settle": (Activity.Verb.DISPUTE_SETTLED, "Adam Adler"),
}


@pytest.mark.parametrize("act", ACTS)
def test_an_act_is_done_recorded_with_the_reason_and_said_on_the_accounts_page(cast, desk, sam, act_on, act):
    page = desk.post(act_on(act), REASONED, follow=True)

    assert page.redirect_chain == [(account_page(cast.clinic), 302)]
    assert told_on(page) == DONE[act]
    [entry] = Activity.objects.exclude(verb__in=Activity.READ)
    verb, subject = VERBS[act]
    assert (entry.verb, entry.account, entry.staff, entry.actor) == (verb, cast.clinic, sam, None)
    assert (entry.subject.full_name if entry.subject else None) == subject
    assert entry.details == {"reason": REASON}


@pytest.mark.parametrize("act", ACTS)
def test_the_owners_and_whom_it_is_about_are_told_with_the_reason(desk, act_on, deliver_mail, act):
    """A13."""
    desk.post(act_on(act), REASONED)

    messages = by_reader(deliver_mail())

    assert messages.keys() == TOLD[act]
    for message in messages.values():
        assert REASON in message.body
        assert "Clinic People support" in message.body
        assert "sam@support.example" not in message.body


@pytest.mark.parametrize("act", ACTS)
def test_an_act_asks_for_the_password_and_does_nothing_without(desk, act_on, act):
    """A19, A20: not, empty, or wrong."""
    address, words = act_on(act), {"reason": REASON}
    before = snapshot()

    prompt = desk.post(address, words)
    empty = desk.post(address, {**words, "reverify_password": ""})
    wrong = desk.post(address, {**words, "reverify_password": "a wrong one"})

    assert [(each.status_code, asks(each)) for each in (prompt, empty, wrong)] == [
        (200, True),
        (422, True),
        (422, True),
    ]
    said, button = PROMPTS[act]
    assert said in words_of(prompt)
    assert BeautifulSoup(prompt.text, "html.parser").find("button", string=button)
    assert WRONG in words_of(wrong)
    changed = {table for table, rows in snapshot().items() if rows != before[table]}
    assert changed == {"axes.AccessAttempt"}


@pytest.mark.parametrize("act", ACTS)
def test_an_act_needs_a_reason_and_says_so_before_it_asks_for_the_password(desk, act_on, act):
    address = act_on(act)
    before = snapshot()

    for reason, error in (
        ("", "Write down why."),
        (" \n \t ", "Write down why."),
        ("too short", "Write down why, in at least 10 characters."),
        ("x" * 2001, "Use at most 2000 characters (it has 2001)."),
    ):
        for proof in ({}, {"reverify_password": PASSWORD}):
            answer = desk.post(address, {"reason": reason, **proof})
            assert (answer.status_code, asks(answer)) == (422, False)
            assert error in words_of(answer)
    assert desk.post(address, {}).status_code == 422

    assert snapshot() == before


@pytest.mark.parametrize("act", ACTS)
def test_it_asks_every_time_whatever_grace_the_operator_allows(desk, act_on, settings, otto, act):
    """PRODUCT: never for ownership."""
    settings.REVERIFY_GRACE_SECONDS = 3600
    desk.post(at("account_lock", otto.account_id), REASONED)
    desk.post(at("account_unlock", otto.account_id), REASONED)

    assert asks(desk.post(act_on(act), {"reason": REASON}))


@pytest.mark.parametrize("act", ACTS)
def test_the_page_of_an_act_says_what_and_asks_why_with_one_button(desk, act_on, act):
    page = desk.get(act_on(act))

    assert page.status_code == 200
    main = BeautifulSoup(page.text, "html.parser").main
    assert [button.get_text() for button in main.find_all("button")] == [PROMPTS[act][1]]
    assert main.form.find("textarea", {"name": "reason"})
    assert "read it" in words_of(page)


# The prompt and what was typed


def test_the_prompt_carries_the_reason_line_breaks_included(desk, act_on):
    typed = 'First line.\r\n"Second" <b>line</b>.'

    prompt = desk.post(act_on("lock"), {"reason": typed})

    assert form_on(prompt, with_field="reverify_password")["reason"] == [typed]
    assert "<b>line" not in prompt.text


def test_the_prompt_looks_like_the_page_it_came_from(desk, act_on):
    prompt = desk.post(act_on("lock"), {"reason": REASON})

    assert BeautifulSoup(prompt.text, "html.parser").find("nav", attrs={"aria-label": "Support"})


def test_cancel_at_the_prompt_shows_the_page_with_what_was_typed(desk, act_on):
    answer = desk.post(act_on("lock"), {"reason": "Two\r\nlines of it", "reverify_cancel": "1"})

    assert (answer.status_code, asks(answer)) == (200, False)
    assert BeautifulSoup(answer.text, "html.parser").textarea.get_text().strip() == "Two\r\nlines of it"
    assert not Activity.objects.exclude(verb__in=Activity.READ).exists()


def test_wrong_passwords_lock_every_page_for_a_while(desk, sam, act_on):
    """A20: the count is that of the sign-in page, so that a stolen session is no way to guess the password."""
    address = act_on("lock")
    for _ in range(5):
        shut = desk.post(address, {"reason": REASON, "reverify_password": "a wrong one"})

    right = desk.post(address, REASONED)

    assert (shut.status_code, right.status_code) == (429, 429)
    assert "Too many wrong tries" in words_of(right)
    assert form_on(right, with_field="reason")["reason"] == [REASON]
    assert Client().post("/login/", {"email": sam.email, "password": PASSWORD}).status_code == 429
    assert not Activity.objects.exclude(verb__in=Activity.READ).exists()


def test_a_right_password_gives_the_session_a_new_key(desk, act_on):
    """A14."""
    before = desk.cookies["sessionid"].value

    desk.post(act_on("lock"), REASONED)

    assert desk.cookies["sessionid"].value != before


def test_a_line_break_counts_as_one_character_and_is_kept_as_one(cast, desk, act_on):
    """A browser counts it so while one types, and sends two."""
    typed = "\r\n".join(["x" * 999, "y" * 1000])

    assert desk.post(act_on("lock"), {"reason": typed, "reverify_password": PASSWORD}).status_code == 302

    assert Activity.objects.exclude(verb__in=Activity.READ).get().details["reason"] == typed.replace("\r\n", "\n")


# What each does


def test_locking_and_unlocking_are_seen_on_the_account(cast, desk):
    desk.post(at("account_lock", cast.clinic.pk), REASONED)
    cast.clinic.refresh_from_db()
    assert cast.clinic.locked_at is not None

    desk.post(at("account_unlock", cast.clinic.pk), REASONED)
    cast.clinic.refresh_from_db()
    assert cast.clinic.locked_at is None


@pytest.mark.parametrize("act", ACTS)
def test_sent_twice_an_act_is_done_once_and_the_second_time_says_so(desk, act_on, deliver_mail, act):
    address = act_on(act)
    desk.post(address, REASONED)
    after = snapshot()

    again = desk.post(address, REASONED)

    assert again.status_code == 422
    assert {
        "lock": "This account is locked already.",
        "unlock": "This account is not locked.",
        "appoint": "Adam Adler is an owner already.",
        "remove": "Otto Oh is no owner.",
        "settle": "This request is settled already.",
    }[act] in words_of(again)
    assert BeautifulSoup(again.text, "html.parser").textarea.get_text().strip() == REASON
    assert snapshot() == after


def test_support_appoints_an_owner_where_there_is_none(desk, deliver_mail):
    """S26: the administrators saw no way to make one. The new owner is told, and finds the pages of owners."""
    bea, ben = administrators_without_owner()

    desk.post(at("owner_appoint", bea.account_id, bea.pk), REASONED)

    bea.refresh_from_db()
    assert bea.is_owner and not Member.objects.get(pk=ben.pk).is_owner
    assert by_reader(deliver_mail()).keys() == {"bea@harbour.example"}


def test_where_there_is_no_owner_the_administrators_are_told_of_a_lock_and_the_page_says_so(desk, deliver_mail):
    bea, _ben = administrators_without_owner()
    address = at("account_lock", bea.account_id)
    assert "The administrators read it, as the account has no owners." in words_of(desk.get(address))

    desk.post(address, REASONED)

    assert by_reader(deliver_mail()).keys() == {"bea@harbour.example", "ben@harbour.example"}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"is_active": False}, "is inactive. Make them active again first."),
        ({"joined_at": None}, "has not accepted the invitation yet."),
        ({"role": roles.RECEPTIONIST}, "is not an administrator. Change their security role first."),
        ({"user__is_active": False}, "can’t sign in at the moment."),
        ({"user__password": "!"}, "can’t sign in at the moment."),
        ({"user__email_confirmed_at": None}, "has yet to confirm their email address."),
    ],
)
def test_somebody_who_cannot_be_an_owner_is_not_appointed_and_the_page_says_why(cast, desk, change, words):
    """S29, A40: before anything is typed; and, where it came to be so since, before the password is asked for."""
    for name, value in change.items():
        model, pk = (User, cast.administrator.user_id) if name.startswith("user__") else (Member, cast.administrator.pk)
        model.objects.filter(pk=pk).update(**{name.removeprefix("user__"): value})
    address = at("owner_appoint", cast.clinic.pk, cast.administrator.pk)
    before = snapshot()

    page, answer = desk.get(address), desk.post(address, {"reason": REASON})

    assert f"Adam Adler {words}" in words_of(page)
    assert BeautifulSoup(page.text, "html.parser").main.form is None
    assert (answer.status_code, asks(answer)) == (422, False)
    assert f"Adam Adler {words}" in words_of(answer)
    assert BeautifulSoup(answer.text, "html.parser").textarea.get_text().strip() == REASON
    assert snapshot() == before


def test_the_last_owner_stays_one_and_the_page_says_why(cast, desk):
    """C17."""
    address, words = at("owner_remove", cast.clinic.pk, cast.owner.pk), "Olive Owens is the only owner who can sign in."

    page, answer = desk.get(address), desk.post(address, {"reason": REASON})

    assert words in words_of(page)
    assert BeautifulSoup(page.text, "html.parser").main.form is None
    assert (answer.status_code, asks(answer)) == (422, False)
    assert words in words_of(answer)
    desk.post(address, REASONED)
    assert Member.objects.get(pk=cast.owner.pk).is_owner


def test_whoever_lost_ownership_is_told_so_and_stays_an_administrator(cast, otto, desk, deliver_mail, sign_in, url):
    desk.post(at("owner_remove", cast.clinic.pk, otto.pk), REASONED)

    otto.refresh_from_db()
    assert (otto.is_owner, otto.is_administrator, otto.is_present) == (False, True, True)
    assert "You are no longer an owner" in by_reader(deliver_mail())[OTTO].subject
    assert sign_in(otto).get(url("members")).status_code == 200


def test_settling_keeps_how_it_ended_and_by_whom(cast, desk, sam):
    dispute = request_of(cast.administrator)

    desk.post(at("request_settle", cast.clinic.pk, dispute.pk), REASONED)

    dispute = Dispute.objects.get()
    assert (dispute.settled_by, dispute.outcome) == (sam, REASON)
    assert dispute.settled_at is not None


@pytest.mark.parametrize("name", ["owner_appoint", "owner_remove", "request_settle"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_what_belongs_to_another_account_is_not_found_under_this_one(cast, desk, name, method):
    """A38."""
    other = MemberFactory(account=cast.other_clinic, role=roles.ADMINISTRATOR, is_owner=True)
    target = request_of(other).pk if name == "request_settle" else other.pk
    before = snapshot()

    answer = getattr(desk, method)(at(name, cast.clinic.pk, target), REASONED)

    assert answer.status_code == 404
    assert snapshot() == before


def test_what_else_is_sent_with_the_form_counts_for_nothing(cast, desk):
    """A39."""
    extra = {
        "account": cast.other_clinic.pk,
        "staff": cast.owner.user_id,
        "locked_at": "",
        "is_owner": "1",
        "name": "X",
    }

    desk.post(at("account_lock", cast.clinic.pk), {**REASONED, **extra})

    cast.clinic.refresh_from_db()
    assert (cast.clinic.name, cast.clinic.locked_at is None) == ("Harbour Physio", False)
    assert Account.objects.filter(locked_at__isnull=False).count() == 1
    assert not Member.objects.get(pk=cast.administrator.pk).is_owner


def test_an_account_that_was_erased_meanwhile_is_said_to_be_out_of_reach(cast, desk, monkeypatch):
    """Its thirty days may run out while somebody looks for the words."""

    def erased_meanwhile(*_args, **_kwargs):
        close_row(cast.clinic, days=0)
        assert erase(cast.clinic.pk)

    monkeypatch.setattr("accounts.support.act.require_reverification", erased_meanwhile)

    answer = desk.post(at("account_lock", cast.clinic.pk), REASONED)

    assert answer.status_code == 422
    assert "Nothing was changed." in words_of(answer)


def test_the_mail_of_a_request_leads_support_to_the_account(cast, sign_in, url, deliver_mail, desk):
    """S36: its button."""
    form = {"story": "She left in March.", "rightful_owner": "", "phone": ""}
    sign_in(cast.administrator).post(url("ownership_request"), form)

    [mail] = [each for each in deliver_mail() if each.to == ["support@localhost"]]

    assert path_in(mail) == account_page(cast.clinic)
    assert "She left in March." in words_of(desk.get(path_in(mail)))


def test_markup_in_a_reason_is_inert_on_the_page_and_in_the_mail(cast, desk, deliver_mail):
    """C16."""
    desk.post(at("account_lock", cast.clinic.pk), {**REASONED, "reason": "<img src=x onerror=alert(1)> was here"})

    page, [mail] = desk.get(account_page(cast.clinic)), deliver_mail()
    [(html, _type)] = mail.alternatives
    assert "<img src=x" not in page.text + html
    assert "&lt;img src=x" in page.text and "&lt;img src=x" in html


def test_a_closed_account_is_locked_and_unlocked_too(cast, desk):
    """It stays closed, and its thirty days begin again."""
    close_row(cast.clinic, days=2)
    desk.post(at("account_lock", cast.clinic.pk), REASONED)
    assert "it stays closed" in words_of(desk.get(at("account_unlock", cast.clinic.pk)))

    desk.post(at("account_unlock", cast.clinic.pk), REASONED)

    cast.clinic.refresh_from_db()
    assert cast.clinic.closed_at is not None
    assert 29 <= (cast.clinic.erase_at - database_now()).days <= 30


def test_support_that_belongs_to_the_clinic_leaves_the_act_to_somebody_else(cast, desk, sam):
    """Nobody makes themselves an owner."""
    MemberFactory(account=cast.clinic, user=sam, role=roles.ADMINISTRATOR)

    page = desk.post(at("account_lock", cast.clinic.pk), REASONED)

    assert page.status_code == 422
    assert "You belong to this clinic yourself." in page.text
    assert Account.objects.get(pk=cast.clinic.pk).locked_at is None


def test_unlocking_a_closed_account_tells_the_owners_until_when_it_can_be_opened_again(cast, sam, deliver_mail):
    close_row(cast.clinic)
    support.lock(staff=sam, account=cast.clinic, reason="To look into it.")
    deliver_mail()

    support.unlock(staff=sam, account=cast.clinic, reason="It is settled now.")

    assert "It’s still closed. Until" in deliver_mail()[-1].body
