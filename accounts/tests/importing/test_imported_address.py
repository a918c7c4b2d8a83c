"""Somebody brought over at a wrong address, who has never signed in: an administrator puts it right (A70)."""

import pytest
from django.test import Client
from django.urls import reverse

from accounts.access import roles
from accounts.core.details import MemberDetails
from accounts.core.errors import ActionRefused, NotPermitted
from accounts.core.stale import ChangedMeanwhile
from accounts.models import Activity, EmailChange, Invitation, Member, User
from accounts.people.actions import update_member
from accounts.support.actions import appoint_owner, remove_owner
from accounts.tests.factories import PASSWORD, AccountFactory, MemberFactory, UserFactory
from accounts.tests.import_files import account, bring, csv_file, line, member
from accounts.tests.links import CHOSEN, opened
from accounts.tests.owners import VERIFIED, asks, told_on
from accounts.tests.pages import typed_on
from accounts.tests.support_desk import REASON, REASONED, at
from clinic.clock import database_now

pytestmark = [pytest.mark.django_db, pytest.mark.database]

WRONG, RIGHT = "rob@wrong.example", "rob@right.example"


@pytest.fixture
def rob(cast):
    """Rob, who sees patients and was brought over with a wrong address: nobody has ever signed in as him."""
    user = UserFactory(email=WRONG, password=None, email_confirmed_at=None)
    return MemberFactory(account=cast.clinic, user=user, first_name="Rob", last_name="Ray", is_practitioner=True)


@pytest.fixture
def correct(adam, url):
    """Send the form of somebody's page with another address, and Adam's password."""

    def _correct(person, browser=adam, email=RIGHT, **fields):
        address = url("member", person.pk)
        return browser.post(address, {**typed_on(browser.get(address)), "email": email, **VERIFIED, **fields})

    return _correct


def on_file(person):
    return Member.objects.select_related("user").get(pk=person.pk)


def test_the_page_says_what_a_corrected_address_does(cast, rob, adam, url, correct):
    assert "Rob has never signed in. Correct the address, and they are invited at the new one." in (
        adam.get(url("member", rob.pk)).text
    )
    prompt = correct(rob, reverify_password="")

    assert asks(prompt)
    assert f"Invite Rob Ray at {RIGHT}, as they have never signed in with the address on file." in prompt.text


def test_it_holds_at_once_and_they_are_invited_there(cast, rob, adam, url, correct, deliver_mail):
    assert correct(rob).status_code == 302

    assert not EmailChange.objects.exists()
    assert (on_file(rob).user.email, on_file(rob).has_joined, on_file(rob).is_active) == (RIGHT, False, True)
    assert f"A new invitation email to {RIGHT} is on its way" in told_on(adam.get(url("member", rob.pk)))
    [message] = deliver_mail()
    assert message.to == [RIGHT]
    browser = opened(rob)
    browser.post("/invitations/", {"password": CHOSEN})
    assert on_file(rob).is_present
    assert browser.get(url("home")).status_code == 200


def test_the_words_about_the_old_address_and_its_password_go_to_nobody(cast, rob, correct, deliver_mail):
    """They have none."""
    correct(rob)

    assert not [each for each in deliver_mail() if "old address" in each.body]


def test_whoever_reads_the_wrong_address_has_no_way_in_any_more(cast, rob, correct, deliver_mail):
    """The login is gone with it, so that no reset link goes there, and one from before is dead."""
    browser = Client()
    browser.post(reverse("accounts:password_reset"), {"email": WRONG})
    [reset] = deliver_mail()
    link = reset.body.split("http://testserver", 1)[1].split()[0]

    correct(rob)

    assert not User.objects.filter(email=WRONG).exists()
    page = browser.get(link, follow=True)
    assert 'name="password"' not in page.text
    browser.post(reverse("accounts:password_reset"), {"email": WRONG})
    assert not [each for each in deliver_mail()[1:] if each.to == [WRONG]]


def test_it_is_written_down_with_both_addresses(cast, rob, correct):
    correct(rob)

    entry = Activity.objects.get()
    assert (entry.verb, entry.actor, entry.subject) == (Activity.Verb.MEMBER_UPDATED, cast.administrator, rob)
    assert entry.details == {"email": [WRONG, RIGHT]}
    assert on_file(rob).version == rob.version + 1


def test_their_place_on_the_plan_stays_theirs(cast, rob, correct):
    """Also where every other one is taken."""
    for _number in range(2):
        MemberFactory(account=cast.clinic, is_practitioner=True)

    assert correct(rob).status_code == 302
    assert Member.objects.filter(pk=rob.pk).holding_seat().exists()


def test_in_another_clinic_they_stay_at_the_address_that_is_on_file_there(cast, rob, correct):
    there = MemberFactory(account=cast.other_clinic, user=rob.user)

    correct(rob)

    assert on_file(there).user.email == WRONG and on_file(there).has_joined
    assert on_file(rob).user.email == RIGHT


def test_at_an_address_with_a_login_they_join_with_its_password(cast, rob, correct):
    """C4."""
    UserFactory(email=RIGHT)
    correct(rob)

    opened(rob).post("/invitations/", {"password": CHOSEN})
    assert not on_file(rob).has_joined
    opened(rob).post("/invitations/", {"password": PASSWORD})

    assert on_file(rob).is_present


def test_corrected_once_more_before_they_joined_the_first_link_is_dead(cast, rob, correct):
    correct(rob)
    first = opened(rob)
    correct(rob, email="rob@better.example")

    assert first.post("/invitations/", {"password": CHOSEN}).status_code == 410
    assert Invitation.objects.get(member=rob).email == "rob@better.example"


def test_an_address_that_somebody_in_the_clinic_has_is_refused(cast, rob, correct):
    page = correct(rob, email="rita@harbour.example")

    assert page.status_code == 422 and "Rita Reyes already has this email address" in page.text
    assert on_file(rob).user.email == WRONG


def test_while_inactive_it_is_corrected_without_a_mail_and_they_are_invited_once_active(
    cast, rob, correct, deliver_mail
):
    Member.objects.filter(pk=rob.pk).update(is_active=False)
    correct(rob, is_active="no")
    assert on_file(rob).user.email == RIGHT and deliver_mail() == []

    correct(rob, is_active="yes")

    assert [each.to for each in deliver_mail()] == [[RIGHT]]
    assert on_file(rob).is_active and not on_file(rob).has_joined


def test_corrected_and_made_active_in_one_they_are_invited_at_the_right_address_alone(cast, rob, correct, deliver_mail):
    Member.objects.filter(pk=rob.pk).update(is_active=False)

    correct(rob, is_active="yes")

    assert [each.to for each in deliver_mail()] == [[RIGHT]]


def test_once_they_have_a_password_the_new_address_is_asked_to_confirm(cast, rob, correct):
    """C2."""
    rob.user.set_password(PASSWORD)
    rob.user.email_confirmed_at = database_now()
    rob.user.save()

    correct(rob)

    assert EmailChange.objects.get().new_email == RIGHT and on_file(rob).user.email == WRONG


def test_who_chooses_a_password_while_it_is_corrected_keeps_their_login(cast, rob, monkeypatch):
    """The first sign-in may be under way at this very moment: it is looked at again under the lock."""
    from accounts.people import actions as members

    def _meanwhile(email):
        User.objects.filter(pk=rob.user_id).update(password=UserFactory().password, email_confirmed_at=database_now())

    monkeypatch.setattr(members, "lock_user_at", _meanwhile)
    details = MemberDetails(**{**vars(MemberDetails.of(rob)), "email": RIGHT})

    with pytest.raises(ChangedMeanwhile):
        update_member(actor=cast.administrator, target=rob, details=details, expected_version=rob.version)

    assert on_file(rob).has_joined


def test_somebody_of_support_is_asked_as_before(cast, rob):
    """Their login opens more than this clinic."""
    User.objects.filter(pk=rob.user_id).update(is_staff=True)
    target = on_file(rob)
    details = MemberDetails(**{**vars(MemberDetails.of(target)), "email": RIGHT})

    with pytest.raises(ActionRefused):
        update_member(actor=cast.administrator, target=target, details=details, expected_version=target.version)


# An owner, who is changed by nobody else


@pytest.fixture
def ann(cast):
    """Ann, who owns Old Mill by the rule for old accounts, at an address that nobody reads. Bea administers it."""
    mill = AccountFactory(name="Old Mill", slug="old-mill", creator=None)
    user = UserFactory(email="ann@wrong.example", password=None, email_confirmed_at=None)
    return MemberFactory(account=mill, user=user, first_name="Ann", role=roles.ADMINISTRATOR, is_owner=True)


def test_an_administrator_corrects_no_owner(cast, ann):
    """A40."""
    bea = MemberFactory(account=ann.account, role=roles.ADMINISTRATOR)
    details = MemberDetails(**{**vars(MemberDetails.of(ann)), "email": "ann@right.example"})

    with pytest.raises(NotPermitted):
        update_member(actor=bea, target=ann, details=details, expected_version=ann.version)


def test_support_takes_ownership_off_the_wrong_address_and_an_administrator_corrects_it(cast, ann, desk, sign_in):
    """docs/owners-locked-out.md."""
    bea = MemberFactory(account=ann.account, role=roles.ADMINISTRATOR)
    desk.post(at("owner_appoint", ann.account_id, bea.pk), REASONED)
    desk.post(at("owner_remove", ann.account_id, ann.pk), REASONED)
    browser, page = sign_in(bea), reverse("accounts:member", args=["old-mill", ann.pk])

    browser.post(page, {**typed_on(browser.get(page)), "email": "ann@right.example", **VERIFIED})
    opened(ann).post("/invitations/", {"password": CHOSEN})
    browser.post(reverse("accounts:member_ownership", args=["old-mill", ann.pk]), VERIFIED)

    assert on_file(ann).is_owner and on_file(ann).user.email == "ann@right.example"


def test_a_sole_owner_with_a_wrong_address_gets_in_by_a_corrected_line_and_support(tmp_path, sam, deliver_mail):
    """docs/importing.md: nobody in the clinic can sign in, so that the file and support are the way."""
    bring(csv_file(tmp_path, line("Ann", email="ann@wrong.example")))
    [wrong] = account().members.all()
    assert wrong.is_owner

    bring(csv_file(tmp_path, line("Ann")))
    right = member("Ann")
    assert not right.is_owner
    browser = Client()
    browser.post(reverse("accounts:password_reset"), {"email": "ann@old.example"})
    link = deliver_mail()[-1].body.split("http://testserver", 1)[1].split()[0]
    page = browser.get(link, follow=True)
    browser.post(page.redirect_chain[-1][0], {"password": CHOSEN})
    appoint_owner(staff=sam, target=on_file(right), reason=REASON)
    remove_owner(staff=sam, target=on_file(wrong), reason=REASON)
    browser.post("/login/", {"email": "ann@old.example", "password": CHOSEN})
    page = reverse("accounts:member", args=[account().slug, wrong.pk])
    browser.post(page, {**typed_on(browser.get(page)), "is_active": "no", "reverify_password": CHOSEN})

    assert on_file(right).is_owner and not on_file(wrong).is_active
