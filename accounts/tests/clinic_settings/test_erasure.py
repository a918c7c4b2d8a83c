"""A closed account is erased whole when its thirty days are over, with the logins that were its own; nothing else is.

Harbour Physio is closed and due in these tests. Elsewhere, with as much in it, is not.
"""

from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import pytest
from axes.models import AccessAttempt
from django.apps import apps
from django.db.models import Model, ProtectedError, Q
from django.urls import reverse

from accounts import tasks
from accounts.access import roles
from accounts.clinic_settings.closing import actions as closing
from accounts.clinic_settings.closing import erasure
from accounts.core.errors import NotPermitted
from accounts.invitations.actions import resend_invitation
from accounts.models import Account, Activity, EmailChange, Member, OutboundEmail, SecurityEvent, User
from accounts.models.account import TIME_TO_REOPEN
from accounts.ownership.actions import make_owner
from accounts.ownership.disputes import file_dispute
from accounts.support import actions as support
from accounts.tests.factories import AccountFactory, MemberFactory, PendingMemberFactory, UserFactory
from accounts.tests.owners import by_reader
from accounts.tests.support_desk import recovery_of
from clinic.clock import database_now
from practitioners.models import ReferenceNumber
from practitioners.tests.factories import rests, works

pytestmark = [pytest.mark.django_db, pytest.mark.database]

Rows = dict[str, dict[Any, dict[str, Any]]]


@cache
def paths_to_account(model: type[Model]) -> list[str]:
    """How to filter a model's rows by their account: one way for each line of foreign keys that leads there."""
    if model is Account:
        return ["pk"]
    keys = [field for field in model._meta.fields if field.remote_field and field.related_model is not model]
    return [f"{key.name}__{path}".removesuffix("__pk") for key in keys for path in paths_to_account(key.related_model)]


def rows_of(account: Account) -> dict[str, set[Any]]:
    """The keys of all rows of an account, by the name of their model; a model that knows no account is not in it."""
    found = {}
    for model in apps.get_models():
        if paths := paths_to_account(model):
            of_account = Q(*((path, account.pk) for path in paths), _connector=Q.OR)
            found[model._meta.label] = set(model._base_manager.filter(of_account).values_list("pk", flat=True))
    return found


def everything() -> Rows:
    """Every row of every table."""
    return {
        model._meta.label: {row[model._meta.pk.attname]: row for row in model._base_manager.values()}
        for model in apps.get_models()
    }


def fill(clinic: Account, owner: Member, administrator: Member, pending: Member, staff: User) -> None:
    """Leave rows of every kind in a clinic: by its people, and by support."""
    resend_invitation(actor=administrator, target=pending)
    make_owner(actor=owner, target=administrator)
    dispute = file_dispute(actor=administrator, story="Who owns it?", rightful_owner="", phone="")
    support.settle_dispute(staff=staff, dispute=dispute, reason="Both do.")
    practitioner = works(Member.objects.filter(account=clinic, is_practitioner=True)[0])
    rests(practitioner.member)
    ReferenceNumber.objects.create(practitioner=practitioner, kind="Provider number", number="1")
    ask_somebody_elses_login(practitioner.member.user, administrator)
    ended = {"ended_at": database_now(), "outcome": "stopped_by_clinic", "stopped_by": administrator}
    recovery_of(practitioner.member.user, staff, **ended)


def ask_somebody_elses_login(user: User, administrator: Member) -> None:
    """What an administrator did about the login of somebody, who may have it in other clinics, too."""
    now = database_now()
    kind = SecurityEvent.Kind.EMAIL_CHANGE_ASKED
    SecurityEvent.objects.create(user=user, kind=kind, by=administrator, created_at=now)
    EmailChange.objects.create(
        user=user,
        old_email=user.email,
        new_email=f"new-{user.email}",
        old_was_confirmed=True,
        asked_by=administrator,
        asked_at=now,
        expires_at=now + timedelta(hours=1),
    )


def make_due(clinic: Account) -> None:
    """Let the thirty days of a closed account be over."""
    past = database_now() - timedelta(seconds=1)
    Account.objects.filter(pk=clinic.pk).update(closed_at=past - TIME_TO_REOPEN, erase_at=past)


@pytest.fixture
def elsewhere(cast, sam) -> Account:
    """Another clinic, with as much in it as Harbour Physio has."""
    clinic = cast.other_clinic
    Member.objects.filter(pk=cast.outsider.pk).update(is_owner=True)
    cast.outsider.refresh_from_db()
    second = MemberFactory(account=clinic, role=roles.ADMINISTRATOR, is_practitioner=True)
    pending = PendingMemberFactory(account=clinic, invited_by=cast.outsider)
    fill(clinic, cast.outsider, second, pending, sam)
    return clinic


@pytest.fixture
def closed(cast, sam) -> Account:
    """Harbour Physio: its owners are Olive and Adam, and the thirty days since Olive closed it are over."""
    fill(cast.clinic, cast.owner, cast.administrator, cast.invited, sam)
    closing.close_account(actor=cast.owner)
    make_due(cast.clinic)
    cast.clinic.refresh_from_db()
    return cast.clinic


def people_of(cast) -> list[Member]:
    return [cast.owner, cast.administrator, cast.receptionist, cast.practitioner, cast.invited]


# What goes, and what stays


def test_no_table_keeps_anything_of_an_erased_account(closed):
    before = rows_of(closed)
    assert [label for label, keys in before.items() if not keys] == [], "Nothing would be seen of these: fill them."

    assert erasure.erase(closed.pk) is True

    assert {label: keys for label, keys in rows_of(closed).items() if keys} == {}


def test_the_throttle_forgets_the_addresses_of_logins_that_are_gone(cast, closed, client):
    for email in (cast.receptionist.user.email, cast.outsider.user.email):
        client.post(reverse("accounts:login"), {"email": email, "password": "not the password"})

    erasure.erase(closed.pk)

    assert list(AccessAttempt.objects.values_list("username", flat=True)) == [cast.outsider.user.email]


def test_every_other_row_is_as_it_was(cast, closed, elsewhere):
    """Nothing goes but the rows of the account and the logins of its people; nothing comes but the receipts."""
    doomed = rows_of(closed)
    doomed["accounts.User"] = {person.user_id for person in people_of(cast)}
    mail = OutboundEmail.objects.filter(Q(user__in=doomed["accounts.User"]))
    doomed["accounts.OutboundEmail"] |= set(mail.values_list("pk", flat=True))
    before = everything()

    erasure.erase(closed.pk)

    after = everything()
    for row in OutboundEmail.objects.filter(kind=OutboundEmail.Kind.ERASURE_RECEIPT):
        del after["accounts.OutboundEmail"][row.pk]
    for label, rows in before.items():
        assert after[label] == {key: row for key, row in rows.items() if key not in doomed.get(label, ())}, label


def test_the_login_of_somebody_who_never_joined_goes_too(cast, closed):
    erasure.erase(closed.pk)

    assert not User.objects.filter(pk=cast.invited.user_id).exists()


def test_a_practitioner_goes_with_the_member(cast, closed):
    assert cast.practitioner.practitioner

    erasure.erase(closed.pk)

    assert not apps.get_model("practitioners", "Practitioner").objects.exists()


def joins_elsewhere(user: User, cast) -> None:
    MemberFactory(account=cast.other_clinic, user=user)


def is_invited_elsewhere(user: User, cast) -> None:
    PendingMemberFactory(account=cast.other_clinic, user=user, invited_by=cast.outsider)


def is_inactive_elsewhere(user: User, cast) -> None:
    MemberFactory(account=cast.other_clinic, user=user, is_active=False)


def opened_another_clinic(user: User, cast) -> None:
    AccountFactory(creator=user)


def is_of_support(user: User, cast) -> None:
    User.objects.filter(pk=user.pk).update(is_staff=True)


def was_of_support(user: User, cast) -> None:
    """Somebody whose acts are on record elsewhere, and who has left our support since."""
    User.objects.filter(pk=user.pk).update(is_staff=True)
    support.lock(staff=user, account=cast.other_clinic, reason="A dispute.")
    User.objects.filter(pk=user.pk).update(is_staff=False)


@pytest.mark.parametrize(
    "ties",
    [
        joins_elsewhere,
        is_invited_elsewhere,
        is_inactive_elsewhere,
        opened_another_clinic,
        is_of_support,
        was_of_support,
    ],
)
def test_a_login_that_something_else_needs_is_kept_as_it_is(cast, closed, ties):
    ties(cast.receptionist.user, cast)
    before = User.objects.filter(pk=cast.receptionist.user_id).values().get()

    assert erasure.erase(closed.pk) is True

    assert User.objects.filter(pk=cast.receptionist.user_id).values().get() == before
    assert not User.objects.filter(pk=cast.practitioner.user_id).exists()


def test_whoever_was_signed_in_with_a_login_that_is_gone_is_signed_out(cast, closed, sign_in):
    browser = sign_in(cast.receptionist)

    erasure.erase(closed.pk)

    answer = browser.get(reverse("accounts:clinics"))
    assert answer.status_code == 302
    assert answer.url.startswith(reverse("accounts:login"))


def test_the_address_of_the_clinic_answers_like_one_that_never_was(cast, closed, sign_in, url):
    joins_elsewhere(cast.receptionist.user, cast)
    browser = sign_in(cast.receptionist)

    erasure.erase(closed.pk)

    assert browser.get(url("home")).status_code == 404


# Receipts


def test_each_owner_gets_a_receipt_and_nobody_else_does(closed, deliver_mail, mailoutbox):
    deliver_mail()
    mailoutbox.clear()

    erasure.erase(closed.pk)

    assert set(by_reader(deliver_mail())) == {"olive@harbour.example", "adam@harbour.example"}


def test_a_receipt_says_what_was_erased_and_when_in_the_clinics_own_time(closed, deliver_mail, mailoutbox):
    """The login that it goes to is gone when it is built."""
    deliver_mail()
    mailoutbox.clear()
    moment = datetime(2026, 3, 1, 15, 30, tzinfo=UTC)
    Account.objects.filter(pk=closed.pk).update(closed_at=moment, time_zone="Australia/Sydney")

    erasure.erase(closed.pk)

    receipt = by_reader(deliver_mail())["olive@harbour.example"]
    assert receipt.subject == "Harbour Physio has been erased"
    assert "closed on Monday 2 March 2026 at 02:30 (Australia/Sydney)" in receipt.body
    assert "5 people" in receipt.body
    assert not User.objects.filter(email="olive@harbour.example").exists()


# When


@pytest.mark.parametrize(
    "fields",
    [
        {"closed_at": None, "erase_at": None},
        {"erase_at": datetime(2999, 1, 1, tzinfo=UTC)},
        {"locked_at": datetime(2026, 1, 1, tzinfo=UTC)},
    ],
    ids=["open", "not yet due", "locked"],
)
def test_an_account_is_left_alone_that_is(closed, fields):
    Account.objects.filter(pk=closed.pk).update(**fields)
    before = everything()

    assert erasure.due_for_erasure() == []
    assert erasure.erase(closed.pk) is False

    assert everything() == before


def test_an_account_that_is_closed_now_is_due_in_thirty_days(cast):
    closing.close_account(actor=cast.owner)

    account = Account.objects.get(pk=cast.clinic.pk)
    assert account.erase_at - account.closed_at == TIME_TO_REOPEN == timedelta(days=30)
    assert abs(database_now() - account.closed_at) < timedelta(minutes=1)


def test_an_account_that_is_opened_again_is_not_erased(cast, closed):
    """Also where its time was over, and the worker had not come by yet."""
    closing.reopen_account(actor=cast.owner)

    assert erasure.erase(closed.pk) is False
    assert Account.objects.get(pk=closed.pk).is_open


def test_unlocking_a_closed_account_gives_its_owners_thirty_days_anew(closed, sam):
    support.lock(staff=sam, account=closed, reason="A dispute.")
    support.unlock(staff=sam, account=closed, reason="It is settled.")

    account = Account.objects.get(pk=closed.pk)
    assert abs(account.erase_at - database_now() - TIME_TO_REOPEN) < timedelta(minutes=1)
    assert erasure.erase(closed.pk) is False


def test_an_account_that_is_gone_is_not_erased_again(closed):
    erasure.erase(closed.pk)

    assert erasure.erase(closed.pk) is False
    assert OutboundEmail.objects.filter(kind=OutboundEmail.Kind.ERASURE_RECEIPT).count() == 2


def test_the_owner_of_an_account_that_is_gone_is_told_so_and_opens_nothing(cast, closed):
    erasure.erase(closed.pk)

    with pytest.raises(NotPermitted, match="Nothing was changed"):
        closing.reopen_account(actor=cast.owner)


# The worker's task


def another_due(**fields: Any) -> Account:
    owner = UserFactory()
    clinic = AccountFactory(creator=owner, **fields)
    MemberFactory(account=clinic, user=owner, role=roles.ADMINISTRATOR, is_owner=True)
    make_due(clinic)
    return clinic


def test_the_task_erases_all_that_are_due_and_nothing_when_it_runs_again(closed, elsewhere):
    second = another_due()

    tasks.erase_closed_accounts()
    after = everything()
    tasks.erase_closed_accounts()

    assert not Account.objects.filter(pk__in=[closed.pk, second.pk]).exists()
    assert Account.objects.filter(pk=elsewhere.pk).exists()
    assert everything() == after


def test_an_account_that_cannot_be_erased_is_left_whole_and_holds_up_no_other(cast, closed):
    """A row of another clinic that names one of its people, which no page of ours makes."""
    stray = Activity.objects.create(account=cast.other_clinic, subject=cast.receptionist, verb="member_added")
    second = another_due()
    before = rows_of(closed)

    tasks.erase_closed_accounts()

    with pytest.raises(ProtectedError):
        erasure.erase(closed.pk)
    assert rows_of(closed) == before
    assert not OutboundEmail.objects.filter(recipient="olive@harbour.example", activity=None).exists()
    assert not Account.objects.filter(pk=second.pk).exists()
    stray.delete()
    tasks.erase_closed_accounts()
    assert not Account.objects.filter(pk=closed.pk).exists()
