"""Mobile numbers on the screen: typed in any spelling, shown as the clinic writes them, and never lost (S5, C6)."""

import pytest
from bs4 import BeautifulSoup

from accounts.models import Account, Activity, Dispute, Member
from accounts.tests.import_files import account, bring, csv_file, line, member
from accounts.tests.owners import words_of
from accounts.tests.pages import typed_on
from accounts.tests.routes import clinic_page
from practitioners.models import Business
from practitioners.tests.factories import first_business

pytestmark = pytest.mark.django_db

UNREADABLE = "0400 000 000 or desk"


@pytest.fixture
def save(cast, adam, url):
    """Have Adam open Rita's page, change some fields, and choose Update user."""

    def _save(**fields):
        address = url("member", cast.receptionist.pk)
        return adam.post(address, {**typed_on(adam.get(address)), **fields})

    return _save


@pytest.fixture
def on_file(cast):
    """Put a number on file, as whatever code wrote it; returns what is there now."""

    def _on_file(number=None):
        if number is not None:
            Member.objects.filter(pk=cast.receptionist.pk).update(mobile=number)
        return Member.objects.get(pk=cast.receptionist.pk).mobile

    return _on_file


def is_in(clinic, country, zone="UTC"):
    Account.objects.filter(pk=clinic.pk).update(country=country, time_zone=zone)


# Where the clinic is


@pytest.mark.parametrize(
    ("country", "zone", "typed", "kept"),
    [
        ("AU", "UTC", "0412 345 678", "+61412345678"),
        ("DE", "UTC", "01512 3456789", "+4915123456789"),
        ("", "Europe/Berlin", "01512 3456789", "+4915123456789"),
        ("CH", "Europe/Berlin", "078 123 45 67", "+41781234567"),
        ("", "UTC", "+41 78 123 45 67", "+41781234567"),
    ],
)
def test_a_number_without_a_code_is_of_the_clinics_country_or_else_of_its_time_zones(
    cast, save, on_file, country, zone, typed, kept
):
    is_in(cast.clinic, country, zone)

    assert save(mobile=typed).status_code == 302
    assert on_file() == kept


@pytest.mark.parametrize(
    ("country", "words"),
    [
        ("AU", "Enter a mobile number, such as 0412 345 678 or +61 412 345 678."),
        ("DE", "Enter a mobile number, such as 01512 3456789 or +49 1512 3456789."),
        ("", "Enter a mobile number with its country code, such as +61 412 345 678. It can be left out once"),
    ],
)
def test_what_cannot_be_read_is_refused_with_an_example_of_the_country_and_stays_typed(
    cast, save, on_file, country, words
):
    is_in(cast.clinic, country)

    answer = save(mobile="345 (home)", last_name="Rey")

    assert answer.status_code == 422 and f"Mobile number – {words}" in words_of(answer)
    assert (typed_on(answer)["mobile"], typed_on(answer)["last_name"]) == ("345 (home)", "Rey")
    assert on_file() == ""


def test_in_a_clinic_without_a_country_a_number_needs_its_code(cast, save, on_file):
    is_in(cast.clinic, "")

    assert "with its country code" in words_of(save(mobile="0412 345 678"))
    assert on_file() == ""


def test_an_extension_is_named_and_not_kept(save, on_file):
    answer = save(mobile="0412 345 678 ext 3")

    assert "leave out “ext 3”" in words_of(answer)
    assert (typed_on(answer)["mobile"], on_file()) == ("0412 345 678 ext 3", "")


def test_another_country_later_changes_no_number_but_how_it_is_shown(cast, adam, url, on_file):
    on_file("+61412345678")
    general = url("general")
    page = typed_on(adam.get(general), with_field="time_zone")

    assert adam.post(general, {**page, "country": "NZ"}).status_code == 302
    assert on_file() == "+61412345678"
    assert typed_on(adam.get(url("member", cast.receptionist.pk)))["mobile"] == "+61 412 345 678"
    assert Activity.objects.get().details == {"country": ["AU", "NZ"]}


# What is on file


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        ("+61412345678", "0412 345 678"),
        ("+442079460958", "+44 20 7946 0958"),
        ("0412 345 678", "0412 345 678"),
        (UNREADABLE, UNREADABLE),
    ],
)
def test_each_page_shows_it_as_people_write_it_and_unreadable_as_it_is(
    cast, adam, sign_in, url, on_file, number, shown
):
    on_file(number)
    Member.objects.filter(pk=cast.owner.pk).update(mobile=number)

    assert typed_on(adam.get(url("member", cast.receptionist.pk)))["mobile"] == shown
    assert typed_on(sign_in(cast.receptionist).get(url("my_info")))["mobile"] == shown
    # An owner's page is read-only to all others.
    assert shown in words_of(adam.get(url("member", cast.owner.pk)))


@pytest.mark.parametrize("number", ["+61412345678", "+442079460958", "0412 345 678", "+61 (412) 345-678", UNREADABLE])
def test_left_alone_it_stays_as_it_is_beside_another_change(save, on_file, number):
    on_file(number)

    assert save(last_name="Rey").status_code == 302
    assert on_file() == number
    assert Activity.objects.get().details == {"last_name": ["Reyes", "Rey"]}


@pytest.mark.parametrize("number", ["+61412345678", "0412 345 678", UNREADABLE])
def test_one_may_leave_ones_own_number_alone(cast, sign_in, url, on_file, number):
    on_file(number)
    rita = sign_in(cast.receptionist)

    answer = rita.post(url("my_info"), {**typed_on(rita.get(url("my_info"))), "last_name": "Rey"})

    assert (answer.status_code, on_file()) == (302, number)


@pytest.mark.parametrize("typed", ["0412345678", "+61 412 345 678", "0061 412 345 678"])
def test_the_same_number_in_another_spelling_is_no_change(save, on_file, typed):
    on_file("+61412345678")

    assert save(mobile=typed).status_code == 302
    assert not Activity.objects.exists()


def test_an_unreadable_one_that_is_changed_is_checked_as_any_other(save, on_file):
    on_file(UNREADABLE)

    assert save(mobile=f"{UNREADABLE} 9").status_code == 422
    assert on_file() == UNREADABLE
    assert save(mobile="0412 345 678").status_code == 302
    assert on_file() == "+61412345678"


def test_an_unreadable_one_can_be_taken_away(save, on_file):
    on_file(UNREADABLE)

    assert save(mobile="").status_code == 302
    assert on_file() == ""


def test_a_change_is_written_down_with_both_numbers_as_they_are_kept(save, on_file):
    on_file("+61412345678")
    save(mobile="0400 111 222")

    assert Activity.objects.get().details == {"mobile": ["+61412345678", "+61400111222"]}


def test_someone_elses_change_is_shown_as_people_write_it(cast, adam, olive, url, on_file):
    address = url("member", cast.receptionist.pk)
    opened = typed_on(adam.get(address))
    olive.post(address, {**typed_on(olive.get(address)), "mobile": "+61400111222"})

    answer = adam.post(address, {**opened, "mobile": "0400 333 444"})

    assert "Mobile number – On file now: 0400 111 222" in words_of(answer)
    assert (typed_on(answer)["mobile"], on_file()) == ("0400 333 444", "+61400111222")


def test_two_people_may_share_a_number(cast, save, on_file):
    Member.objects.filter(pk=cast.practitioner.pk).update(mobile="+61412345678")

    assert save(mobile="0412 345 678").status_code == 302
    assert on_file() == "+61412345678"


def test_what_was_typed_before_numbers_were_e164_goes_with_the_number(cast, save, on_file):
    Member.objects.filter(pk=cast.receptionist.pk).update(mobile="+61412345678", mobile_as_typed="0412 345 678")
    save(last_name="Rey")
    kept = Member.objects.get(pk=cast.receptionist.pk).mobile_as_typed
    save(mobile="")

    assert kept == "0412 345 678"
    assert Member.objects.get(pk=cast.receptionist.pk).mobile_as_typed == ""


def test_the_browser_cuts_nothing_off_and_offers_the_keys_of_a_phone(adam, url):
    field = BeautifulSoup(adam.get(url("my_info")).text, "html.parser").find("input", attrs={"name": "mobile"})

    assert (field["type"], field.get("maxlength")) == ("tel", None)


# A business, and a request to support


def test_a_businesss_number_is_kept_and_shown_in_the_same_way(cast, adam, url):
    business = first_business(cast.clinic)
    address = clinic_page("business", cast.clinic.slug, business.pk)
    page = typed_on(adam.get(address), with_field="phone")

    assert adam.post(address, {**page, "phone": "02 5550 1000"}).status_code == 302
    assert Business.objects.get(pk=business.pk).phone == "+61255501000"
    assert typed_on(adam.get(address), with_field="phone")["phone"] == "(02) 5550 1000"


def test_a_businesss_unreadable_number_stays_when_its_name_is_changed(cast, adam, url):
    business = first_business(cast.clinic)
    Business.objects.filter(pk=business.pk).update(phone=UNREADABLE, phone_as_typed="")
    address = clinic_page("business", cast.clinic.slug, business.pk)

    answer = adam.post(address, {**typed_on(adam.get(address), with_field="phone"), "name": "Quay"})

    assert answer.status_code == 302
    assert Business.objects.values_list("name", "phone").get(pk=business.pk) == ("Quay", UNREADABLE)


def test_support_is_given_a_number_with_its_code(cast, adam, url, deliver_mail, settings):
    settings.SUPPORT_EMAIL = "support@product.example"
    adam.post(url("ownership_request"), {"story": "She left.", "rightful_owner": "", "phone": "0412 345 678"})

    assert Dispute.objects.get().phone == "+61412345678"
    assert any("phone: +61 412 345 678" in mail.body for mail in deliver_mail())


# Brought over from a file


@pytest.mark.parametrize(
    ("columns", "kept"),
    [
        ({"account_country": "AU"}, "+61412345678"),
        ({"account_country": "au"}, "+61412345678"),
        ({"account_time_zone": "Australia/Perth"}, "+61412345678"),
        ({"account_country": "AU", "account_time_zone": "Europe/Berlin"}, "+61412345678"),
    ],
)
def test_a_line_says_where_its_numbers_belong(tmp_path, columns, kept):
    bring(csv_file(tmp_path, line("Ann", mobile="0412 345 678", **columns)))

    assert member("Ann").mobile == kept
    assert account().country == columns.get("account_country", "").upper()


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({"mobile": "0412 345 678"}, "or the clinic’s country in account_country."),
        ({"mobile": "0412 345 678 x3", "account_country": "AU"}, "leave out “x3”"),
        ({"mobile": "call me", "account_country": "AU"}, "mobile: Enter a mobile number, such as 0412 345 678 or"),
        ({"account_country": "Australia"}, "account_country: Write a country’s two letters, such as AU."),
    ],
)
def test_a_line_whose_number_cannot_be_read_is_refused_with_what_to_do(tmp_path, columns, words):
    ran = bring(csv_file(tmp_path, line("Ann", **columns)))

    assert words in "\n".join(ran.lines)
    assert not Account.objects.filter(import_reference="A17").exists()
