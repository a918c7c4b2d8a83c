"""Steps of the races about owners: what the product does, what support does, and what a shell does past both.

A shell that the database turns down ends in a refusal, as an action does.
"""

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import IntegrityError, OperationalError, connection, transaction
from django.db.models import ProtectedError
from django.urls import reverse

from accounts.core.errors import ActionRefused
from accounts.models import Account, Activity, Member, User
from accounts.ownership.actions import make_owner, relinquish_ownership
from accounts.support.actions import appoint_owner, remove_owner
from tests.races.steps import PASSWORD, Race, make_clinic, make_login, signed_in

LOSSES = {Activity.Verb.OWNERSHIP_RELINQUISHED, Activity.Verb.OWNERSHIP_REMOVED}
SECONDS_AT_THE_KEYBOARD = 0.15


class OwnerKept(ActionRefused):
    """The guard did not let the last owner go."""


class GuardBusy(ActionRefused):
    """The guard did not wait for somebody who is changing the account."""


class StillNeeded(ActionRefused):
    """Other rows point to the one that was to be deleted."""


@contextmanager
def _shell() -> Iterator[None]:
    """Turn what the database answers a shell with on purpose into refusals; every other error stays one."""
    try:
        yield
    except IntegrityError as error:
        words = str(error).splitlines()[0]
        if "would have no owner" in words:
            raise OwnerKept(words) from error
        if isinstance(error, ProtectedError) or "foreign key" in words.lower():
            raise StillNeeded("Other rows need this one.") from error
        raise
    except OperationalError as error:
        words = str(error).splitlines()[0]
        if "Try again" not in words:
            raise
        raise GuardBusy(words) from error


# Setting a race up


def make_owned_clinic(slug: str, *, owners: int, administrators: int = 0, others: int = 0) -> dict[str, Any]:
    """A clinic with that many owners, administrators besides them, and practitioners."""
    with transaction.atomic():
        made = make_clinic(slug, administrators=owners + administrators, practitioners=others)
        people = made["members"]
        Member.objects.filter(pk__in=people[:owners]).update(is_owner=True)
    rest = people[owners:]
    return {
        "clinic": made["clinic"],
        "owners": people[:owners],
        "administrators": rest[:administrators],
        "others": rest[administrators:],
    }


def make_support(email: str) -> int:
    """Somebody of support, who is in no clinic."""
    staff = make_login(email)
    User.objects.filter(pk=staff).update(is_staff=True)
    return staff


# Steps that race: the product's


def grant(actor: int, target: int) -> Race:
    """Make somebody an owner."""
    people = {"actor": Member.objects.get(pk=actor), "target": Member.objects.get(pk=target)}
    yield
    make_owner(**people)


def relinquish(actor: int) -> Race:
    """Stop being an owner."""
    owner = Member.objects.get(pk=actor)
    yield
    relinquish_ownership(actor=owner)


def appoint(staff: int, target: int) -> Race:
    """Make somebody an owner, as support."""
    user, member = User.objects.get(pk=staff), Member.objects.select_related("account").get(pk=target)
    yield
    appoint_owner(staff=user, target=member, reason="A race.")


def remove(staff: int, target: int) -> Race:
    """Take ownership from somebody, as support."""
    user, member = User.objects.get(pk=staff), Member.objects.select_related("account").get(pk=target)
    yield
    remove_owner(staff=user, target=member, reason="A race.")


def post_relinquish(actor: int) -> Race:
    """Send **Relinquish ownership** with the password, as a browser does that is signed in; the answer's status."""
    member = Member.objects.select_related("account", "user").get(pk=actor)
    browser = signed_in(member)
    yield
    page = reverse("accounts:my_ownership", args=[member.account.slug])
    return browser.post(page, {"reverify_password": PASSWORD}).status_code


# Steps that race: a shell's. Each says whom it took ownership from, and whom it deleted.

Done = dict[str, list[int]]


def shell_disowns(target: int) -> Race:
    """Take ownership from somebody by SQL."""
    yield
    return _disown(target)


def _disown(target: int) -> Done:
    with _shell(), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE accounts_member SET is_owner = %s WHERE id = %s AND is_owner RETURNING id", [False, target]
        )
        return {"disowned": [pk for (pk,) in cursor.fetchall()], "deleted": []}


def shell_disowns_everybody(clinic: int) -> Race:
    """Take ownership from all owners with one statement."""
    yield
    with _shell(), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE accounts_member SET is_owner = %s WHERE account_id = %s AND is_owner RETURNING id", [False, clinic]
        )
        return {"disowned": [pk for (pk,) in cursor.fetchall()], "deleted": []}


def shell_updates(target: int) -> Race:
    """Take ownership from somebody by a queryset's update()."""
    yield
    with _shell():
        count = Member.objects.filter(pk=target, is_owner=True).update(is_owner=False)
    return {"disowned": [target] * count, "deleted": []}


def shell_deletes(target: int) -> Race:
    """Delete somebody by SQL."""
    yield
    with _shell(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM accounts_member WHERE id = %s RETURNING id", [target])
        return {"disowned": [], "deleted": [pk for (pk,) in cursor.fetchall()]}


def shell_deletes_whole(target: int) -> Race:
    """Delete somebody by the model's delete()."""
    member = Member.objects.get(pk=target)
    yield
    with _shell():
        _rows, by_model = member.delete()
    return {"disowned": [], "deleted": [target] * by_model.get("accounts.Member", 0)}


def shell_dawdles(target: int) -> Race:
    """In one transaction hold somebody's row for a while, and only then take ownership from them."""
    with _shell(), transaction.atomic():
        Member.objects.filter(pk=target).update(mobile="+61 491 570 006")
        yield
        time.sleep(SECONDS_AT_THE_KEYBOARD)
        return _disown(target)


def shell_changes_twice(target: int) -> Race:
    """In one transaction change somebody's row, and a while later once more; it has nothing to do with ownership."""
    with _shell(), transaction.atomic():
        Member.objects.filter(pk=target).update(mobile="+61 491 570 006")
        yield
        time.sleep(SECONDS_AT_THE_KEYBOARD)
        Member.objects.filter(pk=target).update(mobile="+61 491 570 156")
    return {"disowned": [], "deleted": []}


def shell_looked_before(target: int) -> Race:
    """Take ownership from somebody in a transaction that goes on seeing what was there when it began."""
    with _shell(), transaction.atomic():
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        Member.objects.get(pk=target)
        yield
        time.sleep(SECONDS_AT_THE_KEYBOARD)
        return _disown(target)


# Looking at what became of it


def ownership(clinic: int) -> dict[str, Any]:
    """Who owns the clinic, whether they may, and how often the activity log says that each gained or lost it."""
    log = Counter(Activity.objects.filter(account_id=clinic).values_list("subject_id", "verb"))
    return {
        "is_open": Account.objects.get(pk=clinic).is_open,
        "people": [
            {
                "member": each.pk,
                "is_owner": each.is_owner,
                "is_sound": each.is_present and each.is_administrator,
                "gained": log[each.pk, Activity.Verb.OWNERSHIP_GRANTED],
                "lost": sum(log[each.pk, verb] for verb in LOSSES),
            }
            for each in Member.objects.filter(account_id=clinic).order_by("pk")
        ],
    }
