"""**Free this email address**: a new hire at the address of somebody who left is a person of their own (A70, A68)."""

from uuid import uuid4

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from accounts.addresses import freeing_rules
from accounts.addresses.freeing import free_address
from accounts.core.details import MemberDetails
from accounts.core.errors import NotPermitted
from accounts.models import Activity, EmailChange, Member, OutboundEmail, User
from accounts.outbox.queue import queue_email
from accounts.people.actions import update_member
from accounts.tests.address_changes import pending_change
from accounts.tests.factories import PASSWORD, MemberFactory, PendingMemberFactory, UserFactory
from accounts.tests.import_files import account, bring, csv_file, line, member
from accounts.tests.links import CHOSEN, copied_link, opened, path_of
from accounts.tests.owners import VERIFIED, asks, links_on, told_on, words_of
from accounts.tests.pages import typed_on
from accounts.tests.two_factor import enrolled, second_factor_of
from clinic.clock import database_now

pytestmark = [pytest.mark.django_db, pytest.mark.database]

DESK = "reception@harbour.example"
LOGIN = {"email": DESK, "password": PASSWORD}


@pytest.fixture
def lea(cast):
    """Lea, who had reception's address and was made inactive."""
    user = UserFactory(email=DESK)
    return MemberFactory(account=cast.clinic, user=user, first_name="Lea", last_name="Left", is_active=False)


@pytest.fixture
def free(adam, url):
    """Free the address of somebody, with Adam's password."""

    def _free(person, browser=adam, **fields):
        return browser.post(url("member_address", person.pk), {**VERIFIED, **fields}, follow=True)

    return _free


@pytest.fixture
def add(adam, url):
    """Add Nina, at reception's address unless told; returns the answer."""

    def _add(**fields):
        typed = {"first_name": "Nina", "last_name": "Novak", "email": DESK, "mobile": "", "role": "receptionist"}
        return adam.post(
            url("member_new"), {**typed, "is_practitioner": "no", "submission": str(uuid4()), **VERIFIED, **fields}
        )

    return _add


def nina():
    return Member.objects.select_related("user").get(first_name="Nina")


def on_file(person):
    return Member.objects.select_related("user").get(pk=person.pk)


# Where it is offered


def test_adding_somebody_at_that_address_offers_both_ways_on(cast, lea, add, url):
    page = add()

    assert page.status_code == 422
    assert (
        "Lea Left has this email address and is inactive in Harbour Physio. If it’s the same person, make them active "
        "again. If someone else has the address now, free it first." in page.text
    )
    links = links_on(page)
    assert links["Open the page of Lea Left"] == url("member", lea.pk)
    assert links["free it first"] == url("member_address", lea.pk)


def test_the_page_of_somebody_inactive_leads_to_a_page_that_says_what_happens(cast, lea, adam, url):
    assert links_on(adam.get(url("member", lea.pk)))["Free this email address"] == url("member_address", lea.pk)
    page = words_of(adam.get(url("member_address", lea.pk)))

    assert f"Free {DESK}?" in page
    assert "Lea Left stays among the inactive users with their history, and can’t be made active again." in page
    assert "The new user gets one of their own, which the old password does not open." in page


def test_somebody_active_has_no_such_button_nor_page(cast, adam, url):
    assert "Free this email address" not in adam.get(url("member", cast.receptionist.pk)).text
    assert adam.get(url("member_address", cast.receptionist.pk)).url == url("member", cast.receptionist.pk)


def test_it_asks_for_the_password_with_the_act_in_words(cast, lea, free):
    prompt = free(lea, reverify_password="")

    assert asks(prompt) and f"Free {DESK}. Lea Left can’t be made active again after that." in prompt.text
    assert on_file(lea).released_at is None


# What it does


def test_the_new_hire_is_invited_there_and_joins_with_a_login_of_their_own(cast, lea, free, add, url, deliver_mail):
    assert told_on(free(lea)) == f"{DESK} is free. Add the person who has it now as a new user."

    assert add().status_code == 302
    assert [each.to for each in deliver_mail()] == [[DESK]]
    browser = opened(nina())
    browser.post("/invitations/", {"password": CHOSEN})

    assert browser.get(url("home")).status_code == 200
    assert nina().user_id != lea.user_id and nina().is_present
    assert Client().post("/login/", {"email": DESK, "password": CHOSEN}).url == url("home")


def test_what_the_one_before_knew_and_had_opens_nothing(cast, lea, free, add, sign_in, url):
    """Their password, two-factor authentication and sessions are not the new hire's."""
    elsewhere_soon = sign_in(lea)
    enrolled(lea)
    free(lea)
    add()
    opened(nina()).post("/invitations/", {"password": CHOSEN})

    assert Client().post("/login/", LOGIN).status_code == 422
    assert elsewhere_soon.get(url("home")).url.startswith("/login/")
    assert second_factor_of(lea.user) == second_factor_of(nina().user) == [0, 0, 0, 0]


@pytest.mark.parametrize("way", ["mailed", "copied"])
def test_with_the_old_password_and_without_the_mailbox_nobody_joins(cast, lea, free, add, adam, url, way):
    """Whoever holds a link chooses a password of their own with it; the old one is no help to get one."""
    free(lea)
    add()
    link = path_of(nina()) if way == "mailed" else copied_link(adam, url("member_invitation_link", nina().pk))

    without = Client().post("/invitations/", {"password": PASSWORD})
    page = Client().get(link, follow=True)

    assert without.status_code in {404, 410} and not nina().has_joined
    assert "Create password</button>" in page.text


def test_no_reset_link_goes_to_the_login_that_ended(cast, lea, free, client, deliver_mail):
    free(lea)

    client.post(reverse("accounts:password_reset"), {"email": DESK})

    assert deliver_mail() == []
    assert not on_file(lea).user.is_active


def test_mail_still_waiting_for_the_one_before_is_not_sent_to_anybody(cast, lea, free, deliver_mail):
    with transaction.atomic():
        queue_email(OutboundEmail.Kind.PASSWORD_RESET, user=lea.user)

    free(lea)

    assert deliver_mail() == []


def test_the_one_before_is_history_under_the_address_they_had(cast, lea, free, add, adam, url):
    free(lea)
    add()

    page = adam.get(url("member", lea.pk))
    assert f"Used {DESK} until" in words_of(page) and "can’t be made active again" in words_of(page)
    assert "is an owner of this account" not in page.text and "first_name" not in page.text
    assert "Free this email address" not in page.text
    listed = adam.get(url("members"), {"inactive": "1", "q": DESK}).text
    assert "Lea Left" in listed and "Nina Novak" in listed and "@invalid" not in listed


def test_it_is_written_down(cast, lea, free):
    free(lea)

    entry = Activity.objects.get()
    assert (entry.verb, entry.actor, entry.subject) == (Activity.Verb.ADDRESS_FREED, cast.administrator, lea)
    assert entry.details == {"email": DESK}


def test_nobody_makes_them_active_again(cast, lea, free, adam, url):
    typed = typed_on(adam.get(url("member", lea.pk)))
    free(lea)

    answer = adam.post(url("member", lea.pk), {**typed, "is_active": "yes", **VERIFIED})

    assert answer.status_code == 403
    fresh = on_file(lea)
    details = MemberDetails(**{**vars(MemberDetails.of(fresh)), "is_active": True})
    with pytest.raises(NotPermitted):
        update_member(actor=cast.owner, target=fresh, details=details, expected_version=fresh.version)


def test_the_database_keeps_them_inactive(cast, lea, free):
    free(lea)

    with pytest.raises(IntegrityError), transaction.atomic():
        Member.objects.filter(pk=lea.pk).update(is_active=True)


def test_freed_twice_it_is_freed_once(cast, lea, free):
    free(lea)

    assert "Nothing was changed." in told_on(free(lea))
    assert Activity.objects.count() == 1


def test_an_owner_and_somebody_active_are_not_touched(cast, otto):
    """A40."""
    for target in (otto, cast.receptionist, cast.invited):
        with pytest.raises(NotPermitted):
            free_address(actor=cast.administrator, target=target)


def test_whose_address_could_be_put_back_waits_for_three_days(cast, lea, free):
    """C2, A69: whoever reads mail at the address before has a say for so long."""
    now = database_now()
    change = pending_change(lea, new_email=DESK, old_email="lea@home.example", confirmed_at=now)

    assert "was changed recently, and that can still be undone" in told_on(free(lea))
    EmailChange.objects.filter(pk=change.pk).update(confirmed_at=now - EmailChange.TIME_TO_OBJECT)
    free(lea)

    assert on_file(lea).released_at is not None


def test_invitations_of_other_clinics_stay_with_the_mailbox(cast, lea, free):
    """A58: they were typed for whoever reads mail there."""
    waiting = PendingMemberFactory(account=cast.other_clinic, user=lea.user, invited_by=cast.outsider)

    free(lea)

    moved = on_file(waiting)
    assert moved.user.email == DESK and moved.user_id != lea.user_id
    page = opened(waiting).get("/invitations/")
    assert "Create password</button>" in page.text


def test_who_left_by_their_own_decision_and_was_invited_back_in_vain_is_let_go_as_well(cast, sign_in, adam, url, free):
    rita = cast.receptionist
    sign_in(rita).post(url("my_leaving"), VERIFIED)
    adam.post(url("member", rita.pk), {**typed_on(adam.get(url("member", rita.pk))), "is_active": "yes", **VERIFIED})
    adam.post(url("member_invitation_cancel", rita.pk))

    free(rita)

    assert on_file(rita).user.is_retired and on_file(rita).email == "rita@harbour.example"


def test_of_a_cancelled_invitation_the_address_alone_is_let_go(cast, adam, url, free, add):
    """Nobody joined with that login: it is whoever's it was."""
    adam.post(url("member_invitation_cancel", cast.invited.pk))
    free(cast.invited)

    add(email="ivy@harbour.example")

    assert nina().user_id == cast.invited.user_id
    opened(nina()).post("/invitations/", {"password": CHOSEN})
    assert nina().is_present
    # The dead link of before asks for nothing.
    Client().post(reverse("accounts:invitation_request"))
    assert not on_file(cast.invited).is_active


def test_a_dead_link_of_somebody_let_go_asks_for_no_new_invitation(cast, adam, url, free):
    browser = opened(cast.invited)
    adam.post(url("member_invitation_cancel", cast.invited.pk))
    free(cast.invited)

    browser.post(reverse("accounts:invitation_request"))

    assert not OutboundEmail.objects.filter(kind=OutboundEmail.Kind.INVITATION_REQUESTED).exists()


# A login that is of use elsewhere


@pytest.fixture
def shared(cast, lea):
    """Lea is in another clinic with that login, too."""
    return MemberFactory(account=cast.other_clinic, user=lea.user)


def test_a_login_of_another_clinic_stays_as_it_is_there(cast, lea, shared, free, add, adam, url):
    assert "stays theirs there" in words_of(adam.get(url("member_address", lea.pk)))

    free(lea)

    assert Client().post("/login/", LOGIN).url == "/elsewhere/"
    assert add().status_code == 302
    assert nina().user_id == lea.user_id, "Two rows of one login, and one of them is history."


def test_there_the_mailed_link_alone_lets_in_and_none_can_be_copied(cast, lea, shared, free, add, adam, url):
    """Whoever knows the old password has to read the mailbox to join."""
    free(lea)
    add()

    page = adam.post(url("member_invitation_link", nina().pk), VERIFIED, follow=True)

    assert "Only the email itself shows who has the address now" in told_on(page)
    assert not Activity.objects.filter(verb=Activity.Verb.INVITATION_LINK_COPIED).exists()
    assert Client().post("/invitations/", {"password": PASSWORD}).status_code == 404


def test_there_the_new_hire_chooses_a_new_password_first(cast, lea, shared, free, add, url, deliver_mail):
    free(lea)
    add()
    browser = opened(nina())
    assert "Forgotten your password?" in browser.get("/invitations/").text
    browser.post(reverse("accounts:password_reset"), {"email": DESK})
    [reset] = [each for each in deliver_mail() if "password" in each.subject]
    link = reset.body.split("http://testserver", 1)[1].split()[0]
    page = browser.get(link, follow=True)
    browser.post(page.redirect_chain[-1][0], {"password": CHOSEN})

    browser = opened(nina())
    browser.post("/invitations/", {"password": PASSWORD})
    assert not nina().has_joined
    browser.post("/invitations/", {"password": CHOSEN})

    assert nina().is_present and browser.get(url("home")).status_code == 200


def test_once_the_other_clinic_has_let_go_as_well_the_login_ends(cast, lea, shared, free, sign_in):
    free(lea)
    Member.objects.filter(pk=shared.pk).update(is_active=False)
    xena = sign_in(cast.outsider)

    xena.post(reverse("accounts:member_address", args=["elsewhere", shared.pk]), VERIFIED)

    assert on_file(shared).user.is_retired
    assert (on_file(shared).email, on_file(lea).email) == (DESK, DESK)


def test_a_clinic_where_the_person_is_history_has_no_say_about_the_address_elsewhere(cast, lea, shared, free):
    """C2."""
    assert not freeing_rules.is_login_of_one_clinic(shared)

    free(lea)

    assert freeing_rules.is_login_of_one_clinic(shared)


# Two rows for one login


def test_with_a_row_of_history_the_new_one_is_the_only_one_that_opens_the_clinic(
    cast, lea, shared, free, add, sign_in, url
):
    free(lea)
    add()
    Member.objects.filter(pk=nina().pk).update(joined_at=database_now())
    browser = sign_in(lea)

    assert browser.get(url("home")).status_code == 200
    assert "Nina" in browser.get(url("my_info")).text
    assert browser.get(reverse("accounts:clinics")).text.count("Harbour Physio</bdi>") == 1
    assert browser.post("/me/security/email/", {"email": "nina@new.example", **VERIFIED}).status_code == 302


def test_the_same_address_is_freed_once_more_when_the_new_hire_has_left_too(cast, lea, free, add, adam, url):
    free(lea)
    add()
    opened(nina()).post("/invitations/", {"password": CHOSEN})
    Member.objects.filter(first_name="Nina").update(is_active=False)
    free(nina())

    assert add(first_name="Nora").status_code == 302
    assert Member.objects.filter(released_email=DESK).count() == 2


# Imports


def test_a_second_run_of_an_import_brings_nobody_back_to_a_freed_address(tmp_path, sign_in):
    """A68."""
    path = csv_file(tmp_path, line("Ann"), line("Lea", role="receptionist"))
    bring(path)
    ann, lea = member("Ann"), member("Lea")
    User.objects.filter(pk=ann.user_id).update(password=UserFactory().password, email_confirmed_at=database_now())
    Member.objects.filter(pk=lea.pk).update(is_active=False)
    free_address(actor=Member.objects.get(pk=ann.pk), target=lea)

    ran = bring(path)

    assert any("lea@old.example: refused: The person who had this address left" in each for each in ran.lines)
    assert account().members.filter(is_active=True).count() == 1


# The address of a login that ended


def test_nobody_can_have_such_an_address(cast, lea, free):
    free(lea)
    retired = on_file(lea).user.email

    with pytest.raises(ValidationError):
        User.objects.create_user(retired.replace("retired-", "retired-9"))


def test_support_sees_the_address_that_they_had(cast, lea, free, desk):
    free(lea)

    page = desk.get(reverse("support:accounts_account_change", args=[cast.clinic.pk])).text

    assert DESK in page and "@invalid" not in page
