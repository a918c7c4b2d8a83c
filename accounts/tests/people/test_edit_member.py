"""A person's page: corrected, another role, inactive, active again (S15, S22, S32, C1 to C4, A16, A25, A40 to A42)."""

import pytest
from django.urls import reverse

from accounts.access import roles
from accounts.core.tokens import InvitationLink
from accounts.models import Activity, EmailChange, Member, OutboundEmail, User
from accounts.tests.factories import PASSWORD, AccountFactory, MemberFactory, UserFactory
from accounts.tests.pages import form_on, typed_on

pytestmark = pytest.mark.django_db

LOGIN = {"email": "rita@harbour.example", "password": PASSWORD}


@pytest.fixture
def page_of(url):
    """The form on somebody's page, as a browser would send it."""

    def _page_of(client, member):
        return typed_on(client.get(url("member", member.pk)))

    return _page_of


@pytest.fixture
def change(url, page_of):
    """Open somebody's page, change some fields, give the password, and choose Update user."""

    def _change(client, member, password=PASSWORD, **fields):
        typed = {**page_of(client, member), **fields}
        if password is not None:
            typed["reverify_password"] = password
        return client.post(url("member", member.pk), typed)

    return _change


def on_file(member):
    return Member.objects.values().get(pk=member.pk)


# Names and mobile number; role, address and activity


def test_the_page_shows_what_is_on_file(cast, adam, page_of):
    typed = page_of(adam, cast.receptionist)

    del typed["csrfmiddlewaretoken"], typed["shown"]
    assert typed == {
        "first_name": "Rita",
        "last_name": "Reyes",
        "email": "rita@harbour.example",
        "mobile": "",
        "role": "receptionist",
        "is_practitioner": "no",
        "is_active": "yes",
        "version": "1",
    }


def test_names_and_mobile_number_are_changed_without_the_password(cast, adam, url, change):
    answer = change(adam, cast.receptionist, password=None, first_name="Marguerite", mobile="0400 000 000")

    assert answer.url == url("member", cast.receptionist.pk)
    cast.receptionist.refresh_from_db()
    assert (cast.receptionist.full_name, cast.receptionist.mobile) == ("Marguerite Reyes", "+61400000000")


def test_whether_somebody_sees_patients_is_changed_without_the_password(cast, adam, change):
    """S7: it is not a right; it is a seat."""
    change(adam, cast.receptionist, password=None, is_practitioner="yes")

    cast.receptionist.refresh_from_db()
    assert cast.receptionist.is_practitioner


@pytest.mark.parametrize(
    ("who", "fields", "act"),
    [
        ("receptionist", {"role": "administrator"}, "Change the role of Rita Reyes to Administrator."),
        ("receptionist", {"is_active": "no"}, "Make Rita Reyes inactive, which ends their access."),
        (
            "receptionist",
            {"is_active": "no", "role": "scheduler"},
            "Make Rita Reyes inactive, which ends their access and change the role of Rita Reyes to Scheduler.",
        ),
        (
            "invited",
            {"email": "ivy@new.example"},
            "Send the invitation of Ivy Ito to ivy@new.example instead.",
        ),
    ],
)
def test_role_address_and_activity_ask_for_the_password_and_the_prompt_says_the_act_in_words(
    cast, adam, change, who, fields, act
):
    """A19."""
    person = getattr(cast, who)
    before = on_file(person)

    prompt = change(adam, person, password=None, **fields)

    assert "Verify your password" in prompt.text
    assert act in prompt.text
    assert on_file(person) == before
    assert not OutboundEmail.objects.exists()


def test_the_prompt_completes_the_change(cast, adam, url, change):
    prompt = change(adam, cast.receptionist, password=None, role="scheduler")

    fields = {**form_on(prompt, with_field="reverify_password"), "reverify_password": PASSWORD}
    adam.post(url("member", cast.receptionist.pk), fields)

    cast.receptionist.refresh_from_db()
    assert cast.receptionist.role == roles.SCHEDULER


def test_a_wrong_password_changes_nothing_and_keeps_what_was_typed(cast, adam, change):
    before = on_file(cast.receptionist)

    prompt = change(adam, cast.receptionist, password="wrong", first_name="Marguerite", role="administrator")

    assert prompt.status_code == 422
    typed = typed_on(prompt, with_field="reverify_password")
    assert (typed["first_name"], typed["role"]) == ("Marguerite", "administrator")
    assert on_file(cast.receptionist) == before


def test_a_change_is_written_down_with_before_and_after(cast, adam, change):
    change(adam, cast.receptionist, role="scheduler")

    entry = Activity.objects.get(verb=Activity.Verb.MEMBER_UPDATED)
    assert (entry.actor, entry.subject) == (cast.administrator, cast.receptionist)
    assert entry.details == {"role": ["receptionist", "scheduler"]}


def test_sending_the_page_unchanged_changes_nothing_and_is_written_down_nowhere(cast, adam, change):
    before = on_file(cast.receptionist)

    assert change(adam, cast.receptionist, password=None).status_code == 302
    assert on_file(cast.receptionist) == before
    assert not Activity.objects.exists()


@pytest.mark.parametrize("who", ["receptionist", "practitioner"])
def test_nobody_but_an_administrator_changes_others(cast, sign_in, adam, url, page_of, who):
    """C1."""
    target = MemberFactory(account=cast.clinic, first_name="Tess")
    typed, before = page_of(adam, target), on_file(target)
    client = sign_in(getattr(cast, who))

    answer = client.post(url("member", target.pk), {**typed, "first_name": "Mallory", "reverify_password": PASSWORD})

    assert answer.status_code == 403
    assert on_file(target) == before


# A change of role


def test_a_change_of_role_holds_from_the_next_request(cast, sign_in, adam, url, change):
    """A42."""
    rita = sign_in(cast.receptionist)
    assert rita.get(url("members")).status_code == 403

    change(adam, cast.receptionist, role="administrator")
    assert rita.get(url("members")).status_code == 200

    change(adam, cast.receptionist, role="receptionist")
    assert rita.get(url("members")).status_code == 403


def test_somebody_who_is_not_an_administrator_cannot_raise_their_own_role(cast, sign_in, url, page_of, adam):
    """A41."""
    typed = page_of(adam, cast.receptionist)

    answer = sign_in(cast.receptionist).post(
        url("member", cast.receptionist.pk), {**typed, "role": "administrator", "reverify_password": PASSWORD}
    )

    assert answer.status_code == 403
    cast.receptionist.refresh_from_db()
    assert cast.receptionist.role == roles.RECEPTIONIST


def test_an_administrator_may_step_down_while_another_stays(cast, sign_in, adam, url, change):
    """A41, A42."""
    change(adam, cast.administrator, role="receptionist")

    assert adam.get(url("members")).status_code == 403


@pytest.fixture
def alone(sign_in):
    """Bea, the only administrator of a clinic without an owner, as imports from before 2019 have them (S26)."""
    clinic = AccountFactory(name="Old Mill", slug="old-mill")
    bea = MemberFactory(account=clinic, user=UserFactory(email="bea@mill.example"), first_name="Bea", last_name="Berg")
    Member.objects.filter(pk=bea.pk).update(role=roles.ADMINISTRATOR)
    # Neither of these can take over: one has left, one has not joined.
    MemberFactory(account=clinic, role=roles.ADMINISTRATOR, is_active=False)
    MemberFactory(account=clinic, role=roles.ADMINISTRATOR, joined_at=None)
    return bea, sign_in(bea), reverse("accounts:member", args=["old-mill", bea.pk])


@pytest.mark.parametrize("fields", [{"role": "receptionist"}, {"is_active": "no"}])
def test_the_last_administrator_can_neither_step_down_nor_leave(alone, fields):
    """A41."""
    bea, client, address = alone
    before = on_file(bea)

    page = client.post(address, {**typed_on(client.get(address)), **fields, "reverify_password": PASSWORD})

    assert page.status_code == 422
    assert "Bea Berg is the only administrator who can sign in. Make someone else an administrator first." in page.text
    assert on_file(bea) == before
    assert client.get(reverse("accounts:members", args=["old-mill"])).status_code == 200


def without_password(bea: Member) -> Member:
    """Carl, an administrator of her clinic as an import brings them over."""
    user = UserFactory(password=None)
    return MemberFactory(account=bea.account, role=roles.ADMINISTRATOR, first_name="Carl", last_name="Cole", user=user)


@pytest.mark.parametrize("fields", [{"role": "receptionist"}, {"is_active": "no"}])
def test_nor_if_the_other_administrator_has_never_had_a_password(alone, fields):
    """A41, as owners are counted (A70): somebody brought over who may never choose one looks after nobody."""
    bea, client, address = alone
    carl = MemberFactory(
        account=bea.account,
        role=roles.ADMINISTRATOR,
        first_name="Carl",
        last_name="Cole",
        user=UserFactory(password=None),
    )
    before = on_file(bea)

    page = client.post(address, {**typed_on(client.get(address)), **fields, "reverify_password": PASSWORD})

    assert page.status_code == 422
    words = (
        "Bea Berg is the only administrator who can sign in. Make someone else an administrator first, or send Carl "
        "Cole a password reset email: they have yet to choose a password."
    )
    assert words in page.text
    assert on_file(bea) == before
    reset = reverse("accounts:member_password", args=["old-mill", carl.pk])
    assert client.post(reset, {"reverify_password": PASSWORD}).status_code == 302, "as the words say"


@pytest.mark.parametrize("fields", [{"role": "receptionist"}, {"is_active": "no"}])
def test_nor_if_the_other_ones_login_was_switched_off(alone, fields):
    bea, client, address = alone
    MemberFactory(account=bea.account, role=roles.ADMINISTRATOR, user=UserFactory(is_active=False))

    page = client.post(address, {**typed_on(client.get(address)), **fields, "reverify_password": PASSWORD})

    assert page.status_code == 422
    assert "Bea Berg is the only administrator who can sign in. Make someone else an administrator first." in page.text


def test_one_who_can_sign_in_may_take_the_role_from_one_who_never_could(alone):
    bea, client, _address = alone
    carl = without_password(bea)
    address = reverse("accounts:member", args=["old-mill", carl.pk])

    page = client.post(
        address, {**typed_on(client.get(address)), "role": "receptionist", "reverify_password": PASSWORD}
    )

    assert page.status_code == 302
    carl.refresh_from_db()
    assert carl.role == roles.RECEPTIONIST


def test_once_the_other_has_chosen_a_password_the_first_may_step_down(alone):
    bea, client, address = alone
    carl = without_password(bea)
    carl.user.set_password("a boat called wednesday")
    carl.user.save()

    page = client.post(
        address, {**typed_on(client.get(address)), "role": "receptionist", "reverify_password": PASSWORD}
    )

    assert page.status_code == 302
    bea.refresh_from_db()
    assert bea.role == roles.RECEPTIONIST


def test_the_last_administrator_may_correct_their_own_name(alone):
    bea, client, address = alone

    client.post(address, {**typed_on(client.get(address)), "first_name": "Beatrice"})

    bea.refresh_from_db()
    assert bea.first_name == "Beatrice"


# Inactive (C3, C4, A16)


def test_deactivation_ends_access_at_the_next_request(cast, sign_in, adam, url, change):
    """C4, A16."""
    rita = sign_in(cast.receptionist)
    assert rita.get(url("home")).status_code == 200

    change(adam, cast.receptionist, is_active="no")

    answer = rita.get(url("home"))
    assert answer.status_code == 302
    assert answer.url.startswith(reverse("accounts:login"))


def test_the_next_page_says_so_and_that_history_is_kept(cast, adam, url, change):
    change(adam, cast.receptionist, is_active="no")

    page = adam.get(url("member", cast.receptionist.pk)).text
    assert "Rita Reyes is inactive and can no longer sign in to this clinic. Their history is kept." in page
    assert "Adam Adler</bdi> made inactive" in page


def test_deactivation_in_one_clinic_leaves_the_others_of_the_same_login_alone(cast, sign_in, adam, url, change):
    """C3, C10."""
    MemberFactory(account=cast.other_clinic, user=cast.receptionist.user)
    rita = sign_in(cast.receptionist)

    change(adam, cast.receptionist, is_active="no")

    assert rita.get(url("home")).status_code == 404
    assert rita.get(reverse("accounts:home", args=["elsewhere"])).status_code == 200


def sign_in_page(client, credentials):
    answer = client.post(reverse("accounts:login"), credentials)
    shown = answer.text.replace(str(answer.context["csrf_token"]), "") if answer.context else ""
    nonce = str(answer.context["request"].csp_nonce) if answer.context else ""
    return answer.status_code, shown.replace(nonce, "")


def test_an_inactive_person_is_answered_like_a_wrong_password(cast, client, adam, change):
    """C3, A9."""
    wrong = sign_in_page(client, {**LOGIN, "password": "not this one"})
    change(adam, cast.receptionist, is_active="no")

    right_but_inactive = sign_in_page(client, LOGIN)

    assert right_but_inactive == wrong
    assert wrong[0] == 422
    assert "_auth_user_id" not in client.session


def test_an_inactive_person_is_hidden_unless_asked_for_then_faded_with_a_badge(cast, adam, url, change):
    """C3."""
    change(adam, cast.receptionist, is_active="no")
    adam.get(url("home"))  # takes the message about it off the next page

    assert "Rita Reyes" not in adam.get(url("members")).text
    page = adam.get(url("members"), {"inactive": "1"}).text
    row = next(each for each in page.split("<tr") if "Rita Reyes" in each)
    assert row.startswith(' class="faded"')
    assert 'badge--inactive">' in row
    assert "Inactive</span>" in row


def test_made_active_again_they_sign_in_with_their_old_password(cast, client, adam, url, change):
    """C3: nothing of theirs was lost."""
    change(adam, cast.receptionist, is_active="no")

    change(adam, cast.receptionist, is_active="yes")

    assert client.post(reverse("accounts:login"), LOGIN).url == url("home")


def test_making_somebody_active_again_asks_for_the_password(cast, adam, change):
    """A19."""
    change(adam, cast.receptionist, is_active="no")

    prompt = change(adam, cast.receptionist, password=None, is_active="yes")

    assert "Make Rita Reyes active again." in prompt.text
    cast.receptionist.refresh_from_db()
    assert not cast.receptionist.is_active


def test_one_deactivated_while_invited_cannot_come_in_by_the_link(cast, client, adam, change):
    """C13, A25."""
    token = InvitationLink.of(cast.invited.invitation).token()

    change(adam, cast.invited, is_active="no")

    page = client.get(reverse("accounts:invitation", args=[token]), follow=True)
    assert page.status_code == 410
    assert "This invitation was cancelled" in page.text


def test_one_deactivated_while_invited_gets_a_new_link_when_made_active_and_the_old_one_stays_dead(
    cast, client, adam, change, deliver_mail
):
    """A25."""
    old = InvitationLink.of(cast.invited.invitation).token()
    change(adam, cast.invited, is_active="no")

    change(adam, cast.invited, is_active="yes")

    [message] = deliver_mail()
    cast.invited.invitation.refresh_from_db()
    new = InvitationLink.of(cast.invited.invitation).token()
    assert new in message.body
    assert client.get(reverse("accounts:invitation", args=[old]), follow=True).status_code == 410
    assert "Welcome, <bdi>Ivy</bdi>" in client.get(reverse("accounts:invitation", args=[new]), follow=True).text


# The address


def test_a_pending_persons_corrected_address_kills_the_old_link_and_invites_the_new_one(
    cast, client, adam, url, change, deliver_mail
):
    """C2, C8."""
    old = InvitationLink.of(cast.invited.invitation).token()

    change(adam, cast.invited, email="ivy.ito@harbour.example")

    [message] = deliver_mail()
    assert message.to == ["ivy.ito@harbour.example"]
    dead = client.get(reverse("accounts:invitation", args=[old]), follow=True)
    assert dead.status_code == 410
    assert "This link has been replaced" in dead.text
    assert "A new invitation email to ivy.ito@harbour.example is on its way; older links are dead." in (
        adam.get(url("member", cast.invited.pk)).text
    )


def test_mail_still_waiting_for_the_old_address_is_never_sent(cast, adam, url, change, deliver_mail):
    """R12."""
    adam.post(url("member_invitation", cast.invited.pk))

    change(adam, cast.invited, email="ivy.ito@harbour.example")

    assert [message.to for message in deliver_mail()] == [["ivy.ito@harbour.example"]]


def test_a_mistyped_address_leaves_no_login_behind(cast, adam, url, page_of, change):
    added = adam.post(
        url("member_new"),
        {
            "first_name": "Nina",
            "last_name": "Novak",
            "email": "mina@harbour.example",
            "role": "scheduler",
            "is_practitioner": "no",
            "reverify_password": PASSWORD,
        },
    )
    assert added.status_code == 302

    change(adam, Member.objects.get(first_name="Nina"), email="nina@harbour.example")

    assert not User.objects.filter(email="mina@harbour.example").exists()
    assert User.objects.filter(email="nina@harbour.example").exists()


def test_an_address_with_a_login_of_its_own_is_left_alone_when_the_invitation_goes_elsewhere(cast, adam, change):
    change(adam, cast.invited, email="xena@elsewhere.example")
    change(adam, cast.invited, email="ivy.ito@harbour.example")

    assert User.objects.get(email="xena@elsewhere.example").check_password(PASSWORD)
    cast.invited.refresh_from_db()
    assert cast.invited.user.email == "ivy.ito@harbour.example"


def test_an_address_of_somebody_else_in_the_clinic_is_refused_with_a_link_to_them(cast, adam, url, change):
    before = on_file(cast.invited)

    page = change(adam, cast.invited, email="RITA@harbour.example")

    assert page.status_code == 422
    assert "Rita Reyes already has this email address in Harbour Physio." in page.text
    assert f'<a href="{url("member", cast.receptionist.pk)}">' in page.text
    assert on_file(cast.invited) == before


def test_the_same_address_in_another_spelling_is_no_change(cast, adam, change):
    before = on_file(cast.invited)

    assert change(adam, cast.invited, password=None, email="IVY@Harbour.example").status_code == 302
    assert on_file(cast.invited) == before
    assert not OutboundEmail.objects.exists()


def test_a_pending_persons_new_role_kills_the_link_and_sends_another(cast, client, adam, change, deliver_mail):
    """A25, C9: an old link does not bring an old rank."""
    old = InvitationLink.of(cast.invited.invitation).token()

    change(adam, cast.invited, role="scheduler")

    assert client.get(reverse("accounts:invitation", args=[old]), follow=True).status_code == 410
    [message] = deliver_mail()
    assert message.to == ["ivy@harbour.example"]
    assert "Your role there: scheduler." in message.body


def test_a_pending_persons_new_name_leaves_the_link_alone(cast, client, adam, change):
    token = InvitationLink.of(cast.invited.invitation).token()

    change(adam, cast.invited, password=None, first_name="Yvonne")

    assert "Welcome, <bdi>Yvonne</bdi>" in client.get(reverse("accounts:invitation", args=[token]), follow=True).text
    assert not OutboundEmail.objects.exists()


def test_the_address_of_somebody_who_joined_is_theirs_another_one_is_only_asked(cast, adam, change):
    """C2: accounts/tests/addresses/test_email_change_by_administrator.py has the rest."""
    answer = change(adam, cast.receptionist, email="rita@new.example", first_name="Marguerite")

    assert answer.status_code == 302
    cast.receptionist.refresh_from_db()
    assert cast.receptionist.first_name == "Marguerite"
    assert cast.receptionist.user.email == "rita@harbour.example"
    assert not User.objects.filter(email="rita@new.example").exists()


def test_the_address_of_somebody_of_another_clinic_too_is_fixed_a_posted_one_is_ignored(cast, adam, change):
    """C2, A39."""
    MemberFactory(user=cast.receptionist.user)

    answer = change(adam, cast.receptionist, email="mallory@evil.example", first_name="Marguerite")

    assert answer.status_code == 302
    cast.receptionist.refresh_from_db()
    assert cast.receptionist.first_name == "Marguerite"
    assert not EmailChange.objects.exists()


# Owners (S22, S32, A40)


@pytest.fixture
def second_owner(cast):
    """Otto, an owner as well."""
    user = UserFactory(email="otto@harbour.example")
    return MemberFactory(
        account=cast.clinic, user=user, first_name="Otto", last_name="Oh", role=roles.ADMINISTRATOR, is_owner=True
    )


@pytest.mark.parametrize("who", ["administrator", "second_owner"])
def test_an_owners_page_can_only_be_read_by_anybody_else_and_says_why(cast, second_owner, sign_in, url, who):
    """S22, S32."""
    reader = second_owner if who == "second_owner" else cast.administrator

    page = sign_in(reader).get(url("member", cast.owner.pk)).text

    assert "Olive Owens</bdi> is an owner of this account, so only they can change their details." in page
    assert "Update user" not in page
    assert 'name="first_name"' not in page
    assert "olive@harbour.example" in page


@pytest.mark.parametrize("who", ["administrator", "second_owner"])
@pytest.mark.parametrize(
    "fields", [{"first_name": "Mallory"}, {"role": "scheduler"}, {"is_active": "no"}, {"is_practitioner": "yes"}]
)
def test_nobody_else_changes_an_owner(cast, second_owner, sign_in, url, who, fields):
    """S22, A40: other owners included, with the right password, too."""
    before = on_file(cast.owner)
    actor = second_owner if who == "second_owner" else cast.administrator
    typed = {
        "first_name": "Olive",
        "last_name": "Owens",
        "email": "olive@harbour.example",
        "mobile": "",
        "role": "administrator",
        "is_practitioner": "no",
        "is_active": "yes",
        "version": "1",
        "reverify_password": PASSWORD,
    }

    answer = sign_in(actor).post(url("member", cast.owner.pk), {**typed, **fields})

    assert answer.status_code == 403
    assert on_file(cast.owner) == before


def test_an_owner_changes_their_own_details(cast, sign_in, change):
    olive = sign_in(cast.owner)

    answer = change(olive, cast.owner, password=None, first_name="Olivia", mobile="0400 000 000", is_practitioner="yes")

    assert answer.status_code == 302
    cast.owner.refresh_from_db()
    assert (cast.owner.full_name, cast.owner.mobile) == ("Olivia Owens", "+61400000000")
    assert cast.owner.is_practitioner


def test_an_owner_cannot_lose_their_own_role_or_activity_by_a_posted_field(cast, second_owner, sign_in, change):
    """A39, A41."""
    olive = sign_in(cast.owner)

    change(olive, cast.owner, role="receptionist", is_active="no", first_name="Olivia")

    cast.owner.refresh_from_db()
    assert cast.owner.first_name == "Olivia"
    assert (cast.owner.role, cast.owner.is_active, cast.owner.is_owner) == (roles.ADMINISTRATOR, True, True)


def test_an_owners_own_page_says_why_role_and_activity_are_fixed(cast, sign_in, url):
    page = sign_in(cast.owner).get(url("member", cast.owner.pk)).text

    assert "An owner stays an administrator." in page
    assert "An owner stays active. To leave, relinquish ownership first." in page


@pytest.mark.parametrize("who", ["owner", "administrator"])
def test_a_posted_is_owner_makes_nobody_an_owner(cast, sign_in, change, who):
    """A39, A40."""
    forged = {"is_owner": "on", "account": str(cast.other_clinic.pk), "joined_at": "", "is_staff": "on"}

    change(sign_in(getattr(cast, who)), cast.receptionist, first_name="Marguerite", **forged)

    cast.receptionist.refresh_from_db()
    assert cast.receptionist.first_name == "Marguerite"
    assert not cast.receptionist.is_owner
    assert cast.receptionist.account == cast.clinic
    assert cast.receptionist.has_joined
    assert not cast.receptionist.user.is_staff


# Two browsers


def test_of_two_browsers_that_change_one_person_the_second_is_told_and_keeps_what_was_typed(
    cast, sign_in, adam, url, page_of
):
    olive = sign_in(cast.owner)
    first, second = page_of(adam, cast.receptionist), page_of(olive, cast.receptionist)
    address = url("member", cast.receptionist.pk)
    adam.post(address, {**first, "first_name": "Marguerite"})

    page = olive.post(address, {**second, "mobile": "0400 111 222"})

    assert page.status_code == 422
    assert "Someone changed Marguerite Reyes while you had this page open" in page.text
    assert typed_on(page)["mobile"] == "0400 111 222"
    assert typed_on(page)["first_name"] == "Rita"
    cast.receptionist.refresh_from_db()
    assert (cast.receptionist.first_name, cast.receptionist.mobile) == ("Marguerite", "")


def test_the_page_shows_what_is_on_file_now_beside_each_field_that_differs(cast, sign_in, adam, url, page_of):
    olive = sign_in(cast.owner)
    second = page_of(olive, cast.receptionist)
    adam.post(url("member", cast.receptionist.pk), {**page_of(adam, cast.receptionist), "first_name": "Marguerite"})

    page = olive.post(url("member", cast.receptionist.pk), {**second, "mobile": "0400 111 222"})

    assert "First name – On file now: Marguerite" in page.text
    assert "Last name –" not in page.text


def test_the_second_try_after_the_warning_succeeds(cast, sign_in, adam, url, page_of):
    olive = sign_in(cast.owner)
    first, second = page_of(adam, cast.receptionist), page_of(olive, cast.receptionist)
    address = url("member", cast.receptionist.pk)
    adam.post(address, {**first, "first_name": "Marguerite"})
    warning = olive.post(address, {**second, "mobile": "0400 111 222"})

    answer = olive.post(address, {**typed_on(warning), "first_name": "Marguerite"})

    assert answer.status_code == 302
    cast.receptionist.refresh_from_db()
    assert (cast.receptionist.first_name, cast.receptionist.mobile) == ("Marguerite", "+61400111222")


def test_two_browsers_that_enter_the_same_do_not_conflict(cast, sign_in, adam, url, page_of):
    """A double click is the usual case."""
    olive = sign_in(cast.owner)
    first, second = page_of(adam, cast.receptionist), page_of(olive, cast.receptionist)
    address = url("member", cast.receptionist.pk)
    adam.post(address, {**first, "first_name": "Marguerite"})

    answer = olive.post(address, {**second, "first_name": "Marguerite"})

    assert answer.status_code == 302
    assert Activity.objects.count() == 1


@pytest.mark.parametrize("version", ["", "letters", "-1", "1" * 30])
def test_a_broken_version_changes_nothing(cast, adam, change, version):
    before = on_file(cast.receptionist)

    page = change(adam, cast.receptionist, password=None, first_name="Marguerite", version=version)

    assert page.status_code == 422
    assert "error-summary" in page.text
    assert on_file(cast.receptionist) == before
