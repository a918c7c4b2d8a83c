"""Settings -> Users & practitioners -> Add user, as an administrator does it (S3 to S12, S20, C12, A19, A39, K5)."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from django.urls import reverse

from accounts.access import roles
from accounts.invitations.actions import resend_invitation
from accounts.models import Account, Activity, Member, OutboundEmail, User
from accounts.tests.factories import PASSWORD, MemberFactory, PendingMemberFactory
from accounts.tests.pages import form_on, typed_on

pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.fixture
def form():
    return {
        "first_name": "Nina",
        "last_name": "Novak",
        "email": "nina@harbour.example",
        "mobile": "",
        "role": "practitioner",
        "is_practitioner": "yes",
        "submission": str(uuid4()),
    }


@pytest.fixture
def confirmed(form):
    """The form together with Adam's password: what the second **Create user** sends."""
    return {**form, "reverify_password": PASSWORD}


def people_and_mail():
    return Member.objects.count(), User.objects.count(), OutboundEmail.objects.count(), Activity.objects.count()


# The form


def test_the_form_asks_for_names_and_email_and_leaves_the_mobile_number_optional_but_recommended(adam, url):
    page = adam.get(url("member_new")).text

    for label in ("First name", "Last name", "Email", "Security role", "Is this user a practitioner?", "Create user"):
        assert label in page
    assert 'Mobile number <span class="field__optional">(optional)</span>' in page
    assert "Recommended: it makes it easier" in page


def test_the_form_links_to_the_page_that_explains_the_roles(adam, url):
    """S8."""
    page = adam.get(url("member_new"))

    assert f'<a href="{url("roles")}"' in page.text.split('<form class="form"')[1]
    assert adam.get(url("roles")).status_code == 200


@pytest.mark.parametrize(
    ("field", "words"),
    [
        ("first_name", "First name – Enter a first name."),
        ("last_name", "Last name – Enter a last name."),
        ("email", "Email – Enter an email address."),
        ("role", "Security role – Choose a security role."),
        ("is_practitioner", "Is this user a practitioner? – Choose Yes or No."),
    ],
)
def test_what_is_required_is_asked_for_in_words_before_any_password(adam, url, form, field, words):
    """S4, S6, S7, S9."""
    before = people_and_mail()
    del form[field]

    page = adam.post(url("member_new"), form)

    assert page.status_code == 422
    assert words in page.text
    assert "Verify your password" not in page.text
    assert {name: typed_on(page).get(name) for name in form} == form
    assert people_and_mail() == before


def test_a_mobile_number_is_kept_as_e164_however_it_was_typed(adam, url, confirmed):
    adam.post(url("member_new"), {**confirmed, "mobile": "+61 (400) 000-000"})

    assert Member.objects.get(first_name="Nina").mobile == "+61400000000"


@pytest.mark.parametrize("practises", ["yes", "no"])
@pytest.mark.parametrize("role", list(roles.ROLES))
def test_any_role_goes_with_either_answer_to_is_this_user_a_practitioner(adam, url, confirmed, role, practises):
    """S6, S7."""
    adam.post(url("member_new"), {**confirmed, "role": role, "is_practitioner": practises})

    nina = Member.objects.get(first_name="Nina")
    assert (nina.role, nina.is_practitioner) == (role, practises == "yes")


# The password


def test_the_form_is_checked_first_then_the_password_is_asked_for_and_nothing_is_made_yet(adam, url, form):
    """S9."""
    before = people_and_mail()

    response = adam.post(url("member_new"), form)

    assert "Verify your password" in response.text
    assert 'value="nina@harbour.example"' in response.text
    assert people_and_mail() == before


def test_the_prompt_says_who_is_added_as_what(adam, url, form):
    page = adam.post(url("member_new"), form)

    assert "Add Nina Novak (nina@harbour.example) as Practitioner and send an invitation." in page.text


def test_create_user_on_the_prompt_completes_it(adam, url, form):
    """S10: the prompt itself carries all that the second Create user needs."""
    prompt = adam.post(url("member_new"), form)
    assert '<button class="button button--primary">Create user</button>' in prompt.text

    adam.post(url("member_new"), {**form_on(prompt, with_field="reverify_password"), "reverify_password": PASSWORD})

    nina = Member.objects.get(first_name="Nina")
    assert nina.full_name == "Nina Novak"
    assert nina.user.email == "nina@harbour.example"


def test_with_the_right_password_the_person_is_added_and_invited(cast, adam, url, confirmed, deliver_mail):
    """S10, S11."""
    response = adam.post(url("member_new"), confirmed)

    nina = Member.objects.get(first_name="Nina")
    assert response.status_code == 302
    assert nina.account == cast.clinic
    assert nina.is_practitioner
    assert not nina.has_joined
    [message] = deliver_mail()
    assert message.to == ["nina@harbour.example"]


def test_a_practitioners_settings_come_next_and_can_be_left_for_later(cast, adam, url, confirmed):
    """S13: when and where they work can be given at once."""
    response = adam.post(url("member_new"), confirmed)

    address = reverse("practitioners:practitioner_settings", args=[cast.clinic.slug, Member.objects.latest("pk").pk])
    assert response.url == f"{address}?first=1"


def test_after_somebody_who_sees_no_patients_comes_their_page(adam, url, confirmed):
    response = adam.post(url("member_new"), {**confirmed, "is_practitioner": "no"})

    assert response.url == url("member", Member.objects.latest("pk").pk)


def test_the_next_page_says_that_an_invitation_is_on_its_way(adam, url, confirmed):
    page = adam.post(url("member_new"), confirmed, follow=True)

    assert "Nina Novak was added. An invitation email to nina@harbour.example is on its way." in page.text


def test_the_email_says_who_invites_to_which_clinic_where_to_sign_in_and_to_create_a_password(
    adam, url, confirmed, deliver_mail
):
    """S12."""
    adam.post(url("member_new"), confirmed)

    [message] = deliver_mail()
    words = " ".join(message.body.split())
    assert message.subject == "Adam Adler invites you to Harbour Physio"
    assert "Adam Adler has invited you to Harbour Physio. Your role there: practitioner." in words
    assert "create a password" in words
    assert f"sign in at http://testserver{reverse('accounts:login')} with nina@harbour.example" in words


def test_it_is_written_down_who_added_whom(cast, adam, url, confirmed):
    adam.post(url("member_new"), confirmed)

    entry = Activity.objects.get(verb=Activity.Verb.MEMBER_ADDED)
    assert (entry.account, entry.actor, entry.subject.first_name) == (cast.clinic, cast.administrator, "Nina")


@pytest.mark.parametrize(
    ("password", "words"),
    [
        ("wrong", "That is not your password. Nothing was changed; try again."),
        ("", "Enter your password."),
        (PASSWORD.upper(), "That is not your password. Nothing was changed; try again."),
        (f" {PASSWORD}", "That is not your password. Nothing was changed; try again."),
    ],
)
def test_a_wrong_password_makes_nothing_sends_nothing_and_loses_nothing(adam, url, form, password, words):
    """S10, and A4: a password is compared exactly as typed."""
    before = people_and_mail()

    prompt = adam.post(url("member_new"), {**form, "reverify_password": password})

    assert prompt.status_code == 422
    assert words in prompt.text
    assert typed_on(prompt, with_field="reverify_password") == {
        **form,
        "reverify_password": "",
        "csrfmiddlewaretoken": prompt.context["csrf_token"],
    }
    assert people_and_mail() == before


def test_after_a_wrong_password_the_right_one_still_adds_the_person(adam, url, form):
    prompt = adam.post(url("member_new"), {**form, "reverify_password": "wrong"})
    adam.post(url("member_new"), {**form_on(prompt, with_field="reverify_password"), "reverify_password": PASSWORD})

    assert Member.objects.filter(first_name="Nina").count() == 1


# Too many wrong passwords (A20)


def guess(client, address, form, times):
    for _ in range(times):
        answer = client.post(address, {**form, "reverify_password": "a guess"})
    return answer


def test_the_fifth_wrong_password_locks_it_for_a_while_and_the_page_says_until_when(adam, url, form, time_machine):
    time_machine.move_to(datetime(2031, 5, 1, 9, 0, tzinfo=UTC), tick=False)
    adam.post(reverse("accounts:login"), {"email": "adam@harbour.example", "password": PASSWORD})
    assert guess(adam, url("member_new"), form, 4).status_code == 422

    prompt = guess(adam, url("member_new"), form, 1)

    assert prompt.status_code == 429
    assert "Too many wrong tries. Wait 15 min, until 09:15 (UTC), then try again." in prompt.text
    assert "That is not your password" not in prompt.text
    assert typed_on(prompt, with_field="first_name")["email"] == "nina@harbour.example"


def test_while_it_is_locked_even_the_right_password_adds_nobody(adam, url, form, confirmed):
    guess(adam, url("member_new"), form, 5)

    answer = adam.post(url("member_new"), confirmed)

    assert answer.status_code == 429
    # Whether it was right is not said, in either way.
    assert "That is not your password" not in answer.text
    assert not Member.objects.filter(first_name="Nina").exists()


def test_after_the_wait_the_right_password_adds_the_person(adam, url, form, confirmed, time_machine):
    time_machine.move_to(datetime(2031, 5, 1, 9, 0, tzinfo=UTC), tick=False)
    adam.post(reverse("accounts:login"), {"email": "adam@harbour.example", "password": PASSWORD})
    guess(adam, url("member_new"), form, 5)
    time_machine.move_to(datetime(2031, 5, 1, 9, 15, 1, tzinfo=UTC), tick=False)

    adam.post(url("member_new"), confirmed)

    assert Member.objects.filter(first_name="Nina").exists()


def test_wrong_passwords_here_also_shut_the_sign_in_page(adam, client, url, form):
    """A20: a stolen session must not be a place to guess the password."""
    guess(adam, url("member_new"), form, 5)

    answer = client.post(reverse("accounts:login"), {"email": "adam@harbour.example", "password": PASSWORD})

    assert answer.status_code == 429


def test_wrong_passwords_at_the_sign_in_page_also_count_here(adam, client, url, confirmed):
    for _ in range(5):
        client.post(reverse("accounts:login"), {"email": "adam@harbour.example", "password": "a guess"})

    assert adam.post(url("member_new"), confirmed).status_code == 429
    assert not Member.objects.filter(first_name="Nina").exists()


def test_a_right_password_forgives_the_wrong_ones_before_it(adam, url, form, confirmed):
    guess(adam, url("member_new"), form, 4)
    adam.post(url("member_new"), confirmed)

    assert guess(adam, url("member_new"), {**form, "email": "nora@harbour.example"}, 4).status_code == 422


# The same form twice


def test_a_double_click_adds_one_person_sends_one_email_and_ends_on_the_same_page(adam, url, confirmed, deliver_mail):
    first, second = adam.post(url("member_new"), confirmed), adam.post(url("member_new"), confirmed)

    assert Member.objects.filter(first_name="Nina").count() == 1
    assert second.url == first.url
    assert len(deliver_mail()) == 1


def test_the_form_opened_twice_adds_two_people(adam, url, confirmed):
    submissions = [typed_on(adam.get(url("member_new")))["submission"] for _ in range(2)]
    adam.post(url("member_new"), {**confirmed, "submission": submissions[0]})
    adam.post(
        url("member_new"),
        {**confirmed, "submission": submissions[1], "first_name": "Nora", "email": "nora@harbour.example"},
    )

    assert set(Member.objects.filter(last_name="Novak").values_list("first_name", flat=True)) == {"Nina", "Nora"}


def test_going_back_and_filling_the_form_in_for_somebody_else_adds_that_person_too(adam, url, confirmed, deliver_mail):
    """The browser's Back button shows the old form with its old submission: another address is another person."""
    adam.post(url("member_new"), confirmed)
    page = adam.post(
        url("member_new"), {**confirmed, "first_name": "Nora", "email": "nora@harbour.example"}, follow=True
    )

    assert "Nora Novak was added. An invitation email to nora@harbour.example is on its way." in page.text
    assert [message.to for message in deliver_mail()] == [["nina@harbour.example"], ["nora@harbour.example"]]


def test_one_form_sent_to_two_clinics_adds_the_person_to_both(cast, adam, url, confirmed):
    """Somebody who administers two clinics; a submission known elsewhere is no reason to fail."""
    MemberFactory(account=cast.other_clinic, user=cast.administrator.user, role=roles.ADMINISTRATOR)

    adam.post(url("member_new"), confirmed)
    adam.post(reverse("accounts:member_new", args=["elsewhere"]), confirmed)

    clinics = Member.objects.filter(user__email="nina@harbour.example").values_list("account__slug", flat=True)
    assert set(clinics) == {"harbour-physio", "elsewhere"}


@pytest.mark.parametrize("submission", ["", "not a uuid", "\x00"])
def test_a_broken_submission_is_no_hindrance(adam, url, confirmed, submission):
    adam.post(url("member_new"), {**confirmed, "submission": submission})

    assert Member.objects.filter(first_name="Nina").count() == 1


# Somebody who is there already (C12, C13, K5)


@pytest.mark.parametrize(
    "spelling",
    [
        "rita@harbour.example",
        "RITA@Harbour.EXAMPLE",
        "  rita@harbour.example ",
        "ｒｉｔａ@harbour.example",
        "rita＠harbour．example",
    ],
)
def test_an_address_that_is_in_the_clinic_in_any_spelling_leads_to_that_person(cast, adam, url, form, spelling):
    """K5: one mailbox, one person."""
    before = people_and_mail()

    page = adam.post(url("member_new"), {**form, "email": spelling})

    assert page.status_code == 422
    assert "Rita Reyes already has this email address in Harbour Physio." in page.text
    assert f'<a href="{url("member", cast.receptionist.pk)}">' in page.text
    assert typed_on(page)["first_name"] == "Nina"
    assert people_and_mail() == before


@pytest.mark.parametrize(
    ("stored", "typed"),
    [
        ("nina@bücher.example", "nina@xn--bcher-kva.example"),
        ("nina@xn--bcher-kva.example", "Nina@BÜCHER.example"),
        ("nina@bücher.example", "nina@bu\u0308cher.example"),
        ("skin@harbour.example", "\u017f\u212ain@harbour.example"),
    ],
)
def test_unicode_spellings_of_one_address_are_one_person(adam, url, confirmed, stored, typed):
    """K5: punycode and letters, composed and decomposed, the long s and the Kelvin sign."""
    adam.post(url("member_new"), {**confirmed, "email": stored})

    page = adam.post(url("member_new"), {**confirmed, "email": typed, "submission": str(uuid4())})

    assert "Nina Novak already has this email address in Harbour Physio." in page.text
    assert Member.objects.filter(first_name="Nina").count() == 1


def test_the_address_of_somebody_who_is_still_invited_leads_to_their_page(cast, adam, url, form):
    page = adam.post(url("member_new"), {**form, "email": "ivy@harbour.example"})

    assert "Ivy Ito already has this email address" in page.text
    assert f'<a href="{url("member", cast.invited.pk)}">' in page.text


def test_the_address_of_an_inactive_person_points_at_making_them_active_and_sends_nothing(cast, adam, url, confirmed):
    """C12."""
    left = MemberFactory(account=cast.clinic, user__email="lee@harbour.example", first_name="Lee", is_active=False)
    before = people_and_mail()

    page = adam.post(url("member_new"), {**confirmed, "email": "lee@harbour.example"})

    assert page.status_code == 422
    assert "is inactive in Harbour Physio. If it’s the same person, make them active again." in page.text
    assert f'<a href="{url("member", left.pk)}">' in page.text
    assert "to make them active again" in page.text
    assert people_and_mail() == before
    left.refresh_from_db()
    assert not left.is_active


def test_somebody_with_a_login_elsewhere_is_invited_like_anybody_and_nothing_tells_the_inviter(
    cast, adam, url, confirmed
):
    """C10, C13: one login; whether there was one already is nobody's business here."""
    form = {**confirmed, "is_practitioner": "no"}
    known = adam.post(url("member_new"), {**form, "email": "xena@elsewhere.example"}, follow=True)
    unknown = adam.post(
        url("member_new"), {**form, "email": "nina@elsewhere.example", "submission": str(uuid4())}, follow=True
    )

    added = Member.objects.get(account=cast.clinic, user=cast.outsider.user)
    assert not added.has_joined
    assert known.context["person"].status == unknown.context["person"].status
    for words in ("is on its way", "has not joined yet", "Waiting to send".lower()):
        assert (words in known.text) == (words in unknown.text)
    assert cast.outsider.user.check_password(PASSWORD)


# The plan is full (S20)


@pytest.fixture
def full(cast):
    """Harbour Physio with all of the five places taken: Paul, Ivy, who is invited, and three more."""
    MemberFactory.create_batch(3, account=cast.clinic, role=roles.PRACTITIONER, is_practitioner=True)
    return cast.clinic


def test_a_full_plan_is_said_before_the_password_is_asked_for_and_leads_to_the_page_that_upgrades(
    full, adam, url, form
):
    before = people_and_mail()

    page = adam.post(url("member_new"), form)

    assert page.status_code == 422
    assert "Your plan, Small, has room for 5 practitioners" in page.text
    assert f'<a href="{url("subscription")}" target="_blank" rel="noopener">Change the plan</a>' in page.text
    assert "Verify your password" not in page.text
    assert {name: typed_on(page)[name] for name in form} == form
    assert people_and_mail() == before


def test_after_an_upgrade_the_same_page_can_be_sent_again(full, adam, url, form):
    """S20: nothing that was typed is lost."""
    page = adam.post(url("member_new"), form)
    adam.post(url("subscription"), {"plan": "medium", "reverify_password": PASSWORD})

    adam.post(url("member_new"), {**form_on(page, with_field="first_name"), "reverify_password": PASSWORD})

    assert Member.objects.get(first_name="Nina").is_practitioner


def test_other_staff_are_free_on_a_full_plan(full, adam, url, confirmed):
    """S19."""
    adam.post(url("member_new"), {**confirmed, "is_practitioner": "no"})

    assert Member.objects.filter(first_name="Nina").exists()


# Before the creator's address is confirmed (A57)


@pytest.fixture
def unconfirmed(cast):
    """Olive, who opened the clinic, has yet to confirm her address; Ivy and three more are invited."""
    User.objects.filter(pk=cast.owner.user_id).update(email_confirmed_at=None)
    others = PendingMemberFactory.create_batch(3, account=cast.clinic, invited_by=cast.administrator)
    for invited in (cast.invited, *others):
        resend_invitation(actor=cast.administrator, target=invited)
    return cast.clinic


def test_until_the_creator_confirms_their_address_five_people_can_be_invited(unconfirmed, adam, url, confirmed):
    adam.post(url("member_new"), confirmed)

    assert Member.objects.filter(first_name="Nina").exists()


def test_the_sixth_is_refused_before_the_password_with_what_to_do(unconfirmed, adam, url, form, confirmed):
    adam.post(url("member_new"), confirmed)
    before = people_and_mail()

    page = adam.post(
        url("member_new"), {**form, "first_name": "Nora", "email": "nora@harbour.example", "submission": str(uuid4())}
    )

    assert page.status_code == 422
    assert "olive@harbour.example has not been confirmed yet, and until it is, 5 people can be invited." in page.text
    assert "Open the link in the email" in page.text
    assert "Verify your password" not in page.text
    assert typed_on(page)["first_name"] == "Nora"
    assert people_and_mail() == before


def test_cancelling_an_invitation_that_was_sent_makes_no_room_for_another(
    unconfirmed, cast, adam, url, form, confirmed, deliver_mail
):
    """A57: otherwise the limit would not limit how many strangers get mail."""
    adam.post(url("member_new"), confirmed)
    deliver_mail()
    adam.post(url("member_invitation_cancel", cast.invited.pk))

    page = adam.post(url("member_new"), {**confirmed, "email": "nora@harbour.example", "submission": str(uuid4())})

    assert page.status_code == 422
    assert not User.objects.filter(email="nora@harbour.example").exists()


def test_once_the_address_is_confirmed_there_is_no_such_limit(unconfirmed, cast, adam, url, confirmed):
    PendingMemberFactory(account=cast.clinic, invited_by=cast.administrator)
    User.objects.filter(pk=cast.owner.user_id).update(email_confirmed_at=datetime.now(UTC) - timedelta(minutes=1))

    adam.post(url("member_new"), confirmed)

    assert Member.objects.filter(first_name="Nina").exists()


# What a form is not asked (A39)


def test_fields_that_the_form_does_not_have_are_ignored(cast, adam, url, confirmed):
    """A39: nobody makes themselves an owner, support staff or a member of another clinic by a posted field."""
    forged = {
        "is_owner": "on",
        "account": cast.other_clinic.pk,
        "account_id": cast.other_clinic.pk,
        "user": cast.outsider.user_id,
        "is_staff": "on",
        "is_superuser": "on",
        "joined_at": "2020-01-01",
        "is_active": "no",
        "email_confirmed_at": "2020-01-01",
        "password": "a password of their own",
        "version": "99",
    }
    adam.post(url("member_new"), {**confirmed, **forged})

    nina = Member.objects.get(first_name="Nina")
    assert nina.account == cast.clinic
    assert nina.user.email == "nina@harbour.example"
    assert not nina.is_owner
    assert nina.is_active
    assert nina.joined_at is None
    assert nina.version == 1
    assert not nina.user.is_staff
    assert not nina.user.is_superuser
    assert nina.user.email_confirmed_at is None
    assert not nina.user.has_usable_password()


# Who may


@pytest.mark.parametrize("who", ["receptionist", "practitioner"])
def test_only_administrators_add_people(cast, sign_in, url, confirmed, who):
    """C1."""
    before = people_and_mail()

    client = sign_in(getattr(cast, who))

    assert client.get(url("member_new")).status_code == 403
    assert client.post(url("member_new"), confirmed).status_code == 403
    assert people_and_mail() == before


def test_somebody_demoted_between_the_form_and_the_password_adds_nobody(cast, adam, url, form, confirmed):
    """A42."""
    adam.post(url("member_new"), form)
    Member.objects.filter(pk=cast.administrator.pk).update(role=roles.RECEPTIONIST)

    assert adam.post(url("member_new"), confirmed).status_code == 403
    assert not Member.objects.filter(first_name="Nina").exists()


def test_the_new_person_is_in_the_clinic_of_the_address_even_for_an_administrator_of_two(cast, adam, confirmed):
    MemberFactory(account=cast.other_clinic, user=cast.administrator.user, role=roles.ADMINISTRATOR)

    adam.post(reverse("accounts:member_new", args=["elsewhere"]), confirmed)

    assert Member.objects.get(first_name="Nina").account == Account.objects.get(slug="elsewhere")
