"""**Practitioner settings**: who opens the page, what stands on it, where one goes from there (S13 to S15, C6, C7)."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.core.tokens import InvitationLink
from accounts.models import Account, Activity, Member
from accounts.tests.factories import MemberFactory
from practitioners.models import Business, Practitioner
from practitioners.tests.factories import NINE, BusinessFactory, first_business, rests, works
from practitioners.tests.settings_pages import MONDAY, SettingsPage, words

pytestmark = pytest.mark.django_db


@pytest.fixture
def harbour(cast) -> Business:
    """The clinic's first business."""
    return first_business(cast.clinic)


@pytest.fixture
def open_page(cast, sign_in):
    """Open Paul's settings, as Adam unless told."""

    def _open(who=None, *, of=None, **options):
        return SettingsPage(sign_in(who or cast.administrator), of or cast.practitioner, **options)

    return _open


# Who


@pytest.mark.parametrize("who", ["owner", "administrator", "practitioner"])
def test_administrators_and_the_practitioner_open_it(cast, open_page, who):
    """S14, S15, C6."""
    page = open_page(getattr(cast, who))

    assert page.answer.status_code == 200
    assert words(page.soup.h1) == (
        "Practitioner settings" if who == "practitioner" else "Practitioner settings of Paul Prasad"
    )


def test_anybody_else_reads_the_practitioners_own_page_and_changes_nothing(cast, open_page):
    """S15."""
    page = open_page(cast.receptionist)
    assert page.answer.status_code == 302
    assert page.answer.url == reverse("practitioners:practitioner", args=[cast.clinic.slug, cast.practitioner.pk])

    assert page.send(designation="Mallory").status_code == 403
    assert Practitioner.objects.get(member=cast.practitioner).designation == ""


def test_an_owners_are_read_only_for_administrators_and_other_owners(cast, open_page):
    """S22."""
    cast.owner.is_practitioner = True
    cast.owner.save()

    page = open_page(cast.administrator, of=cast.owner)
    assert page.answer.url == reverse("practitioners:practitioner", args=[cast.clinic.slug, cast.owner.pk])
    assert open_page(cast.owner, of=cast.owner).answer.status_code == 200


def test_somebody_who_became_an_owner_while_the_page_was_open_stays_as_they_are_and_what_was_typed_is_there(
    cast, open_page, harbour
):
    """S32."""
    page = open_page()
    page.type(page.row_on(harbour, MONDAY), "9", "half past")
    Member.objects.filter(pk=cast.practitioner.pk).update(is_owner=True, role="administrator")

    answer = page.send(designation="Physio")

    assert answer.status_code == 403
    assert "Paul Prasad is an owner of this account, so only they can change their practitioner settings." in page.words
    assert page.value("designation") == "Physio"
    assert page.times(harbour, MONDAY) == [("hours", "9:00", "half past")]
    assert not Activity.objects.exists()


@pytest.mark.parametrize(
    ("who", "told"),
    [
        ("administrator", "Paul Prasad is no longer a practitioner. Nothing was saved: choose Yes under"),
        ("practitioner", "You are no longer a practitioner of this clinic. Nothing was saved."),
    ],
)
def test_somebody_who_stopped_practising_while_the_page_was_open_has_what_was_typed_before_them(
    cast, open_page, harbour, who, told
):
    page = open_page(getattr(cast, who))
    page.type(page.row_on(harbour, MONDAY), "9", "17")
    Member.objects.filter(pk=cast.practitioner.pk).update(is_practitioner=False)

    for button in ({}, {"do": "add-number"}):
        answer = page.send(designation="Physio", **button)

        assert answer.status_code == 403
        assert told in page.words
        assert page.value("designation") == "Physio"
        assert page.times(harbour, MONDAY) == [("hours", "9:00", "17:00")]
    assert not Activity.objects.exists()


def test_what_is_on_file_of_a_former_practitioner_opens_for_nobody(cast, open_page):
    Member.objects.filter(pk=cast.practitioner.pk).update(is_practitioner=False)

    assert open_page(cast.administrator).answer.status_code == 404
    assert open_page(cast.receptionist).send().status_code == 403


@pytest.mark.parametrize("who", ["receptionist", "outsider", "administrator"])
def test_whoever_is_no_practitioner_of_this_clinic_has_none(cast, open_page, url, sign_in, who):
    """A38: an outsider by the address of this clinic."""
    address = reverse("practitioners:practitioner_settings", args=[cast.clinic.slug, getattr(cast, who).pk])
    adam = sign_in(cast.administrator)

    assert adam.get(address).status_code == adam.post(address, {}).status_code == 404


# What stands there


def test_what_is_on_file_is_in_the_fields(cast, open_page, harbour):
    paul = works(cast.practitioner, days=[0, 2])
    rests(cast.practitioner, days=[0])
    paul.reference_numbers.create(kind="Provider number", number="2426621B")
    paul.reference_numbers.create(kind="Registration", number="PHY1", business=harbour)
    Practitioner.objects.filter(pk=paul.pk).update(designation="Physio", description="One.\n\nTwo.", version=2)

    page = open_page()

    assert (page.value("designation"), page.value("description")) == ("Physio", "One.\n\nTwo.")
    assert page.typed["businesses"] == [str(harbour.pk)]
    assert [page.value(f"numbers-{row}-{name}") for row in (0, 1) for name in ("kind", "number", "business")] == [
        *("Provider number", "2426621B", ""),
        *("Registration", "PHY1", str(harbour.pk)),
    ]
    assert page.times(harbour, MONDAY) == [("hours", "9:00", "17:00"), ("break", "12:00", "13:00")]
    assert [len(page.times(harbour, day)) for day in range(7)] == [2, 0, 1, 0, 0, 0, 0]


def test_every_field_of_a_row_has_a_label_of_its_own_that_says_the_day(cast, open_page, harbour):
    works(cast.practitioner, days=[0])
    rests(cast.practitioner, days=[0])

    page = open_page()

    labels = {each["for"]: words(each) for each in page.soup.find_all("label")}
    fields = page.soup.find("form", class_="practice__form").find_all(["input", "select", "textarea"])
    assert [each for each in fields if each.get("type") != "hidden" and each["id"] not in labels] == []
    row = page.row_on(harbour, MONDAY, what="break")
    assert labels[f"id_{row}-ends"] == "Monday, break to, row 2"
    assert [words(each) for each in page.soup.select(".practice legend")][:3] == [
        "Reference number 1",
        "Harbour Physio",
        "Monday at Harbour Physio",
    ]


def test_a_text_is_shown_as_written_and_never_as_markup(cast, open_page):
    page = open_page()

    page.send(designation="<b>Physio</b>", description="<script>1</script>")
    page = open_page()

    assert "<script>1</script>" not in page.answer.text
    assert page.value("description") == "<script>1</script>"


def test_never_saved_in_a_clinic_with_one_business_that_one_is_ticked(cast, open_page, harbour):
    assert open_page().typed["businesses"] == [str(harbour.pk)]


def test_with_several_none_is_ticked(cast, open_page):
    BusinessFactory(account=cast.clinic)

    assert "businesses" not in open_page().typed


def test_once_saved_without_a_business_it_stays_so(cast, open_page):
    page = open_page()
    page.typed.pop("businesses")
    page.send(designation="Physio")

    assert "businesses" not in open_page().typed


def test_why_somebody_cannot_be_booked_stands_on_top(cast, open_page, harbour):
    """C7."""
    assert "Paul can’t be booked yet Paul works at none of the businesses." in open_page().words

    page = open_page()
    page.type(page.row_on(harbour, MONDAY), "9", "17")
    page.send()
    assert "can’t be booked" not in open_page().words


def test_times_are_in_the_zone_of_the_clinic_and_a_business_with_another_clock_says_so(cast, open_page):
    Account.objects.filter(pk=cast.clinic.pk).update(time_zone="Australia/Sydney")
    Business.objects.filter(account=cast.clinic).update(time_zone="Australia/Sydney")
    assert "Times are in Sydney time (Australia/Sydney)." in open_page().words

    BusinessFactory(account=cast.clinic, name="Perth", time_zone="Australia/Perth")
    page = open_page()
    assert "Times are in Sydney time (Australia/Sydney), unless a business below has a clock of its own." in page.words
    assert page.words.count("Times here are in Perth time (Australia/Perth).") == 1


def test_an_inactive_business_is_not_shown_and_its_hours_are_said_to_be_kept(cast, open_page, harbour):
    works(cast.practitioner)
    other = BusinessFactory(account=cast.clinic, name="West End")
    Business.objects.filter(pk=harbour.pk).update(is_active=False)

    page = open_page()

    assert f"Hours at {harbour.name} are kept while it is inactive." in page.words
    assert [each["value"] for each in page.soup.find_all("input", attrs={"name": "businesses"})] == [str(other.pk)]
    assert page.times(harbour, MONDAY) == []


def test_without_an_active_business_the_page_leads_to_them(cast, open_page, harbour):
    Business.objects.filter(pk=harbour.pk).update(is_active=False)

    page = open_page()

    assert "No business of this clinic is active." in page.words
    assert reverse("practitioners:businesses", args=[cast.clinic.slug]) in page.answer.text
    assert page.send(designation="Physio").status_code == 302


def test_the_week_is_drawn_in_words_as_well(cast, open_page):
    works(cast.practitioner, days=range(7))

    assert f"9:00 to 17:00 at {first_business(cast.clinic).name}" in open_page().words


# Where one goes


def test_saving_stays_on_the_page_and_says_so(cast, open_page):
    page = open_page()

    assert page.send(designation="Physio").url == page.address
    told = page.client.get(page.address).text
    assert "The practitioner settings of Paul Prasad were saved." in told


def test_as_a_first_step_for_somebody_else_it_can_be_skipped_and_leads_to_their_page(cast, open_page, url):
    """S13."""
    page = open_page(first=True)

    [skip] = [each for each in page.soup.find_all("a") if words(each) == "Skip for now"]
    assert skip["href"] == url("member", cast.practitioner.pk)
    assert "leave it to them" in page.words
    assert page.send(designation="Physio").url == url("member", cast.practitioner.pk)


def test_as_a_first_step_for_oneself_it_can_be_skipped_and_leads_home(cast, open_page, url):
    """S14."""
    page = open_page(cast.practitioner, first=True)

    [skip] = [each for each in page.soup.find_all("a") if words(each) == "Skip for now"]
    assert skip["href"] == url("home")
    assert page.send(designation="Physio").url == url("home")


def test_a_first_step_stays_one_when_rows_are_added(cast, open_page):
    """The address says it, and the form posts to the address it stands on."""
    page = open_page(first=True)

    page.press("Add reference number")

    assert "Skip for now" in page.words
    assert page.soup.find("form", class_="practice__form").get("action") is None


def test_a_practitioner_who_has_just_joined_comes_here(cast, client):
    """S14."""
    client.get(f"/invitations/{InvitationLink.of(cast.invited.invitation).token()}/")

    answer = client.post("/invitations/", {"password": "a password of her own"}, follow=True)

    assert answer.redirect_chain == [
        (f"/{cast.clinic.slug}/settings/users/{cast.invited.pk}/practitioner/?first=1", 302),
    ]
    assert "Welcome to Harbour Physio, Ivy." in answer.text
    assert "One more step" in answer.text


def test_my_info_leads_a_practitioner_to_their_own(cast, sign_in, url):
    """C6."""
    address = reverse("practitioners:practitioner_settings", args=[cast.clinic.slug, cast.practitioner.pk])

    assert address in sign_in(cast.practitioner).get(url("my_info")).text
    assert "Edit your practitioner settings" not in sign_in(cast.receptionist).get(url("my_info")).text


def test_ones_own_stand_under_my_info_and_others_under_users(cast, open_page):
    for who, nav in ((cast.practitioner, "My info"), (cast.administrator, "Users & practitioners")):
        assert {words(each) for each in open_page(who).soup.select("nav a[aria-current=page]")} == {nav}


# How much it asks of the database


@pytest.mark.database
def test_the_page_takes_the_same_queries_for_two_rows_and_twenty_at_one_business_and_six(cast, sign_in):
    adam = sign_in(cast.administrator)
    small, big = MemberFactory.create_batch(2, account=cast.clinic, is_practitioner=True)
    works(small, days=[0, 1])

    def queries_for(member):
        with CaptureQueriesContext(connection) as captured:
            SettingsPage(adam, member)
        return len(captured)

    few = queries_for(small)
    for number in range(5):
        business = BusinessFactory(account=cast.clinic)
        works(big, business, days=range(4), starts=NINE + 60 * number, ends=NINE + 60 * number + 60)
        Practitioner.objects.get(member=big).reference_numbers.create(kind="No.", number=number, business=business)

    assert few == queries_for(big) == 11
