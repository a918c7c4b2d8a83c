"""What hangs on an address stays with it until its mailbox is proved (A58).

Adam invites Nina as an administrator. Mallory gets a login with Nina's address, before or after, by signing up or by a
link that an accomplice at another clinic copies, and then does with it whatever a login can do. Nina's first link works
afterwards, no mail about it goes to anyone else, and Mallory learns nothing.
"""

from collections.abc import Callable

import pytest
from django.core.mail import EmailMessage
from django.http import HttpRequest
from django.test import Client
from django.urls import reverse

from accounts.identity.sessions.known_browsers import known_as
from accounts.models import Account, Activity, EmailChange, Invitation, Member, OutboundEmail, User
from accounts.tests.address_changes import (
    NEW,
    OLD,
    address_of,
    ask,
    confirm,
    link_to,
    object_to,
    objection_of,
    pass_time,
)
from accounts.tests.factories import UserFactory
from accounts.tests.import_files import bring, csv_file, line
from accounts.tests.links import ACCEPT, CHOSEN, alike, path_in
from accounts.tests.squatters import (
    ACTS,
    HERS,
    MALLORY,
    NINA,
    OTHER,
    Squatter,
    change_address,
    claim_by_copied_link,
    copied_link,
    invitation_mails,
    invite,
    leave_a_change_waiting,
    sign_up,
)
from clinic.clock import database_now

pytestmark = pytest.mark.django_db

WAYS_IN = ("signs up", "takes a copied link")
ORDERS = ("invited first", "squatted first")
HARBOUR = "/harbour-physio/"

every_act = pytest.mark.parametrize("act", ACTS)
every_way_in = pytest.mark.parametrize("way_in", WAYS_IN)
every_order = pytest.mark.parametrize("order", ORDERS)


@pytest.fixture
def squat(cast, deliver_mail) -> Callable[[str], Squatter]:
    """Let Mallory get a login with Nina's address."""

    def _squat(way_in: str) -> Squatter:
        if way_in == "signs up":
            return sign_up(NINA, deliver_mail)
        return claim_by_copied_link(NINA, deliver_mail, cast.outsider)

    return _squat


@pytest.fixture
def meet(cast, squat) -> Callable[[str, str], tuple[Squatter, Member]]:
    """Let Adam invite Nina, and Mallory have her address, in that order or the other."""

    def _meet(way_in: str, order: str) -> tuple[Squatter, Member]:
        if order == "invited first":
            nina = invite(cast.administrator, NINA)
            return squat(way_in), nina
        return squat(way_in), invite(cast.administrator, NINA)

    return _meet


def first_link(deliver) -> str:
    """The link in the first invitation to Harbour Physio that was mailed."""
    return path_in(invitation_mails(deliver)[0])


def nina_joins(link: str) -> Client:
    """Open the mailed link and create a password."""
    browser = Client()
    assert "Harbour Physio" in browser.get(link, follow=True).text
    answer = browser.post(ACCEPT, {"password": CHOSEN})
    assert answer.url == HARBOUR, answer
    return browser


def assert_she_is_in(nina: Member, browser: Client) -> None:
    member = Member.objects.select_related("user").get(pk=nina.pk)
    assert member.has_joined and member.is_administrator
    assert member.user.email == NINA and member.user.check_password(CHOSEN)
    assert browser.get(HARBOUR).status_code == 200


def assert_mallory_is_out(mallory: Squatter) -> None:
    assert mallory.browser.get(HARBOUR).status_code != 200
    for email in (NINA, MALLORY):
        for password in (HERS, OTHER):
            browser = Client()
            browser.post(reverse("accounts:login"), {"email": email, "password": password})
            assert browser.get(HARBOUR).status_code != 200


@every_order
@every_way_in
@every_act
@pytest.mark.everyday("act", ("way_in", "order"))
def test_the_invited_persons_first_link_works_and_no_one_else_joins(meet, deliver_mail, act, way_in, order):
    mallory, nina = meet(way_in, order)
    link = first_link(deliver_mail)

    act(mallory)
    browser = nina_joins(link)

    assert_she_is_in(nina, browser)
    assert_mallory_is_out(mallory)
    assert {tuple(each.to) for each in invitation_mails(deliver_mail)} == {(NINA,)}


@pytest.mark.once
@every_order
@every_way_in
@every_act
@pytest.mark.everyday("act", ("way_in", "order"))
def test_the_clinic_sees_the_address_that_it_typed_and_resends_to_it(adam, url, meet, deliver_mail, act, way_in, order):
    mallory, nina = meet(way_in, order)
    deliver_mail()

    act(mallory)
    page = adam.get(url("member", nina.pk)).text
    adam.post(url("member_invitation", nina.pk))

    assert NINA in page and "thief.example" not in page
    mails = invitation_mails(deliver_mail)
    assert len(mails) == 2 and all(each.to == [NINA] for each in mails)
    assert path_in(mails[0]) == path_in(mails[1])


@pytest.mark.once
@every_order
@every_way_in
@every_act
@pytest.mark.everyday("act", ("way_in", "order"))
def test_a_cancelled_invitation_stays_with_the_address_too(adam, url, meet, act, way_in, order):
    mallory, nina = meet(way_in, order)
    adam.post(url("member_invitation_cancel", nina.pk))

    act(mallory)

    assert Member.objects.get(pk=nina.pk).user.email == NINA
    assert_mallory_is_out(mallory)


@pytest.mark.once
@every_order
@every_way_in
@every_act
@pytest.mark.everyday("act", ("way_in", "order"))
def test_asking_for_a_new_invitation_leads_to_one_in_the_same_mailbox(
    adam, url, meet, deliver_mail, act, way_in, order
):
    mallory, nina = meet(way_in, order)
    link = first_link(deliver_mail)
    Invitation.objects.filter(member=nina).update(expires_at=database_now())

    act(mallory)
    reader = Client()
    reader.get(link)
    reader.post(reverse("accounts:invitation_request"))
    deliver_mail()
    adam.post(url("member_invitation", nina.pk))

    asked = [each for each in deliver_mail() if each.to == ["adam@harbour.example"]]
    assert len(asked) == 1 and "Nina Nowak" in asked[0].body
    assert {tuple(each.to) for each in invitation_mails(deliver_mail)} == {(NINA,)}
    assert_she_is_in(nina, nina_joins(link))


@every_way_in
def test_the_login_of_someone_brought_over_is_not_there_to_be_taken(squat, tmp_path, way_in):
    bring(csv_file(tmp_path, line("Nina", email=NINA)))

    mallory = squat(way_in)

    assert "_auth_user_id" not in mallory.browser.session
    assert not User.objects.get(email=NINA).has_usable_password()


@every_way_in
@every_act
@pytest.mark.everyday("act", "way_in")
def test_someone_brought_over_later_never_shares_a_login_with_mallory(squat, tmp_path, act, way_in):
    mallory = squat(way_in)
    act(mallory)

    bring(csv_file(tmp_path, line("Nina", email=NINA)))

    brought = Member.objects.filter(account__import_reference="A17")
    assert not brought.filter(user=mallory.user).exists()
    assert all(each.user.email == NINA and not each.user.has_usable_password() for each in brought)


@every_order
@every_way_in
def test_a_change_that_mallory_left_waiting_dies_when_nina_proves_her_mailbox(meet, deliver_mail, way_in, order):
    mallory, nina = meet(way_in, order)
    link = first_link(deliver_mail)
    leave_a_change_waiting(mallory)

    assert_she_is_in(nina, nina_joins(link))

    assert not EmailChange.objects.waiting().exists()


@pytest.mark.once
@every_order
@every_way_in
@every_act
@pytest.mark.everyday("act", ("way_in", "order"))
def test_mallorys_browser_is_not_known_for_ninas_login(meet, deliver_mail, act, way_in, order):
    mallory, _nina = meet(way_in, order)
    link = first_link(deliver_mail)

    act(mallory)
    nina_joins(link)

    request = HttpRequest()
    request.COOKIES = {name: morsel.value for name, morsel in mallory.browser.cookies.items()}
    assert not known_as(request, NINA)


# What a stranger learns


@every_order
@every_way_in
@pytest.mark.parametrize("words", ["Harbour Physio Harbour Physio", "nina nowak at harbour"])
def test_the_words_that_a_password_may_not_contain_tell_nothing(meet, way_in, order, words):
    mallory, _nina = meet(way_in, order)

    assert mallory.change_password(words).status_code == 302


@every_order
@every_way_in
def test_no_page_of_the_login_tells_that_the_address_was_invited(meet, way_in, order):
    mallory, nina = meet(way_in, order)
    pages = [
        reverse("accounts:clinics"),
        reverse("accounts:signup"),
        reverse("accounts:security"),
        reverse("accounts:password_change"),
        reverse("accounts:email_change"),
        reverse("accounts:two_factor"),
    ]

    mallory.browser.get(pages[0])  # With what was said on arriving.
    shown = [mallory.browser.get(page).text for page in pages]

    assert [page for page, text in zip(pages, shown, strict=True) if "Nowak" in text] == []
    Member.objects.filter(pk=nina.pk).update(user=UserFactory())
    uninvited = [mallory.browser.get(page).text for page in pages]
    assert [_same(text) for text in shown] == [_same(text) for text in uninvited]


def _same(page: str) -> str:
    """A page without what a set-up page draws anew, and without its ids."""
    return "\n".join(each for each in alike(page).splitlines() if "<path" not in each and 'id="key"' not in each)


@pytest.mark.parametrize("password", ["Harbour Physio 2026", "gr4vel;x", "Nina Nowak 1234567"])
def test_a_clinic_that_copies_its_own_link_learns_nothing_of_other_clinics(cast, password):
    """The page for someone new, and what it says of a password, is the same for an address that another invited."""
    Account.objects.update(require_two_factor=True)
    invite(cast.administrator, NINA)

    def answer(email: str) -> tuple[int, str]:
        member = invite(cast.outsider, email, role="receptionist", last_name="Anyone")
        browser = Client()
        browser.get(copied_link(member))
        page = browser.post(ACCEPT, {"password": password})
        lines = [each for each in alike(page.text).splitlines() if 'name="shown"' not in each]
        return page.status_code, "\n".join(lines).replace(email, "")

    assert answer(NINA) == answer("nobody@victim.example")


# Back at an address of before


def test_who_was_invited_at_an_address_in_between_is_invited_there_still(cast, sign_in, deliver_mail):
    """A thief takes Rita's login to an address of their own, and is invited there. Rita takes her login back."""
    rita = sign_in(cast.receptionist)
    ask(rita, MALLORY)
    objection = link_to(deliver_mail, OLD)
    confirm(rita, link_to(deliver_mail, MALLORY))
    invited = invite(cast.outsider, MALLORY)
    [mail] = [each for each in deliver_mail() if "Elsewhere" in each.subject]

    object_to(objection)

    member = Member.objects.select_related("user").get(pk=invited.pk)
    assert (member.user.email, address_of(cast.receptionist)) == (MALLORY, OLD)
    assert "Elsewhere" in Client().get(path_in(mail), follow=True).text
    assert [each.to for each in deliver_mail() if "Elsewhere" in each.subject] == [[MALLORY]]


@pytest.fixture
def move(cast, sign_in, deliver_mail) -> Callable[[str], None]:
    """Change the address of Rita's login, be it Rita or a thief who knows her password."""
    browser = sign_in(cast.receptionist)

    def _move(email: str) -> None:
        ask(browser, email)
        confirm(browser, link_to(deliver_mail, email))
        assert address_of(cast.receptionist) == email

    return _move


def elsewhere_mails(deliver) -> list[EmailMessage]:
    """Send what is due; every mail so far that invites someone to Elsewhere."""
    return [each for each in deliver() if "invites you to Elsewhere" in each.subject]


def joins(link: str, password: str = CHOSEN) -> bool:
    """Whether this link lets someone join."""
    browser = Client()
    browser.get(link, follow=True)
    return browser.post(ACCEPT, {"password": password}).status_code == 302


@pytest.mark.parametrize("days", [0, 4], ids=["three days are not over", "three days are over"])
def test_an_invitation_typed_at_an_address_from_before_a_theft_comes_back_with_the_login(
    cast, move, deliver_mail, days
):
    """Rita was invited at her old address and took the invitation along. A thief's link to it is dead afterwards."""
    invited = invite(cast.outsider, OLD)
    move(NEW)
    pass_time(days=days)
    move(MALLORY)
    stolen = elsewhere_mails(deliver_mail)[-1]
    assert stolen.to == [MALLORY]

    answer = object_to(link_to(deliver_mail, NEW))

    assert (answer.status_code, address_of(cast.receptionist)) == (200, NEW)
    assert not joins(path_in(stolen))
    assert Member.objects.get(pk=invited.pk).user_id == cast.receptionist.user_id
    assert elsewhere_mails(deliver_mail)[-1].to == [NEW]


def test_who_was_invited_at_an_address_in_between_joins_by_mail_to_that_address_alone(cast, move, deliver_mail):
    """The thief is invited at one address and takes the login on to another before Rita takes it back."""
    move(MALLORY)
    objection = link_to(deliver_mail, OLD)
    invited = invite(cast.outsider, MALLORY)
    deliver_mail()
    move("mallory2@thief.example")
    hopped = elsewhere_mails(deliver_mail)[-1]
    assert hopped.to == ["mallory2@thief.example"]

    object_to(objection)

    sent = elsewhere_mails(deliver_mail)[-1]
    assert sent.to == [MALLORY]
    assert not joins(path_in(hopped))
    assert joins(path_in(sent))
    assert Member.objects.select_related("user").get(pk=invited.pk).user.email == MALLORY


def test_back_at_the_address_that_was_proved_first_what_was_typed_there_stays_with_the_login(cast, move, deliver_mail):
    """A69: the address in between has no say, so nothing is put back from it."""
    move(NEW)
    pass_time(hours=2)
    move(OLD)
    invited = invite(cast.outsider, OLD)

    answer = object_to(objection_of(EmailChange.objects.latest("pk")))

    assert (answer.status_code, address_of(cast.receptionist)) == (422, OLD)
    assert Member.objects.get(pk=invited.pk).user_id == cast.receptionist.user_id


def test_an_objection_succeeds_though_a_clinic_has_invited_an_earlier_address_twice(cast, move, deliver_mail):
    """First when it was Rita's, then when it was free again."""
    first = invite(cast.outsider, OLD)
    move(NEW)
    pass_time(days=4)
    second = invite(cast.outsider, OLD)
    move(MALLORY)

    answer = object_to(link_to(deliver_mail, NEW))

    assert (answer.status_code, address_of(cast.receptionist)) == (200, NEW)
    assert Member.objects.get(pk=first.pk).user_id == cast.receptionist.user_id
    assert Member.objects.select_related("user").get(pk=second.pk).user.email == OLD


def test_an_invitation_is_cancelled_if_its_address_has_a_place_in_that_clinic_by_now(cast, move, deliver_mail):
    """Elsewhere has invited the address again, which was free by then: one place in a clinic for each login."""
    move(NEW)
    objection = link_to(deliver_mail, OLD)
    move(MALLORY)
    first = invite(cast.outsider, MALLORY)
    pass_time(hours=2)
    move(NEW)
    second = invite(cast.outsider, MALLORY)

    answer = object_to(objection)

    assert (answer.status_code, address_of(cast.receptionist)) == (200, OLD)
    kept = Member.objects.select_related("invitation").get(pk=first.pk)
    assert kept.user_id == cast.receptionist.user_id
    assert not kept.is_active and kept.invitation.cancelled_at is not None, "Elsewhere never invited this address."
    assert OLD not in {each.to[0] for each in elsewhere_mails(deliver_mail)}
    assert Activity.objects.get(subject=first, verb=Activity.Verb.INVITATION_CANCELLED).actor is None
    assert [each.to for each in deliver_mail() if each.subject == "The invitation of Nina Nowak was cancelled"]
    assert Member.objects.select_related("user").get(pk=second.pk).user.email == MALLORY


# Everything that points to a login


# What points to a login, and where it stays when a login leaves an address that it never proved.
STAYS_WITH_THE_ADDRESS = {"accounts.Member.user", "accounts.OutboundEmail.user"}
GOES_WITH_THE_LOGIN = {
    "accounts.Account.creator": "the clinic that it opened",
    "accounts.Activity.staff": "what it did as our support",
    "accounts.Authenticator.user": "its own app",
    "accounts.BackupCode.user": "its own codes",
    "accounts.Dispute.settled_by": "what it did as our support",
    "accounts.EmailChange.user": "the change that it confirmed",
    "accounts.Passkey.user": "its own passkeys",
    "accounts.SecurityEvent.user": "what happened to it",
    "accounts.SignIn.user": "where it is signed in",
    "accounts.TrustedBrowser.user": "its own browsers",
    "accounts.TwoFactorRecovery.ended_by": "what it did as our support",
    "accounts.TwoFactorRecovery.opened_by": "what it did as our support",
    "accounts.TwoFactorRecovery.user": "the reset of its own two-factor authentication",
    "accounts.User_groups.user": "what it may do as our support",
    "accounts.User_user_permissions.user": "what it may do as our support",
    "admin.LogEntry.user": "what it did as our support",
}


def test_everything_that_points_to_a_login_is_known_to_stay_or_to_go():
    """A new table says here which of the two it does, and the tests above then have it."""
    relations = [each for each in User._meta.get_fields(include_hidden=True) if each.auto_created and each.is_relation]
    pointing = {f"{each.related_model._meta.label}.{each.field.name}" for each in relations}

    assert pointing == STAYS_WITH_THE_ADDRESS | GOES_WITH_THE_LOGIN.keys()


def test_what_stays_and_what_goes(cast, meet, deliver_mail):
    mallory, nina = meet("takes a copied link", "invited first")
    deliver_mail()
    before = mallory.user
    events = set(before.security_events.values_list("pk", flat=True))

    change_address(mallory)

    left = User.objects.get(email=NINA)
    assert left.pk != before.pk and left.is_unclaimed
    assert Member.objects.get(pk=nina.pk).user == left
    [mail] = OutboundEmail.objects.filter(invitation__member=nina)
    assert mail.user == left
    assert events <= set(mallory.user.security_events.values_list("pk", flat=True))
    assert mallory.user.members.get().account == cast.other_clinic
    assert left.security_events.count() == 0
