"""The new address confirms: only its recipient, signed in as the person who asked (C2, A25, A26, A57)."""

from datetime import timedelta

import pytest
from axes.models import AccessAttempt
from django.contrib.auth.tokens import default_token_generator
from django.test import Client
from django.urls import reverse

from accounts.core.acting import lock_user_at
from accounts.core.tokens import ConfirmationLink, EmailChangeLink, Side
from accounts.models import Activity, EmailChange, Invitation, OutboundEmail, SecurityEvent, User
from accounts.tests.address_changes import (
    CANCEL,
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
)
from accounts.tests.factories import PASSWORD, MemberFactory, PendingMemberFactory, UserFactory
from accounts.tests.links import CHOSEN, all_text, opened, path_in, path_of
from clinic.clock import database_now
from clinic.log import redact

pytestmark = [pytest.mark.django_db, pytest.mark.database]

NO_USE = "This link is of no use here"


@pytest.fixture
def rita(cast, sign_in) -> Client:
    """Rita's browser."""
    return sign_in(cast.receptionist)


@pytest.fixture
def link(rita, deliver_mail) -> str:
    """The link that was mailed to the new address."""
    ask(rita)
    return link_to(deliver_mail, NEW)


# Confirming


def test_the_link_and_one_click_change_the_address(cast, rita, link):
    page = rita.get(link, follow=True)
    assert page.redirect_chain == [(CONFIRM, 302)]
    assert f"From now on you sign in with {NEW} instead of {OLD}." in page.text

    done = rita.post(CONFIRM, follow=True)

    assert done.redirect_chain == [(OVERVIEW, 302)]
    assert f"Thank you. From now on you sign in with {NEW}." in done.text
    assert address_of(cast.receptionist) == NEW


def test_from_then_on_the_new_address_signs_in_and_the_old_one_does_not(cast, rita, link):
    confirm(rita, link)

    assert Client().post("/login/", {"email": NEW, "password": PASSWORD}).status_code == 302
    assert Client().post("/login/", {"email": OLD, "password": PASSWORD}).status_code == 422


def test_an_address_that_was_never_confirmed_is_replaced_by_one_that_is(cast, rita, deliver_mail):
    User.objects.filter(pk=cast.receptionist.user_id).update(email_confirmed_at=None)
    ask(rita)

    confirm(rita, link_to(deliver_mail, NEW))

    assert User.objects.get(email=NEW).email_confirmed_at is not None


def test_opening_the_link_alone_changes_nothing(cast, rita, link):
    """A26."""
    for method in (rita.get, rita.head, Client().get):
        method(link, follow=True)

    assert address_of(cast.receptionist) == OLD


def test_the_redirect_leaks_nothing_and_the_session_holds_no_token(cast, rita, link):
    """A27."""
    answer = rita.get(link)

    assert (answer.url, answer["Referrer-Policy"]) == (CONFIRM, "no-referrer")
    assert "no-store" in answer["Cache-Control"]
    assert link.rstrip("/").rpartition("/")[2] not in all_text()


@pytest.mark.parametrize("side", Side)
def test_the_log_does_not_say_the_address_of_a_link(side):
    """A27."""
    token = EmailChangeLink(7, side).token()
    path = reverse({"new": "accounts:email_change_link", "old": "accounts:email_objection_link"}[side], args=[token])

    said = redact(f"GET {path} 302")

    assert token not in said and token.partition(".")[2] not in said


def test_confirming_needs_the_form_of_our_own_page(cast, rita, link):
    """A43."""
    browser = Client(enforce_csrf_checks=True)
    browser.cookies = rita.cookies
    browser.get(link)

    assert browser.post(CONFIRM).status_code == 403
    assert address_of(cast.receptionist) == OLD


def test_a_click_too_many_says_that_it_is_done(cast, rita, link):
    confirm(rita, link)

    page = confirm(rita, link)

    assert f"From now on you sign in with {NEW}." in page.text
    assert SecurityEvent.objects.filter(kind=SecurityEvent.Kind.EMAIL_CHANGED).count() == 1
    assert "Your address is confirmed" in rita.get(link, follow=True).text


def test_without_a_link_there_is_nothing_to_confirm(cast, rita):
    ask(rita)

    assert NO_USE in rita.get(CONFIRM).text
    assert rita.post(CONFIRM).status_code == 422
    assert address_of(cast.receptionist) == OLD


@pytest.mark.parametrize("spoil", [lambda link: link[:-3] + "/", lambda link: link.replace("-new", "0-new")])
def test_a_link_that_is_not_whole_or_not_ours_is_of_no_use(cast, rita, link, spoil):
    assert confirm(rita, spoil(link)).status_code == 422
    assert address_of(cast.receptionist) == OLD


def test_the_link_of_the_old_address_does_not_confirm(cast, rita, link):
    """Whoever reads mail there is not the one who is asked."""
    token = EmailChangeLink.of(only_change(), Side.OLD).token()

    assert confirm(rita, reverse("accounts:email_change_link", args=[token])).status_code == 422
    assert address_of(cast.receptionist) == OLD


def test_after_a_day_the_link_is_dead(cast, rita, link):
    EmailChange.objects.update(expires_at=database_now())

    page = rita.get(link, follow=True)
    answer = rita.post(CONFIRM)

    assert NO_USE in page.text and "took too long" in page.text
    assert answer.status_code == 422
    assert address_of(cast.receptionist) == OLD


def test_it_works_for_a_day(cast, rita, link):
    change = only_change()

    assert change.expires_at - change.asked_at == timedelta(hours=24)


# Who confirms


def test_whoever_holds_the_new_mailbox_alone_does_not_get_in(cast, rita, link):
    """It may have been mistyped, and its recipient a stranger."""
    stranger = Client()
    page = stranger.get(link, follow=True)

    assert page.redirect_chain[-1] == (f"/login/?next={CONFIRM}", 302)
    assert stranger.post(CONFIRM).url == f"/login/?next={CONFIRM}"
    assert address_of(cast.receptionist) == OLD


def test_in_another_browser_one_signs_in_with_the_old_address_first(cast, rita, link):
    browser = Client()
    page = browser.get(link, follow=True)

    page = browser.post(page.redirect_chain[-1][0], {"email": OLD, "password": PASSWORD}, follow=True)
    assert page.redirect_chain == [(CONFIRM, 302)]
    browser.post(CONFIRM)

    assert address_of(cast.receptionist) == NEW


def test_signed_in_as_somebody_else_the_link_is_of_no_use(cast, link, sign_in):
    paul = sign_in(cast.practitioner)

    assert NO_USE in paul.get(link, follow=True).text
    assert paul.post(CONFIRM).status_code == 422
    assert (address_of(cast.receptionist), address_of(cast.practitioner)) == (OLD, "paul@harbour.example")


# What ends with it


def test_other_browsers_are_signed_out_and_this_one_stays(cast, rita, link, sign_in):
    """A17."""
    elsewhere = sign_in(cast.receptionist)

    confirm(rita, link)

    assert elsewhere.get(OVERVIEW).status_code == 302
    assert rita.get(OVERVIEW).status_code == 200


def test_the_session_has_a_new_key(rita, link):
    """A14."""
    before = rita.session.session_key

    confirm(rita, link)

    assert rita.session.session_key != before


def test_reset_and_confirmation_links_to_the_old_address_are_dead(cast, rita, link):
    """A25."""
    user = User.objects.get(pk=cast.receptionist.user_id)
    reset, confirmation = default_token_generator.make_token(user), ConfirmationLink.of(user)

    confirm(rita, link)

    user.refresh_from_db()
    assert not default_token_generator.check_token(user, reset)
    assert not confirmation.confirms(user)


def test_an_invitation_elsewhere_that_went_to_the_old_address_is_dead_and_goes_to_the_new_one(
    cast, rita, link, deliver_mail
):
    """A25."""
    elsewhere = PendingMemberFactory(account=cast.other_clinic, user=cast.receptionist.user, invited_by=cast.outsider)
    old_link = path_of(elsewhere)

    confirm(rita, link)

    message = next(each for each in deliver_mail() if each.subject.startswith("Xena Xu invites you"))
    assert message.to == [NEW]
    assert path_in(message) != old_link
    assert Client().get(old_link, follow=True).status_code == 410
    assert opened(elsewhere).get("/invitations/").status_code == 200
    assert Invitation.objects.get(member=elsewhere).version == 2


@pytest.mark.parametrize("over", [{"expires_at": database_now}, {"cancelled_at": database_now}])
def test_an_invitation_that_is_over_is_not_sent_anew(cast, rita, link, deliver_mail, over):
    elsewhere = PendingMemberFactory(account=cast.other_clinic, user=cast.receptionist.user, invited_by=cast.outsider)
    Invitation.objects.filter(member=elsewhere).update(**{name: now() for name, now in over.items()})

    confirm(rita, link)

    assert not [each for each in deliver_mail() if "invites you" in each.subject]


def test_the_throttle_forgets_the_old_address(cast, rita, link):
    Client().post("/login/", {"email": OLD, "password": "not the password at all"})
    assert AccessAttempt.objects.filter(username=OLD).exists()

    confirm(rita, link)

    assert not AccessAttempt.objects.filter(username=OLD).exists()


# Who is told


def test_both_addresses_are_told_and_only_the_old_one_can_object(rita, link, deliver_mail):
    """A13."""
    confirm(rita, link)

    old, new = mail_to(deliver_mail, OLD), mail_to(deliver_mail, NEW)
    assert old.subject == "Your email address was changed"
    assert f"From now on {NEW} signs in to your login, and {OLD} no longer does." in old.body
    assert "This wasn’t me:" in old.body
    assert new.subject == "You sign in with a new email address"
    assert "This wasn’t me" not in new.body and "/email/" not in new.body


def test_an_old_address_that_was_never_confirmed_is_not_told_and_can_never_object(cast, rita, deliver_mail):
    """It was most likely mistyped when the clinic was opened, and is a stranger's (A57)."""
    User.objects.filter(pk=cast.receptionist.user_id).update(email_confirmed_at=None)
    ask(rita)
    confirm(rita, link_to(deliver_mail, NEW))

    assert [each for each in deliver_mail() if each.to == [OLD]] == []
    path = reverse("accounts:email_objection_link", args=[EmailChangeLink.of(only_change(), Side.OLD).token()])
    browser = Client()
    browser.get(path)
    assert browser.post("/email/objection/", {"not_me": "yes"}).status_code == 422
    assert address_of(cast.receptionist) == NEW


def test_an_old_address_that_was_proved_after_the_change_was_asked_for_is_told_and_can_object(cast, rita, deliver_mail):
    """A69: a thief asked for the change before Rita had confirmed her address."""
    User.objects.filter(pk=cast.receptionist.user_id).update(email_confirmed_at=None)
    ask(rita)
    link = link_to(deliver_mail, NEW)
    rita.post("/email/resend/")
    rita.get(link_to(deliver_mail, OLD))
    rita.post("/email/confirm/")

    confirm(rita, link)

    assert address_of(cast.receptionist) == NEW
    assert object_to(link_to(deliver_mail, OLD)).status_code == 200
    assert address_of(cast.receptionist) == OLD


def test_nor_is_it_told_that_the_change_was_cancelled(cast, rita, deliver_mail):
    User.objects.filter(pk=cast.receptionist.user_id).update(email_confirmed_at=None)
    ask(rita)
    rita.post(CANCEL)

    assert only_change().ended_at is not None
    assert [each for each in deliver_mail() if each.to == [OLD]] == []


def test_it_stands_in_the_log_of_each_clinic_that_the_person_is_in(cast, rita, link):
    elsewhere = MemberFactory(account=cast.other_clinic, user=cast.receptionist.user)
    left = MemberFactory(user=cast.receptionist.user, is_active=False)

    confirm(rita, link)

    entries = Activity.objects.filter(verb=Activity.Verb.MEMBER_UPDATED).order_by("subject")
    assert [(each.actor, each.subject) for each in entries] == [(each, each) for each in (cast.receptionist, elsewhere)]
    assert entries[0].details == {"email": [OLD, NEW]}
    assert not left.activity.exists()


# Whose the new address is


def test_an_address_that_got_a_login_meanwhile_is_refused(cast, rita, link):
    UserFactory(email=NEW)

    answer = confirm(rita, link)

    assert answer.status_code == 422
    assert f"{NEW} already has a login, so this one can’t use it." in answer.text
    assert "If that login is yours too, sign in with it instead." in answer.text
    assert address_of(cast.receptionist) == OLD
    assert only_change().confirmed_at is None


def test_a_row_that_nothing_points_to_is_in_nobodys_way(cast, rita, link):
    bare = UserFactory(email=NEW, password=None, email_confirmed_at=None)
    OutboundEmail.objects.create(
        kind=OutboundEmail.Kind.INVITATION, user=bare, next_attempt_at=database_now(), created_at=database_now()
    )

    confirm(rita, link)

    assert address_of(cast.receptionist) == NEW
    assert OutboundEmail.objects.get(kind=OutboundEmail.Kind.INVITATION).recipient == NEW


# Whose the old address is


def _sign_up(email):
    form = {"clinic_name": "Evil Physio", "first_name": "Mallory", "last_name": "Marsh"}
    return Client().post("/signup/", {**form, "email": email, "password": CHOSEN})


def test_for_as_long_as_it_can_be_put_back_nobody_else_gets_the_old_address(cast, rita, link, adam, url, sign_in):
    """Else a thief would take it to shut its recipient out for good."""
    confirm(rita, link)

    answer = _sign_up(OLD)
    assert answer.status_code == 422
    assert "This address can’t be used at the moment. Try again later, or use another." in answer.text
    form = {"first_name": "Mallory", "last_name": "Marsh", "role": "receptionist", "is_practitioner": "no"}
    answer = adam.post(url("member_new"), {**form, "email": OLD, "reverify_password": PASSWORD})
    assert answer.status_code == 422
    assert not User.objects.filter(email=OLD).exists()


def test_nor_by_a_change_of_address(cast, rita, link, sign_in, deliver_mail):
    confirm(rita, link)
    paul = sign_in(cast.practitioner)
    ask(paul, OLD)

    answer = confirm(paul, link_to(deliver_mail, OLD))

    assert answer.status_code == 422
    assert address_of(cast.practitioner) == "paul@harbour.example"


def test_the_person_themselves_gets_it_back(cast, rita, link, deliver_mail):
    confirm(rita, link)
    ask(rita, OLD)

    confirm(rita, link_to(deliver_mail, OLD))

    assert address_of(cast.receptionist) == OLD


def test_afterwards_it_is_anybodys(cast, rita, link):
    confirm(rita, link)
    EmailChange.objects.update(confirmed_at=database_now() - timedelta(hours=72, seconds=1))

    assert _sign_up(OLD).status_code == 302
    assert lock_user_at(OLD).pk != cast.receptionist.user_id
