"""What the pages of accounts say of practitioners: a person's page and the home page (S13 to S15, C6, C7)."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.access import roles
from accounts.models import Member
from accounts.tests.factories import PASSWORD, MemberFactory, PendingMemberFactory
from accounts.tests.owners import links_on, section_of, told_on, words_of
from accounts.tests.pages import typed_on
from practitioners.models import Business, Practitioner
from practitioners.tests.factories import BusinessFactory, works

pytestmark = pytest.mark.django_db

FILL_IN = "Fill in when and where you work"


@pytest.fixture
def adam(cast, sign_in):
    """The administrator's browser."""
    return sign_in(cast.administrator)


@pytest.fixture
def page_of(adam, url):
    """Somebody's page, as Adam sees it."""
    return lambda member: adam.get(url("member", member.pk))


def address(name, cast, *args):
    return reverse(f"practitioners:{name}", args=[cast.clinic.slug, *args])


# A person's page


def test_a_practitioners_page_leads_to_their_settings(cast, page_of):
    """S15."""
    links = links_on(page_of(cast.practitioner))

    assert links["Practitioner settings"] == address("practitioner_settings", cast, cast.practitioner.pk)
    assert "See practitioner settings" not in links


def test_the_page_of_an_owner_leads_to_what_others_may_read(cast, page_of):
    """S22, S32."""
    cast.owner.is_practitioner = True
    cast.owner.save()

    links = links_on(page_of(cast.owner))

    assert links["See practitioner settings"] == address("practitioner", cast, cast.owner.pk)
    assert "Practitioner settings" not in links


def test_whoever_sees_no_patients_has_no_such_section(cast, page_of):
    assert section_of(page_of(cast.receptionist), "practitioner") == ""


def test_who_stopped_practising_has_none_either(cast, page_of):
    Member.objects.filter(pk=cast.practitioner.pk).update(is_practitioner=False)

    assert section_of(page_of(cast.practitioner), "practitioner") == ""


def test_it_says_why_they_cannot_be_booked_yet(cast, page_of):
    """C7."""
    assert "Can’t be booked yet. Paul works at none of the businesses." in section_of(
        page_of(cast.practitioner), "practitioner"
    )

    Practitioner.objects.get(member=cast.practitioner).businesses.add(BusinessFactory(account=cast.clinic))
    assert "Can’t be booked yet. Paul has no hours at the businesses where they work." in section_of(
        page_of(cast.practitioner), "practitioner"
    )


def test_it_says_all_of_it(cast, page_of):
    assert (
        "Can’t be booked yet. Ivy has not accepted the invitation yet. Ivy works at none of the businesses."
        in section_of(page_of(cast.invited), "practitioner")
    )


def test_of_somebody_inactive_it_does_not_say_yet(cast, page_of):
    works(cast.practitioner)
    Member.objects.filter(pk=cast.practitioner.pk).update(is_active=False)

    assert "Can’t be booked. Paul is inactive." in section_of(page_of(cast.practitioner), "practitioner")


def test_it_says_that_they_can_be_booked_and_as_what(cast, page_of):
    practitioner = works(cast.practitioner)
    practitioner.designation = "Physio & <b>more</b>"
    practitioner.save()

    page = page_of(cast.practitioner)

    assert section_of(page, "practitioner") == (
        "Practitioner Physio & <b>more</b> Paul can be booked. Practitioner settings"
    )
    assert "<b>more" not in page.text


def test_made_a_practitioner_the_next_step_is_said(cast, adam, url):
    """S7, S14."""
    here = url("member", cast.receptionist.pk)

    page = adam.post(here, {**typed_on(adam.get(here)), "is_practitioner": "yes"}, follow=True)

    assert told_on(page) == (
        "Rita Reyes was updated. They can’t be booked yet. Rita works at none of the businesses. When and where they "
        "work stands under Practitioner below."
    )
    assert "Practitioner settings" in links_on(page)


def test_whoever_stops_practising_is_said_to_be_hidden_and_back_on_starting_again(cast, adam, url):
    works(cast.practitioner)
    here = url("member", cast.practitioner.pk)

    def choose(answer):
        return told_on(adam.post(here, {**typed_on(adam.get(here)), "is_practitioner": answer}, follow=True))

    assert "With No they can’t be booked" in adam.get(here).text
    assert choose("no") == (
        "Paul Prasad was updated. Their hours at Harbour Physio are hidden, and they can’t be booked. Choose Yes again "
        "at any time: everything is kept."
    )
    assert choose("yes") == (
        "Paul Prasad was updated. Their hours at Harbour Physio are back as they were, and they can be booked again. "
        "When and where they work stands under Practitioner below."
    )


def test_hours_that_no_longer_fit_each_other_are_said_when_somebody_practises_again(cast, adam, url):
    """While somebody does not practise, a business with hours of theirs may be opened again."""
    other = BusinessFactory(account=cast.clinic, is_active=False)
    works(cast.practitioner, days=[0])
    works(cast.practitioner, other, days=[0])
    here = url("member", cast.practitioner.pk)
    adam.post(here, {**typed_on(adam.get(here)), "is_practitioner": "no"})
    Business.objects.update(is_active=True)

    page = adam.post(here, {**typed_on(adam.get(here)), "is_practitioner": "yes"}, follow=True)

    assert "Some of them overlap by now: open their practitioner settings and change those." in told_on(page)


def test_a_change_of_ones_own_is_a_whole_sentence_in_the_activity(cast, adam, sign_in, url):
    paul = sign_in(cast.practitioner)
    settings = reverse("practitioners:practitioner_settings", args=[cast.clinic.slug, cast.practitioner.pk])
    paul.post(settings, {"designation": "Physio", "version": "1"})

    page = " ".join(adam.get(url("member", cast.practitioner.pk)).text.split())

    assert "<bdi>Paul Prasad</bdi> changed the practitioner settings of themselves</span>" in page


def test_a_practitioner_who_is_changed_otherwise_is_just_updated(cast, adam, url):
    here = url("member", cast.practitioner.pk)

    page = adam.post(here, {**typed_on(adam.get(here)), "first_name": "Pavel"}, follow=True)

    assert told_on(page) == "Pavel Prasad was updated."


@pytest.mark.database
def test_the_page_takes_as_many_queries_for_one_with_a_full_week_as_for_one_without(cast, adam, url):
    here = url("member", cast.practitioner.pk)
    adam.get(here)
    with CaptureQueriesContext(connection) as few:
        adam.get(here)
    for _ in range(5):
        works(cast.practitioner, BusinessFactory(account=cast.clinic))

    with CaptureQueriesContext(connection) as many:
        adam.get(here)

    assert len(many) == len(few) <= 13


# The home page


@pytest.fixture
def home(sign_in, url):
    """Somebody's home page."""
    return lambda member: sign_in(member).get(url("home"))


def test_a_practitioner_without_hours_is_asked_to_fill_them_in(cast, home):
    """S14."""
    page = home(cast.practitioner)

    assert FILL_IN in words_of(page)
    assert links_on(page)["Practitioner settings"] == address("practitioner_settings", cast, cast.practitioner.pk)


def test_with_hours_they_are_not(cast, home):
    works(cast.practitioner)

    assert FILL_IN not in words_of(home(cast.practitioner))


def test_whoever_sees_no_patients_is_not_asked(cast, home):
    assert FILL_IN not in words_of(home(cast.receptionist))


def test_an_owner_who_practises_is_asked_like_anybody(cast, home):
    cast.owner.is_practitioner = True
    cast.owner.save()

    assert FILL_IN in words_of(home(cast.owner))


def test_an_administrator_is_told_how_many_cannot_be_booked_yet(cast, home):
    """C7: Paul has no hours, Ivy has not joined."""
    page = home(cast.administrator)

    assert "2 practitioners can’t be booked yet" in words_of(page)
    assert links_on(page)["See who"] == address("practitioners", cast)


def test_one_is_one(cast, home):
    works(cast.practitioner)

    assert "1 practitioner can’t be booked yet" in words_of(home(cast.administrator))


def test_where_all_can_be_booked_there_is_nothing_to_say(cast, home):
    works(cast.practitioner)
    Member.objects.filter(pk=cast.invited.pk).update(is_practitioner=False)
    MemberFactory(account=cast.clinic, is_practitioner=True, is_active=False)
    MemberFactory(account=cast.other_clinic, is_practitioner=True)

    assert "can’t be booked" not in words_of(home(cast.administrator))


def test_who_may_change_nobody_is_not_told(cast, home):
    assert "can’t be booked yet" not in words_of(home(cast.receptionist))


@pytest.mark.database
def test_the_home_page_takes_as_many_queries_for_fifty_practitioners_as_for_two(cast, adam, url):
    adam.get(url("home"))
    with CaptureQueriesContext(connection) as few:
        adam.get(url("home"))
    for _ in range(24):
        works(MemberFactory(account=cast.clinic, is_practitioner=True, role=roles.PRACTITIONER))
        PendingMemberFactory(account=cast.clinic, is_practitioner=True, invited_by=cast.administrator)

    with CaptureQueriesContext(connection) as many:
        assert "26 practitioners can’t be booked yet" in words_of(adam.get(url("home")))

    assert len(many) == len(few) <= 8


# Add user


def test_the_words_after_adding_a_practitioner_stay(cast, adam, url):
    """S13: the settings page comes next, with what was done on top."""
    form = {**typed_on(adam.get(url("member_new"))), "first_name": "Nina", "last_name": "Novak"}
    form |= {"email": "nina@harbour.example", "role": "practitioner", "is_practitioner": "yes"}

    page = adam.post(url("member_new"), {**form, "reverify_password": PASSWORD}, follow=True)

    nina = Member.objects.get(first_name="Nina")
    assert page.redirect_chain == [(f"{address('practitioner_settings', cast, nina.pk)}?first=1", 302)]
    assert told_on(page) == "Nina Novak was added. An invitation email to nina@harbour.example is on its way."
