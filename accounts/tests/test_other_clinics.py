"""Another clinic's address or id is answered as one that does not exist (A38)."""

import pytest
from django.urls import reverse

from accounts.access import roles
from accounts.models import Member
from accounts.tests.factories import PASSWORD, MemberFactory, PendingMemberFactory
from accounts.tests.links import alike
from accounts.tests.pages import typed_on
from accounts.tests.routes import clinic_page, clinic_routes, takes
from accounts.tests.rows import everything
from practitioners.models import Practitioner

pytestmark = [pytest.mark.django_db, pytest.mark.policy]

ROUTES = sorted(clinic_routes())
TAKING_A_MEMBER = [route for route in ROUTES if takes(route[0]) == "member_id"]
TAKING_A_BUSINESS = [route for route in ROUTES if takes(route[0]) == "business_id"]
TAKING_AN_ID = [*TAKING_A_MEMBER, *TAKING_A_BUSINESS]
# Whatever a route of the product takes; one form fits all.
FORM = {
    "first_name": "Mallory",
    "last_name": "Marsh",
    "email": "mallory@evil.example",
    "mobile": "",
    "role": "administrator",
    "is_practitioner": "no",
    "is_active": "no",
    "version": "1",
    "plan": "solo",
    "story": "Somebody else should own this.",
    "clinic_name": "Elsewhere",
    "name": "Mallory’s rooms",
    "time_zone": "UTC",
    "reverify_password": PASSWORD,
}


@pytest.fixture
def strangers(cast):
    """People of the other clinic, of every standing."""
    other = cast.other_clinic
    return {
        "joined": MemberFactory(account=other, first_name="Jill"),
        "invited": PendingMemberFactory(account=other, first_name="Ines", invited_by=cast.outsider),
        "inactive": MemberFactory(account=other, first_name="Ida", is_active=False),
        "owner": MemberFactory(account=other, first_name="Oona", role=roles.ADMINISTRATOR, is_owner=True),
    }


def send(client, method, address):
    return client.get(address) if method == "get" else client.post(address, FORM)


def of_the_other_clinic(name, cast, strangers):
    """What an address takes, of the other clinic."""
    ids = {"member_id": strangers["invited"].pk, "business_id": cast.other_clinic.businesses.get().pk}
    return [ids[takes(name)]] if takes(name) else []


@pytest.mark.parametrize(("name", "method"), ROUTES)
@pytest.mark.parametrize("who", ["owner", "administrator", "receptionist"])
@pytest.mark.everyday("name", "who")
def test_another_clinics_address_is_not_there(cast, strangers, sign_in, who, name, method):
    """Not 403: whether there is such a clinic is nobody's business."""
    before = everything()
    address = clinic_page(name, cast.other_clinic.slug, *of_the_other_clinic(name, cast, strangers))

    answer = send(sign_in(getattr(cast, who)), method, address)

    assert answer.status_code == 404
    assert "Elsewhere" not in answer.text
    assert everything() == before


@pytest.mark.parametrize(("name", "method"), ROUTES)
def test_a_clinic_that_does_not_exist_is_answered_alike(cast, strangers, sign_in, name, method):
    client, argument = sign_in(cast.owner), of_the_other_clinic(name, cast, strangers)

    unknown = send(client, method, clinic_page(name, "no-such-clinic", *argument))
    foreign = send(client, method, clinic_page(name, cast.other_clinic.slug, *argument))

    assert unknown.status_code == foreign.status_code == 404
    assert alike(unknown.text) == alike(foreign.text)


def test_there_are_addresses_to_swap_ids_in_and_none_takes_an_id_of_another_kind():
    """Otherwise the tests below would run over nothing, or miss some."""
    assert {takes(name) for name, _method in ROUTES} == {"member_id", "business_id", None}


@pytest.mark.parametrize("standing", ["joined", "invited", "inactive", "owner"])
@pytest.mark.parametrize("who", ["owner", "administrator"])
@pytest.mark.parametrize("route", TAKING_A_MEMBER, ids=" ".join)
@pytest.mark.everyday("route", ("who", "standing"))
def test_an_id_of_another_clinics_person_is_not_there(cast, strangers, sign_in, who, standing, route):
    name, method = route
    Member.objects.filter(account=cast.other_clinic).update(is_practitioner=True)
    for stranger in strangers.values():
        Practitioner.objects.create(member=stranger)
    before = everything()

    answer = send(sign_in(getattr(cast, who)), method, clinic_page(name, cast.clinic.slug, strangers[standing].pk))

    # An administrator is told that this is for owners, whoever the number belongs to.
    assert answer.status_code == (403 if (name, who) == ("member_ownership", "administrator") else 404)
    assert strangers[standing].first_name not in alike(answer.text)
    assert everything() == before


@pytest.mark.parametrize(("name", "method"), TAKING_A_BUSINESS)
@pytest.mark.parametrize("who", ["owner", "administrator"])
def test_an_id_of_another_clinics_business_is_not_there(cast, sign_in, who, name, method):
    theirs, before = cast.other_clinic.businesses.get(), everything()

    answer = send(sign_in(getattr(cast, who)), method, clinic_page(name, cast.clinic.slug, theirs.pk))

    assert answer.status_code == 404
    assert theirs.name not in answer.text
    assert everything() == before


@pytest.mark.parametrize(("name", "method"), TAKING_AN_ID)
@pytest.mark.parametrize("number", ["0", "999999999", "9" * 19, "9" * 40, "9" * 5000])
@pytest.mark.everyday("name", "number")
def test_an_id_that_nobody_has_is_not_there_however_large(cast, sign_in, name, method, number):
    address = clinic_page(name, cast.clinic.slug, 7).replace("/7/", f"/{number}/")

    assert send(sign_in(cast.owner), method, address).status_code == 404


@pytest.mark.parametrize("number", ["-1", "1.5", "abc", "٣x", "%00", "1%20OR%201=1"])
def test_an_id_that_is_no_number_is_not_there(cast, sign_in, url, number):
    address = url("members") + f"{number}/"

    assert sign_in(cast.administrator).get(address).status_code == 404


def test_the_same_login_sees_in_each_clinic_only_its_people(cast, strangers, sign_in):
    """C10: an administrator of both swaps the ids between two tabs."""
    here = cast.administrator
    there = MemberFactory(account=cast.other_clinic, user=here.user, role=roles.ADMINISTRATOR)
    client = sign_in(here)

    for clinic, stranger in ((cast.clinic, there), (cast.other_clinic, here)):
        answer = client.get(reverse("accounts:member", args=[clinic.slug, stranger.pk]))
        assert answer.status_code == 404


def test_a_posted_account_or_id_moves_nobody(cast, strangers, sign_in, url):
    """A38: ids in the body."""
    adam = sign_in(cast.administrator)
    address = url("member", cast.receptionist.pk)
    before = everything()["accounts.Member"]

    adam.post(
        address,
        {
            **typed_on(adam.get(address)),
            "id": strangers["joined"].pk,
            "pk": strangers["joined"].pk,
            "member_id": strangers["joined"].pk,
            "account": cast.other_clinic.pk,
            "account_slug": "elsewhere",
            "user": cast.outsider.user_id,
        },
    )

    assert everything()["accounts.Member"] == before


def test_a_role_in_one_clinic_is_none_in_another(cast, sign_in):
    """Adam administers Harbour Physio and is at the front desk of Elsewhere."""
    MemberFactory(account=cast.other_clinic, user=cast.administrator.user)
    adam = sign_in(cast.administrator)

    assert adam.get(reverse("accounts:members", args=["elsewhere"])).status_code == 403
    assert adam.post(reverse("accounts:member_new", args=["elsewhere"]), FORM).status_code == 403
    assert adam.get(reverse("accounts:members", args=["harbour-physio"])).status_code == 200


def test_activity_of_another_clinic_is_on_no_page_of_this_one(cast, sign_in, url):
    """One login in both; what was done to it there is not told here."""
    there = MemberFactory(account=cast.other_clinic, user=cast.receptionist.user, first_name="Rita")
    xena, address = sign_in(cast.outsider), reverse("accounts:member", args=["elsewhere", there.pk])
    xena.post(address, {**typed_on(xena.get(address)), "first_name": "Marguerite"})
    assert "changed the details of" in xena.get(address).text

    page = sign_in(cast.administrator).get(url("member", cast.receptionist.pk)).text

    assert "changed the details of" not in page
    assert "Xena" not in page
    assert "Marguerite" not in page
