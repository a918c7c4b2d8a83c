"""What an older release left in the database is as good to this code as its own."""

from collections.abc import Callable

import pytest
from django.conf import settings
from django.core.mail import EmailMessage
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from accounts.clinic_settings.closing.erasure import due_for_erasure, erase
from accounts.models import Account, Member, OutboundEmail, User
from accounts.tests.authenticators import give_app, is_signed_in, show_code, show_password, shown
from accounts.tests.links import join
from accounts.tests.routes import clinic_page, clinic_routes, takes
from clinic.clock import database_now
from practitioners.models import Business, Practitioner
from tests.upgrades.conftest import Upgraded
from tests.upgrades.later_story import SEED
from tests.upgrades.released import Release
from tests.upgrades.states import gone, lost, tables
from tests.upgrades.story import SESSION_KEY, SLUG, address

pytestmark = pytest.mark.xdist_group("upgrades")


def person(name: str) -> Member:
    return Member.objects.get(account__slug=SLUG, user__email=address(name))


def signed_in(name: str) -> Client:
    client = Client()
    show_password(client, person(name).user)
    return client


def pages() -> list[str]:
    """The address of every page of Harbour Physio, and of Ivy's; the others that are about somebody are Paul's."""
    businesses = Business.objects.filter(account__slug=SLUG)
    ids = {"member_id": [person("Paul").pk], "business_id": businesses.values_list("pk", flat=True)}
    names = sorted(name for name, method in clinic_routes() if method == "get")
    about = [(name, ids[takes(name)] if takes(name) else [None]) for name in names]
    addresses = [clinic_page(name, SLUG, *([each] if each else [])) for name, found in about for each in found]
    return [*addresses, clinic_page("member", SLUG, person("Ivy").pk)]


def owed() -> list[int]:
    return list(OutboundEmail.objects.due(database_now()).values_list("pk", flat=True))


# What migrate did


def test_no_row_and_no_value_is_lost(upgraded: Upgraded):
    after = tables()

    assert gone(upgraded.before, after) == set()
    assert lost(upgraded.before, after) == []


def test_nothing_is_left_to_migrate_and_the_checks_find_nothing(upgraded: Upgraded):
    call_command("migrate", check_unapplied=True, verbosity=0)
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)
    call_command("check", databases=["default"])


def test_every_account_has_a_business_and_every_practitioner_their_details(upgraded: Upgraded):
    assert not Account.objects.filter(businesses=None).exists()
    assert not Member.objects.filter(is_practitioner=True, practitioner=None).exists()


# What the code makes of it


def test_people_sign_in_with_the_password_they_had(old_data: Release):
    assert all(is_signed_in(signed_in(name)) for name in ("Olive", "Adam", "Rita", "Paul"))


def test_whoever_is_inactive_does_not(old_data: Release):
    assert not is_signed_in(signed_in("Ina"))


def test_whoever_has_a_second_factor_is_asked_for_it_and_has_it(old_data: Release):
    """In the states that knew of it."""
    client = signed_in("Theo")
    if hasattr(person("Theo").user, "authenticator"):
        assert not is_signed_in(client)
        show_code(client, shown(SEED))

    assert is_signed_in(client)


@pytest.mark.slow
def test_every_page_of_the_clinic_answers_its_owner(old_data: Release):
    """An address for acts leads back to a page, in the clinic still."""
    client = signed_in("Olive")
    answers = [client.get(page) for page in pages()]
    elsewhere = [answer.url for answer in answers if answer.status_code == 302]

    assert {answer.status_code for answer in answers} == {200, 302}
    assert all(url.startswith(f"/{SLUG}/") for url in elsewhere)


def test_support_sees_it(old_data: Release):
    client = signed_in("Adam")
    User.objects.filter(email=address("Adam")).update(is_staff=True)
    adam = User.objects.get(email=address("Adam"))
    if not adam.has_two_factor:
        give_app(adam)
    account = Account.objects.get(slug=SLUG)

    assert client.get(reverse("support:accounts_account_change", args=[account.pk])).status_code == 200


def test_the_invitation_that_was_mailed_lets_its_person_in(old_data: Release):
    client = join(person("Ivy"))

    assert is_signed_in(client)
    assert person("Ivy").joined_at


def test_all_mail_that_was_owed_goes_out(old_data: Release, deliver_mail: Callable[[], list[EmailMessage]]):
    """To whom it was owed, also what a worker had in hand when it was stopped."""
    rows = OutboundEmail.objects.filter(pk__in=owed())
    how_many = rows.count()
    sent = deliver_mail()

    assert how_many >= 4
    assert [*rows.values_list("state", flat=True)] == [OutboundEmail.State.ACCEPTED] * how_many
    assert len(sent) == how_many


def test_the_database_still_keeps_the_last_owner(old_data: Release):
    with pytest.raises(IntegrityError, match="no owner"), transaction.atomic():
        Member.objects.filter(account__slug=SLUG).update(is_owner=False)


def test_a_closed_account_is_erased_when_its_time_is_over(old_data: Release):
    """In the states that could close one. What is there of others stays."""
    for account_id in due_for_erasure():
        assert erase(account_id)

    assert [each.slug for each in Account.objects.all()] == [SLUG]


def test_a_session_from_before_is_nobodys_and_one_signs_in_again(old_data: Release):
    client = Client()
    client.cookies[settings.SESSION_COOKIE_NAME] = SESSION_KEY

    assert not is_signed_in(client)
    show_password(client, person("Olive").user)
    assert is_signed_in(client)


def test_who_had_hours_can_be_booked(old_data: Release):
    """In the states that knew of hours; from the others nobody can, until they are filled in."""
    has_hours = Practitioner.objects.filter(member=person("Paul"), availability__isnull=False).exists()
    bookable = Practitioner.objects.bookable(account=person("Paul").account)

    assert [each.member.first_name for each in bookable] == (["Paul"] if has_hours else [])
