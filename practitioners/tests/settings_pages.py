"""Practitioner settings as a person has them before them: opened, typed into, its buttons pressed."""

from typing import Any

from bs4 import BeautifulSoup, Tag
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from accounts.models import Member
from practitioners.models import Business

MONDAY, TUESDAY, WEDNESDAY, SUNDAY = 0, 1, 2, 6


class SettingsPage:
    """The page in one browser: `typed` is what it would send, by name."""

    def __init__(self, client: Client, member: Member, *, first: bool = False) -> None:
        self.client = client
        self.address = reverse("practitioners:practitioner_settings", args=[member.account.slug, member.pk])
        if first:
            self.address += "?first=1"
        self._show(client.get(self.address))

    def _show(self, answer: HttpResponse) -> HttpResponse:
        self.answer = answer
        self.soup = BeautifulSoup(answer.text, "html.parser")
        self.typed = sent_by(self.soup)
        return answer

    def reopen(self) -> None:
        """Open the page anew."""
        self._show(self.client.get(self.address))

    def send(self, **more: Any) -> HttpResponse:
        """Send the form as it stands; a redirect is left to the test."""
        return self._show(self.client.post(self.address, {**self.typed, **more}))

    def press(self, button: str) -> HttpResponse:
        """Press the button with these words; a screen reader's words are among them."""
        [found] = [each for each in self.soup.find_all("button", attrs={"name": "do"}) if words(each) == button]
        return self.send(do=found["value"])

    def row_on(self, business: Business, weekday: int, *, what: str = "hours", nth: int = 0) -> str:
        """The prefix of a row that stands on this day, as "hours-3"."""
        at = [name for name, value in self.typed.items() if value == [f"{what}:{business.pk}:{weekday}"]]
        return at[nth].removesuffix("-at")

    def type(self, row: str, starts: str, ends: str) -> None:
        """Type two times into a row."""
        self.typed[f"{row}-starts"], self.typed[f"{row}-ends"] = [starts], [ends]

    def times(self, business: Business, weekday: int) -> list[tuple[str, str, str]]:
        """What the rows of a day hold: what each is, from, to."""
        found = []
        for name, values in self.typed.items():
            what, _colon, place = "".join(values).partition(":")
            if name.endswith("-at") and place == f"{business.pk}:{weekday}":
                row = name.removesuffix("-at")
                found.append((what, self.typed[f"{row}-starts"][0], self.typed[f"{row}-ends"][0]))
        return found

    def error_at(self, row: str, field: str = "starts") -> str:
        """What is said under a field; nothing where it is right."""
        found = self.soup.find(id=f"id_{row}-{field}_error")
        return words(found) if found else ""

    @property
    def summary(self) -> dict[str, str]:
        """The lines of the summary on top: the words by the field that each leads to."""
        found = self.soup.find(id="error-summary")
        return {words(link): link["href"] for link in found.find_all("a")} if found else {}

    @property
    def words(self) -> str:
        """All that a person reads, on one line."""
        return words(self.soup.main)

    def value(self, name: str) -> str:
        """What a field holds."""
        return self.typed[name][0]


def words(element: Tag) -> str:
    """What a person reads or hears there, on one line."""
    return " ".join(element.get_text().split())


def sent_by(soup: BeautifulSoup) -> dict[str, list[str]]:
    """What a browser would send of the form of the page, without its buttons."""
    found: dict[str, list[str]] = {}
    form = soup.find("form", class_="practice__form")
    for field in form.find_all(["input", "select", "textarea"]) if form else []:
        if field.get("type") in {"checkbox", "radio"} and not field.has_attr("checked"):
            continue
        found.setdefault(field["name"], []).append(_value(field))
    return found


def _value(field: Tag) -> str:
    if field.name == "textarea":
        return field.get_text().removeprefix("\n")
    if field.name == "select":
        options = field.find_all("option")
        return next((each["value"] for each in options if each.has_attr("selected")), options[0]["value"])
    return field.get("value", "on" if field.get("type") == "checkbox" else "")
