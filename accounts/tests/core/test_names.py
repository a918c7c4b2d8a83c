"""What is a name: of a person, of a clinic (A64)."""

from contextlib import suppress

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import Account, Member
from accounts.tests.hostile import CLINICS, LINKS, NO_CLINICS, NO_PEOPLE, PEOPLE, links_in
from accounts.tests.pages import typed_on
from accounts.text import unlinked, validate_name, validate_paragraphs, validate_person_name
from accounts.text.characters import MOST_MARKS


def _refuses(validate, value) -> str:
    with pytest.raises(ValidationError) as refusal:
        validate(value)
    [words] = refusal.value.messages
    return words


@pytest.mark.parametrize("name", PEOPLE, ids=ascii)
def test_a_persons_name_may_be(name):
    validate_person_name(name)
    validate_name(name)


@pytest.mark.parametrize("name", NO_PEOPLE, ids=ascii)
def test_a_persons_name_is_not_and_the_words_say_what_to_do(name):
    assert _refuses(validate_person_name, name).split()[0] in {"Enter", "Remove", "Use", "Type"}


@pytest.mark.parametrize("name", CLINICS, ids=ascii)
def test_a_clinics_name_may_be(name):
    validate_name(name)


@pytest.mark.parametrize("name", NO_CLINICS, ids=ascii)
def test_a_clinics_name_is_not_and_the_words_say_what_to_do(name):
    assert _refuses(validate_name, name).split()[0] in {"Enter", "Remove", "Use", "Type"}


def test_a_hidden_character_is_refused_with_where_it_stands():
    assert "after “Harbour”" in _refuses(validate_name, "Harbour\u200bPhysio")
    assert "at the beginning" in _refuses(validate_name, "\u00adHarbour")


def test_a_few_sentences_keep_what_was_pasted_and_shows_nothing_but_nothing_that_turns_text_or_hides_words():
    validate_paragraphs(
        "A soft\u00adly hy\u200bphenated\u2060 text\ufeff, שלום\u200f, می\u200cترا, 👩\u200d⚕\ufe0f.\nAnd more."
    )
    for hidden in ("\u202eabc", "a\u2066b", "a\U000e0041b", "a\u3164b", "a" + "\u0301" * (MOST_MARKS + 1)):
        _refuses(validate_paragraphs, hidden)


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=100))
def test_whatever_is_typed_as_a_name_is_answered_and_what_is_taken_links_nowhere(name):
    with suppress(ValidationError):
        validate_person_name(name)
        assert not links_in(unlinked(name))


@given(
    st.lists(
        st.sampled_from([*LINKS, " ", ".", "and", "\n", "http://testserver/x/", "sue@x.example", "。", "@", "://"])
    )
)
def test_nothing_is_a_link_once_it_was_taken_apart_but_what_is_to_be_one(parts):
    whole = ["http://testserver/x/", "sue@x.example"]
    kept = {"http://testserver/x", *whole, "mailto:sue@x.example"}

    found = links_in(unlinked(" ".join(parts), whole=whole))

    assert found <= kept
    assert {each.strip("/") for each in whole if each in parts} <= {each.strip("/") for each in found}
    assert unlinked("".join(parts)).replace("\u200c", "") == "".join(parts)


def test_a_plain_address_of_a_person_stays_whole_and_one_that_reads_as_a_page_does_not():
    plain, page = "sue.o+x@x.example", "www.evil.com/claim@x.example"

    assert unlinked(f"Write to {plain}.", whole=[plain]) == f"Write to {plain}."
    assert not links_in(unlinked(f"Write to {page}.", whole=[page]))


# The forms


@pytest.mark.django_db
def test_a_clinic_may_be_named_like_a_domain_and_not_like_an_address(cast, olive, url):
    form = typed_on(olive.get(url("general")), with_field="time_zone")

    refused = olive.post(url("general"), {**form, "name": "https://physio.com.au"})
    assert refused.status_code == 422 and "Enter a name, not a web address." in refused.text

    assert olive.post(url("general"), {**form, "name": "Physio.com.au"}).status_code == 302
    assert Account.objects.get(pk=cast.clinic.pk).name == "Physio.com.au"


@pytest.mark.django_db
def test_an_old_name_that_would_not_be_taken_today_is_named_when_something_else_is_changed(cast, olive, url):
    Member.objects.filter(pk=cast.receptionist.pk).update(last_name="evil.com")
    address = url("member", cast.receptionist.pk)
    form = typed_on(olive.get(address), with_field="last_name")

    page = olive.post(address, {**form, "mobile": "0400 111 222"})

    assert page.status_code == 422
    assert "Last name – Enter a name, not a web address. If the dot belongs to the name" in page.text
    assert 'value="0400 111 222"' in page.text
    assert olive.post(address, {**form, "last_name": "Evil", "mobile": "0400 111 222"}).status_code == 302


@pytest.mark.django_db
def test_an_old_name_stops_nobody_from_what_is_not_about_names(cast, sign_in, url):
    Member.objects.filter(pk=cast.receptionist.pk).update(last_name="evil.com")
    Account.objects.filter(pk=cast.clinic.pk).update(name="https://evil.com\u200b")

    assert sign_in(cast.receptionist).get(url("home")).status_code == 200
    assert sign_in(cast.administrator).post(url("member_invitation", cast.invited.pk)).status_code == 302
