"""Owners as tests need them, and what a page or a round of mail says."""

from collections.abc import Iterable

from bs4 import BeautifulSoup
from django.core.mail import EmailMessage
from django.http import HttpResponse
from django.urls import reverse

from accounts.access import roles
from accounts.models import Account, Member
from accounts.tests.factories import PASSWORD, AccountFactory, MemberFactory, UserFactory

VERIFIED = {"reverify_password": PASSWORD}
WRONG = "That is not your password. Nothing was changed; try again."


def administrator_of(clinic: Account, first: str, last: str, **fields: object) -> Member:
    """One more administrator, who has joined; an owner where the fields say so."""
    user = UserFactory(email=f"{first.lower()}@harbour.example")
    return MemberFactory(
        account=clinic, user=user, first_name=first, last_name=last, role=roles.ADMINISTRATOR, **fields
    )


def administrators_without_owner() -> tuple[Member, Member]:
    """Bea and Ben of Old Mill, which an import left without an owner (S26)."""
    clinic = AccountFactory(name="Old Mill", slug="old-mill", creator=None)
    return administrator_of(clinic, "Bea", "Bell"), administrator_of(clinic, "Ben", "Bond")


def in_old_mill(name: str, *args: object) -> str:
    """The address of a page of that clinic."""
    return reverse(f"accounts:{name}", args=["old-mill", *args])


def asks(answer: HttpResponse) -> bool:
    """Whether the answer is the question for the password."""
    return "Verify your password" in answer.text


def words_of(page: HttpResponse) -> str:
    """What a person reads on the page, without what stands round its content, on one line."""
    return _words(BeautifulSoup(page.text, "html.parser").main.get_text())


def told_on(page: HttpResponse) -> str:
    """The line at the top that says what was done, or why it was not."""
    return _words(BeautifulSoup(page.text, "html.parser").find(id="messages").get_text())


def section_of(page: HttpResponse, heading: str) -> str:
    """What a person reads in the section under this heading; nothing where there is none."""
    found = BeautifulSoup(page.text, "html.parser").find("section", attrs={"aria-labelledby": f"{heading}-heading"})
    return _words(found.get_text()) if found else ""


def links_on(page: HttpResponse) -> dict[str, str]:
    """Where the links in the page's content lead, by their words."""
    links = BeautifulSoup(page.text, "html.parser").main.find_all("a")
    return {_words(link.get_text()): link["href"] for link in links}


def by_reader(messages: Iterable[EmailMessage]) -> dict[str, EmailMessage]:
    """The messages by whom they went to; each has one reader, and no reader has two."""
    found: dict[str, EmailMessage] = {}
    for message in messages:
        [reader] = message.recipients()
        assert reader not in found, f"{reader} got two"
        found[reader] = message
    return found


def _words(text: str) -> str:
    return " ".join(text.split())
