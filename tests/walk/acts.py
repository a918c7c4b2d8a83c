"""What people do on a walk, each through the pages and mails of the product.

An act is given names, addresses and numbers, and looks up the rest: so that a walk is a list of texts, and the same
list without one of them is a walk as well. It returns whether anything was tried.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from io import StringIO
from random import Random
from uuid import uuid4

from django.core.management import call_command
from django.core.management.base import CommandError
from django.db.models import QuerySet
from django.test import Client
from django.urls import reverse

from accounts.clinic_settings.closing.erasure import due_for_erasure, erase
from accounts.core.tokens import Side
from accounts.models import Dispute, Invitation, Member, User
from accounts.tests.authenticators import key_on, shown
from accounts.tests.import_files import csv_file, line
from accounts.tests.pages import typed_on
from tests.walk.world import HANDED_OVER, PEOPLE, READERS, Letter, World, text_of

ADDRESSES = tuple(READERS)
OLD_TOWN = "old-town-physio"
ROLES = ("administrator", "administrator", "receptionist", "practitioner")
SECOND_CLINIC_OF = ("Rita", "Noor", "Mallory", "Xavier")
# How often the likely is drawn rather than anything: an address of one's own, what a mail asks for, the one person.
MOSTLY = 0.7

# What somebody does who has just been mailed a link, by how its address begins.
ANSWERS = {
    "/invitations/": "joins",
    "/password/reset/": "chooses_a_new_password",
    "/email/change/": "confirms_the_new_address",
}

POOLS: dict[str, tuple[str, ...]] = {
    "handed_over": HANDED_OVER,
    "role": ROLES,
    "hours": ("1", "5", "25", "50", "71", "73", "100", "200", "800"),
    "which": ("newest", "oldest"),
    "file": ("one administrator", "two administrators", "one administrator and a leaver"),
}


class Odds:
    """What is likely on one walk: some acts are left out, some are frequent, and few people are about, one above all.

    Walks that differ in that reach further than walks on which everything may happen to anybody at any time.
    """

    def __init__(self, chance: Random) -> None:
        self.chance = chance
        self.people = ("Olive", *chance.sample(PEOPLE[1:], chance.randint(2, 5)))
        # Two flows meet where both are about one person.
        self.focus = chance.choice(self.people)
        own = [each for each in ADDRESSES if READERS[each] in self.people]
        self.addresses = (*own, chance.choice(ADDRESSES))
        self.weights = {name: each.weight * chance.choice((0, 1, 1, 4)) for name, each in ACTS.items()}
        self.letters_seen = 0

    def next_act(self, world: World) -> tuple[str, tuple[str, ...]]:
        """The name of an act and its parameters, as things are: mostly, whoever has mail does what it asks for."""
        came, self.letters_seen = world.letters[self.letters_seen :], len(world.letters)
        answers = [answer for letter in came for answer in self._answers(letter, world)]
        if answers and self.chance.random() < MOSTLY:
            return self.chance.choice(answers)
        [name] = self.chance.choices([*self.weights], weights=[*self.weights.values()])
        given: dict[str, str] = {}
        for each in ACTS[name].parameters:
            given[each] = self._drawn(each, world, given)
        return name, tuple(given.values())

    def _answers(self, letter: Letter, world: World) -> Iterator[tuple[str, tuple[str, ...]]]:
        name = next((name for start, name in ANSWERS.items() if letter.path.startswith(start)), "")
        if letter.reader not in self.people or not self.weights.get(name):
            return
        for clinic in world.clinics() if name == "joins" else []:
            if world.name_of(clinic) in letter.text:
                yield name, (clinic, letter.reader)
        if name != "joins":
            yield name, (letter.reader,)

    def _drawn(self, name: str, world: World, given: dict[str, str]) -> str:
        """One parameter; some depend on those before them, such as an administrator on the clinic."""
        if name in POOLS:
            return self.chance.choice(POOLS[name])
        clinic = given.get("clinic") or given.get("closed", "")
        rows = Member.objects.filter(account__slug=clinic).select_related("user").order_by("pk")
        who = given.get("who") or world.readers.get(given.get("of_clinic", ""), "")
        found = {
            "who": lambda: self.people,
            "whom": lambda: self.people,
            "clinic": world.clinics_by_person,
            "closed": lambda: [each for each in world.clinics() if world.is_closed(each)],
            "invitee": lambda: world.who_can_act_as(Member.objects.invited()),
            "admin": lambda: world.who_can_act_as(rows.present().filter(role="administrator")),
            "owner": lambda: world.who_can_act_as(rows.filter(is_owner=True)),
            "member": lambda: world.who_can_act_as(rows.present().filter(is_owner=False)),
            "of_clinic": lambda: _addresses(rows.filter(is_owner=False)),
            "at_work": lambda: _addresses(rows.present().filter(is_owner=False)),
            "invited": lambda: _addresses(rows.invited()),
            "leaver": lambda: _addresses(rows.filter(is_active=False)),
            "no_owner": lambda: _addresses(rows.present().filter(role="administrator", is_owner=False)),
            "holder": lambda: world.open_forms,
            "told": lambda: [name for name in self.people if any(world.letters_of(name, "/email/objection/"))],
            "own": lambda: world.forgotten_by(who) or world.mailboxes_of(who),
            "known": lambda: world.known_to(who),
            "address": lambda: self.addresses,
            "new": lambda: (who and self.chance.random() < MOSTLY and world.others_of(who)) or self.addresses,
        }
        options = [*found[name]()] or [""]
        about = {self.focus, *world.mailboxes_of(self.focus), *world.known_to(self.focus)}
        likely = [each for each in options if each in about]
        return self.chance.choice(likely if likely and self.chance.random() < MOSTLY else options)


def _addresses(rows: QuerySet[Member]) -> list[str]:
    return [row.user.email for row in rows]


@dataclass(frozen=True)
class Act:
    """What can be done, how often it is drawn, and the names of its parameters."""

    do: Callable[..., bool]
    weight: int
    parameters: tuple[str, ...]


ACTS: dict[str, Act] = {}


def act(weight: int) -> Callable[[Callable[..., bool]], Callable[..., bool]]:
    """Let a walk draw this function; the names of its parameters after the world say where they come from."""

    def _named(do: Callable[..., bool]) -> Callable[..., bool]:
        names = do.__code__.co_varnames[1 : do.__code__.co_argcount]
        ACTS[do.__name__] = Act(do, weight, names)
        return do

    return _named


def do(world: World, name: str, parameters: tuple[str, ...]) -> bool:
    """Do one act; whoever acts in a clinic is signed in there first. Whether there was anything to do."""
    given = dict(zip(ACTS[name].parameters, parameters, strict=True))
    actor = given.get("admin") or given.get("owner") or given.get("member")
    if not all(parameters) or (actor and not world.is_in(actor, given.get("clinic") or given["closed"])):
        return False
    return ACTS[name].do(world, *parameters)


# Time, theft, and mailboxes


@act(4)
def time_passes(world: World, hours: str) -> bool:
    """Hours or weeks in which nobody does anything."""
    world.clock.shift(timedelta(hours=int(hours)))
    return True


@act(3)
def mallory_learns_a_password(world: World, whom: str) -> bool:
    """She has looked over somebody's shoulder, and holds their login until it has another password."""
    person, mallory = world.person(whom), world.person("Mallory")
    known = [pk for pk in person.passwords if pk not in mallory.passwords or pk not in world.tainted]
    for user in User.objects.filter(pk__in=known):
        if whom != "Mallory" and user.check_password(person.passwords[user.pk]) and world.reads(whom, user.email):
            mallory.passwords[user.pk] = person.passwords[user.pk]
            world.taint(user.pk, "Mallory")
            world.robbed[user.pk] = whom
    return bool(known)


@act(1)
def frank_reads_the_mailbox(world: World, handed_over: str) -> bool:
    """Somebody has left; the employer has their mail from now on."""
    world.hand_over(handed_over, "Frank")
    return True


# Signing in


@act(6)
def signs_in(world: World, who: str, known: str) -> bool:
    """With the password that they know, in their own browser."""
    return world.sign_in(who, known)


@act(2)
def signs_out(world: World, who: str) -> bool:
    """In their browser."""
    world.person(who).browser.post(reverse("accounts:logout"))
    return True


@act(3)
def opens_a_clinic(world: World, who: str, address: str) -> bool:
    """With a new login, whoever reads the address; or with the one that they are signed in to."""
    person = world.person(who)
    if who not in SECOND_CLINIC_OF or f"{who.lower()}-and-sons" in world.clinics():
        return False
    password = world.secret(who)
    names = {"clinic_name": f"{who} and Sons", "first_name": who, "last_name": "Sand", "submission": str(uuid4())}
    world.post(who, reverse("accounts:signup"), **names, email=address, password=password)
    user = User.objects.filter(email=address).first()
    if user is not None and user.check_password(password):
        person.passwords[user.pk] = password
    for row in Member.objects.filter(account__slug=f"{who.lower()}-and-sons").exclude(pk__in=world.meant):
        world.typed[row.pk], world.meant[row.pk], world.agreed[row.pk] = "", {who}, {who}
        # Whoever proves the mailbox owns what was opened with it (decision 7).
        world.meant[row.pk] |= {world.readers.get(row.user.email, "")} - {""}
    return True


@act(4)
def confirms_the_address(world: World, who: str) -> bool:
    """By the link in the mail, signed in."""
    for letter in world.letters_of(who, "/email/"):
        if not letter.path.startswith(("/email/change/", "/email/objection/")):
            world.get(who, letter.path)
            world.post(who, reverse("accounts:email_confirm"))
            return True
    return False


@act(3)
def asks_for_a_reset(world: World, who: str, own: str) -> bool:
    """For an address whose mail they read."""
    if not world.reads(who, own):
        return False
    Client(REMOTE_ADDR="10.1.0.1").post(reverse("accounts:password_reset"), {"email": own})
    return True


@act(3)
def chooses_a_new_password(world: World, who: str) -> bool:
    """By the newest link that they were mailed, in a new browser."""
    for letter in world.letters_of(who, "/password/reset/"):
        return world.reset_by(who, letter.path)
    return False


@act(3)
def changes_the_password(world: World, who: str) -> bool:
    """Of the login that they are signed in to."""
    if not world.is_somewhere(who):
        return False
    person, password = world.person(who), world.secret(who)
    login = person.login_id
    given = {"current_password": person.password, "password": password}
    person.browser.post(reverse("accounts:password_change"), given)
    user = User.objects.filter(pk=login).first()
    if user is not None and user.check_password(password):
        person.passwords[login] = password
    return True


@act(2)
def turns_two_factor_on(world: World, who: str) -> bool:
    """With an app on their phone."""
    if not world.is_somewhere(who):
        return False
    page = world.get(who, reverse("accounts:two_factor"))
    if 'id="key"' not in page.text:
        return False
    person, seed = world.person(who), key_on(page)
    login = person.login_id
    answer = world.post(who, reverse("accounts:two_factor"), code=shown(seed))
    if answer.status_code == 200 and User.objects.get(pk=login).has_two_factor:
        person.seeds[login] = seed
    return True


@act(1)
def loses_the_phone(world: World, who: str) -> bool:
    """And with it every code."""
    seeds = world.person(who).seeds
    had_one = bool(seeds)
    seeds.clear()
    return had_one


# People of a clinic


@act(12)
def adds(world: World, clinic: str, admin: str, address: str, role: str) -> bool:
    """An administrator adds somebody by their address."""
    page = world.get(admin, world.page(clinic, "member_new"))
    if page.status_code != 200 or "submission" not in page.text:
        return False
    name = READERS[address] or "Mister"
    fields = {"first_name": name, "last_name": "Reed", "email": address, "mobile": "", "role": role}
    is_practitioner = "yes" if role == "practitioner" else "no"
    submission = typed_on(page)["submission"]
    answer = world.post(
        admin, world.page(clinic, "member_new"), **fields, is_practitioner=is_practitioner, submission=submission
    )
    if "has not been confirmed yet" in text_of(answer) and world.has_proved_owner(clinic):
        world.breaches.append(f"{clinic} is held to five invitations, and its owner's address is confirmed")
    world.note_new_rows()
    return True


def _saved(world: World, admin: str, clinic: str, address: str, **changed: str) -> bool:
    """Change fields on the page of whoever has the address, as a browser would send them."""
    target = world.member(clinic, address)
    if target is None:
        return False
    path = world.page(clinic, "member", target.pk)
    page = world.get(admin, path)
    if page.status_code != 200 or 'name="version"' not in page.text:
        return False
    world.post(admin, path, **{**typed_on(page), **changed})
    return True


@act(4)
def corrects_the_address(world: World, clinic: str, admin: str, of_clinic: str, new: str) -> bool:
    """An administrator types another one on the person's page."""
    target = world.member(clinic, of_clinic)
    if not _saved(world, admin, clinic, of_clinic, email=new):
        return False
    assert target is not None
    moved = Member.objects.get(pk=target.pk)
    if moved.user_id != target.user_id:
        world.retype(target.pk, new)
    elif not target.user.has_usable_password() and world.is_asked(target.user_id, new):
        world.breaches.append(f"{target} is to sign in and confirm {new}, and has no password to sign in with")
    return True


@act(4)
def changes_the_role(world: World, clinic: str, admin: str, at_work: str, role: str) -> bool:
    """An administrator chooses another one."""
    return _saved(world, admin, clinic, at_work, role=role)


@act(4)
def makes_inactive(world: World, clinic: str, admin: str, at_work: str) -> bool:
    """An administrator says that somebody has left."""
    return _saved(world, admin, clinic, at_work, is_active="no")


@act(3)
def makes_active(world: World, clinic: str, admin: str, leaver: str) -> bool:
    """An administrator says that somebody is back."""
    return _saved(world, admin, clinic, leaver, is_active="yes")


@act(3)
def leaves(world: World, clinic: str, member: str) -> bool:
    """Somebody leaves a clinic by their own decision."""
    row = world.own_row(member, clinic)
    if row is None:
        return False
    world.post(member, world.page(clinic, "my_leaving"))
    row.refresh_from_db()
    if not row.is_active:
        world.left.add(row.pk)
        world.agreed.get(row.pk, set()).discard(member)
    return True


@act(3)
def declines(world: World, invitee: str) -> bool:
    """The newest invitation to the login that they are signed in to."""
    login = world.person(invitee).login_id if world.is_somewhere(invitee) else 0
    waiting = Invitation.objects.filter(member__user=login, member__joined_at=None).order_by("-pk").first()
    if waiting is None:
        return False
    world.post(invitee, reverse("accounts:invitation_decline", args=[waiting.pk]))
    return True


@act(2)
def hires_at_the_address_of_one_who_left(world: World, clinic: str, admin: str, leaver: str, whom: str) -> bool:
    """The mailbox is somebody else's now. The administrator adds them, as the page says: the address is freed first."""
    gone = world.member(clinic, leaver)
    if gone is None or gone.is_active or world.readers.get(leaver, whom) == whom:
        return False
    world.hand_over(leaver, whom)
    world.post(admin, world.page(clinic, "member_address", gone.pk))
    return do(world, "adds", (clinic, admin, leaver, "receptionist"))


@act(4)
def opens_a_page_to_change_it_later(world: World, clinic: str, admin: str, of_clinic: str) -> bool:
    """And is called away."""
    target = world.member(clinic, of_clinic)
    if target is None:
        return False
    path = world.page(clinic, "member", target.pk)
    page = world.get(admin, path)
    if page.status_code != 200 or 'name="version"' not in page.text:
        return False
    world.open_forms[admin] = (path, typed_on(page))
    return True


@act(4)
def saves_only_a_number(world: World, holder: str) -> bool:
    """On the page that they had opened before: nothing but the mobile number was changed by them."""
    if holder not in world.open_forms:
        return False
    path, fields = world.open_forms.pop(holder)
    member_id = int(path.rstrip("/").rpartition("/")[2])
    before = world.addresses_of(member_id)
    world.counter += 1
    world.post(holder, path, **{**fields, "mobile": f"+61 400 {world.counter:06}"})
    if world.addresses_of(member_id) != before:
        world.breaches.append(f"saving a number on an old page changed addresses: {before}")
    return True


@act(3)
def resends(world: World, clinic: str, admin: str, invited: str) -> bool:
    """An administrator sends the invitation again."""
    target = world.member(clinic, invited)
    if target is None:
        return False
    world.post(admin, world.page(clinic, "member_invitation", target.pk))
    return True


@act(3)
def cancels(world: World, clinic: str, admin: str, invited: str) -> bool:
    """An administrator takes the invitation back."""
    target = world.member(clinic, invited)
    if target is None:
        return False
    world.post(admin, world.page(clinic, "member_invitation_cancel", target.pk))
    return True


@act(4)
def joins(world: World, clinic: str, who: str) -> bool:
    """By the newest link that they were mailed for that clinic: with a new password, or the one that they know."""
    name = world.name_of(clinic)
    for letter in world.letters_of(who, "/invitations/"):
        if name in letter.text:
            return world.join_by(who, letter.path, letter.to)
    return False


@act(2)
def joins_by_a_copied_link(world: World, clinic: str, admin: str, invited: str, whom: str) -> bool:
    """An administrator copies the link of an invitation and hands it to somebody."""
    target = world.member(clinic, invited)
    if target is None or target.has_joined:
        return False
    page = world.post(admin, world.page(clinic, "member_invitation_link", target.pk))
    path = world.copied_path(page)
    if not path:
        return False
    if not target.user.email_confirmed_at:
        # They were handed it: until the mailbox is proved it is theirs, be it with a login that they made before.
        world.meant[target.pk].add(whom)
        world.by_hand.setdefault(target.pk, set()).add(whom)
    return world.join_by(whom, path, invited)


# The sign-in address


@act(8)
def asks_for_another_address(world: World, who: str, new: str) -> bool:
    """Of the login that they are signed in to."""
    if not world.is_somewhere(who):
        return False
    world.post(who, reverse("accounts:email_change"), email=new)
    return True


@act(3)
def confirms_the_new_address(world: World, who: str) -> bool:
    """By the newest link in their mailbox that still waits for it, signed in with the login that it is about."""
    for letter in world.letters_of(who, "/email/change/"):
        change = world.change_of(letter, Side.NEW)
        if change is None or change.confirmed_at or change.ended_at:
            continue
        is_in = world.person(who).login_id == change.user_id and world.is_signed_in(who)
        if is_in or world.sign_in(who, change.user.email):
            world.get(who, letter.path)
            world.post(who, reverse("accounts:email_change_confirm"))
            return True
    return False


@act(1)
def takes_the_wish_back(world: World, who: str) -> bool:
    """For another address."""
    if not world.is_somewhere(who) or not world.has_wish(world.person(who).login_id):
        return False
    world.post(who, reverse("accounts:email_change_cancel"))
    return True


@act(6)
def says_this_was_not_me(world: World, told: str, which: str) -> bool:
    """By a link to an old address that is in their mailbox, in a new browser."""
    letters = list(world.letters_of(told, "/email/objection/"))
    if not letters:
        return False
    letter = letters[0 if which == "newest" else -1]
    browser = Client(REMOTE_ADDR="10.1.0.2")
    page = browser.get(letter.path, follow=True)
    stands = world.change_that_stands(letter)
    if stands is not None and "stopped already" in text_of(page):
        world.breaches.append(f"{letter.to} reads that a change was stopped, and {stands.new_email} signs in")
    browser.post(reverse("accounts:email_objection"), {"not_me": "yes"})
    world.note_objection(told, letter)
    return True


# Owners, closing, support


@act(3)
def makes_an_owner(world: World, clinic: str, owner: str, no_owner: str) -> bool:
    """An owner does, of an administrator."""
    target = world.member(clinic, no_owner)
    if target is None:
        return False
    world.post(owner, world.page(clinic, "member_ownership", target.pk))
    return True


@act(2)
def relinquishes(world: World, clinic: str, owner: str) -> bool:
    """An owner stops being one."""
    world.post(owner, world.page(clinic, "my_ownership"))
    return True


@act(2)
def resets_two_factor(world: World, clinic: str, admin: str, at_work: str) -> bool:
    """An administrator does, of a colleague admin asked for it."""
    target = world.member(clinic, at_work)
    if target is None:
        return False
    world.post(admin, world.page(clinic, "member_two_factor", target.pk))
    return True


@act(1)
def closes(world: World, clinic: str, owner: str) -> bool:
    """An owner closes the clinic."""
    world.post(owner, world.page(clinic, "account_closing"), clinic_name=world.name_of(clinic))
    return True


@act(2)
def reopens(world: World, closed: str, owner: str) -> bool:
    """An owner opens it again."""
    world.post(owner, world.page(closed, "account_reopening"))
    return True


@act(1)
def asks_support_about_ownership(world: World, clinic: str, admin: str) -> bool:
    """An administrator does."""
    world.post(admin, world.page(clinic, "ownership_request"), story="She left in March.")
    return True


@act(2)
def erasure_runs(world: World) -> bool:
    """As the clock has it, for whatever is due."""
    disputed = set(Dispute.objects.filter(settled_at=None).values_list("account", flat=True))
    due = due_for_erasure()
    for account_id in due:
        erase(account_id)
        if account_id in disputed:
            world.breaches.append("a clinic was erased while a request about its ownership was open")
    return bool(due)


# Bringing over


@act(2)
def brings_over(world: World, file: str) -> bool:
    """The operator runs the file of Old Town Physio, and runs it again, as advised, once its bad line is mended."""
    is_first = OLD_TOWN not in world.clinics()
    world.file = world.file or file
    lines = [
        line("Bea", email="bea@old.example"),
        line("Lee", email="lee@old.example", role="receptionist", is_active="no" if "leaver" in world.file else "yes"),
        line("Noor", email="mistyped@nowhere.example", role="receptionist"),
        line("Lou", email="lou@old.example", role="nobody" if is_first else "receptionist"),
    ]
    if "two" in world.file:
        lines.append(line("Ann"))
    with suppress(CommandError):
        call_command("import_accounts", csv_file(world.folder, *lines), "--commit", "--quiet", stdout=StringIO())
    world.note_brought_over(OLD_TOWN)
    return True
