"""Closing the account whole and opening it again; what everybody sees meanwhile, and while it is locked (S37)."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from bs4 import BeautifulSoup
from django.urls import reverse

from accounts.access import roles
from accounts.clinic_settings.closing import actions as closing
from accounts.clinic_settings.closing import views
from accounts.models import Account, Activity, Member, OutboundEmail
from accounts.models.account import TIME_TO_REOPEN
from accounts.support import actions as support
from accounts.tests.factories import PASSWORD, MemberFactory
from accounts.tests.links import ACCEPT, CHOSEN, opened, path_in, path_of
from accounts.tests.owners import VERIFIED, WRONG, administrator_of, asks, by_reader, links_on, told_on, words_of
from accounts.tests.pages import form_on, typed_on
from accounts.tests.routes import clinic_routes, every_address
from accounts.tests.rows import everything
from accounts.tests.support_desk import support_staff
from clinic.clock import database_now
from practitioners.models import Practitioner
from practitioners.tests.factories import works

pytestmark = [pytest.mark.django_db, pytest.mark.database]

NAME = {"clinic_name": "Harbour Physio"}
OTHER_NAME = "This is not the clinic’s name. Type Harbour Physio."
CLOSED = "This clinic’s account is closed"
LOCKED = "This clinic’s account is locked"
EVERYBODY = ["owner", "administrator", "receptionist", "practitioner"]


@pytest.fixture
def close(url):
    """Type a name on **Close this account** and send it."""

    def _close(client, **fields):
        return client.post(url("account_closing"), {**NAME, **fields})

    return _close


@pytest.fixture
def reopen(url):
    """Choose **Reopen account**."""

    def _reopen(client, **fields):
        return client.post(url("account_reopening"), fields)

    return _reopen


@pytest.fixture
def staff(db):
    """Somebody of support."""
    return support_staff()


@pytest.fixture
def closed(cast):
    """Harbour Physio, closed by Olive."""
    closing.close_account(actor=cast.owner)
    OutboundEmail.objects.all().delete()
    return fresh(cast)


def fresh(cast):
    return Account.objects.get(pk=cast.clinic.pk)


def is_open(cast):
    return fresh(cast).closed_at is None


# Who may, and what the page says


def test_an_owner_finds_it_at_the_end_of_account_ownership(olive, url):
    assert links_on(olive.get(url("ownership")))["Close this account"] == url("account_closing")


@pytest.mark.parametrize("who", ["administrator", "receptionist"])
def test_nobody_else_closes_an_account(cast, sign_in, url, close, who):
    client = sign_in(getattr(cast, who))

    assert client.get(url("account_closing")).status_code == 403
    answer = close(client, **VERIFIED)
    assert (answer.status_code, asks(answer)) == (403, False)
    assert is_open(cast)


def test_the_page_says_for_whom_and_what_happens(cast, olive, url):
    MemberFactory(account=cast.clinic, is_active=False)

    words = words_of(olive.get(url("account_closing")))

    assert "Close the account of Harbour Physio?" in words
    assert "For all 6 people in it, at once." in words
    assert "From now on nobody can use it, and invitations that wait no longer work." in words
    assert "For 30 days any owner can sign in and open it again, with everything in it." in words
    assert "After that everything in it is permanently erased" in words
    assert is_open(cast)


# The clinic's name is typed


@pytest.mark.parametrize("name", ["Harbour", "Harbour Physio 2", "Elsewhere", "HarbourPhysio", "Harbour Physio."])
@pytest.mark.parametrize("fields", [{}, VERIFIED], ids=["without the password", "with it"])
def test_another_name_is_refused_before_any_password_is_asked_for_and_stays_typed(cast, olive, close, name, fields):
    answer = close(olive, clinic_name=name, **fields)

    assert answer.status_code == 422
    assert not asks(answer)
    assert f"Clinic name – {OTHER_NAME}" in words_of(answer)
    assert typed_on(answer, with_field="clinic_name")["clinic_name"] == name
    assert is_open(cast)


@pytest.mark.parametrize("name", ["", "   "])
def test_no_name_is_refused(cast, olive, close, name):
    answer = close(olive, clinic_name=name, **VERIFIED)

    assert answer.status_code == 422
    assert "Clinic name – Type the clinic’s name." in words_of(answer)
    assert is_open(cast)


@pytest.mark.parametrize(
    "name", ["harbour physio", "HARBOUR PHYSIO", "  Harbour   Physio ", "Ｈａｒｂｏｕｒ\u00a0Ｐｈｙｓｉｏ"]
)
def test_case_and_spacing_do_not_matter(cast, olive, close, name):
    assert asks(close(olive, clinic_name=name))
    close(olive, clinic_name=name, **VERIFIED)

    assert not is_open(cast)


def test_a_name_with_letters_that_fold_or_join_can_be_typed_as_anybody_would(cast, olive, close):
    Account.objects.filter(pk=cast.clinic.pk).update(name="Praxis Straße Cafe\u0301")

    close(olive, clinic_name="PRAXIS STRASSE CAFÉ", **VERIFIED)

    assert not is_open(cast)


# The password


def test_it_asks_for_the_password_with_the_act_in_words_and_carries_the_name(cast, olive, close):
    prompt = close(olive)

    assert asks(prompt)
    assert "Close the account of Harbour Physio for everybody in it." in words_of(prompt)
    assert form_on(prompt, with_field="reverify_password")["clinic_name"] == ["Harbour Physio"]
    assert is_open(cast)


def test_it_asks_within_the_operators_window(with_grace, cast, olive, url, close):
    """Reverify asks every time; the operator may set a window, never for ownership."""
    olive.post(url("member_ownership", cast.administrator.pk), VERIFIED)
    assert "reverified" in olive.session, "the window is open"

    assert asks(close(olive))
    assert is_open(cast)


def test_a_wrong_password_closes_nothing_and_says_so(cast, olive, close):
    answer = close(olive, reverify_password="not my password at all")

    assert answer.status_code == 422
    assert WRONG in answer.text
    assert is_open(cast)


def test_cancel_at_the_prompt_shows_the_form_with_the_name_as_it_was_typed(cast, olive, close):
    page = close(olive, clinic_name="harbour physio", reverify_cancel="1", **VERIFIED)

    assert page.status_code == 200
    assert typed_on(page, with_field="clinic_name")["clinic_name"] == "harbour physio"
    assert is_open(cast)


# Closed


def test_the_right_password_closes_it_for_thirty_days_and_the_page_that_follows_says_so(cast, olive, close):
    before = database_now()
    prompt = close(olive)

    fields = {**form_on(prompt, with_field="reverify_password"), **VERIFIED}
    page = olive.post(prompt.wsgi_request.path, fields, follow=True)

    assert page.status_code == 423
    assert CLOSED in words_of(page)
    account = fresh(cast)
    assert before <= account.closed_at <= database_now()
    assert account.erase_at == account.closed_at + timedelta(days=30)
    entry = Activity.objects.get()
    assert (entry.verb, entry.actor) == ("account_closed", cast.owner)


def test_a_script_is_told_to_go_to_that_page(olive, url):
    answer = olive.post(url("account_closing"), {**NAME, **VERIFIED}, headers={"X-Requested-With": "fetch"})

    assert (answer.status_code, answer["X-Location"]) == (204, url("home"))


def test_closing_it_twice_is_done_once(cast, olive, close, deliver_mail):
    close(olive, **VERIFIED)
    closed_at = fresh(cast).closed_at

    assert close(olive, **VERIFIED).status_code == 423
    assert fresh(cast).closed_at == closed_at
    assert sorted(by_reader(deliver_mail())) == ["adam@harbour.example", "olive@harbour.example"]


def test_an_owner_who_is_none_any_more_at_the_very_moment_closes_nothing(cast, otto, olive, close, monkeypatch):
    """K1: the view's look is a courtesy, the one inside the lock holds; what was typed is kept."""

    def _too_late(*, actor):
        Member.objects.filter(pk=actor.pk).update(is_owner=False)
        closing.close_account(actor=actor)

    monkeypatch.setattr(views, "close_account", _too_late)

    answer = close(olive, **VERIFIED)

    assert answer.status_code == 422
    assert "You may not do this, or may no longer. Nothing was changed." in words_of(answer)
    assert typed_on(answer, with_field="clinic_name")["clinic_name"] == "Harbour Physio"
    assert is_open(cast)


def test_owners_and_administrators_are_told_once_and_nobody_else(otto, olive, url, close, deliver_mail):
    close(olive, **VERIFIED)

    told = by_reader(deliver_mail())

    assert sorted(told) == ["adam@harbour.example", "olive@harbour.example", "otto@harbour.example"]
    for mail in told.values():
        assert "sign in and choose “contact support about ownership” on the page that opens, or write to " in mail.body
        assert mail.subject == "The account of Harbour Physio is closed"
        assert "Olive Owens closed the account of Harbour Physio on " in mail.body
        assert "any owner can open it again, with everything in it. After that it’s permanently erased." in mail.body
        assert path_in(mail) == url("home")


def test_the_mail_tells_the_time_of_the_clinics_zone_by_name(cast, olive, close, deliver_mail):
    Account.objects.filter(pk=cast.clinic.pk).update(time_zone="Australia/Sydney")
    close(olive, **VERIFIED)
    late = datetime(2026, 1, 31, 23, 5, tzinfo=UTC)
    entry = Activity.objects.get()
    entry.details["erase_at"] = (late + TIME_TO_REOPEN).isoformat()
    entry.save()
    Activity.objects.update(created_at=late)

    mail = by_reader(deliver_mail())["olive@harbour.example"]

    assert "on Sunday 1 February 2026 at 10:05 (Australia/Sydney)." in mail.body
    assert "Until Tuesday 3 March 2026 at 10:05 (Australia/Sydney) any owner" in mail.body


# What everybody sees then


def every_request(cast):
    """The address of each page inside the clinic, with each of its methods."""
    addresses = dict(every_address(cast.invited))
    return [(addresses[name], method) for name, method in sorted(clinic_routes())]


# Right for nearly every form there is.
RIGHT = {
    "first_name": "Nina",
    "last_name": "Novak",
    "email": "nina@harbour.example",
    "mobile": "",
    "role": "scheduler",
    "is_practitioner": "no",
    "is_active": "yes",
    "version": "1",
    "submission": str(uuid4()),
    "plan": "medium",
    "story": "What happened.",
    **NAME,
    **VERIFIED,
}


def works_for(who, url):
    """The addresses that are there for a closed account: to open it again, and to tell support."""
    administrators = ["owner", "administrator"]
    addresses = {"account_reopening": ["owner"], "ownership_request": administrators}
    return {url(name) for name, people in addresses.items() if who in people}


@pytest.mark.parametrize("who", EVERYBODY)
def test_every_address_answers_everybody_with_that_page_and_nothing_is_done(cast, closed, sign_in, url, who):
    client, before = sign_in(getattr(cast, who)), everything()

    for address, method in every_request(cast):
        if address in works_for(who, url):
            continue
        page = getattr(client, method)(address, RIGHT)
        assert (page.status_code, CLOSED in words_of(page)) == (423, True), (address, method)
    assert everything() == before


def test_the_page_of_an_owner_has_the_button_and_says_until_when(cast, closed, olive, url):
    Account.objects.filter(pk=cast.clinic.pk).update(
        time_zone="Australia/Sydney",
        closed_at=datetime(2026, 1, 31, 23, 5, tzinfo=UTC),
        erase_at=datetime(2026, 3, 2, 23, 5, tzinfo=UTC),
    )

    page = olive.get(url("members"))

    assert buttons_of(page) == {"Reopen account", "Sign out"}
    assert f'action="{url("account_reopening")}"' in page.text
    assert (
        "An owner closed it on 1 February 2026. Until 3 March 2026, 10:05 you can open it again, with everything in "
        "it. After that it’s permanently erased." in words_of(page)
    )


@pytest.mark.parametrize("who", ["administrator", "receptionist", "practitioner"])
def test_the_page_of_anybody_else_has_none_and_says_whom_to_ask(cast, closed, sign_in, url, who):
    page = sign_in(getattr(cast, who)).get(url("home"))

    assert buttons_of(page) == {"Sign out"}
    assert "ask the person who runs your clinic. An owner can open it again until" in words_of(page)


def buttons_of(page):
    return {button.get_text(strip=True) for button in BeautifulSoup(page.text, "html.parser").main.find_all("button")}


def test_the_page_leads_to_other_clinics_and_stays_in_no_cache(closed, adam, url):
    page = adam.get(url("home"))

    assert links_on(page)["Choose another clinic"] == reverse("accounts:clinics")
    assert "no-store" in page["Cache-Control"]


@pytest.mark.parametrize("who", ["owner", "receptionist"])
def test_one_still_signs_in_and_comes_to_that_page(cast, closed, client, who):
    email = getattr(cast, who).user.email

    page = client.post(reverse("accounts:login"), {"email": email, "password": PASSWORD}, follow=True)

    assert page.status_code == 423
    assert CLOSED in words_of(page)


def test_an_owner_who_has_forgotten_the_password_gets_a_link_to_choose_another(closed, client, deliver_mail):
    """Otherwise they could not open it again."""
    client.post(reverse("accounts:password_reset"), {"email": "olive@harbour.example"})

    assert [mail.recipients() for mail in deliver_mail()] == [["olive@harbour.example"]]


def test_outsiders_and_strangers_learn_nothing_of_it(cast, closed, client, sign_in, url):
    assert sign_in(cast.outsider).get(url("home")).status_code == 404
    assert client.get(url("home")).url.startswith(reverse("accounts:login"))
    assert sign_in(cast.outsider).post(url("account_reopening"), VERIFIED).status_code == 404


def test_the_list_of_clinics_says_which_is_closed(cast, closed, sign_in):
    MemberFactory(account=cast.other_clinic, user=cast.receptionist.user)

    words = words_of(sign_in(cast.receptionist).get(reverse("accounts:clinics")))

    assert "Receptionist · closed" in words
    assert words.count("closed") == 1


def test_the_same_person_goes_on_in_another_clinic(cast, closed, sign_in):
    MemberFactory(account=cast.other_clinic, user=cast.receptionist.user)

    assert sign_in(cast.receptionist).get(reverse("accounts:home", args=["elsewhere"])).status_code == 200


def test_a_form_that_was_open_meanwhile_changes_nothing(cast, olive, adam, url, close):
    typed = typed_on(adam.get(url("member", cast.receptionist.pk)))
    close(olive, **VERIFIED)

    answer = adam.post(url("member", cast.receptionist.pk), {**typed, "first_name": "Marguerite"})

    assert answer.status_code == 423
    cast.receptionist.refresh_from_db()
    assert cast.receptionist.first_name == "Rita"


def test_a_password_sent_to_a_closed_account_is_not_looked_at(closed, adam, url, client):
    """A20: nothing there asks for one, so that it can tell nobody whether it is right."""
    for _ in range(10):
        adam.post(url("member_new"), {**RIGHT, "reverify_password": "wrong"})

    login = {"email": "adam@harbour.example", "password": PASSWORD}
    assert client.post(reverse("accounts:login"), login).status_code == 302


def test_other_parts_of_a_suite_are_told_that_nobody_may_do_anything_or_be_booked(cast, closed):
    """S1."""
    paul = Member.objects.select_related("account").get(pk=cast.practitioner.pk)

    assert not paul.has_perm("appointments.book")
    assert not Practitioner.objects.bookable(closed).exists()


# Links to join


@pytest.mark.parametrize("is_opened_before", [True, False], ids=["opened before", "opened after"])
def test_an_invitation_says_that_the_clinic_is_closed_and_lets_nobody_in(cast, olive, client, close, is_opened_before):
    if is_opened_before:
        opened(cast.invited, client)
    close(olive, **VERIFIED)

    page = client.get(ACCEPT) if is_opened_before else client.get(path_of(cast.invited), follow=True)
    answer = client.post(ACCEPT, {"password": CHOSEN})

    for each in (page, answer):
        assert each.status_code == 410
        assert "This clinic is closed No one can join it any more. Please ask the clinic." in words_of(each)
        assert "Ask for a new invitation" not in each.text
    cast.invited.refresh_from_db()
    assert not cast.invited.has_joined


def test_an_invitation_mail_that_waits_is_not_sent(cast, olive, adam, url, close, deliver_mail):
    adam.post(url("member_invitation", cast.invited.pk))
    close(olive, **VERIFIED)

    assert sorted(by_reader(deliver_mail())) == ["adam@harbour.example", "olive@harbour.example"]


# Reopening


def test_reopening_asks_for_the_password_with_the_act_in_words(cast, closed, olive, reopen):
    prompt = reopen(olive)

    assert asks(prompt)
    assert "Open the account of Harbour Physio again." in words_of(prompt)
    assert not is_open(cast)


def test_reopening_asks_within_the_operators_window(with_grace, cast, olive, close, reopen):
    close(olive, **VERIFIED)
    assert "reverified" in olive.session, "the window is open"

    assert asks(reopen(olive))
    assert not is_open(cast)


def test_a_wrong_password_reopens_nothing_and_says_so(cast, closed, olive, reopen):
    answer = reopen(olive, reverify_password="not my password at all")

    assert answer.status_code == 422
    assert WRONG in answer.text
    assert not is_open(cast)


def test_cancel_at_the_prompt_of_reopening_leads_back_to_the_page(cast, closed, olive, url, reopen):
    answer = reopen(olive, reverify_cancel="1", **VERIFIED)

    assert answer.url == url("home")
    assert not is_open(cast)


def test_the_right_password_opens_it_again_with_everything_as_it_was(cast, olive, sign_in, client, url, close, reopen):
    works(cast.practitioner)
    people = list(Member.objects.order_by("pk").values())
    close(olive, **VERIFIED)
    prompt = reopen(olive)

    fields = {**form_on(prompt, with_field="reverify_password"), **VERIFIED}
    page = olive.post(url("account_reopening"), fields, follow=True)

    assert told_on(page) == "Harbour Physio is open again."
    assert (fresh(cast).closed_at, fresh(cast).erase_at) == (None, None)
    assert list(Member.objects.order_by("pk").values()) == people
    for who in EVERYBODY:
        assert sign_in(getattr(cast, who)).get(url("home")).status_code == 200
    assert client.get(path_of(cast.invited), follow=True).status_code == 200
    assert Practitioner.objects.bookable(fresh(cast)).exists()
    assert Activity.objects.latest("pk").verb == "account_reopened"


def test_any_owner_reopens_it(cast, otto, closed, sign_in, reopen):
    reopen(sign_in(otto), **VERIFIED)

    assert is_open(cast)


def test_they_are_told_of_reopening_once_and_nobody_else(otto, closed, olive, url, reopen, deliver_mail):
    reopen(olive, **VERIFIED)

    told = by_reader(deliver_mail())

    assert sorted(told) == ["adam@harbour.example", "olive@harbour.example", "otto@harbour.example"]
    for mail in told.values():
        assert mail.subject == "The account of Harbour Physio is open again"
        assert "Olive Owens opened the account of Harbour Physio again on " in mail.body
        assert "It will not be erased." in mail.body
        assert path_in(mail) == url("home")


@pytest.mark.parametrize("who", ["administrator", "receptionist"])
def test_somebody_who_is_no_owner_and_posts_the_address_changes_nothing(cast, closed, sign_in, reopen, who):
    answer = reopen(sign_in(getattr(cast, who)), **VERIFIED)

    assert (answer.status_code, asks(answer)) == (423, False)
    assert not is_open(cast)


def test_reopening_twice_is_done_once(closed, olive, url, reopen, deliver_mail):
    reopen(olive, **VERIFIED)

    assert reopen(olive, **VERIFIED).url == url("home")
    assert sorted(by_reader(deliver_mail())) == ["adam@harbour.example", "olive@harbour.example"]


def test_the_address_of_the_button_shows_it_while_closed_and_leads_home_once_open(closed, olive, url, reopen):
    page = olive.get(url("account_reopening"))
    assert (page.status_code, "Reopen account" in buttons_of(page)) == (423, True)

    reopen(olive, **VERIFIED)
    assert olive.get(url("account_reopening")).url == url("home")


def test_an_invitation_sent_after_reopening_goes_out(cast, closed, olive, url, reopen, deliver_mail):
    reopen(olive, **VERIFIED)
    olive.post(url("member_invitation", cast.invited.pk))

    assert sorted(by_reader(deliver_mail())) == ["adam@harbour.example", "ivy@harbour.example", "olive@harbour.example"]


def test_closing_it_again_gives_thirty_days_anew(cast, closed, olive, close, reopen):
    Account.objects.filter(pk=cast.clinic.pk).update(erase_at=database_now() + timedelta(hours=1))
    reopen(olive, **VERIFIED)
    close(olive, **VERIFIED)

    assert fresh(cast).erase_at > database_now() + timedelta(days=29)


# Locked by support (S37): the pages inside the clinic


@pytest.fixture
def locked(cast, staff):
    """Harbour Physio, locked by support."""
    support.lock(staff=staff, account=cast.clinic, reason="Two people say that they own it.")
    return fresh(cast)


@pytest.mark.parametrize("who", EVERYBODY)
def test_a_locked_account_says_so_to_everybody_everywhere_and_nothing_is_done(cast, locked, sign_in, url, who):
    client, before = sign_in(getattr(cast, who)), everything()

    for address, method in every_request(cast):
        page = getattr(client, method)(address, RIGHT)
        assert (page.status_code, LOCKED in words_of(page)) == (423, True), (address, method)
        assert buttons_of(page) == {"Sign out"}
    assert everything() == before


def test_the_reason_of_support_is_not_on_that_page(locked, adam, url):
    """It may speak of people; who administers the clinic reads it later in the history."""
    assert "Two people say" not in adam.get(url("home")).text


def test_the_list_of_clinics_says_which_is_locked(locked, olive):
    assert "Administrator, owner · locked by support" in words_of(olive.get(reverse("accounts:clinics")))


def test_an_owner_does_not_reopen_an_account_that_is_closed_and_locked(cast, closed, locked, olive, url, reopen):
    """Locking comes first: whose it is has to be settled before."""
    assert LOCKED in words_of(olive.get(url("home")))
    answer = reopen(olive, **VERIFIED)

    assert (answer.status_code, asks(answer)) == (423, False)
    assert not is_open(cast)


def test_an_account_locked_at_the_very_moment_is_not_reopened(cast, closed, staff, olive, url, reopen, monkeypatch):
    def _too_late(*, actor):
        support.lock(staff=staff, account=cast.clinic, reason="Two people say that they own it.")
        closing.reopen_account(actor=actor)

    monkeypatch.setattr(views, "reopen_account", _too_late)

    answer = reopen(olive, **VERIFIED)

    assert answer.url == url("home")
    assert not is_open(cast)
    assert LOCKED in words_of(olive.get(url("home")))


def test_once_unlocked_it_is_closed_as_before_with_thirty_days_to_reopen(
    cast, closed, locked, staff, olive, url, reopen
):
    Account.objects.filter(pk=cast.clinic.pk).update(erase_at=database_now() + timedelta(hours=1))
    support.unlock(staff=staff, account=cast.clinic, reason="They have agreed.")

    assert CLOSED in words_of(olive.get(url("home")))
    assert fresh(cast).erase_at > database_now() + timedelta(days=29)
    reopen(olive, **VERIFIED)
    assert is_open(cast)


def test_while_it_is_locked_nothing_about_ownership_is_done(cast, locked, otto, olive, url):
    """S37: until it is determined, nobody makes facts."""
    ann = administrator_of(cast.clinic, "Ann", "Abel")

    for address in (url("member_ownership", ann.pk), url("my_ownership"), url("account_closing")):
        assert olive.post(address, {**NAME, **VERIFIED}).status_code == 423
    assert set(cast.clinic.members.filter(is_owner=True)) == {cast.owner, otto}
    assert cast.clinic.members.filter(role=roles.ADMINISTRATOR, is_owner=False).count() == 2
