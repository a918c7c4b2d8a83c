"""Opening a clinic: with a new login, with an existing one, or signed in (S23, C10, A57)."""

from uuid import uuid4

import pytest
from bs4 import BeautifulSoup
from django.test import Client
from django.urls import get_resolver

from accounts.access import roles
from accounts.models import Account, Activity, Member, OutboundEmail, User
from accounts.models.account import RESERVED_SLUGS
from accounts.tests.factories import PASSWORD, AccountFactory, MemberFactory
from accounts.tests.links import ACCEPT, CHOSEN, join, opened
from accounts.tests.owners import VERIFIED, WRONG, asks, words_of
from accounts.tests.pages import form_on

pytestmark = pytest.mark.django_db


@pytest.fixture
def form():
    return {
        "clinic_name": "Riverside Physio",
        "first_name": "Nora",
        "last_name": "Nilsen",
        "email": "nora@riverside.example",
        "password": CHOSEN,
        "time_zone": "Australia/Sydney",
        "submission": str(uuid4()),
    }


def without_login(form: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in form.items() if name not in {"email", "password"}}


def verified(form: dict[str, str]) -> dict[str, str]:
    """The same once the prompt was answered."""
    return {**without_login(form), "reverify_password": PASSWORD}


def clinics_and_people():
    return Account.objects.count(), User.objects.count(), Member.objects.count(), OutboundEmail.objects.count()


# With a new login


def test_whoever_opens_a_clinic_is_its_owner_and_an_administrator_and_joined(db, form):
    """S23."""
    Client().post("/signup/", form)

    nora = Member.objects.get(account__name="Riverside Physio")
    assert nora.is_owner
    assert nora.role == roles.ADMINISTRATOR
    assert nora.has_joined and nora.is_active
    assert nora.full_name == "Nora Nilsen"
    assert not nora.is_practitioner
    assert nora.account.creator == nora.user


def test_they_are_signed_in_and_land_on_the_home_of_their_clinic(db, form):
    home = Client().post("/signup/", form, follow=True)

    assert home.redirect_chain == [("/riverside-physio/", 302)]
    assert "Riverside Physio is open, and you are its owner." in home.text
    assert "Add your first practitioner" in home.text


def test_a_mail_asks_to_confirm_the_address_and_the_home_says_so(db, form, deliver_mail):
    """A57."""
    home = Client().post("/signup/", form, follow=True)

    [message] = deliver_mail()
    assert message.to == ["nora@riverside.example"]
    assert message.subject == "Confirm your email address"
    assert "Confirm your email address" in home.text
    assert User.objects.get(email="nora@riverside.example").email_confirmed_at is None


def test_opening_a_clinic_is_recorded(db, form):
    Client().post("/signup/", form)

    entry = Activity.objects.get()
    assert (entry.verb, entry.actor.full_name) == (Activity.Verb.ACCOUNT_CREATED, "Nora Nilsen")


def test_they_sign_in_later_with_what_they_chose(db, form):
    Client().post("/signup/", form)

    response = Client().post("/login/", {"email": "NORA@Riverside.example", "password": CHOSEN})

    assert response.url == "/riverside-physio/"


def test_the_key_of_the_session_is_another_after_signing_up(db, form):
    """A14."""
    browser = Client()
    browser.post("/invitations/switch/")
    before = browser.session.session_key

    browser.post("/signup/", form)

    assert before and browser.session.session_key != before


def test_a_double_click_opens_one_clinic(db, form):
    browser = Client()

    for _ in range(2):
        response = browser.post("/signup/", form)

    assert response.url == "/riverside-physio/"
    assert clinics_and_people() == (1, 1, 1, 1)


def test_a_double_click_whose_first_answer_never_arrived_opens_one_clinic_and_signs_in(db, form):
    """The second one comes without the cookie of the first."""
    Client().post("/signup/", form)

    second = Client().post("/signup/", form, follow=True)

    assert second.redirect_chain == [("/riverside-physio/", 302)]
    assert clinics_and_people() == (1, 1, 1, 1)


def test_the_form_of_a_page_names_its_own_opening(db):
    """What makes the double click one is in the page."""
    numbers = {
        BeautifulSoup(Client().get("/signup/").text, "html.parser").find("input", {"name": "submission"})["value"]
        for _ in range(2)
    }

    assert len(numbers) == 2


# Bad input


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("clinic_name", "", "Enter the clinic’s name."),
        ("clinic_name", "x" * 101, "at most 100 characters"),
        ("clinic_name", "Win at https://evil.example", "Enter a name, not a web address."),
        ("clinic_name", "Harbour\r\nBcc: everybody@mail.example", "Use one line of text"),
        ("clinic_name", "\u202eoisyhP", "hidden characters"),
        ("clinic_name", "---", "at least one letter or digit"),
        ("first_name", "", "Enter your first name."),
        ("last_name", " ", "Enter your last name."),
        ("email", "", "Enter an email address."),
        ("email", "nora", "in the form name@example.com"),
        ("email", "nora@riverside.example\nBcc: all@mail.example", "in the form name@example.com"),
        ("password", "", "Enter a password."),
        ("password", "fourteen chars", "at least 15 characters"),
        ("password", "1q2w3e4r5t6y7u8i9o0p", "follows the keyboard"),
        ("password", "nora@riverside.example", "made of your email address"),
    ],
)
def test_a_form_that_is_refused_says_why_opens_nothing_and_loses_nothing(db, form, field, value, words):
    response = Client().post("/signup/", {**form, field: value})

    assert response.status_code == 422
    assert words in response.text
    assert clinics_and_people() == (0, 0, 0, 0)
    page = BeautifulSoup(response.text, "html.parser")
    for name in {"clinic_name", "first_name", "last_name", "email"} - {field}:
        assert page.find("input", {"name": name})["value"] == form[name]
    assert not page.find("input", {"name": "password"}).get("value")


def test_fields_that_the_form_does_not_have_are_ignored(db, form):
    """A39."""
    forged = {"slug": "admin", "plan": "enterprise", "is_staff": "on", "email_confirmed_at": "2020-01-01", "role": "x"}

    Client().post("/signup/", {**form, **forged})

    nora = Member.objects.get()
    assert (nora.account.slug, nora.account.plan) == ("riverside-physio", "small")
    assert not nora.user.is_staff
    assert nora.user.email_confirmed_at is None


def test_signing_up_needs_the_form_of_our_own_page(db, form):
    """A43."""
    assert Client(enforce_csrf_checks=True).post("/signup/", form).status_code == 403


# The time zone


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("Australia/Sydney", "Australia/Sydney"),
        ("Pacific/Auckland", "Pacific/Auckland"),
        ("", "UTC"),
        ("Mars/Olympus_Mons", "UTC"),
        ("../../etc/passwd", "UTC"),
        ("x" * 500, "UTC"),
        ("Europe/Berlin\x00", "UTC"),
    ],
)
def test_the_time_zone_is_the_browsers_where_it_is_one_and_utc_otherwise(db, form, sent, kept):
    assert Client().post("/signup/", {**form, "time_zone": sent}).status_code == 302

    assert Account.objects.get().time_zone == kept


def test_a_form_without_a_time_zone_or_a_number_of_its_own_works(db, form):
    """Without JavaScript, and with a broken number."""
    del form["time_zone"]

    Client().post("/signup/", {**form, "submission": "not a number"})

    assert Account.objects.get().time_zone == "UTC"


# The address of the clinic


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Riverside Physio", "riverside-physio"),
        ("  Riverside   Physio  ", "riverside-physio"),
        ("Größe & Söhne", "groe-sohne"),
        ("Admin", "admin-2"),
        ("Log-in", "log-in"),
        ("Login", "login-2"),
        ("Static", "static-2"),
        ("診療所", "clinic-2"),
        ("Клиника", "clinic-2"),
        ("_1_", "1"),
        ("word " * 20, ("word-" * 20)[:50].rstrip("-")),
    ],
)
def test_the_address_of_a_clinic_follows_from_its_name(db, form, name, slug):
    response = Client().post("/signup/", {**form, "clinic_name": name})

    assert response.url == f"/{slug}/"
    assert Account.objects.get().slug == slug


def test_clinics_of_the_same_name_have_addresses_of_their_own(db, form):
    for number in range(3):
        Client().post("/signup/", {**form, "email": f"nora{number}@riverside.example", "submission": str(uuid4())})

    slugs = Account.objects.order_by("pk").values_list("slug", flat=True)
    assert list(slugs) == ["riverside-physio", "riverside-physio-2", "riverside-physio-3"]


def test_no_clinic_can_take_the_address_of_a_page_of_ours():
    """Every first word of our own addresses is reserved."""
    first_words = {str(pattern.pattern).split("/")[0] for pattern in _patterns(get_resolver())} - {""}

    assert {"login", "signup", "invitations", "outbox", "healthz"} <= first_words
    assert {word for word in first_words if not word.startswith("<")} <= RESERVED_SLUGS


def _patterns(resolver):
    for each in resolver.url_patterns:
        yield from _patterns(each) if hasattr(each, "url_patterns") and not str(each.pattern) else [each]


# With a login that exists


@pytest.fixture
def xena(cast, form):
    """The form as Xena fills it in, who administers Elsewhere."""
    return {**form, "email": "xena@elsewhere.example", "password": PASSWORD}


def test_an_existing_login_opens_another_clinic_with_its_password(cast, xena):
    """C10, C13."""
    response = Client().post("/signup/", xena)

    assert response.url == "/riverside-physio/"
    assert Member.objects.get(account__name="Riverside Physio").user == cast.outsider.user
    assert User.objects.filter(email="xena@elsewhere.example").count() == 1
    assert not OutboundEmail.objects.exists(), "the address is confirmed"


def test_a_wrong_password_of_an_existing_login_opens_nothing_and_says_what_to_do(cast, xena):
    before = clinics_and_people()

    response = Client().post("/signup/", {**xena, "password": CHOSEN})

    assert response.status_code == 422
    assert "This email address already has a login, and this is not its password." in response.text
    assert "Forgotten your password?" in response.text
    assert clinics_and_people() == before
    assert User.objects.get(pk=cast.outsider.user_id).check_password(PASSWORD)


def test_wrong_passwords_are_counted_here_too(cast, xena):
    """A11."""
    for _ in range(5):
        last = Client().post("/signup/", {**xena, "password": CHOSEN})

    assert last.status_code == 429
    assert "Too many wrong tries. Wait 15 min" in last.text
    assert Client().post("/signup/", xena).status_code == 429
    assert Client().post("/login/", {"email": xena["email"], "password": PASSWORD}).status_code == 429


def test_a_login_that_was_switched_off_opens_no_clinic(cast, xena):
    """C15."""
    User.objects.filter(pk=cast.outsider.user_id).update(is_active=False)

    assert Client().post("/signup/", xena).status_code == 422
    assert not Account.objects.filter(name="Riverside Physio").exists()


def test_a_login_without_a_clinic_left_opens_one_of_its_own(cast, xena):
    Member.objects.filter(pk=cast.outsider.pk).update(is_active=False)

    home = Client().post("/signup/", xena, follow=True)

    assert home.redirect_chain == [("/riverside-physio/", 302)]
    assert home.status_code == 200


# An address that was only invited


def test_somebody_who_is_only_invited_can_open_a_clinic_and_stays_untrusted(cast, form):
    """A57: the row that the invitation made becomes the login; nobody has proved the mailbox."""
    browser = Client()
    browser.post("/signup/", {**form, "email": "ivy@harbour.example"})

    ivy = User.objects.get(email="ivy@harbour.example")
    assert ivy == cast.invited.user
    assert ivy.check_password(CHOSEN)
    assert not ivy.is_trusted
    cast.invited.refresh_from_db()
    assert not cast.invited.has_joined
    assert browser.get("/harbour-physio/").status_code == 404


def test_having_opened_a_clinic_they_join_the_other_by_its_link_with_a_new_password(cast, form, url):
    """A57: only the link proves the mailbox."""
    Client().post("/signup/", {**form, "email": "ivy@harbour.example"})

    join(cast.invited, "a new password for both clinics")

    ivy = Client()
    page = ivy.post(
        "/login/", {"email": "ivy@harbour.example", "password": "a new password for both clinics"}, follow=True
    )
    assert page.redirect_chain == [("/clinics/", 302)]
    assert ivy.get(url("home")).status_code == ivy.get("/riverside-physio/").status_code == 200


def test_signed_in_with_an_unconfirmed_login_the_link_still_asks_for_a_new_password(cast, form):
    browser = Client()
    browser.post("/signup/", {**form, "email": "ivy@harbour.example"})

    page = opened(cast.invited, browser).get(ACCEPT)

    assert "Create password" in page.text


# Signed in


def test_somebody_signed_in_opens_another_clinic_without_email_or_password(cast, sign_in, form):
    rita = sign_in(cast.receptionist)
    page = rita.get("/signup/").text
    assert "You are signed in as <bdi>rita@harbour.example</bdi>" in page
    assert 'value="Rita"' in page and 'value="Reyes"' in page
    assert 'name="email"' not in page and 'name="password"' not in page

    response = rita.post("/signup/", verified(form))

    assert response.url == "/riverside-physio/"
    assert Member.objects.get(account__name="Riverside Physio").user == cast.receptionist.user


def test_an_email_and_password_posted_by_somebody_signed_in_are_ignored(cast, sign_in, form):
    """A39."""
    sign_in(cast.receptionist).post("/signup/", {**form, "reverify_password": PASSWORD})

    assert Member.objects.get(account__name="Riverside Physio").user == cast.receptionist.user
    assert not User.objects.filter(email=form["email"]).exists()


def test_a_double_click_of_somebody_signed_in_opens_one_clinic(cast, sign_in, form):
    rita = sign_in(cast.receptionist)

    for _ in range(2):
        assert rita.post("/signup/", verified(form)).url == "/riverside-physio/"

    assert Account.objects.filter(name="Riverside Physio").count() == 1


def test_the_form_of_one_person_sent_by_another_opens_a_clinic_of_their_own(cast, sign_in, form):
    """A page left open on a shared computer."""
    sign_in(cast.receptionist).post("/signup/", verified(form))

    response = sign_in(cast.outsider).post("/signup/", verified(form))

    assert response.url == "/riverside-physio-2/"


def test_an_open_session_alone_opens_no_clinic_whatever_grace_the_operator_allows(cast, sign_in, form, settings, url):
    """A60, A70: whoever stole it would keep Rita's administrators from helping her. What was typed is not lost."""
    settings.REVERIFY_GRACE_SECONDS = 3600
    rita, before = sign_in(cast.receptionist), clinics_and_people()
    rita.post(url("member_sign_ins", cast.practitioner.pk), VERIFIED)

    prompt = rita.post("/signup/", without_login(form))

    assert asks(prompt)
    assert "Create Riverside Physio with your login." in words_of(prompt)
    carried = form_on(prompt, with_field="reverify_password")
    assert {name: carried[name] for name in without_login(form)} == {
        name: [value] for name, value in without_login(form).items()
    }
    wrong = rita.post("/signup/", {**without_login(form), "reverify_password": "wrong"})
    assert WRONG in words_of(wrong)
    assert clinics_and_people() == before
    typed = {name: values[0] for name, values in carried.items() if name != "reverify_cancel"}
    assert rita.post("/signup/", {**typed, "reverify_password": PASSWORD}).url == "/riverside-physio/"


def test_cancelling_at_the_prompt_leads_back_to_what_was_typed(cast, sign_in, form):
    rita, before = sign_in(cast.receptionist), clinics_and_people()

    page = rita.post("/signup/", {**without_login(form), "reverify_cancel": "1"})

    assert (page.status_code, asks(page)) == (200, False)
    assert 'value="Riverside Physio"' in page.text and f'value="{form["submission"]}"' in page.text
    assert clinics_and_people() == before


def test_what_is_wrong_with_the_form_is_said_before_the_password_is_asked_for(cast, sign_in, form):
    page = sign_in(cast.receptionist).post("/signup/", {**without_login(form), "clinic_name": ""})

    assert (page.status_code, asks(page)) == (422, False)


# Choosing and switching (C10)


@pytest.fixture
def two_clinics(cast, sign_in):
    """The browser of Rita, who is a bookkeeper at Elsewhere, too."""
    MemberFactory(account=cast.other_clinic, user=cast.receptionist.user, first_name="Rita", role=roles.BOOKKEEPER)
    return sign_in(cast.receptionist)


def test_the_page_of_clinics_lists_ones_own_with_ones_role(cast, two_clinics):
    AccountFactory(name="Not Ritas")

    page = two_clinics.get("/clinics/").text

    assert 'href="/harbour-physio/"' in page and 'href="/elsewhere/"' in page
    assert "Receptionist" in page and "Bookkeeper" in page
    assert "Not Ritas" not in page
    assert "Open another clinic" in page


def test_an_owner_is_marked_as_such(cast, sign_in):
    assert "Administrator, owner" in sign_in(cast.owner).get("/clinics/").text


def test_clinics_that_one_has_not_joined_or_has_left_are_not_listed(cast, two_clinics):
    Member.objects.filter(account=cast.other_clinic, user=cast.receptionist.user).update(is_active=False)

    assert "Elsewhere" not in two_clinics.get("/clinics/").text


def test_two_tabs_hold_two_clinics_by_their_addresses(cast, two_clinics):
    """C10: nothing in the session says which clinic it is."""
    for slug, name, role in [
        ("harbour-physio", "Harbour Physio", "receptionist"),
        ("elsewhere", "Elsewhere", "bookkeeper"),
        ("harbour-physio", "Harbour Physio", "receptionist"),
    ]:
        page = two_clinics.get(f"/{slug}/")

        words = " ".join(BeautifulSoup(page.text, "html.parser").get_text().split())
        assert f"You are signed in to {name}" in words
        assert f"role there: {role}" in words
        assert 'href="/clinics/"' in page.text


def test_the_page_of_clinics_is_for_people_who_are_signed_in(db):
    assert Client().get("/clinics/").url == "/login/?next=/clinics/"
