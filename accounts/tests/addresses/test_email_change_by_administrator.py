"""Another sign-in address for somebody who has joined, asked for by an administrator within C2's limits."""

import pytest
from django.test import Client

from accounts.addresses.actions import cancel_members_email_change
from accounts.core.details import MemberDetails
from accounts.core.errors import ActionRefused, NotPermitted
from accounts.core.origin import Origin
from accounts.models import Activity, EmailChange, OutboundEmail, SecurityEvent, User
from accounts.people.actions import update_member
from accounts.tests.address_changes import (
    CONFIRM,
    NEW,
    OLD,
    OVERVIEW,
    address_of,
    ask,
    confirm,
    link_to,
    mail_to,
    object_to,
    only_change,
    pass_time,
    pending_change,
)
from accounts.tests.factories import PASSWORD, MemberFactory, PendingMemberFactory
from accounts.tests.owners import VERIFIED, asks
from accounts.tests.pages import typed_on

pytestmark = pytest.mark.django_db

WAITS = "A new email address waits to be confirmed"


@pytest.fixture
def change(cast, adam, url):
    """Send the form of somebody's page with these fields, and Adam's password."""

    def _change(member, *, browser=adam, password=PASSWORD, **fields):
        address = url("member", member.pk)
        form = {**typed_on(browser.get(address)), **fields}
        sent = {"reverify_password": password} if password else {}
        return browser.post(address, {**form, **sent}, follow=True)

    return _change


# Asking


def test_the_password_is_asked_for_with_the_act_in_words(cast, change):
    """A19."""
    answer = change(cast.receptionist, password=None, email=NEW)

    assert asks(answer)
    assert f"Ask {NEW} to confirm that Rita Reyes signs in with it from now on." in answer.text
    assert not EmailChange.objects.exists()


def test_nothing_changes_until_the_new_address_confirms(cast, change, deliver_mail):
    page = change(cast.receptionist, email=NEW)

    assert f"An email to {NEW} is on its way. Rita signs in with {OLD} until the new address is confirmed." in page.text
    assert "Rita Reyes was updated" not in page.text
    assert address_of(cast.receptionist) == OLD
    assert only_change().asked_by == cast.administrator
    asked = mail_to(deliver_mail, NEW)
    assert f"Adam Adler of Harbour Physio asks that you sign in to Clinic People with {NEW}" in " ".join(
        asked.body.split()
    )


def test_the_old_address_is_told_by_whom(cast, change, deliver_mail):
    change(cast.receptionist, email=NEW)

    told = mail_to(deliver_mail, OLD)

    assert f"Adam Adler of Harbour Physio asked that you sign in with {NEW} from now on" in told.body
    assert "This wasn’t me:" in told.body
    assert "Browser:" not in told.body and "127.0.0.1" not in told.body, "Those are the administrator's."


def test_what_else_was_changed_holds_at_once(cast, change):
    page = change(cast.receptionist, email=NEW, first_name="Marguerite", role="scheduler")

    assert "Marguerite Reyes was updated. An email to rita@new.example is on its way." in page.text
    cast.receptionist.refresh_from_db()
    assert (cast.receptionist.first_name, cast.receptionist.role) == ("Marguerite", "scheduler")
    details = Activity.objects.get(verb=Activity.Verb.MEMBER_UPDATED).details
    assert set(details) == {"first_name", "role"}


def test_it_is_on_record(cast, change):
    change(cast.receptionist, email=NEW)

    entry = Activity.objects.get(verb=Activity.Verb.EMAIL_CHANGE_ASKED)
    assert (entry.actor, entry.subject, entry.details) == (
        cast.administrator,
        cast.receptionist,
        {"email": [OLD, NEW]},
    )
    event = SecurityEvent.objects.get(kind=SecurityEvent.Kind.EMAIL_CHANGE_ASKED)
    assert (event.user_id, event.by) == (cast.receptionist.user_id, cast.administrator)


def test_the_same_form_sent_twice_asks_once(cast, change, deliver_mail):
    change(cast.receptionist, email=NEW)
    change(cast.receptionist, email=NEW)

    assert [each.to for each in deliver_mail()].count([NEW]) == 1
    assert Activity.objects.filter(verb=Activity.Verb.EMAIL_CHANGE_ASKED).count() == 1


def test_an_address_that_somebody_in_the_clinic_has_is_refused(cast, change):
    answer = change(cast.receptionist, email="paul@harbour.example")

    assert answer.status_code == 422
    assert "Paul Prasad already has this email address in Harbour Physio." in answer.text
    assert not EmailChange.objects.exists()


def test_asked_too_often_nothing_is_saved_and_what_was_typed_stays(cast, change):
    for number in range(5):
        change(cast.receptionist, email=f"rita{number}@new.example")

    answer = change(cast.receptionist, email="rita5@new.example", first_name="Marguerite")

    assert answer.status_code == 429
    assert "The address was to be changed 5 times within a day already." in answer.text
    assert typed_on(answer)["first_name"] == "Marguerite"
    cast.receptionist.refresh_from_db()
    assert cast.receptionist.first_name == "Rita"


# Where an administrator may not


def _owner(cast):
    return cast.owner


def _of_two_clinics(cast):
    MemberFactory(user=cast.receptionist.user)
    return cast.receptionist


def _left_another_clinic(cast):
    MemberFactory(user=cast.receptionist.user, is_active=False)
    return cast.receptionist


def _of_support(cast):
    User.objects.filter(pk=cast.receptionist.user_id).update(is_staff=True)
    return cast.receptionist


def _inactive(cast):
    return MemberFactory(account=cast.clinic, is_active=False)


def _oneself(cast):
    return cast.administrator


FIXED = {
    "belongs to another clinic": (_of_two_clinics, "uses this login for more than this clinic, so only they can"),
    "has left another clinic": (_left_another_clinic, "uses this login for more than this clinic, so only they can"),
    "is of our support": (_of_support, "uses this login for more than this clinic, so only they can"),
    "is inactive": (_inactive, "Make them active again first to change it."),
    "is oneself": (_oneself, "You sign in with this address. Change it under Sign-in and security"),
}


@pytest.mark.parametrize(("who", "words"), FIXED.values(), ids=FIXED)
def test_the_field_is_fixed_with_the_reason_and_what_is_posted_counts_for_nothing(cast, adam, url, who, words):
    """A39."""
    member = who(cast)
    page = adam.get(url("member", member.pk))
    assert words in page.text and "email" not in typed_on(page)

    adam.post(url("member", member.pk), {**typed_on(page), "email": NEW, **VERIFIED})

    assert not EmailChange.objects.exists() and not OutboundEmail.objects.exists()


@pytest.mark.parametrize("who", [_owner, _of_two_clinics, _of_support, _inactive, _oneself])
def test_the_action_holds_the_same_under_the_lock(cast, who):
    member = who(cast)
    details = MemberDetails(**{**vars(MemberDetails.of(member)), "email": NEW})

    with pytest.raises(ActionRefused):
        update_member(actor=cast.administrator, target=member, details=details, expected_version=member.version)

    assert not EmailChange.objects.exists()


def test_an_invitation_to_another_clinic_is_no_membership_there(cast, change):
    """Whether somebody was invited elsewhere is not told here."""
    PendingMemberFactory(account=cast.other_clinic, user=cast.receptionist.user, invited_by=cast.outsider)

    change(cast.receptionist, email=NEW)

    assert only_change().new_email == NEW


def test_an_invited_persons_address_is_corrected_as_before(cast, change):
    change(cast.invited, email="ivy@new.example")

    cast.invited.refresh_from_db()
    assert cast.invited.user.email == "ivy@new.example"
    assert not EmailChange.objects.exists()


# Confirming


def test_the_person_confirms_with_the_password_of_their_login(cast, change, sign_in, deliver_mail):
    """They have not shown it for this change yet: an administrator must not do it at a screen left alone."""
    change(cast.receptionist, email=NEW)
    rita, link = sign_in(cast.receptionist), link_to(deliver_mail, NEW)
    rita.get(link)

    assert asks(rita.post(CONFIRM))
    assert address_of(cast.receptionist) == OLD
    rita.post(CONFIRM, {"reverify_password": PASSWORD})

    assert address_of(cast.receptionist) == NEW


def test_the_administrator_cannot_confirm_it(cast, adam, change, deliver_mail):
    change(cast.receptionist, email="adam@new.example")

    assert confirm(adam, link_to(deliver_mail, "adam@new.example")).status_code == 422
    assert address_of(cast.receptionist) == OLD


def test_somebody_who_is_not_signed_in_signs_in_with_the_old_address_first(cast, change, deliver_mail):
    change(cast.receptionist, email=NEW)
    browser = Client()
    page = browser.get(link_to(deliver_mail, NEW), follow=True)

    page = browser.post(page.redirect_chain[-1][0], {"email": OLD, "password": PASSWORD}, follow=True)
    assert page.redirect_chain == [(CONFIRM, 302)]
    browser.post(CONFIRM, {"reverify_password": PASSWORD})

    assert address_of(cast.receptionist) == NEW


def test_the_person_sees_who_asked_and_can_cancel(cast, change, sign_in):
    change(cast.receptionist, email=NEW)
    rita = sign_in(cast.receptionist)

    page = rita.get(OVERVIEW).text
    assert "Adam Adler" in page and "asked that you sign in with" in page
    rita.post("/me/security/email/cancel/")

    assert not only_change().is_open


# Objecting


def test_before_it_is_confirmed_an_objection_stops_it_and_nothing_else(cast, change, sign_in, deliver_mail):
    """Nobody showed the person's password for it."""
    change(cast.receptionist, email=NEW)
    rita = sign_in(cast.receptionist)

    answer = object_to(link_to(deliver_mail, OLD))

    assert "The change was stopped" in answer.text and "Nothing else was changed" in answer.text
    assert rita.get(OVERVIEW).status_code == 200
    assert Client().post("/login/", {"email": OLD, "password": PASSWORD}).status_code == 302
    assert not only_change().is_open


def test_after_it_was_confirmed_an_objection_undoes_it(cast, change, sign_in, deliver_mail):
    change(cast.receptionist, email=NEW)
    rita = sign_in(cast.receptionist)
    rita.get(link_to(deliver_mail, NEW))
    rita.post(CONFIRM, {"reverify_password": PASSWORD})

    object_to(link_to(deliver_mail, OLD))

    assert address_of(cast.receptionist) == OLD
    assert rita.get(OVERVIEW).status_code == 302


# While it waits


def test_the_persons_page_shows_it_and_it_can_be_cancelled_there(cast, adam, url, change, deliver_mail):
    page = change(cast.receptionist, email=NEW)
    assert WAITS in page.text and NEW in page.text

    page = adam.post(url("member_email_cancel", cast.receptionist.pk), follow=True)

    assert f"The change was cancelled. Rita goes on signing in with {OLD}." in page.text
    assert WAITS not in page.text
    assert not only_change().is_open
    entry = Activity.objects.get(verb=Activity.Verb.EMAIL_CHANGE_CANCELLED)
    assert (entry.actor, entry.subject) == (cast.administrator, cast.receptionist)
    assert "Adam Adler of Harbour Physio cancelled the change to rita@new.example." in mail_to(deliver_mail, OLD).body


def test_cancelled_twice_it_says_that_there_was_nothing(cast, adam, url, change):
    change(cast.receptionist, email=NEW)
    adam.post(url("member_email_cancel", cast.receptionist.pk))

    page = adam.post(url("member_email_cancel", cast.receptionist.pk), follow=True)

    assert "No change of email address was waiting, so nothing was cancelled." in page.text


def test_what_somebody_asked_for_themselves_is_neither_shown_nor_cancelled_here(cast, adam, url, sign_in):
    ask(sign_in(cast.receptionist))

    assert WAITS not in adam.get(url("member", cast.receptionist.pk)).text
    adam.post(url("member_email_cancel", cast.receptionist.pk))

    assert only_change().is_open


def test_nor_is_it_ended_by_an_administrator_who_asks_for_another(cast, change, sign_in):
    """A61: and the refusal doesn't tell what Rita asked for."""
    ask(sign_in(cast.receptionist))

    answer = change(cast.receptionist, email="rita@adams.example")

    assert answer.status_code == 429
    assert "rita@adams.example can’t be asked just now." in answer.text and NEW not in answer.text
    assert only_change().is_open and only_change().new_email == NEW


def test_an_administrator_asks_again_once_the_persons_own_request_is_over(cast, change, sign_in):
    ask(sign_in(cast.receptionist))
    pass_time(days=1)

    change(cast.receptionist, email="rita@adams.example")

    assert EmailChange.objects.waiting().get().new_email == "rita@adams.example"


def test_what_was_asked_for_before_the_address_was_proved_gives_way_to_an_administrator(cast, change, sign_in):
    """It may be a stranger's, who would otherwise keep the clinic from putting the address right (A57)."""
    User.objects.filter(pk=cast.receptionist.user_id).update(email_confirmed_at=None)
    ask(sign_in(cast.receptionist))

    change(cast.receptionist, email="rita@adams.example")

    assert EmailChange.objects.waiting().get().new_email == "rita@adams.example"


def test_what_another_clinic_asked_for_is_neither(cast, adam, url):
    MemberFactory(account=cast.other_clinic, user=cast.receptionist.user)
    pending_change(cast.receptionist, asked_by=cast.outsider)

    assert NEW not in adam.get(url("member", cast.receptionist.pk)).text
    adam.post(url("member_email_cancel", cast.receptionist.pk))

    assert only_change().is_open


def test_an_owners_is_not_cancelled_by_anybody_else(cast):
    """S22: they may have become one since."""
    with pytest.raises(NotPermitted):
        cancel_members_email_change(actor=cast.administrator, target=cast.owner, origin=Origin())


def test_opened_by_address_the_button_leads_to_its_page(cast, adam, url):
    assert adam.get(url("member_email_cancel", cast.receptionist.pk)).url == url("member", cast.receptionist.pk)
