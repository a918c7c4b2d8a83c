"""**My info**: one's own names and mobile number, and one's place in the clinic (C6, A39, A41)."""

import pytest

from accounts.access import roles
from accounts.models import Activity, Member
from accounts.people import actions as members
from accounts.people import my_info_views as my_info
from accounts.tests.factories import PASSWORD, MemberFactory
from accounts.tests.pages import typed_on

pytestmark = pytest.mark.django_db

EVERYBODY = ["owner", "administrator", "receptionist", "practitioner"]


@pytest.mark.parametrize("who", EVERYBODY)
def test_everybody_sees_their_own_details_and_place_in_the_clinic(cast, sign_in, url, who):
    member = getattr(cast, who)

    page = sign_in(member).get(url("my_info"))

    typed = typed_on(page)
    assert (typed["first_name"], typed["last_name"], typed["mobile"]) == (member.first_name, member.last_name, "")
    assert f"<dt>Email</dt><dd><bdi>{member.user.email}</bdi></dd>" in page.text
    assert f"<dt>Security role</dt><dd>{member.role_name}</dd>" in page.text
    assert f"<dt>Practitioner</dt><dd>{'Yes' if member.is_practitioner else 'No'}</dd>" in page.text
    assert ("<dt>Owner</dt>" in page.text) == member.is_owner


@pytest.mark.parametrize("who", EVERYBODY)
def test_everybody_changes_their_own_names_and_mobile_number_without_a_password(cast, sign_in, url, who):
    member = getattr(cast, who)

    answer = sign_in(member).post(
        url("my_info"), {"first_name": "New", "last_name": "Name", "mobile": "+61 400 000 000"}, follow=True
    )

    assert "Your details were updated." in answer.text
    member.refresh_from_db()
    assert (member.full_name, member.mobile) == ("New Name", "+61400000000")


def test_the_change_is_written_down(cast, sign_in, url):
    sign_in(cast.receptionist).post(url("my_info"), {"first_name": "Rita", "last_name": "Rey", "mobile": ""})

    entry = Activity.objects.get()
    assert (entry.actor, entry.subject) == (cast.receptionist, cast.receptionist)
    assert entry.details == {"last_name": ["Reyes", "Rey"]}


def test_saving_without_a_change_is_written_down_nowhere(cast, sign_in, url):
    sign_in(cast.receptionist).post(url("my_info"), {"first_name": "Rita", "last_name": "Reyes", "mobile": ""})

    assert not Activity.objects.exists()


@pytest.mark.parametrize("who", EVERYBODY)
def test_nothing_else_can_be_changed_here_by_a_posted_field(cast, sign_in, url, who):
    """A39, A41: nobody raises their own role."""
    member = getattr(cast, who)
    before = Member.objects.values().get(pk=member.pk)
    forged = {
        "role": "administrator" if who != "administrator" else "scheduler",
        "is_owner": "on",
        "is_active": "no",
        "is_practitioner": "no" if member.is_practitioner else "yes",
        "email": "mallory@evil.example",
        "account": cast.other_clinic.pk,
        "member_id": cast.owner.pk,
        "joined_at": "",
        "reverify_password": PASSWORD,
    }

    sign_in(member).post(
        url("my_info"), {"first_name": member.first_name, "last_name": member.last_name, "mobile": "", **forged}
    )

    assert Member.objects.values().get(pk=member.pk) == before
    member.user.refresh_from_db()
    assert not member.user.email.startswith("mallory")


def test_the_details_are_those_of_this_clinic_only(cast, sign_in, url):
    """C10: the same person may go by another name elsewhere."""
    elsewhere = MemberFactory(account=cast.other_clinic, user=cast.receptionist.user, first_name="Rita")

    sign_in(cast.receptionist).post(url("my_info"), {"first_name": "Margie", "last_name": "Reyes", "mobile": ""})

    elsewhere.refresh_from_db()
    assert elsewhere.first_name == "Rita"


def test_an_administrator_who_has_the_page_open_is_told_that_it_changed(cast, sign_in, url):
    adam, address = sign_in(cast.administrator), url("member", cast.receptionist.pk)
    open_page = typed_on(adam.get(address))
    sign_in(cast.receptionist).post(url("my_info"), {"first_name": "Margie", "last_name": "Reyes", "mobile": ""})

    page = adam.post(address, {**open_page, "mobile": "0400 000 000"})

    assert page.status_code == 422
    assert "On file now: Margie" in page.text


def test_an_administrator_is_led_to_their_own_page_and_others_to_an_administrator(cast, sign_in, url):
    adam, rita = sign_in(cast.administrator), sign_in(cast.receptionist)

    assert f'href="{url("member", cast.administrator.pk)}"' in adam.get(url("my_info")).text
    assert "An administrator can change these." in rita.get(url("my_info")).text


def test_somebody_made_inactive_just_before_the_change_is_told_so_and_nothing_is_changed(
    cast, sign_in, url, monkeypatch
):
    """The action looks again inside the lock; what it then says must reach the page."""

    def _too_late(**details):
        Member.objects.filter(pk=cast.receptionist.pk).update(is_active=False)
        members.update_own_details(**details)

    monkeypatch.setattr(my_info, "update_own_details", _too_late)

    page = sign_in(cast.receptionist).post(url("my_info"), {"first_name": "Margie", "last_name": "R", "mobile": ""})

    assert page.status_code == 422
    assert "You may not do this, or may no longer. Nothing was changed." in page.text
    assert Member.objects.get(pk=cast.receptionist.pk).first_name == "Rita"


@pytest.mark.parametrize("role", list(roles.ROLES))
def test_settings_lead_to_the_first_page_that_is_theirs(cast, sign_in, url, role):
    member = MemberFactory(account=cast.clinic, role=role)
    pages = {"administrator": url("members"), "power_receptionist": "/harbour-physio/settings/businesses/"}

    assert sign_in(member).get(url("settings")).url == pages.get(role, url("my_info"))
