"""Phone numbers: read in any spelling, kept as E.164, shown as people write them. Migrations name this module.

A number is taken if its length is possible (decision 19). `country` is the one that a number without a country code
belongs to, as ISO 3166-1 has it in two letters; "" if there is none.
"""

import re
import unicodedata

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumber, PhoneNumberFormat, PhoneNumberType, ValidationResult

from accounts.text.characters import without_hidden

# Hidden characters come along with what is pasted; more than this is left as it is.
_LONGEST_CLEANED = 100
_NUMBER = re.compile(r"(?:tel:)?[ (]*(?P<plus>\+?)(?P<rest>[0-9 ()./-]+)", re.IGNORECASE)
_E164 = re.compile(r"\+[0-9]+")
_EXTENSION = re.compile(r"[^\d\s()+./-]\D*\d+\D*$")
# What to show where a country has no numbers of its own, or no country is known.
_EXAMPLE_COUNTRY = "AU"


def read_number(value: str, country: str) -> str | None:
    """Return the number as E.164, or None if `value` isn't one number and nothing else.

    What it returns is read as itself again, whatever the country.
    """
    found = _NUMBER.fullmatch(_plain(value))
    if found is None:
        return None
    numbers = _readings(found["plus"], re.sub(r"\D", "", found["rest"]), country)
    # A slash stands within a number in some countries, and between two of them in others.
    is_certain = len(numbers) == 1 and "/" not in found["rest"]
    if is_certain or not numbers:
        return next(iter(numbers), None)
    return next(filter(_is_valid, numbers), None if "/" in found["rest"] else numbers[0])


def shown_number(value: str, country: str) -> str:
    """Return E.164 as people write it: a number of `country` in national form, others in international form.

    Both are read as the same number again. Anything else on file is returned as it is.
    """
    if not _E164.fullmatch(value) or read_number(value, "") != value:
        return value
    number = phonenumbers.parse(value)
    forms = [PhoneNumberFormat.INTERNATIONAL]
    if _is_of(number, country):
        forms.insert(0, PhoneNumberFormat.NATIONAL)
    written = (phonenumbers.format_number(number, form) for form in forms)
    return next((each for each in written if read_number(each, country) == value), value)


def validly_read_number(value: str, country: str) -> str | None:
    """As `read_number`; but a number without a country code has to be one that `country` gives to someone.

    For numbers that no one is there to check.
    """
    number = read_number(value, country)
    if number is None or number == read_number(value, "") or _is_valid(number):
        return number
    return None


def was_typed_as(number: str, typed: str) -> bool:
    """Whether `typed` is another spelling of `number`, in whatever country it was typed."""
    if read_number(number, "") != number:
        return False
    own = phonenumbers.region_code_for_number(phonenumbers.parse(number)) or ""
    return any(read_number(typed, each) == number for each in (own, *phonenumbers.SUPPORTED_REGIONS))


def example_numbers(country: str, *, is_mobile: bool) -> tuple[str, str]:
    """Return an example number of `country` in national and in international form."""
    kind = PhoneNumberType.MOBILE if is_mobile else PhoneNumberType.FIXED_LINE
    number = phonenumbers.example_number_for_type(country or _EXAMPLE_COUNTRY, kind)
    if number is None:
        number = phonenumbers.example_number_for_type(_EXAMPLE_COUNTRY, kind)
    assert number is not None
    national, international = (
        phonenumbers.format_number(number, form)
        for form in (PhoneNumberFormat.NATIONAL, PhoneNumberFormat.INTERNATIONAL)
    )
    return national, international


def extension_in(value: str, country: str) -> str:
    """Return the extension in `value` as it was typed, such as "ext 3"; "" if there is none."""
    plain = _plain(value)
    try:
        number = phonenumbers.parse(plain, country or _EXAMPLE_COUNTRY)
    except NumberParseException:
        return ""
    found = _EXTENSION.search(plain)
    return found.group().strip() if number.extension and found else ""


def is_blank(value: str) -> bool:
    """Whether nothing in `value` can be seen."""
    return not _plain(value)


def _plain(value: str) -> str:
    """In ASCII where that can be: digits of any script, plain spaces, dashes and brackets; nothing hidden."""
    if len(value) > _LONGEST_CLEANED:
        return value
    return "".join(map(_plain_character, without_hidden(value))).strip(" ")


def _plain_character(character: str) -> str:
    if character.isascii():
        return character
    category = unicodedata.category(character)
    if category == "Nd":
        return str(unicodedata.decimal(character))
    if category in {"Pd", "Zs"}:
        return "-" if category == "Pd" else " "
    # The minus sign is no dash to Unicode.
    return "-" if character == "\u2212" else unicodedata.normalize("NFKC", character)


def _readings(plus: str, digits: str, country: str) -> list[str]:
    """What the digits may mean: many people write 00 for the plus sign, also where their country dials another code."""
    readings = [_settled(f"+{digits}", "")] if plus else [_settled(digits, country)]
    if not plus and digits.startswith("00"):
        readings.append(_settled(f"+{digits[2:]}", ""))
    return [each for each in readings if each is not None]


def _is_valid(number: str) -> bool:
    return phonenumbers.is_valid_number(phonenumbers.parse(number))


def _settled(digits: str, country: str) -> str | None:
    """Read as E.164, where reading that again gives the same: a prefix must not be taken off twice."""
    number = _possible(digits, country)
    return number if number is not None and _possible(number, "") == number else None


def _possible(digits: str, country: str) -> str | None:
    try:
        number = phonenumbers.parse(digits, country or None)
    except NumberParseException:
        return None
    if phonenumbers.is_possible_number_with_reason(number) != ValidationResult.IS_POSSIBLE:
        return None
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


def _is_of(number: PhoneNumber, country: str) -> bool:
    """Whether a number is of `country`; one of a range that isn't known yet goes by its country code."""
    found = phonenumbers.region_code_for_number(number)
    if found is None:
        return number.country_code == phonenumbers.country_code_for_region(country)
    return found == country
