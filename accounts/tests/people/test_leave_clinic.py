"""**Leave this clinic**: anyone but the last owner and the last administrator can, whatever the clinic asks (A70)."""

from datetime import timedelta

import pytest
from django.db.models import F
from django.test import Client
from django.urls import reverse

from accounts.access import roles
from accounts.core.errors import NotPermitted
from accounts.models import Account, Activity, Member, SignIn
from accounts.people.leaving.actions import leave_clinic
from accounts.tests.factories import PASSWORD, MemberFactory, PendingMemberFactory, UserFactory
from accounts.tests.links import opened
from accounts.tests.owners import (
    VERIFIED,
    administrators_without_owner,
    asks,
    by_reader,
    in_old_mill,
    links_on,
    told_on,
    words_of,
)
from accounts.tests.pages import typed_on
from accounts.tests.support_desk import close_row, lock_row, support_staff
from accounts.tests.two_factor import require_two_factor

pytestmark = [pytest.mark.django_db, pytest.mark.database]

CLINICS, LOGIN = reverse("accounts:clinics"), reverse("accounts:login")
Verb = Activity.Verb


@pytest.fixture
def leave(cast, sign_in, url):
    """Leave Harbour Physio with the password, in a browser of one's own unless told; returns the answer."""

    def _leave(member, browser=None, *, follow=False, **fields):
        browser = browser or sign_in(member)
        return browser.post(url("my_leaving"), {**VERIFIED, **fields}, follow=follow)

    return _leave


@pytest.fixture
def elsewhere(cast):
    """Let Rita be in another clinic, too, whose name is Elsewhere."""
    return MemberFactory(account=cast.other_clinic, user=cast.receptionist.user)


def on_file(member):
    return Member.objects.get(pk=member.pk)


# What it does


def test_my_info_leads_to_a_page_that_says_what_happens(cast, sign_in, url):
    rita = sign_in(cast.receptionist)

    assert links_on(rita.get(url("my_info")))["Leave this clinic"] == url("my_leaving")
    page = words_of(rita.get(url("my_leaving")))

    assert "Leave Harbour Physio?" in page
    assert "You can’t open Harbour Physio any more" in page
    assert "You don’t belong to another clinic, so you’ll be signed out." in page
    assert "To come back, ask an administrator to invite you." in page
    assert "be booked" not in page and "no longer an owner" not in page and "invitation that you sent" not in page


def test_a_practitioner_is_told_of_bookings_and_whoever_invited_somebody_of_the_invitation(cast, sign_in, url):
    assert "You can’t be booked any more" in words_of(sign_in(cast.practitioner).get(url("my_leaving")))
    page = words_of(sign_in(cast.administrator).get(url("my_leaving")))

    assert "1 invitation that you sent stops working." in page


def test_the_password_is_asked_for_and_until_then_nothing_happens(cast, leave):
    answer = leave(cast.receptionist, reverify_password="")

    assert asks(answer) and "Leave Harbour Physio." in answer.text
    assert on_file(cast.receptionist).is_active


def test_within_the_operators_window_it_is_asked_all_the_same(with_grace, cast, adam, url):
    page = url("member", cast.receptionist.pk)
    adam.post(page, {**typed_on(adam.get(page)), "role": roles.SCHEDULER, **VERIFIED})

    assert asks(adam.post(url("my_leaving")))


def test_access_ends_at_once_and_the_clinic_keeps_the_history(cast, leave, sign_in, url, elsewhere):
    rita, other_browser = sign_in(cast.receptionist), sign_in(cast.receptionist)

    page = leave(cast.receptionist, rita, follow=True)

    assert page.redirect_chain == [(CLINICS, 302)]
    assert told_on(page) == "You left Harbour Physio." and "Elsewhere" in page.text
    assert rita.get(url("home")).status_code == other_browser.get(url("home")).status_code == 404
    assert rita.get("/elsewhere/").status_code == 200
    left = on_file(cast.receptionist)
    assert not left.is_active and left.left_at == left.deactivated_at
    entry = Activity.objects.get()
    assert (entry.verb, entry.actor, entry.subject) == (Verb.MEMBER_LEFT, cast.receptionist, cast.receptionist)


def test_who_leaves_their_only_clinic_is_signed_out_and_told_why(cast, leave, sign_in):
    rita, other_browser = sign_in(cast.receptionist), sign_in(cast.receptionist)

    page = leave(cast.receptionist, rita, follow=True)

    assert page.redirect_chain == [(CLINICS, 302), (f"{LOGIN}?next={CLINICS}", 302)]
    assert "You left the clinic. It was your only one, so you were signed out." in page.text
    assert other_browser.get(CLINICS).url.startswith(LOGIN)


def test_somebody_of_support_goes_on_to_the_support_site(cast, leave, sign_in):
    sam = MemberFactory(account=cast.clinic, user=support_staff())
    browser = sign_in(sam)

    assert leave(sam, browser, follow=True).redirect_chain == [(CLINICS, 302)]
    assert browser.get(reverse("support:index"), follow=True).status_code == 200


def test_a_practitioner_frees_their_place_and_is_not_bookable(cast, leave):
    leave(cast.practitioner)

    assert not Member.objects.filter(pk=cast.practitioner.pk).holding_seat().exists()


def test_invitations_in_their_name_stop_working(cast, leave):
    leave(cast.administrator)

    assert "This invitation is no longer valid" in opened(cast.invited).get("/invitations/").text


def test_the_person_the_owners_and_the_administrators_are_told(cast, leave, deliver_mail):
    leave(cast.receptionist)

    told = by_reader(deliver_mail())
    assert set(told) == {"rita@harbour.example", "olive@harbour.example", "adam@harbour.example"}
    assert told["rita@harbour.example"].subject == "You left Harbour Physio"
    assert "If it wasn’t you, someone knows your password" in told["rita@harbour.example"].body
    assert told["adam@harbour.example"].subject == "Rita Reyes left Harbour Physio"
    assert "by their own decision" in " ".join(told["adam@harbour.example"].body.split())


def test_the_same_form_sent_twice_leaves_once(cast, leave, sign_in, elsewhere):
    rita = sign_in(cast.receptionist)
    leave(cast.receptionist, rita)

    assert leave(cast.receptionist, rita).status_code == 404
    assert Activity.objects.count() == 1


# Whom the clinic cannot do without


def test_the_only_owner_is_told_what_to_do_first(cast, leave, olive, url):
    page = olive.get(url("my_leaving"))

    assert "You can’t leave Harbour Physio yet" in words_of(page)
    assert "You’re the only owner who can sign in. Make another administrator an owner first." in words_of(page)
    assert links_on(page)["Review ownership"] == url("my_ownership")
    assert links_on(page)["close its account"] == url("account_closing")
    assert leave(cast.owner).status_code == 422
    assert on_file(cast.owner).is_owner


def test_another_owner_who_cannot_sign_in_does_not_count(cast, leave, otto):
    otto.user.set_password(None)
    otto.user.save()

    assert leave(cast.owner).status_code == 422


def test_an_owner_beside_another_leaves_and_is_none_any_more(cast, leave, otto, deliver_mail):
    """S22: nobody does it for them."""
    leave(cast.owner)

    left = on_file(cast.owner)
    assert (left.is_active, left.is_owner) == (False, False)
    verbs = list(Activity.objects.order_by("pk").values_list("verb", flat=True))
    assert verbs == [Verb.OWNERSHIP_RELINQUISHED, Verb.MEMBER_LEFT]
    assert "They were an owner, and no longer are." in by_reader(deliver_mail())["otto@harbour.example"].body


def test_of_an_account_without_owners_the_last_administrator_stays(sign_in):
    """S26, A41."""
    bea, ben = administrators_without_owner()
    browser = sign_in(bea)
    assert browser.post(in_old_mill("my_leaving"), VERIFIED).status_code == 302
    browser = sign_in(ben)

    page = browser.post(in_old_mill("my_leaving"), VERIFIED)

    assert page.status_code == 422
    assert "You’re the only administrator who can sign in. Make someone else an administrator first." in words_of(page)
    assert on_file(ben).is_active


def test_of_two_owners_who_leave_one_after_the_other_one_stays(cast, leave, otto):
    leave(cast.owner)

    assert leave(otto).status_code == 422
    assert on_file(otto).is_owner


# Whatever the clinic asks


def test_who_was_put_into_a_clinic_that_demands_two_factor_can_leave_without_it(cast, sign_in, url):
    """A34 shows the way to set it up; this is the other way on."""
    require_two_factor(cast.clinic)
    rita = sign_in(cast.receptionist)
    gate = rita.get(url("home"))
    assert gate.status_code == 403

    assert links_on(gate)["Leave this clinic"] == url("my_leaving")
    page = rita.get(url("my_leaving"))
    assert page.status_code == 200 and "Leave Harbour Physio?" in words_of(page)
    rita.post(url("my_leaving"), VERIFIED)

    assert not on_file(cast.receptionist).is_active


def test_that_page_shows_nothing_of_the_clinic_behind_the_gate(cast, sign_in, url):
    require_two_factor(cast.clinic)

    page = sign_in(cast.administrator).get(url("my_leaving")).text

    assert "Ivy" not in page and "Users &amp; practitioners" not in page


def test_who_leaves_a_clinic_with_a_short_timeout_stays_signed_in_as_long_as_the_others_allow(
    cast, leave, sign_in, elsewhere
):
    """Decision 15: the shortest of the clinics that they can use."""
    Account.objects.filter(pk=cast.clinic.pk).update(session_timeout=30)
    rita = sign_in(cast.receptionist)

    leave(cast.receptionist, rita)
    SignIn.objects.update(last_seen_at=F("last_seen_at") - timedelta(hours=11))

    assert rita.get("/elsewhere/").status_code == 200


@pytest.mark.parametrize("shut", [lock_row, close_row])
def test_a_clinic_that_is_locked_or_closed_asks_nothing_and_nobody_leaves_it(cast, leave, shut):
    """S37: who was in it is part of what is to be determined; meanwhile its timeout and two-factor hold nobody."""
    shut(cast.clinic)

    assert leave(cast.receptionist).status_code == 423
    with pytest.raises(NotPermitted):
        leave_clinic(actor=cast.receptionist)
    assert on_file(cast.receptionist).is_active


# Coming back


@pytest.fixture
def ask_back(adam, url):
    """Have Adam choose Yes under "Active user" on the page of somebody who left."""

    def _ask_back(member, **fields):
        page = adam.get(url("member", member.pk))
        return adam.post(url("member", member.pk), {**typed_on(page), "is_active": "yes", **VERIFIED, **fields})

    return _ask_back


def test_the_page_says_that_they_left_and_how_to_ask_them_back(cast, leave, adam, url, ask_back):
    leave(cast.receptionist)

    assert "Rita left this clinic on" in words_of(adam.get(url("member", cast.receptionist.pk)))
    prompt = ask_back(cast.receptionist, reverify_password="")
    assert asks(prompt) and "Invite Rita Reyes back." in prompt.text
    assert "They left by their own decision, so they get an invitation." in prompt.text


def test_an_administrator_alone_puts_nobody_back_who_left(cast, leave, ask_back, url, sign_in, elsewhere):
    leave(cast.receptionist)

    ask_back(cast.receptionist)

    back = on_file(cast.receptionist)
    assert back.is_active and not back.has_joined
    assert sign_in(cast.receptionist).get(url("home")).status_code == 404
    entry = Activity.objects.latest("pk")
    assert (entry.verb, entry.subject) == (Verb.MEMBER_INVITED_BACK, cast.receptionist)


@pytest.mark.parametrize("came_by", ["an invitation", "an import"])
def test_they_are_back_once_they_accept_with_their_own_login(cast, leave, ask_back, url, deliver_mail, came_by):
    person = cast.receptionist
    if came_by == "an invitation":
        # With an invitation that was accepted long ago.
        person = PendingMemberFactory(account=cast.clinic, user=UserFactory(), invited_by=cast.owner)
        opened(person).post("/invitations/", {"password": PASSWORD})
    leave(person)
    ask_back(person)
    [message] = [each for each in deliver_mail() if each.subject.startswith("Adam Adler")]
    assert message.to == [person.user.email]

    browser = opened(person)
    browser.post("/invitations/", {"password": PASSWORD})

    back = on_file(person)
    assert back.is_present and back.left_at is None
    assert browser.get(url("home")).status_code == 200


def test_a_link_from_before_is_of_no_use(cast, leave, ask_back):
    """A25."""
    person = PendingMemberFactory(account=cast.clinic, user=UserFactory(), invited_by=cast.owner)
    old = opened(person)
    opened(person).post("/invitations/", {"password": PASSWORD})
    leave(person)
    ask_back(person)

    assert old.post("/invitations/", {"password": PASSWORD}).status_code == 410
    assert not on_file(person).has_joined


def test_a_place_on_the_plan_is_asked_for_again(cast, leave, ask_back):
    """S20."""
    leave(cast.practitioner)
    for _number in range(4):
        MemberFactory(account=cast.clinic, is_practitioner=True)

    page = ask_back(cast.practitioner)

    assert page.status_code == 422 and "Every practitioner place on your plan is taken." in page.text
    assert not on_file(cast.practitioner).is_active


def test_nobody_else_comes_back_in_their_place(cast, leave, ask_back, adam, url):
    """A68: the row has their history, so that it does not go to another login with a corrected address."""
    leave(cast.receptionist)
    ask_back(cast.receptionist)
    page = adam.get(url("member", cast.receptionist.pk))
    assert "Rita left with this address and comes back with it." in page.text and "email" not in typed_on(page)

    adam.post(url("member", cast.receptionist.pk), {**typed_on(page), "email": "mallory@evil.example", **VERIFIED})

    assert on_file(cast.receptionist).user_id == cast.receptionist.user_id


def test_invited_and_cancelled_they_are_still_asked_and_never_put_back(cast, leave, ask_back, adam, url):
    leave(cast.receptionist)
    ask_back(cast.receptionist)
    adam.post(url("member_invitation_cancel", cast.receptionist.pk))

    ask_back(cast.receptionist)

    assert on_file(cast.receptionist).is_active and not on_file(cast.receptionist).has_joined


def test_who_an_administrator_made_inactive_is_put_back_as_before(cast, adam, url, ask_back):
    """C3."""
    page = adam.get(url("member", cast.receptionist.pk))
    adam.post(url("member", cast.receptionist.pk), {**typed_on(page), "is_active": "no", **VERIFIED})

    ask_back(cast.receptionist)

    assert on_file(cast.receptionist).is_present


def test_leaving_one_clinic_and_opening_one_of_their_own_works_with_the_same_login(cast, leave):
    """No dead end: the login stays."""
    leave(cast.receptionist)

    page = Client().post(
        reverse("accounts:signup"),
        {
            "clinic_name": "Ritas Rooms",
            "first_name": "Rita",
            "last_name": "Reyes",
            "email": "rita@harbour.example",
            "password": PASSWORD,
            "time_zone": "UTC",
            "submission": "6a1d9b6e-1d0f-4a55-9f0f-0a52ad1ed1fb",
        },
    )

    assert page.status_code == 302
    assert Member.objects.get(account__name="Ritas Rooms").user == cast.receptionist.user


def test_who_joined_with_another_role_since_is_what_the_clinic_says(cast, leave, ask_back):
    leave(cast.receptionist)

    ask_back(cast.receptionist, role=roles.SCHEDULER)

    assert on_file(cast.receptionist).role == roles.SCHEDULER
