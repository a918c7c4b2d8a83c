"""The people of a walk: which mailboxes they read, what they know, and the browser that each of them uses.

What people know of each other's secrets is kept here and nowhere in the product, so that it can be said who may open
what: by whom they were invited, what they proved, and what they stole.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import time_machine
from bs4 import BeautifulSoup
from django.core import mail
from django.db.models import QuerySet
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from accounts.core.tokens import EmailChangeLink, InvitationLink, Side
from accounts.models import Account, EmailChange, Invitation, Member, OutboundEmail, User
from accounts.outbox.delivery import deliver
from accounts.tests.authenticators import shown
from clinic.clock import database_now

BETWEEN_TWO_ACTS = timedelta(seconds=61)

# Who reads which mailbox in the beginning. Nobody reads the last one.
READERS = {
    "olive@harbour.example": "Olive",
    "olive@home.example": "Olive",
    "adam@harbour.example": "Adam",
    "adam@home.example": "Adam",
    "rita@work.example": "Rita",
    "rita@home.example": "Rita",
    "noor@work.example": "Noor",
    "bea@old.example": "Bea",
    "bea@home.example": "Bea",
    "lee@old.example": "Lee",
    "lee@home.example": "Lee",
    "mallory@thief.example": "Mallory",
    "mallory2@thief.example": "Mallory",
    "xavier@elsewhere.example": "Xavier",
    "mistyped@nowhere.example": "",
}
# An employer's, which Frank reads once somebody has left.
HANDED_OVER = ("rita@work.example", "bea@old.example", "lee@old.example")
PEOPLE = ("Olive", "Adam", "Rita", "Noor", "Bea", "Lee", "Mallory", "Xavier", "Frank")


@dataclass(frozen=True)
class Letter:
    """A mail that somebody read, with the address of its button."""

    to: str
    reader: str
    subject: str
    path: str
    text: str


@dataclass
class Person:
    """Somebody with a browser of their own; `passwords` and `seeds` are what they know, by login."""

    name: str
    browser: Client
    passwords: dict[int, str] = field(default_factory=dict)
    seeds: dict[int, str] = field(default_factory=dict)

    @property
    def login_id(self) -> int:
        """The login that the browser holds a session of, be it over; 0 without one."""
        return int(self.browser.session.get("_auth_user_id", 0))

    @property
    def password(self) -> str:
        """What they think the password of that login is."""
        return self.passwords.get(self.login_id, "nothing that they know")


class World:
    """Everybody, their mail, and the clock; and whom each place in a clinic is meant for."""

    def __init__(self, clock: time_machine.Traveller, folder: Path) -> None:
        self.clock = clock
        self.folder = folder
        self.people = {
            name: Person(name, Client(REMOTE_ADDR=f"10.0.0.{number}")) for number, name in enumerate(PEOPLE, 1)
        }
        self.readers = dict(READERS)
        self.letters: list[Letter] = []
        # Of each row of a clinic: the address that was typed for it, and who may open it.
        self.typed: dict[int, str] = {}
        self.meant: dict[int, set[str]] = {}
        # Who of them said yes to it.
        self.agreed: dict[int, set[str]] = {}
        # Who left by their own decision, and has not agreed to come back.
        self.left: set[int] = set()
        # By login: who got at it with something stolen, or with a mailbox that was another's.
        self.tainted: dict[int, set[str]] = {}
        # By login: whose password for it was stolen.
        self.robbed: dict[int, str] = {}
        # Pages that somebody opened, and may send later.
        self.open_forms: dict[str, tuple[str, dict[str, str]]] = {}
        # Who was handed the copied link of a place, until its mailbox is proved.
        self.by_hand: dict[int, set[str]] = {}
        # Which file is brought over, and whom it has brought over.
        self.file = ""
        self.brought_over: set[str] = set()
        # What an act saw that must not be.
        self.breaches: list[str] = []
        # Which accounts had somebody who can sign in and answers for them.
        self.answered: set[tuple[int, str]] = set()
        self.counter = 0

    def person(self, name: str) -> Person:
        """The one with this name."""
        return self.people[name]

    def reads(self, name: str, address: str) -> bool:
        """Whether mail to `address` is read by that person now."""
        return bool(name) and self.readers.get(address) == name

    def secret(self, name: str) -> str:
        """A password that nobody else would choose."""
        self.counter += 1
        return f"the {self.counter}. lighthouse of {name}"

    # Pages

    def get(self, name: str, path: str) -> HttpResponse:
        """Open a page in that person's browser, as far as it leads."""
        return self.people[name].browser.get(path, follow=True)

    def post(self, name: str, path: str, **fields: str) -> HttpResponse:
        """Send a form with the password that they think is right; the answer, without going on to where it leads."""
        person = self.people[name]
        return person.browser.post(path, {"reverify_password": person.password, **fields})

    def page(self, clinic: str, view: str, *args: object) -> str:
        """The address of a page of a clinic."""
        return reverse(f"accounts:{view}", args=[clinic, *args])

    # Rows

    def member(self, clinic: str, address: str) -> Member | None:
        """Whoever has this address in that clinic."""
        people = Member.objects.filter(account__slug=clinic, user__email=address).select_related("user", "account")
        found: Member | None = people.order_by("-is_active", "pk").first()
        return found

    def own_row(self, name: str, clinic: str) -> Member | None:
        """The place that the signed-in login of that person has in a clinic."""
        rows = Member.objects.present().filter(account__slug=clinic, user=self.people[name].login_id)
        found: Member | None = rows.select_related("user", "account").first()
        return found

    def clinics(self) -> list[str]:
        """The first parts of the clinics' addresses."""
        return list(Account.objects.order_by("pk").values_list("slug", flat=True))

    @staticmethod
    def clinics_by_person() -> list[str]:
        """The same of those that are open, once for each of their people: more is done where there are more."""
        people = Member.objects.filter(account__closed_at=None).order_by("pk")
        return list(people.values_list("account__slug", flat=True))

    # Mail

    def deliver(self) -> None:
        """Send what is due, and let whoever reads the mailbox have it."""
        for _again in range(3):
            due = list(OutboundEmail.objects.due(database_now()).order_by("pk").values_list("pk", flat=True))
            for outbox_id in due:
                deliver(outbox_id)
            if not due:
                break
        for message in mail.outbox:
            [to] = message.to
            found = re.search(r"^http://testserver(/\S+)$", message.body, re.MULTILINE)
            path = found.group(1) if found else ""
            self.letters.append(Letter(to, self.readers.get(to, ""), message.subject, path, message.body))
        mail.outbox.clear()

    def letters_of(self, name: str, starts: str, *, to: str = "") -> Iterator[Letter]:
        """What they read with a link that starts so, the newest first."""
        for letter in reversed(self.letters):
            if letter.reader == name and letter.path.startswith(starts) and (not to or letter.to == to):
                yield letter

    # The first and the second step

    def sign_in(self, name: str, address: str, browser: Client | None = None) -> bool:
        """Show the password that they know for the login with this address, and a code if one is asked for."""
        person = self.people[name]
        user = User.objects.filter(email=address).first()
        if user is None or user.pk not in person.passwords:
            return False
        browser = browser or person.browser
        answer = browser.post(reverse("accounts:login"), {"email": address, "password": person.passwords[user.pk]})
        if answer.get("Location") == reverse("accounts:two_factor_sign_in"):
            if user.pk not in person.seeds:
                return False
            browser.post(reverse("accounts:two_factor_sign_in"), {"code": shown(person.seeds[user.pk])})
        return int(browser.session.get("_auth_user_id", 0)) == user.pk

    def reset_by(self, name: str, path: str) -> bool:
        """Choose a new password by a link from the mail, in a new browser."""
        browser, password = Client(REMOTE_ADDR="10.1.0.3"), self.secret(name)
        page = browser.get(path, follow=True)
        if 'name="password"' not in page.text:
            return False
        unproved = set(User.objects.filter(email_confirmed_at=None).values_list("pk", flat=True))
        browser.post(page.request["PATH_INFO"], {"password": password})
        for user in User.objects.all():
            if user.check_password(password):
                self._has_password(name, user, password, is_proof=user.pk in unproved)
                return True
        return False

    def join_by(self, name: str, path: str, address: str) -> bool:
        """Follow an invitation link: with the password that they know for that login, or with a new one."""
        person, link = self.people[name], InvitationLink.read(path.rstrip("/").rpartition("/")[2])
        assert link is not None
        before = Member.objects.filter(invitation=link.invitation_id).select_related("user").first()
        if before is None or before.has_joined:
            return False
        browser = person.browser if person.login_id == before.user_id else Client(REMOTE_ADDR="10.1.0.4")
        page = browser.get(path, follow=True)
        is_new = "Create password" in page.text
        password = self.secret(name) if is_new else person.passwords.get(before.user_id, "")
        answer = browser.post("/invitations/", {"password": password})
        if answer.get("Location") == reverse("accounts:two_factor_sign_in") and before.user_id in person.seeds:
            browser.post(reverse("accounts:two_factor_sign_in"), {"code": shown(person.seeds[before.user_id])})
            browser.post("/invitations/")
        after = Member.objects.select_related("user").get(pk=before.pk)
        if not after.has_joined:
            return True
        self.agreed.setdefault(after.pk, set()).add(name)
        self.left.discard(after.pk)
        if is_new and after.user.check_password(password):
            is_proof = not link.by_hand and before.user.email_confirmed_at is None
            self._has_password(name, after.user, password, is_proof=is_proof)
        return True

    def _has_password(self, name: str, user: User, password: str, *, is_proof: bool) -> None:
        self.people[name].passwords[user.pk] = password
        if not is_proof:
            return
        # Whoever held a copied link has nothing any more; what they agreed to is not what the person agreed to (A73).
        for row in Member.objects.filter(user=user).select_related("account", "invitation"):
            self.meant[row.pk] = self.meant.get(row.pk, set()) - self.by_hand.pop(row.pk, set()) | {name}
            is_theirs = name in self.agreed.get(row.pk, set()) or not hasattr(row, "invitation")
            if row.is_present and not is_theirs and not self._is_last(row):
                self.breaches.append(f"{name} proved a mailbox, and belongs to {row.account} without having agreed")

    @staticmethod
    def _is_last(row: Member) -> bool:
        others = row.account.members.administrators().able_to_sign_in().exclude(pk=row.pk)
        return row.is_administrator and not others.exists()

    def is_signed_in(self, name: str) -> bool:
        """Whether the session in that person's browser still holds."""
        answer = self.people[name].browser.get(reverse("accounts:session"))
        return bool(answer.json()["signed_in"])

    def is_somewhere(self, name: str) -> bool:
        """Whether that person is signed in; they sign in with the newest login that they can."""
        return self.is_signed_in(name) or any(self.sign_in(name, email) for email in reversed(self.known_to(name)))

    def is_in(self, name: str, clinic: str) -> bool:
        """Whether that person is signed in with a login that belongs to the clinic; they sign in if they can."""
        if (
            self.own_row(name, clinic)
            and "/login/" not in self.get(name, self.page(clinic, "home")).request["PATH_INFO"]
        ):
            return True
        rows = Member.objects.present().filter(account__slug=clinic, user__in=self.people[name].passwords)
        return any(self.sign_in(name, row.user.email) for row in rows.select_related("user").order_by("pk"))

    # Whom a place is meant for

    def note_new_rows(self) -> None:
        """Remember for each new row of a clinic what was typed for it, and so who may open it."""
        for pk, address in Member.objects.exclude(pk__in=self.meant).values_list("pk", "user__email"):
            self.typed[pk] = address
            self.meant[pk] = {self.readers.get(address, "")} - {""}
            self.agreed[pk] = set()

    def note_brought_over(self, clinic: str) -> None:
        """A line of a file is about a person, whoever reads the mailbox; nobody is brought over twice (A68)."""
        rows = Member.objects.filter(account__slug=clinic).order_by("pk")
        for row in rows.exclude(pk__in=self.meant).select_related("user"):
            self.typed[row.pk] = ""
            self.meant[row.pk] = {row.first_name, self.readers.get(row.user.email, "")} - {""}
            self.agreed[row.pk] = set()
            if row.first_name in self.brought_over:
                self.breaches.append(f"{row.first_name} is brought over a second time, as {row.user}")
        self.brought_over |= set(rows.values_list("first_name", flat=True))

    def retype(self, member_id: int, address: str) -> None:
        """An administrator says that the place is for whoever reads `address`."""
        self.typed[member_id] = address
        self.meant[member_id] = {self.readers.get(address, "")} - {""}
        self.agreed[member_id] = set()

    def hand_over(self, address: str, name: str) -> None:
        """From now on somebody else reads that mailbox, and so holds the login that is at it, if there is one."""
        self.readers[address] = name
        for login in User.objects.filter(email=address):
            self.taint(login.pk, name)

    def taint(self, login_id: int, name: str) -> None:
        """Say that somebody holds a login by what was another's."""
        self.tainted.setdefault(login_id, set()).add(name)

    def wash(self) -> None:
        """Whoever neither knows the password nor reads the mailbox any more has lost what they stole."""
        for user in User.objects.filter(pk__in=self.tainted):
            for name in list(self.tainted[user.pk]):
                knows = user.check_password(self.people[name].passwords.get(user.pk, ""))
                if not knows and not self.reads(name, user.email):
                    self.tainted[user.pk].discard(name)

    def may_open(self, name: str, member: Member) -> bool:
        """Whether that place was meant for them or the mailbox that they read, or a theft gave them its login.

        As long as that lasts, two hold it: whoever stole the password, and whose it is.
        """
        address = self.typed.get(member.pk, "")
        by_mailbox = bool(address) and address == member.user.email and self.reads(name, address)
        thieves = self.tainted.get(member.user_id, set())
        by_theft = bool(thieves) and name in {*thieves, self.robbed.get(member.user_id)}
        return by_mailbox or by_theft or name in self.meant.get(member.pk, set())

    # What an act looks up

    def who_can_act_as(self, rows: QuerySet[Member]) -> list[str]:
        """Who knows a password of one of these places."""
        logins = set(rows.values_list("user", flat=True))
        return [name for name, person in self.people.items() if logins & person.passwords.keys()]

    def mailboxes_of(self, name: str) -> list[str]:
        """The addresses whose mail that person reads."""
        return [address for address, reader in self.readers.items() if reader == name]

    def others_of(self, name: str) -> list[str]:
        """The same, but for those that they sign in with now."""
        return [address for address in self.mailboxes_of(name) if address not in self.known_to(name)]

    def forgotten_by(self, name: str) -> list[str]:
        """The same, where it is the address of a login that they know no password of."""
        logins = User.objects.filter(email__in=self.mailboxes_of(name)).exclude(pk__in=self.people[name].passwords)
        return list(logins.order_by("pk").values_list("email", flat=True))

    def known_to(self, name: str) -> list[str]:
        """The addresses of the logins that they know a password of."""
        logins = User.objects.filter(pk__in=self.people[name].passwords)
        return list(logins.order_by("pk").values_list("email", flat=True))

    def name_of(self, clinic: str) -> str:
        """What the clinic is called, or its address where there is none."""
        return Account.objects.filter(slug=clinic).values_list("name", flat=True).first() or clinic

    def has_proved_owner(self, clinic: str) -> bool:
        """Whether somebody whose address is confirmed owns it."""
        owners = Member.objects.filter(account__slug=clinic, is_owner=True, user__email_confirmed_at__isnull=False)
        return bool(owners.exists())

    def is_closed(self, clinic: str) -> bool:
        """Whether the clinic is closed, and not erased yet."""
        return bool(Account.objects.filter(slug=clinic, closed_at__isnull=False).exists())

    @staticmethod
    def has_wish(login_id: int) -> bool:
        """Whether another address waits to be confirmed for that login."""
        return bool(EmailChange.objects.waiting().filter(user=login_id).exists())

    def is_asked(self, login_id: int, address: str) -> bool:
        """Whether the reader of `address` is asked to confirm it for that login."""
        waiting = EmailChange.objects.waiting().filter(user=login_id, new_email=address)
        return bool(waiting.exists())

    def addresses_of(self, member_id: int) -> list[object]:
        """All that says which address somebody has, is to have, or is invited at."""
        row = Member.objects.select_related("user").get(pk=member_id)
        waiting = EmailChange.objects.waiting().filter(user=row.user).values_list("new_email", flat=True)
        version = Invitation.objects.filter(member=row).values_list("version", flat=True).first()
        return [row.user.email, list(waiting), version]

    @staticmethod
    def copied_path(page: HttpResponse) -> str:
        """The link on the page that shows one to copy; an empty text without one."""
        found = re.search(r'id="invitation-link" value="http://testserver([^"]+)"', page.text)
        return found.group(1) if found else ""

    @staticmethod
    def change_of(letter: Letter, side: Side = Side.OLD) -> EmailChange | None:
        """The change of address that a mail to the old one, or to the other `side`, is about."""
        link = EmailChangeLink.read(letter.path.rstrip("/").rpartition("/")[2], side)
        return EmailChange.objects.filter(pk=link.change_id).select_related("user").first() if link else None

    def change_that_stands(self, letter: Letter) -> EmailChange | None:
        """The change by which the login left the address that the letter went to, if its recipient may still object."""
        about = self.change_of(letter)
        if about is None or about.user.email == letter.to:
            return None
        left = EmailChange.objects.can_be_put_back(database_now()).filter(user=about.user, old_email=letter.to)
        return left.filter(pk__gte=about.pk).first()

    def note_objection(self, name: str, letter: Letter) -> None:
        """An employer that has somebody's mailbox gets, for three days, what was held by it before (decision 17)."""
        change = self.change_of(letter)
        if name != "Frank" or change is None or change.confirmed_at is None or change.user.email != letter.to:
            return
        for row in Member.objects.filter(user=change.user, joined_at__lt=change.confirmed_at):
            self.meant.setdefault(row.pk, set()).add(name)


def text_of(page: HttpResponse) -> str:
    """What a page says, in one line."""
    return " ".join(BeautifulSoup(page.content, "html.parser").get_text(" ").split())
