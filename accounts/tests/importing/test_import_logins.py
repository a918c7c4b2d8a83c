"""How somebody who was brought over gets in, and nobody else in their place (S25, A57)."""

from uuid import uuid4

import pytest
from django.test import Client

from accounts.core.details import MemberDetails
from accounts.core.tokens import InvitationLink
from accounts.models import Invitation, Member, User
from accounts.people.actions import add_member
from accounts.tests.factories import PASSWORD, MemberFactory, UserFactory
from accounts.tests.import_files import account, bring, csv_file, line, member, of_another_clinic
from accounts.tests.links import ACCEPT, CHOSEN, path_in

pytestmark = [pytest.mark.django_db, pytest.mark.database]

SIGN_UP = {
    "clinic_name": "Not Ann",
    "first_name": "Mallory",
    "last_name": "Moor",
    "email": "ann@old.example",
    "password": CHOSEN,
}


@pytest.fixture
def ann(tmp_path) -> Member:
    """Ann, who was brought over with Old Town Physio, and owns it."""
    bring(csv_file(tmp_path, line("Ann")))
    return member("Ann")


def sign_in(email: str = "ann@old.example", password: str = CHOSEN) -> Client:
    browser = Client()
    browser.post("/login/", {"email": email, "password": password})
    return browser


def is_in(browser: Client, clinic: str = "old-town-physio") -> bool:
    return browser.get(f"/{clinic}/").status_code == 200


def choose_password(message, password: str = CHOSEN) -> None:
    """Open the link in a mail about a forgotten password, and choose one."""
    browser = Client()
    page = browser.get(path_in(message), follow=True)
    browser.post(page.redirect_chain[-1][0], {"password": password})


# The way in


def test_they_ask_for_a_link_choose_a_password_and_are_in(ann, deliver_mail):
    Client().post("/password/reset/", {"email": "Ann@Old.example"})
    [message] = deliver_mail()
    assert message.to == ["ann@old.example"]

    choose_password(message)

    assert User.objects.get(pk=ann.user_id).is_trusted
    browser = sign_in()
    assert is_in(browser)
    assert "Owner" in browser.get("/old-town-physio/settings/users/").text


def test_the_welcome_leads_there_in_two_steps(tmp_path, deliver_mail):
    bring(csv_file(tmp_path, line("Ann")), "--welcome")
    [welcome] = deliver_mail()

    page = Client().get(path_in(welcome))
    assert page.status_code == 200
    Client().post("/password/reset/", {"email": "ann@old.example"})
    choose_password(deliver_mail()[-1])

    assert is_in(sign_in())


@pytest.mark.parametrize("password", ["!", "", " ", "None", PASSWORD, CHOSEN, "old-town-physio"])
def test_nobody_signs_in_as_them_before_that(ann, password):
    browser = sign_in(password=password)

    assert not is_in(browser)
    assert "_auth_user_id" not in browser.session


def test_somebody_who_came_over_inactive_stays_out_also_with_a_password(tmp_path, deliver_mail):
    """C3."""
    bring(csv_file(tmp_path, line("Ann"), line("Ina", is_active="no")))
    Client().post("/password/reset/", {"email": "ina@old.example"})
    for message in deliver_mail():
        choose_password(message)

    assert not is_in(sign_in("ina@old.example"))


def test_the_file_holds_no_password_that_could_be_taken_over(ann):
    assert not ann.user.has_usable_password()
    assert ann.user.email_confirmed_at is None


# Others who would take their place


def test_somebody_who_signs_up_with_their_address_is_told_that_it_has_a_login_and_gets_nothing(ann):
    """A57."""
    browser = Client()

    answer = browser.post("/signup/", SIGN_UP)

    assert answer.status_code == 422
    assert "This email address already has a login" in answer.text
    assert not is_in(browser)
    assert not User.objects.get(pk=ann.user_id).has_usable_password()
    assert Member.objects.count() == 1


def invite_ann(inviter: Member) -> Invitation:
    """Somebody of another clinic adds Ann's address there."""
    details = MemberDetails("Ann", "Ames", "ann@old.example", "", "receptionist", False)
    return add_member(actor=inviter, details=details, submission=uuid4()).invitation


def accept_by_hand(invitation: Invitation) -> Client:
    """Open the link that the inviter copied, and create a password as the page offers it."""
    browser = Client()
    token = InvitationLink.of(invitation, by_hand=True).token()
    browser.get(f"/invitations/{token}/")
    browser.post(ACCEPT, {"password": CHOSEN})
    return browser


@pytest.mark.parametrize("is_invited_first", [True, False])
def test_a_copied_link_of_another_clinic_cannot_set_their_first_password(cast, tmp_path, is_invited_first):
    """A57: whoever copied it can open it."""
    path = csv_file(tmp_path, line("Ann"))
    if is_invited_first:
        invitation = invite_ann(cast.outsider)
        bring(path)
    else:
        bring(path)
        invitation = invite_ann(cast.outsider)

    browser = accept_by_hand(invitation)

    assert not User.objects.get(email="ann@old.example").has_usable_password()
    assert not is_in(browser) and not is_in(sign_in())
    invitation.member.refresh_from_db()
    assert not invitation.member.has_joined


def test_the_mailed_invitation_of_another_clinic_proves_the_mailbox_and_opens_both(cast, ann):
    invitation = invite_ann(cast.outsider)
    browser = Client()
    browser.get(f"/invitations/{InvitationLink.of(invitation).token()}/")

    browser.post(ACCEPT, {"password": CHOSEN})

    assert is_in(browser) and is_in(browser, "elsewhere")


def test_a_login_that_somebody_made_and_never_confirmed_is_not_let_in(tmp_path):
    """A57: it may be a stranger's, who waits for Ann's clinic to come over."""
    stranger = Client()
    stranger.post("/signup/", SIGN_UP)

    ran = bring(csv_file(tmp_path, line("Ann"), line("Rob", role="receptionist")))

    assert ran.about("line 2").startswith("ann@old.example: refused: Someone signed up with this address and hasn’t")
    assert not is_in(stranger)
    assert not Member.objects.filter(account=account(), user__email="ann@old.example").exists()


def test_so_is_one_whose_password_was_created_by_a_copied_link(cast, tmp_path):
    """A57."""
    mallory = accept_by_hand(invite_ann(cast.outsider))
    assert is_in(mallory, "elsewhere")

    ran = bring(csv_file(tmp_path, line("Ann"), line("Rob", role="receptionist")))

    assert "refused: Someone signed up with this address" in ran.about("line 2")
    assert not is_in(mallory)


def test_once_the_reader_of_the_mailbox_has_taken_the_login_they_are_let_in_and_no_stranger(tmp_path, deliver_mail):
    """A57, A68: and no owner, as the account came over without them."""
    stranger = Client()
    stranger.post("/signup/", SIGN_UP)
    path = csv_file(tmp_path, line("Ann"), line("Rob", role="receptionist"))
    bring(path)
    Client().post("/password/reset/", {"email": "ann@old.example"})
    choose_password(deliver_mail()[-1], "the real reader of this mailbox")

    ran = bring(path)

    assert ran.about("line 2") == "ann@old.example: added as administrator"
    assert not member("Ann").is_owner
    assert not is_in(stranger) and not is_in(sign_in())
    assert is_in(sign_in(password="the real reader of this mailbox"))


# Logins that are theirs already


def test_somebody_with_a_confirmed_login_keeps_it_and_its_password(tmp_path):
    """C13, C10."""
    before = UserFactory(email="ann@old.example")

    bring(csv_file(tmp_path, line("Ann", email="ANN@old.example")))

    assert member("Ann").user == before
    assert is_in(sign_in(password=PASSWORD))


def test_the_welcome_of_somebody_with_a_login_leads_to_the_sign_in_page(tmp_path, deliver_mail):
    UserFactory(email="ann@old.example")

    bring(csv_file(tmp_path, line("Ann")), "--welcome")

    [message] = deliver_mail()
    assert path_in(message) == "/login/"


def test_an_address_that_was_only_invited_somewhere_is_taken_with_it(cast, tmp_path):
    bring(csv_file(tmp_path, line("Ivy", email="ivy@harbour.example")))

    assert account().members.get().user == cast.invited.user
    cast.invited.refresh_from_db()
    assert not cast.invited.has_joined, "the invitation stands as it did"


def test_a_login_that_was_switched_off_is_refused(tmp_path):
    """C15."""
    UserFactory(email="ann@old.example", is_active=False)

    ran = bring(csv_file(tmp_path, line("Ann"), of_another_clinic("Xena")))

    assert ran.about("line 2") == "ann@old.example: refused: The login with this address is switched off."


def test_nothing_of_an_existing_login_is_changed(tmp_path):
    user = UserFactory(email="ann@old.example")
    MemberFactory(user=user)
    before = User.objects.filter(pk=user.pk).values().get()

    bring(csv_file(tmp_path, line("Ann"), of_another_clinic("Ann", is_active="no")))

    assert User.objects.filter(pk=user.pk).values().get() == before
