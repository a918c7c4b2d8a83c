"""The plan and its places: who holds one, when one is refused, and changing the plan (S19, S20, C3, C5, C11, K6)."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from bs4 import BeautifulSoup
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.access import roles
from accounts.access.plans import PLANS
from accounts.models import Activity, Invitation, Member, OutboundEmail
from accounts.people import actions as members
from accounts.people import views
from accounts.tests.factories import PASSWORD, MemberFactory, PendingMemberFactory
from accounts.tests.owners import links_on, words_of
from accounts.tests.pages import typed_on
from clinic.clock import database_now

pytestmark = [pytest.mark.django_db, pytest.mark.database]

FULL = "has room for 5 practitioners"


@pytest.fixture
def full(cast):
    """All five places of Harbour Physio taken: Paul, Ivy, who is invited, and three more."""
    MemberFactory.create_batch(3, account=cast.clinic, role=roles.PRACTITIONER, is_practitioner=True)


@pytest.fixture
def add(adam, url):
    """Add a practitioner, with the password."""

    def _add(**fields):
        form = {
            "first_name": "Nina",
            "last_name": "Novak",
            "email": "nina@harbour.example",
            "role": "practitioner",
            "is_practitioner": "yes",
            "submission": str(uuid4()),
            "reverify_password": PASSWORD,
        }
        return adam.post(url("member_new"), {**form, **fields})

    return _add


@pytest.fixture
def change(adam, url):
    """Change somebody's page, with the password."""

    def _change(member, **fields):
        address = url("member", member.pk)
        return adam.post(address, {**typed_on(adam.get(address)), **fields, "reverify_password": PASSWORD})

    return _change


@pytest.fixture
def taken(adam, url):
    """What the Subscription page says: how many places are taken, of how many."""

    def _taken():
        page = adam.get(url("subscription")).text
        return page.split('<span class="tabular">')[1].split("</span>")[0]

    return _taken


def expire(member):
    Invitation.objects.filter(member=member).update(expires_at=timezone.now() - timedelta(seconds=1))


# Who holds a place


def test_practitioners_count_and_other_staff_are_free(cast, taken):
    """S19: Paul practises, Ivy will."""
    MemberFactory.create_batch(10, account=cast.clinic, role=roles.PRACTITIONER, is_practitioner=False)

    assert taken() == "2 of 5"


def test_an_owner_who_sees_patients_counts_like_anybody(cast, sign_in, url, taken):
    olive, address = sign_in(cast.owner), url("member", cast.owner.pk)
    olive.post(address, {**typed_on(olive.get(address)), "is_practitioner": "yes"})

    assert taken() == "3 of 5"


def test_somebody_invited_holds_a_place_until_the_invitation_expires(cast, taken):
    """K6: or a full clinic could invite, and the last to accept would find no place left."""
    assert taken() == "2 of 5"

    expire(cast.invited)

    assert taken() == "1 of 5"


def test_an_inactive_practitioner_frees_the_place_and_the_plan_stays(cast, change, taken):
    """C5."""
    change(cast.practitioner, is_active="no")

    assert taken() == "1 of 5"
    cast.clinic.refresh_from_db()
    assert cast.clinic.plan == "small"


def test_cancelling_an_invitation_frees_the_place(cast, adam, url, taken):
    adam.post(url("member_invitation_cancel", cast.invited.pk))

    assert taken() == "1 of 5"


def test_no_longer_practising_frees_the_place(cast, change, taken):
    change(cast.practitioner, is_practitioner="no")

    assert taken() == "1 of 5"


def test_places_of_another_clinic_do_not_count_here(cast, taken):
    MemberFactory.create_batch(3, account=cast.other_clinic, is_practitioner=True)

    assert taken() == "2 of 5"


# Who it is, on the page


def holders_on(page):
    """Who counts, as the page lists them: names, with what stands beside them."""
    listed = BeautifulSoup(page.text, "html.parser").select("details .holders > li")
    return [" ".join(each.select_one(".person__name").get_text().split()) for each in listed]


@pytest.fixture
def pia(cast):
    """A power receptionist: may open this page, and no user's."""
    return MemberFactory(account=cast.clinic, role=roles.POWER_RECEPTIONIST)


def test_the_page_lists_who_counts(cast, adam, url):
    """S19."""
    assert holders_on(adam.get(url("subscription"))) == ["Ivy Ito", "Paul Prasad"]


def test_beside_somebody_invited_stands_until_when_they_hold_the_place(cast, adam, url):
    """K6."""
    in_march = datetime(database_now().year + 2, 3, 9, 12, tzinfo=UTC)
    Invitation.objects.filter(member=cast.invited).update(expires_at=in_march)

    words = words_of(adam.get(url("subscription")))

    assert f"ivy@harbour.example Invited, holds a place until 9 March {in_march.year}" in words
    assert words.count("holds a place until") == 1


def test_who_does_not_count_is_said_in_one_line(cast, adam, url):
    page = adam.get(url("subscription"))
    assert "Not counted" not in words_of(page)

    expire(cast.invited)
    MemberFactory.create_batch(2, account=cast.clinic, is_practitioner=True, is_active=False)
    MemberFactory(account=cast.clinic, is_active=False)

    page = adam.get(url("subscription"))
    assert "Not counted: 1 whose invitation has expired, 2 who are inactive." in words_of(page)
    assert holders_on(page) == ["Paul Prasad"]


def test_an_administrator_gets_from_a_name_to_the_persons_page(cast, adam, url):
    assert links_on(adam.get(url("subscription")))["Paul Prasad"] == url("member", cast.practitioner.pk)


def test_a_power_receptionist_reads_the_names_and_gets_no_links_that_would_refuse_them(cast, sign_in, pia, url):
    page = sign_in(pia).get(url("subscription"))

    assert holders_on(page) == ["Ivy Ito", "Paul Prasad"]
    assert "Paul Prasad" not in links_on(page)
    assert url("members") not in page.text


def test_somebody_of_another_clinic_is_not_listed(cast, adam, url):
    """A38."""
    MemberFactory(account=cast.other_clinic, last_name="Elsewhere", is_practitioner=True)

    assert "Elsewhere" not in words_of(adam.get(url("subscription")))


def test_a_clinic_without_practitioners_lists_nobody(cast, adam, url):
    Member.objects.filter(account=cast.clinic).update(is_practitioner=False)

    page = adam.get(url("subscription"))

    assert "0 of 5" in words_of(page)
    assert "Who counts" not in words_of(page)


def test_a_long_list_is_folded_and_a_short_one_is_open(cast, adam, url):
    assert '<details class="disclosure" open>' in adam.get(url("subscription")).text

    MemberFactory.create_batch(198, account=cast.clinic, is_practitioner=True)

    page = adam.get(url("subscription"))
    assert '<details class="disclosure">' in page.text
    assert len(holders_on(page)) == 200


def test_the_page_takes_as_many_queries_for_two_hundred_as_for_two(cast, adam, url):
    adam.get(url("subscription"))
    with CaptureQueriesContext(connection) as few:
        adam.get(url("subscription"))
    MemberFactory.create_batch(99, account=cast.clinic, is_practitioner=True)
    for _ in range(99):
        PendingMemberFactory(account=cast.clinic, is_practitioner=True, invited_by=cast.administrator)
    for number in range(20):
        details = {"plan": ["small", "large"] if number % 2 else ["large", "small"]}
        verb = Activity.Verb.PLAN_CHANGED
        Activity.objects.create(account=cast.clinic, actor=cast.administrator, verb=verb, details=details)

    with CaptureQueriesContext(connection) as many:
        assert len(holders_on(adam.get(url("subscription")))) == 200

    assert len(many) == len(few) <= 8


def test_a_full_plan_says_what_to_do(full, adam, url):
    """S20."""
    words = "Every place is taken. To add a practitioner, choose a larger plan, or make somebody inactive."

    assert words in words_of(adam.get(url("subscription")))


def test_where_the_operator_made_the_plan_smaller_nobody_loses_anything_and_no_more_are_taken(
    cast, full, adam, url, add, change, settings
):
    """C11: PLAN_SEATS."""
    settings.PLAN_SEATS = {**settings.PLAN_SEATS, "small": 4}

    words = words_of(adam.get(url("subscription")))
    assert "5 of 4" in words
    assert "That is 1 more than the plan has room for. Nobody loses anything, but no practitioner can be added" in words
    assert add().status_code == 422
    assert change(cast.practitioner, first_name="Pavel").status_code == 302


# A full plan refuses one more, whichever way


def test_a_practitioner_more_is_refused(full, add):
    """S20."""
    page = add()

    assert page.status_code == 422
    assert FULL in page.text
    assert not Member.objects.filter(first_name="Nina").exists()


def test_the_last_place_can_be_taken(cast, add, taken):
    MemberFactory.create_batch(2, account=cast.clinic, is_practitioner=True)

    assert add().status_code == 302
    assert taken() == "5 of 5"


def test_a_place_let_go_by_an_expired_invitation_can_be_taken(cast, full, add):
    expire(cast.invited)

    assert add().status_code == 302


def test_a_place_taken_between_the_form_and_the_action_is_noticed_inside_the_lock(cast, add, url, adam, monkeypatch):
    """K6: the form's check is a courtesy, the action's holds."""

    def _too_late(**details):
        MemberFactory.create_batch(3, account=cast.clinic, is_practitioner=True)
        return members.add_member(**details)

    monkeypatch.setattr(views, "add_member", _too_late)

    page = add()

    assert page.status_code == 422
    assert FULL in page.text
    assert f'href="{url("subscription")}" target="_blank"' in page.text
    assert typed_on(page)["first_name"] == "Nina"
    assert not Member.objects.filter(first_name="Nina").exists()


def test_somebody_of_the_staff_cannot_be_made_a_practitioner(cast, full, change, url):
    page = change(cast.receptionist, is_practitioner="yes", first_name="Marguerite")

    assert page.status_code == 422
    assert FULL in page.text
    assert f'href="{url("subscription")}" target="_blank"' in page.text
    assert typed_on(page)["first_name"] == "Marguerite"
    cast.receptionist.refresh_from_db()
    assert (cast.receptionist.first_name, cast.receptionist.is_practitioner) == ("Rita", False)


def test_an_inactive_practitioner_cannot_be_made_active_and_the_page_says_so_before_the_password(cast, full, adam, url):
    """C3, S20."""
    left = MemberFactory(account=cast.clinic, is_practitioner=True, is_active=False)
    address = url("member", left.pk)

    page = adam.post(address, {**typed_on(adam.get(address)), "is_active": "yes"})

    assert page.status_code == 422
    assert FULL in page.text
    assert "Verify your password" not in page.text
    left.refresh_from_db()
    assert not left.is_active


def test_they_can_come_back_as_somebody_who_sees_no_patients(cast, full, change):
    left = MemberFactory(account=cast.clinic, is_practitioner=True, is_active=False)

    assert change(left, is_active="yes", is_practitioner="no").status_code == 302
    left.refresh_from_db()
    assert left.is_active


def test_one_goes_and_another_comes_back(cast, full, change):
    """C3, C5."""
    left = MemberFactory(account=cast.clinic, is_practitioner=True, is_active=False)
    change(cast.practitioner, is_active="no")

    assert change(left, is_active="yes").status_code == 302


def test_an_expired_practitioners_invitation_cannot_be_sent_again_once_the_place_is_taken(
    cast, full, adam, url, add, deliver_mail
):
    expire(cast.invited)
    add()

    page = adam.post(url("member_invitation", cast.invited.pk), follow=True)

    assert FULL in page.text
    assert [message.to for message in deliver_mail()] == [["nina@harbour.example"]]
    assert Invitation.objects.get(member=cast.invited).expires_at < timezone.now()


def test_an_expired_invitation_of_other_staff_can(cast, full, adam, url, deliver_mail):
    desk = PendingMemberFactory(account=cast.clinic, invited_by=cast.administrator)
    expire(desk)

    adam.post(url("member_invitation", desk.pk))

    assert [message.to for message in deliver_mail()] == [[desk.user.email]]


@pytest.mark.parametrize("fields", [{"email": "ivy@new.example"}, {"role": "scheduler"}])
def test_a_change_that_would_invite_an_expired_practitioner_again_is_refused_too(cast, full, add, change, fields):
    """Otherwise correcting the address would be a way around the plan."""
    expire(cast.invited)
    add()

    page = change(cast.invited, **fields)

    assert page.status_code == 422
    assert FULL in page.text


def test_the_name_of_an_expired_practitioner_can_still_be_corrected(cast, full, add, change):
    """It takes no place."""
    expire(cast.invited)
    add()

    assert change(cast.invited, first_name="Yvonne").status_code == 302
    cast.invited.refresh_from_db()
    assert cast.invited.first_name == "Yvonne"


def test_a_practitioner_who_holds_a_place_can_be_changed_on_a_full_plan(cast, full, change):
    assert change(cast.practitioner, first_name="Pavel", role="receptionist").status_code == 302


def test_a_clinic_over_its_plan_keeps_its_people_and_takes_no_more(cast, full, change, add, taken):
    """Support may have lowered the plan by hand."""
    cast.clinic.plan = "solo"
    cast.clinic.save()

    assert change(cast.practitioner, first_name="Pavel").status_code == 302
    assert add().status_code == 422
    assert taken() == "5 of 1"


# The plan


@pytest.mark.parametrize("plan", PLANS, ids=lambda plan: plan.key)
def test_every_plan_can_be_chosen_and_the_page_says_how_many_practitioners_it_has_room_for(cast, adam, url, plan):
    """C11."""
    Member.objects.filter(account=cast.clinic).update(is_practitioner=False)

    page = adam.post(url("subscription"), {"plan": plan.key, "reverify_password": PASSWORD}, follow=True)

    told = "is on the Small plan already" if plan.key == "small" else f"is now on the {plan.name} plan"
    assert f"Your clinic {told}" in page.text
    assert f'<span class="tabular">0 of {plan.seats}</span>' in page.text
    cast.clinic.refresh_from_db()
    assert cast.clinic.plan == plan.key


def test_the_plans_are_those_that_product_names():
    """C11."""
    assert [(plan.name, plan.seats) for plan in PLANS] == [
        ("Solo", 1),
        ("Small", 5),
        ("Medium", 8),
        ("Large", 12),
        ("Extra large", 25),
        ("Enterprise", 200),
    ]


def test_the_plan_of_the_clinic_is_the_one_chosen_on_the_page(adam, url):
    assert typed_on(adam.get(url("subscription")), with_field="plan")["plan"] == "small"


def test_an_upgrade_makes_room(full, adam, url, add):
    """S20."""
    assert add().status_code == 422

    adam.post(url("subscription"), {"plan": "medium", "reverify_password": PASSWORD})

    assert add().status_code == 302


def test_a_plan_with_fewer_places_than_are_taken_is_refused_with_what_to_do(cast, full, adam, url):
    page = adam.post(url("subscription"), {"plan": "solo", "reverify_password": PASSWORD})

    assert page.status_code == 422
    assert "The Solo plan has 1 seat" in page.text
    assert "and 5 are in use. Make 4 of these people inactive first" in page.text
    cast.clinic.refresh_from_db()
    assert cast.clinic.plan == "small"


def test_after_making_some_inactive_the_smaller_plan_can_be_chosen(cast, full, adam, url, change):
    change(cast.invited, is_active="no")
    for member in Member.objects.filter(account=cast.clinic, is_practitioner=True, is_active=True)[1:]:
        change(member, is_active="no")

    assert adam.post(url("subscription"), {"plan": "solo", "reverify_password": PASSWORD}).status_code == 302


def test_a_smaller_plan_with_just_enough_places_can_be_chosen(cast, full, adam, url):
    adam.post(url("subscription"), {"plan": "large", "reverify_password": PASSWORD})

    assert adam.post(url("subscription"), {"plan": "small", "reverify_password": PASSWORD}).status_code == 302


def test_a_change_of_plan_is_written_down_once(cast, adam, url):
    for _ in range(2):
        adam.post(url("subscription"), {"plan": "medium", "reverify_password": PASSWORD})

    entry = Activity.objects.get()
    assert (entry.verb, entry.actor) == (Activity.Verb.PLAN_CHANGED, cast.administrator)
    assert entry.details == {"plan": ["small", "medium"]}


def test_the_plan_of_another_clinic_is_left_alone(cast, adam, url):
    adam.post(url("subscription"), {"plan": "medium", "reverify_password": PASSWORD, "account": cast.other_clinic.pk})

    cast.other_clinic.refresh_from_db()
    assert cast.other_clinic.plan == "small"


def test_nothing_about_places_sends_any_mail(cast, full, adam, url, add):
    add()
    adam.post(url("subscription"), {"plan": "solo", "reverify_password": PASSWORD})
    adam.post(url("subscription"), {"plan": "large", "reverify_password": PASSWORD})

    assert not OutboundEmail.objects.exists()
