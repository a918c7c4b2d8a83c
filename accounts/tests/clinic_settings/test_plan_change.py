"""Changing the plan: refused while too many count, noticed in two browsers, written down (C11, S20, K1)."""

from datetime import UTC, datetime

import pytest

from accounts.access import roles
from accounts.clinic_settings.opening import actions as accounts
from accounts.clinic_settings.subscription import views
from accounts.core.errors import PlanTooSmall
from accounts.models import Account, Activity, Member, OutboundEmail
from accounts.tests.factories import MemberFactory
from accounts.tests.owners import VERIFIED, links_on, section_of, told_on, words_of
from accounts.tests.pages import typed_on

pytestmark = pytest.mark.django_db

TOO_SMALL = "The Solo plan has 1 seat, and 3 are in use. Make 2 of these people inactive first."


@pytest.fixture
def three(cast):
    """Pia practises, too: with Paul and Ivy that is three."""
    return MemberFactory(account=cast.clinic, first_name="Pia", last_name="Pohl", is_practitioner=True)


@pytest.fixture
def choose(adam, url):
    """Open the page and choose a plan, as Adam or in somebody else's browser."""

    def _choose(plan, browser=adam, **options):
        address = url("subscription")
        form = typed_on(browser.get(address), with_field="plan")
        return browser.post(address, {**form, "plan": plan, **VERIFIED}, **options)

    return _choose


def plan_of(clinic):
    return Account.objects.get(pk=clinic.pk).plan


# The form


def test_a_new_account_starts_on_small_and_the_form_says_which_plan_it_is_on(cast, adam, url):
    """C11."""
    assert plan_of(cast.clinic) == "small"
    page = adam.get(url("subscription"))

    assert typed_on(page, with_field="plan")["plan"] == "small"
    words = words_of(page)
    assert "Small: 5 practitioners (your plan now)" in words
    assert words.count("(your plan now)") == 1
    assert "Solo: 1 practitioner " in words


def test_a_change_says_what_it_is_now_and_promises_no_invoice(cast, choose):
    page = choose("medium", follow=True)

    assert (
        told_on(page)
        == "Your clinic is now on the Medium plan, with room for 8 practitioners. Billing is arranged separately."
    )
    assert plan_of(cast.clinic) == "medium"


def test_the_plan_it_is_on_already_changes_nothing_and_says_so(cast, choose):
    page = choose("small", follow=True)

    assert told_on(page) == "Your clinic is on the Small plan already. Nothing was changed."
    assert not Activity.objects.exists()


def test_changing_the_plan_sends_no_mail(cast, choose):
    choose("medium")

    assert not OutboundEmail.objects.exists()


def test_a_power_receptionist_may_change_it(cast, sign_in, choose):
    """The matrix of roles."""
    pia = MemberFactory(account=cast.clinic, role=roles.POWER_RECEPTIONIST)

    choose("large", sign_in(pia))

    assert plan_of(cast.clinic) == "large"
    assert Activity.objects.get().actor == pia


def test_the_seats_are_those_that_the_operator_set(cast, adam, url, settings):
    """C11: configurable."""
    settings.PLAN_SEATS = {**settings.PLAN_SEATS, "large": 15}

    assert "Large: 15 practitioners" in words_of(adam.get(url("subscription")))


# Too many for the plan


def test_a_larger_plan_is_welcome_where_even_it_has_too_little_room(cast, three, choose, settings):
    """The operator may make plans smaller than what is in use."""
    settings.PLAN_SEATS = dict.fromkeys(settings.PLAN_SEATS, 1) | {"large": 2}

    choose("large")

    assert plan_of(cast.clinic) == "large"


def test_a_plan_too_small_is_refused_with_the_people_to_choose_from(cast, three, choose, url):
    """C11."""
    page = choose("solo")

    assert page.status_code == 422
    assert TOO_SMALL in words_of(page)
    for member in (cast.practitioner, cast.invited, three):
        assert links_on(page)[member.full_name] == url("member", member.pk)
    assert plan_of(cast.clinic) == "small"
    assert not Activity.objects.exists()


def test_the_choice_is_kept(three, choose):
    assert typed_on(choose("solo"), with_field="plan")["plan"] == "solo"


def test_whoever_cannot_make_anybody_inactive_reads_names_and_whom_to_ask(cast, three, sign_in, choose):
    pia = MemberFactory(account=cast.clinic, role=roles.POWER_RECEPTIONIST)

    page = choose("solo", sign_in(pia))

    assert "Ask an administrator: only they can make somebody inactive." in words_of(page)
    assert "Pia Pohl" in words_of(page)
    assert "Pia Pohl" not in links_on(page)


def test_the_action_refuses_inside_the_lock_and_says_who(cast, three):
    with pytest.raises(PlanTooSmall, match=TOO_SMALL) as refused:
        accounts.change_plan(actor=cast.administrator, plan="solo")

    assert [str(each) for each in refused.value.holders] == ["Ivy Ito", "Pia Pohl", "Paul Prasad"]


def test_one_more_added_while_the_page_was_open_is_noticed(cast, choose, monkeypatch):
    """K1, K6."""
    Member.objects.filter(pk=cast.invited.pk).update(is_practitioner=False)

    def _too_late(**wanted):
        MemberFactory(account=cast.clinic, is_practitioner=True)
        return accounts.change_plan(**wanted)

    monkeypatch.setattr(views, "change_plan", _too_late)

    page = choose("solo")

    assert page.status_code == 422
    assert "The Solo plan has 1 seat, and 2 are in use. Make 1 of these people inactive first." in words_of(page)
    assert plan_of(cast.clinic) == "small"


def test_just_enough_room_is_enough(cast, choose):
    Member.objects.filter(pk=cast.invited.pk).update(is_practitioner=False)

    choose("solo")

    assert plan_of(cast.clinic) == "solo"


# Two browsers


@pytest.fixture
def meanwhile(cast, adam, olive, url, choose):
    """Adam opens the page, Olive moves the clinic to Large, Adam sends his form."""

    def _meanwhile(plan):
        form = typed_on(adam.get(url("subscription")), with_field="plan")
        choose("large", olive)
        return adam.post(url("subscription"), {**form, "plan": plan, **VERIFIED})

    return _meanwhile


def test_a_plan_that_somebody_else_changed_meanwhile_is_left_as_it_is(cast, meanwhile):
    """K1."""
    page = meanwhile("medium")

    assert page.status_code == 422
    words = words_of(page)
    assert "Someone changed the plan to Large while you had this page open, so nothing was changed." in words
    assert "If you still want Medium, choose Change plan again." in words
    assert "Large: 12 practitioners (your plan now)" in words
    assert plan_of(cast.clinic) == "large"
    assert Activity.objects.count() == 1


def test_the_choice_is_kept_and_the_second_try_goes_through(cast, adam, url, meanwhile):
    form = typed_on(meanwhile("medium"), with_field="plan")

    adam.post(url("subscription"), {**form, **VERIFIED})

    assert form["plan"] == plan_of(cast.clinic) == "medium"


def test_where_both_want_the_same_it_is_changed_once(cast, meanwhile):
    assert meanwhile("large").status_code == 302
    assert Activity.objects.count() == 1


# History


def test_the_page_says_who_changed_the_plan_when_and_from_what_to_what(cast, adam, olive, url, choose):
    choose("medium")
    choose("large", olive)
    Activity.objects.update(created_at=datetime(2031, 3, 9, 12, 30, tzinfo=UTC))

    words = section_of(adam.get(url("subscription")), "history")

    assert words == (
        "Changes of plan "
        "9 Mar 2031, 12:30 Olive Owens changed the plan from Medium to Large "
        "9 Mar 2031, 12:30 Adam Adler changed the plan from Small to Medium"
    )


def test_before_the_first_change_there_is_no_history(adam, url):
    assert section_of(adam.get(url("subscription")), "history") == ""


def test_what_was_changed_in_another_clinic_is_not_told(cast, adam, url):
    """A38."""
    verb, details = Activity.Verb.PLAN_CHANGED, {"plan": ["small", "large"]}
    Activity.objects.create(account=cast.other_clinic, actor=cast.outsider, verb=verb, details=details)

    assert section_of(adam.get(url("subscription")), "history") == ""
