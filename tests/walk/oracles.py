"""What must hold after every act of a walk, and at its end: stated here and nowhere else (A58, A68 to A73).

1. Nobody opens a place in a clinic that was not meant for them, nor reads the mailbox that opens it.
2. An account that had an owner, or an administrator, who can sign in keeps one.
3. Whoever holds a seat without having joined can still join.
4. Nothing about how somebody signs in goes without an entry that tells of it.
5. What an administrator asked for ends with their being one.
6. Nobody is stranded: with their mailbox alone, whoever belongs to a clinic gets back into it, or is helped.
7. An address whose mail somebody reads can be made theirs.
8. No page fails (the test client raises), and none says what is untrue: acts look at what they meet.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.db.models import Q
from django.test import Client
from django.urls import reverse

from accounts.core.errors import ActionRefused
from accounts.identity.two_factor.recovery.actions import complete_recovery, open_recovery
from accounts.models import Account, Activity, EmailChange, Member, SecurityEvent, User
from accounts.tests.authenticators import give_app
from accounts.tests.factories import UserFactory
from accounts.tests.links import path_of
from tests.walk.world import READERS, World

Login = tuple[str, int]


@dataclass
class Before:
    """What was on file before an act."""

    logins: dict[int, Login]
    events: int

    @classmethod
    def now(cls) -> Before:
        """As it is now: of each login its password and how many apps and passkeys it has."""
        newest = SecurityEvent.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
        return cls(_logins(), newest)


def _logins() -> dict[int, Login]:
    found = User.objects.prefetch_related("passkeys").select_related("authenticator")
    return {user.pk: (user.password, user.passkeys.count() + user.has_authenticator) for user in found}


def after_each_act(world: World, before: Before, actors: list[str]) -> Iterator[str]:
    """What an act of `actors` broke."""
    for name in actors:
        yield from _opens_only_what_is_theirs(world, name)
    yield from _mailboxes_hold_what_is_theirs(world)
    yield from _nobody_is_put_back(world)
    yield from _someone_answers(world)
    yield from _seats_can_be_taken(world)
    yield from _every_change_has_an_entry(before)
    yield from _wishes_end_with_their_administrator()


def at_the_end(world: World) -> Iterator[str]:
    """Who is stranded, once everybody has gone home and come back."""
    for name in world.people:
        yield from _opens_only_what_is_theirs(world, name)
    world.clock.shift(timedelta(hours=80))
    for name in world.people:
        yield from _gets_back_in(world, name)
    world.clock.shift(timedelta(hours=80))
    for address, name in READERS.items():
        if world.reads(name, address):
            yield from _makes_it_theirs(world, name, address)


def _opens_only_what_is_theirs(world: World, name: str) -> Iterator[str]:
    person = world.person(name)
    if not person.login_id or not world.is_signed_in(name):
        return
    for row in Member.objects.present().filter(user=person.login_id).select_related("account", "user"):
        if row.account.is_open and not world.may_open(name, row):
            yield f"{name} opens {row.account} as {row} ({row.user}), which was meant for {world.meant[row.pk]}"


def _mailboxes_hold_what_is_theirs(world: World) -> Iterator[str]:
    """Whoever reads mail at the address of a login gets all that it holds, whenever they like."""
    for row in Member.objects.present().select_related("account", "user"):
        name = world.readers.get(row.user.email)
        if name and not world.may_open(name, row):
            yield f"{name} reads {row.user} and holds {row} of {row.account}, which was meant for {world.meant[row.pk]}"


def _nobody_is_put_back(world: World) -> Iterator[str]:
    """Into a clinic that they left, without their having said yes."""
    for row in Member.objects.present().filter(pk__in=world.left).select_related("account"):
        yield f"{row} left {row.account}, and is in it again without having agreed"


def _someone_answers(world: World) -> Iterator[str]:
    """Whoever was handed a clinic with a mailbox that they had proved gets a link to a password there."""
    has_password = ~Q(user__password__startswith=UNUSABLE_PASSWORD_PREFIX)
    for account in Account.objects.filter(closed_at=None):
        able = account.members.present().filter(has_password | Q(user__email_confirmed_at__isnull=False))
        for what, people in (("owner", able.filter(is_owner=True)), ("administrator", able.administrators())):
            if people.exists():
                world.answered.add((account.pk, what))
            elif (account.pk, what) in world.answered:
                yield f"{account} has no {what} any more who can sign in"


def _seats_can_be_taken(world: World) -> Iterator[str]:
    invited = Member.objects.holding_seat().filter(joined_at=None, account__closed_at=None)
    for row in invited.select_related("account", "user"):
        page = Client(REMOTE_ADDR="10.1.0.5").get(path_of(row), follow=True)
        if page.status_code != 200:
            yield f"{row} ({row.user}) holds a seat of {row.account}, and the link of their invitation is dead"


def _every_change_has_an_entry(before: Before) -> Iterator[str]:
    entries = SecurityEvent.objects.filter(pk__gt=before.events)
    # A login that goes with its address can't be signed in to any more: the entry is where its clinic reads it.
    freed = set(Activity.objects.filter(verb=Activity.Verb.ADDRESS_FREED).values_list("subject__user", flat=True))
    told = freed | {entry.user_id for entry in entries}
    spoken_of = freed | {entry.user_id for entry in entries if "two_factor" in f"{entry.kind} {entry.details}"}
    for pk, (password, factors) in _logins().items():
        old_password, old_factors = before.logins.get(pk, (password, factors))
        had_one = not old_password.startswith(UNUSABLE_PASSWORD_PREFIX)
        if password != old_password and had_one and pk not in told:
            yield f"the password of {User.objects.get(pk=pk)} is another one, and no entry says so"
        if factors < old_factors and not factors and pk not in spoken_of:
            yield f"{User.objects.get(pk=pk)} has no two-factor authentication any more, and no entry says so"


def _wishes_end_with_their_administrator() -> Iterator[str]:
    waiting = EmailChange.objects.waiting().filter(asked_by__isnull=False)
    for change in waiting.select_related("asked_by__user", "user"):
        asked_by = change.asked_by
        assert asked_by is not None
        if not asked_by.is_present or not asked_by.is_administrator:
            yield f"{asked_by} is no administrator, and their request for {change.user} waits"
        if Member.objects.filter(account=asked_by.account_id, user=change.user, is_owner=True).exists():
            yield f"{change.user} is an owner, and an administrator's request for another address of theirs waits"


def _is_theirs(world: World, name: str, row: Member) -> bool:
    """Whether that person, and nobody who stole it, holds the login of a place that they belong to."""
    is_held = world.reads(name, row.user.email) and not world.tainted.get(row.user_id)
    has_agreed = name in world.agreed.get(row.pk, set()) or not hasattr(row, "invitation")
    return is_held and has_agreed and name in world.meant.get(row.pk, set())


def _gets_back_in(world: World, name: str) -> Iterator[str]:
    """Everything is forgotten but who reads which mailbox: a link to a new password, and in."""
    for row in Member.objects.present().select_related("account", "user", "invitation"):
        if row.account.is_open and _is_theirs(world, name, row):
            yield from _gets_back_into(world, name, row)


def _gets_back_into(world: World, name: str, row: Member) -> Iterator[str]:
    browser = Client(REMOTE_ADDR=f"10.2.0.{row.pk % 250 + 1}")
    browser.post(reverse("accounts:password_reset"), {"email": row.user.email})
    world.deliver()
    link = next(world.letters_of(name, "/password/reset/", to=row.user.email), None)
    if link is None or not world.reset_by(name, link.path):
        yield f"{name} gets no link to a new password for {row.user}"
        return
    row.refresh_from_db()
    world.clock.shift(timedelta(minutes=61))
    if row.user.has_two_factor and row.user_id not in world.person(name).seeds and not _helped(world, row.user):
        yield f"{name} has lost the phone for {row.user}, and nobody can help"
    elif row.is_present and not world.sign_in(name, row.user.email, browser):
        yield f"{name} does not get in as {row.user}"
    elif row.is_present and browser.get(reverse("accounts:home", args=[row.account.slug])).status_code != 200:
        yield f"{name} does not get into {row.account}"


def _helped(world: World, user: User) -> bool:
    """Let support reset two-factor authentication, as for somebody who has shown who they are."""
    first, second = (UserFactory(is_staff=True) for _ in range(2))
    for each in (first, second):
        give_app(each)
    with suppress(ActionRefused):
        recovery = open_recovery(staff=first, user=user, evidence="Seen in person.", reason="The phone is lost.")
        world.clock.shift(timedelta(hours=73))
        complete_recovery(staff=second, recovery=recovery, reason="Nobody objected.")
    user.refresh_from_db()
    return not user.has_two_factor


def _makes_it_theirs(world: World, name: str, address: str) -> Iterator[str]:
    """Whoever is signed in with a proved address, and reads another that is nobody's login, can change to it."""
    holder = User.objects.filter(email=address).first()
    is_free = holder is None or holder.is_unclaimed
    mine = [user for user in User.objects.exclude(email_confirmed_at=None) if world.reads(name, user.email)]
    mine = [user for user in mine if user.email != address and not world.tainted.get(user.pk)]
    browser = Client(REMOTE_ADDR="10.2.1.1")
    if not is_free or not mine or not world.sign_in(name, mine[0].email, browser):
        return
    browser.post(
        reverse("accounts:email_change"),
        {"email": address, "reverify_password": world.person(name).passwords[mine[0].pk]},
    )
    world.deliver()
    letter = next(world.letters_of(name, "/email/change/", to=address), None)
    if letter is None or not EmailChange.objects.waiting().filter(user=mine[0]).exists():
        return
    browser.get(letter.path, follow=True)
    browser.post(reverse("accounts:email_change_confirm"), follow=True)
    if User.objects.get(pk=mine[0].pk).email != address:
        yield f"{name} reads {address}, and can't sign in with it instead of {mine[0]}"
