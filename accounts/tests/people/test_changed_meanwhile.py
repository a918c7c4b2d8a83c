"""A form that was opened before a change is told of it, by whatever road the change came (A71).

One table for a person's page: everything that changes what it shows. Adam has it open; then he saves a mobile number.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest
from django.core.mail import EmailMessage
from django.test import Client

from accounts.access import roles
from accounts.access.roles import Toggle
from accounts.addresses.actions import cancel_members_email_change
from accounts.clinic_settings.general.actions import change_permissions, update_account
from accounts.clinic_settings.opening.actions import change_plan
from accounts.clinic_settings.security.actions import change_security
from accounts.core.details import AccountSecurity, MemberDetails
from accounts.core.origin import Origin
from accounts.core.tokens import reset_tokens
from accounts.identity.password.actions import reset_password
from accounts.invitations.actions import cancel_invitation
from accounts.models import Account, EmailChange, Invitation, Member, User
from accounts.ownership.actions import make_owner, relinquish_ownership
from accounts.people.actions import update_member, update_own_details
from accounts.support.actions import appoint_owner, remove_owner
from accounts.tests.address_changes import (
    CANCEL,
    CONFIRM,
    NEW,
    OVERVIEW,
    ask,
    link_to,
    move,
    object_to,
    objection_of,
    pass_time,
)
from accounts.tests.factories import PASSWORD, MemberFactory, PendingMemberFactory
from accounts.tests.links import join
from accounts.tests.owners import administrator_of
from accounts.tests.pages import form_on, typed_on
from accounts.tests.support_desk import support_staff

pytestmark = pytest.mark.django_db

TYPED = "0400 999 888"
KEPT = "+61400999888"


@dataclass
class Scene:
    """Who and what a road takes."""

    cast: object
    sign_in: Callable[[Member | User], Client]
    deliver: Callable[[], list[EmailMessage]]

    def save(self, member: Member, **values: object) -> None:
        """Olive, who has the page open as well, saves it first."""
        target = Member.objects.select_related("user").get(pk=member.pk)
        details = replace(MemberDetails.of(target), **values)
        update_member(actor=self.cast.owner, target=target, details=details, expected_version=target.version)

    def browser_of(self, member: Member) -> Client:
        return self.sign_in(User.objects.get(pk=member.user_id))


@pytest.fixture
def scene(cast, sign_in, deliver_mail) -> Scene:
    """All of it."""
    pass_time(days=365)
    return Scene(cast, sign_in, deliver_mail)


# Roads: whose page it is, what was there before it was opened, and what happens then.


def nothing(scene: Scene, member: Member) -> None:
    """It is opened as the cast has it."""


def rita(scene: Scene) -> Member:
    return scene.cast.receptionist


def ivy(scene: Scene) -> Member:
    return scene.cast.invited


def tess(scene: Scene) -> Member:
    return administrator_of(scene.cast.clinic, "Tess", "Tan")


def left(scene: Scene) -> Member:
    """Someone who is inactive here and has joined elsewhere."""
    member = MemberFactory(account=scene.cast.clinic, is_active=False)
    MemberFactory(account=scene.cast.other_clinic, user=member.user)
    return member


def xavier(scene: Scene) -> Member:
    """Someone of another clinic who is invited here."""
    member = MemberFactory(account=scene.cast.other_clinic)
    return PendingMemberFactory(account=scene.cast.clinic, user=member.user, invited_by=scene.cast.administrator)


def unproved(scene: Scene) -> Member:
    """Someone is invited here with whose address somebody else signed up, who has yet to show that it is theirs."""
    member = xavier(scene)
    User.objects.filter(pk=member.user_id).update(email_confirmed_at=None)
    return member


def moves(scene: Scene, member: Member) -> None:
    pass_time(hours=1)
    move(scene.browser_of(member), scene.deliver, NEW)


def has_moved(scene: Scene, member: Member) -> None:
    moves(scene, member)


def is_put_back(scene: Scene, member: Member) -> None:
    pass_time(hours=1)
    assert object_to(objection_of(EmailChange.objects.latest("pk"))).status_code == 200


def was_invited_in_between(scene: Scene, member: Member) -> None:
    """And typed at the address that is given up."""
    moves(scene, member)
    Invitation.objects.filter(member__user=member.user_id).update(email=NEW)


def is_renamed(scene: Scene, member: Member) -> None:
    scene.save(member, first_name="Marguerite")


def gets_another_role(scene: Scene, member: Member) -> None:
    scene.save(member, role=roles.SCHEDULER)


def leaves(scene: Scene, member: Member) -> None:
    scene.save(member, is_active=False)


def comes_back(scene: Scene, member: Member) -> None:
    scene.save(member, is_active=True)


def gets_another_address(scene: Scene, member: Member) -> None:
    scene.save(member, email="ivy@new.example")


def renames_herself(scene: Scene, member: Member) -> None:
    update_own_details(actor=member, first_name="Marguerite", last_name=member.last_name, mobile=member.mobile)


def joins(scene: Scene, member: Member) -> None:
    join(member)


def is_cancelled(scene: Scene, member: Member) -> None:
    cancel_invitation(actor=scene.cast.owner, target=member)


def is_asked(scene: Scene, member: Member) -> None:
    scene.save(member, email=NEW)


def is_asked_for_another(scene: Scene, member: Member) -> None:
    scene.save(member, email="rita@newest.example")


def takes_it_back(scene: Scene, member: Member) -> None:
    cancel_members_email_change(actor=scene.cast.owner, target=member, origin=Origin())


def cancels(scene: Scene, member: Member) -> None:
    scene.browser_of(member).post(CANCEL)


def asks_herself(scene: Scene, member: Member) -> None:
    ask(scene.browser_of(member), "rita@newest.example")


def stops_it(scene: Scene, member: Member) -> None:
    assert object_to(objection_of(EmailChange.objects.latest("pk"))).status_code == 200


def resets_the_password(scene: Scene, member: Member) -> None:
    user = User.objects.get(pk=member.user_id)
    assert reset_password(user=user, token=reset_tokens.make_token(user), password="a new one here", origin=Origin())


def confirms_it(scene: Scene, member: Member) -> None:
    browser = scene.browser_of(member)
    browser.get(link_to(scene.deliver, NEW))
    browser.post(CONFIRM, {"reverify_password": PASSWORD})
    assert User.objects.get(pk=member.user_id).email == NEW


def has_no_time_left(scene: Scene, member: Member) -> None:
    pass_time(days=1)


ROADS = [
    (rita, nothing, moves),
    (rita, has_moved, is_put_back),
    (rita, nothing, is_renamed),
    (rita, nothing, gets_another_role),
    (rita, nothing, leaves),
    (rita, leaves, comes_back),
    (rita, nothing, renames_herself),
    (rita, nothing, is_asked),
    (rita, is_asked, is_asked_for_another),
    (rita, is_asked, takes_it_back),
    (rita, is_asked, cancels),
    (rita, is_asked, asks_herself),
    (rita, is_asked, stops_it),
    (rita, is_asked, resets_the_password),
    (rita, is_asked, confirms_it),
    (rita, is_asked, has_no_time_left),
    (left, nothing, moves),
    (left, has_moved, is_put_back),
    (ivy, nothing, is_renamed),
    (ivy, nothing, gets_another_role),
    (ivy, nothing, gets_another_address),
    (ivy, nothing, joins),
    (ivy, nothing, is_cancelled),
    (ivy, is_cancelled, comes_back),
    (xavier, nothing, moves),
    (xavier, has_moved, is_put_back),
    (xavier, was_invited_in_between, is_put_back),
    (unproved, nothing, moves),
]
every_road = pytest.mark.parametrize(
    ("who", "before", "road"), ROADS, ids=[" ".join(each.__name__ for each in road) for road in ROADS]
)


def on_file() -> list[object]:
    """What saving a person could change."""
    return [
        [list(model.objects.order_by("pk").values()) for model in (Member, Invitation, EmailChange)],
        list(User.objects.order_by("pk").values("pk", "email")),
    ]


@every_road
def test_saving_a_mobile_number_on_a_page_from_before_saves_nothing_and_says_so(scene, adam, url, who, before, road):
    member = who(scene)
    before(scene, member)
    address = url("member", member.pk)
    opened = typed_on(adam.get(address))
    road(scene, Member.objects.select_related("account", "user").get(pk=member.pk))
    now = on_file()

    answer = adam.post(address, {**opened, "mobile": TYPED, "reverify_password": PASSWORD})

    assert answer.status_code == 422
    assert "while you had this page open, so nothing was saved" in answer.text
    assert typed_on(answer)["mobile"] == TYPED
    assert on_file() == now


@every_road
@pytest.mark.everyday("who")
def test_it_says_so_before_the_password_is_asked_for_and_the_next_try_counts(scene, adam, url, who, before, road):
    member = who(scene)
    before(scene, member)
    address = url("member", member.pk)
    opened = typed_on(adam.get(address))
    road(scene, Member.objects.select_related("account", "user").get(pk=member.pk))

    told = adam.post(address, {**opened, "mobile": TYPED})
    assert "Verify your password" not in told.text and told.status_code == 422
    seen = typed_on(adam.get(address))
    answer = adam.post(address, {**typed_on(told), **seen, "mobile": TYPED})

    assert answer.status_code == 302
    assert Member.objects.get(pk=member.pk).mobile == KEPT


@pytest.mark.parametrize(
    ("who", "before", "road"), [each for each in ROADS if each[2] in {moves, is_put_back, confirms_it}]
)
def test_a_move_of_the_address_is_noticed_by_the_version_alone(scene, adam, url, who, before, road):
    """On a page from before the release that remembers more than that."""
    member = who(scene)
    before(scene, member)
    opened = typed_on(adam.get(url("member", member.pk)))
    road(scene, Member.objects.select_related("account", "user").get(pk=member.pk))

    answer = adam.post(
        url("member", member.pk), {**opened, "shown": "", "mobile": TYPED, "reverify_password": PASSWORD}
    )

    assert answer.status_code == 422
    assert Member.objects.get(pk=member.pk).mobile == ""


@pytest.mark.parametrize(("who", "before"), sorted({(who, before) for who, before, _road in ROADS}, key=str))
def test_where_nothing_changed_the_mobile_number_is_saved(scene, adam, url, who, before):
    member = who(scene)
    before(scene, member)
    address = url("member", member.pk)
    opened = typed_on(adam.get(address))

    answer = adam.post(address, {**opened, "mobile": TYPED})

    assert answer.status_code == 302
    assert Member.objects.get(pk=member.pk).mobile == KEPT


def test_what_somebody_asks_for_themselves_is_not_told_by_a_refusal(scene, adam, url):
    """Their clinics see nothing of it until it is confirmed."""
    address = url("member", scene.cast.receptionist.pk)
    opened = typed_on(adam.get(address))
    ask(scene.browser_of(scene.cast.receptionist), NEW)

    assert adam.post(address, {**opened, "mobile": TYPED}).status_code == 302


def test_the_very_form_that_asked_for_another_address_is_no_conflict_when_it_is_sent_again(scene, adam, url):
    """A double click."""
    address = url("member", scene.cast.receptionist.pk)
    form = {**typed_on(adam.get(address)), "email": NEW, "mobile": TYPED, "reverify_password": PASSWORD}

    assert [adam.post(address, form).status_code for _click in range(2)] == [302, 302]
    assert EmailChange.objects.count() == 1


def test_another_address_typed_on_a_page_from_before_ends_nobodys_request(scene, adam, url):
    """Olive has just asked for one. Adam sees that first."""
    address = url("member", scene.cast.receptionist.pk)
    opened = typed_on(adam.get(address))
    is_asked(scene, scene.cast.receptionist)

    answer = adam.post(address, {**opened, "email": "rita@adams.example", "reverify_password": PASSWORD})

    assert answer.status_code == 422 and "A new email address waits to be confirmed" in answer.text
    assert EmailChange.objects.get().new_email == NEW and EmailChange.objects.get().is_open


def test_an_owner_who_was_made_one_in_the_meantime_is_left_alone(scene, adam, url):
    member = tess(scene)
    address = url("member", member.pk)
    opened = typed_on(adam.get(address))
    make_owner(actor=scene.cast.owner, target=member)

    answer = adam.post(address, {**opened, "mobile": TYPED})

    assert answer.status_code == 403 and typed_on(answer)["mobile"] == TYPED
    assert Member.objects.get(pk=member.pk).mobile == ""


@pytest.mark.parametrize("road", ["relinquishes", "is removed by support", "is made one by support"])
def test_ownership_that_came_or_went_is_noticed_on_ones_own_page(scene, sign_in, url, road):
    member = administrator_of(scene.cast.clinic, "Otto", "Oh", is_owner=road != "is made one by support")
    otto, address = sign_in(member), url("member", member.pk)
    opened = typed_on(otto.get(address))
    if road == "relinquishes":
        relinquish_ownership(actor=member)
    elif road == "is removed by support":
        remove_owner(staff=support_staff(), target=member, reason="Asked for.")
    else:
        appoint_owner(staff=support_staff(), target=member, reason="Asked for.")

    answer = otto.post(address, {**opened, "mobile": TYPED})

    assert answer.status_code == 422 and "while you had this page open, so nothing was saved" in answer.text


# Buttons


@pytest.mark.parametrize("whose", ["an administrator's", "one's own"])
def test_cancel_change_cancels_the_one_that_the_page_showed(scene, adam, url, whose):
    member = scene.cast.receptionist
    is_asked(scene, member)
    browser, page = (
        (adam, url("member", member.pk)) if whose == "an administrator's" else (scene.browser_of(member), OVERVIEW)
    )
    [button] = re.findall(r'name="change" value="(\d+)"', browser.get(page).text)
    is_asked_for_another(scene, member)

    path = url("member_email_cancel", member.pk) if browser is adam else CANCEL
    told = browser.post(path, {"change": button}, follow=True)

    assert "Another address was asked for while you had this page open, so nothing was cancelled." in told.text
    assert EmailChange.objects.latest("pk").is_open
    [button] = re.findall(r'name="change" value="(\d+)"', told.text)
    browser.post(path, {"change": button})
    assert not EmailChange.objects.filter(ended_at=None).exists()


@pytest.mark.parametrize("change", ["", "x", "-1", "9" * 40])
def test_a_button_that_does_not_say_which_cancels_what_is_waiting(scene, adam, url, change):
    is_asked(scene, scene.cast.receptionist)

    adam.post(url("member_email_cancel", scene.cast.receptionist.pk), {"change": change})

    assert not EmailChange.objects.filter(ended_at=None).exists()


# One's own details


@pytest.mark.parametrize("road", [is_renamed, gets_another_role, moves])
def test_ones_own_details_are_not_saved_over_what_an_administrator_saved(scene, sign_in, url, road):
    member = scene.cast.receptionist
    opened = typed_on(sign_in(member).get(url("my_info")))
    road(scene, member)
    now = on_file()

    browser = scene.browser_of(member)
    told = browser.post(url("my_info"), {**opened, "mobile": TYPED})

    assert told.status_code == 422 and "while you had this page open, so nothing was saved" in told.text
    assert ("First name – On file now: Marguerite" in told.text) == (road is is_renamed)
    assert typed_on(told)["mobile"] == TYPED and on_file() == now
    assert browser.post(url("my_info"), typed_on(told)).status_code == 302
    assert Member.objects.get(pk=member.pk).mobile == KEPT


# The clinic's own forms


def another_name(cast) -> None:
    before = {"name": cast.clinic.name, "time_zone": "UTC", "country": "AU"}
    update_account(actor=cast.owner, name="Harbour", time_zone="UTC", country="AU", expected_details=before)


def another_restriction(cast) -> None:
    change_permissions(actor=cast.owner, switched_on=[Toggle.RECEPTION_OWN_LETTERS], expected_toggles=[])


def another_timeout(cast) -> None:
    before = AccountSecurity.of(cast.clinic)
    change_security(actor=cast.owner, wanted=replace(before, session_timeout=30), expected_security=before.text)


def another_plan(cast) -> None:
    change_plan(actor=cast.owner, plan="medium")


FORMS = {
    "general": (another_name, "expected_name", {"time_zone": "Europe/Vienna"}),
    "permissions": (another_restriction, "csrfmiddlewaretoken", {Toggle.PRACTITIONERS_OWN_NOTES: "on"}),
    "account_security": (another_timeout, "expected_security", {"session_timeout": "60"}),
    "subscription": (another_plan, "expected_plan", {"plan": "large"}),
}


@pytest.mark.parametrize("name", FORMS)
def test_a_form_of_the_clinic_is_told_as_well(cast, adam, url, name):
    """accounts/tests has more of each beside it, and practitioners/tests of businesses and practitioners."""
    change, field, typed = FORMS[name]
    forms = form_on(adam.get(url(name)), with_field=field) if field != "csrfmiddlewaretoken" else {}
    change(cast)
    now = list(Account.objects.order_by("pk").values())

    answer = adam.post(url(name), {**forms, **typed, "reverify_password": PASSWORD})

    assert answer.status_code == 422 and "while you had this page open" in answer.text
    assert list(Account.objects.order_by("pk").values()) == now
