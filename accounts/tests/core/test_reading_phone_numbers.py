"""One reading of phone numbers: any spelling becomes E.164, and what is shown is read as the same number again."""

import phonenumbers
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from phonenumbers import PhoneNumberFormat

from accounts.text.countries import country_of_zone
from accounts.text.phone_numbers import (
    example_numbers,
    extension_in,
    is_blank,
    read_number,
    shown_number,
    validly_read_number,
)

COUNTRIES = sorted(phonenumbers.SUPPORTED_REGIONS)
countries = st.sampled_from(["", "AQ", "XX", *COUNTRIES])
# What numbers are written with, and what comes along.
scribbles = st.text("0123456789٠٩０９+＋()-–−./ \u00a0\u202a\u202c\u200b#x,;=extel:", max_size=40)
digits = st.text("0123456789", min_size=1, max_size=20)
numbers = st.builds(lambda plus, rest: plus + rest, st.sampled_from(["", "+", "00", "0", "000", "+61", "+1"]), digits)


def country_of(number):
    return phonenumbers.region_code_for_number(phonenumbers.parse(number))


@st.composite
def real_numbers(draw):
    """An example number of some country, mobile or not, as E.164."""
    kinds = [phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE]
    number = phonenumbers.example_number_for_type(draw(st.sampled_from(COUNTRIES)), draw(st.sampled_from(kinds)))
    return phonenumbers.format_number(number, PhoneNumberFormat.E164) if number else "+61412345678"


# Whatever it is given


@given(st.one_of(st.text(), scribbles, numbers), countries)
@example("+" + "1" * 10_000, "AU")
@example("0412 345 678" + " " * 200 + "wife", "AU")
def test_reading_never_raises_and_what_it_reads_is_read_as_itself_in_any_country(value, country):
    number = read_number(value, country)
    extension_in(value, country)
    is_blank(value)

    assert number is None or {read_number(number, each) for each in ("", country, "AU", "US")} == {number}


@given(st.one_of(st.text(), scribbles, numbers), countries, countries)
def test_what_is_shown_of_a_number_is_read_as_that_number_again(value, country, shown_in):
    number = read_number(value, country)

    if number is not None:
        assert read_number(shown_number(number, shown_in), shown_in) == number


@given(st.one_of(st.text(), scribbles), countries)
def test_what_is_no_e164_is_shown_as_it_is(value, country):
    assert read_number(value, "") == value or shown_number(value, country) == value


@given(st.one_of(st.text(), scribbles, numbers), countries)
def test_no_digit_is_lost_but_those_that_stand_for_a_country_or_a_trunk(value, country):
    """What is read ends in the last digits that were typed."""
    number = read_number(value, country)

    if number is not None:
        typed = "".join(str(int(each)) for each in value if each.isdecimal())
        assert typed.endswith(number[-4:])


@given(real_numbers(), countries)
def test_a_number_in_use_is_read_from_its_national_form_and_shown_in_it(number, elsewhere):
    country = country_of(number)
    national = shown_number(number, country)

    assert read_number(national, country) == validly_read_number(national, country) == number
    if elsewhere != country:
        assert shown_number(number, elsewhere).startswith("+")


# Named cases


@pytest.mark.parametrize(
    ("value", "country", "number"),
    [
        ("0412 345 678", "AU", "+61412345678"),
        ("(0412) 345-678", "AU", "+61412345678"),
        ("(+61) 412 345 678", "", "+61412345678"),
        ("61412345678", "AU", "+61412345678"),
        ("0011 61 412 345 678", "AU", "+61412345678"),
        ("00 61 412 345 678", "AU", "+61412345678"),
        ("00 61 412 345 678", "DE", "+61412345678"),
        ("00 61 412 345 678", "", "+61412345678"),
        ("011 61 412 345 678", "US", "+61412345678"),
        ("+44 (0)20 7946 0958", "AU", "+442079460958"),
        ("030/1234567", "DE", "+49301234567"),
        ("06 1234 5678", "IT", "+390612345678"),
        ("011 15-2345-6789", "AR", "+5491123456789"),
        ("8 (912) 345-67-89", "RU", "+79123456789"),
        ("(201) 555-0123", "US", "+12015550123"),
        ("+800 1234 5678", "AU", "+80012345678"),
        ("+61 499 99", "AU", "+6149999"),
        ("TEL:+61-412-345-678", "AU", "+61412345678"),
        ("०४१२ ३४५ ६७८", "AU", "+61412345678"),
        ("＋６１（４１２）３４５－６７８", "", "+61412345678"),
        ("0412‑345−678", "AU", "+61412345678"),
        ("\u2068\u200e0412\u2009345\u3000678\u2069\ufeff", "AU", "+61412345678"),
    ],
)
def test_people_write_a_number_in_many_ways(value, country, number):
    assert read_number(value, country) == number


@pytest.mark.parametrize(
    "value",
    [
        *("", " ", "\u200b", "12", "000", "+", "0412", "ring me", "mobile 0412 345 678", "0412 345 678 (Jo)"),
        *("0412 345 678, 0412 345 679", "0412 345 678 / 0412 345 679", "0412 345 678/9", "0412 345 678 or 9"),
        *("0412 345 678 ext 3", "0412345678x3", "1800 FLOWERS", "+61 +412 345 678", "0412\n345 678", "0412\t345678"),
        *("+999 1234 5678", "1" * 30, "²0412 345 678x"),
    ],
)
def test_anything_beside_one_number_is_not_read(value):
    assert read_number(value, "AU") is None


def test_without_a_country_a_number_needs_its_code():
    assert read_number("0412 345 678", "") is None
    assert read_number("0412 345 678", "AQ") is None


@pytest.mark.parametrize(
    ("number", "country", "shown"),
    [
        ("+61412345678", "AU", "0412 345 678"),
        ("+61412345678", "NZ", "+61 412 345 678"),
        ("+61412345678", "", "+61 412 345 678"),
        ("+14165550123", "US", "+1 416-555-0123"),
        ("+14165550123", "CA", "(416) 555-0123"),
        ("+447797712345", "GB", "+44 7797 712345"),
        ("+447797712345", "JE", "07797 712345"),
        ("+80012345678", "AU", "+800 1234 5678"),
        ("0412 345 678", "AU", "0412 345 678"),
        ("+61 412 345 678", "AU", "+61 412 345 678"),
        ("+0", "AU", "+0"),
        ("ring the desk", "AU", "ring the desk"),
        ("", "AU", ""),
    ],
)
def test_a_number_of_the_country_is_shown_without_its_code_and_others_with_it(number, country, shown):
    assert shown_number(number, country) == shown


def test_a_number_of_a_range_that_is_not_known_yet_goes_by_its_country_code():
    assert country_of("+614999999999") is None
    assert shown_number("+614999999999", "AU") == "4999999999"
    assert shown_number("+614999999999", "DE") == "+61 4999999999"


@pytest.mark.parametrize(
    ("value", "extension"),
    [
        ("0412 345 678 ext 3", "ext 3"),
        ("0412 345 678 Ext. 12", "Ext. 12"),
        ("0412 345 678x3", "x3"),
        ("0412 345 678 #3", "#3"),
        ("+61412345678;ext=3", ";ext=3"),
        ("0412 345 678", ""),
        ("ext 3", ""),
        ("ring me", ""),
    ],
)
def test_an_extension_is_named_as_it_was_typed(value, extension):
    assert extension_in(value, "AU") == extension_in(value, "") == extension


@pytest.mark.parametrize("country", ["", "AQ", *COUNTRIES])
@pytest.mark.parametrize("is_mobile", [True, False])
def test_the_examples_of_every_country_can_be_typed_there(country, is_mobile):
    national, international = example_numbers(country, is_mobile=is_mobile)

    assert read_number(international, country) is not None
    if country_of(read_number(international, country)) == country:
        assert read_number(national, country) == read_number(international, country)


def test_what_no_one_checks_is_taken_without_a_code_only_if_the_country_has_such_numbers():
    assert read_number("0400 000 000", "US") == "+10400000000"
    assert validly_read_number("0400 000 000", "US") is None
    assert validly_read_number("0400 000 000", "AU") == "+61400000000"
    assert validly_read_number("+61 499 99", "US") == "+6149999"


@pytest.mark.parametrize(
    ("zone", "country"),
    [
        ("Australia/Sydney", "AU"),
        ("Europe/Berlin", "DE"),
        ("Europe/Vaduz", "LI"),
        ("US/Eastern", "US"),
        ("Asia/Calcutta", "IN"),
        ("Europe/Kiev", "UA"),
        ("Asia/Rangoon", ""),
        ("UTC", ""),
        ("EST", ""),
        ("Etc/GMT+10", ""),
        ("", ""),
        ("Mars/Olympus", ""),
    ],
)
def test_a_time_zone_says_its_country_unless_several_could_be_meant(zone, country):
    assert country_of_zone(zone) == country
