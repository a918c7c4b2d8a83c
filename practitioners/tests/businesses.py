"""The pages about businesses, as tests open and send them."""

import re
from dataclasses import dataclass
from html import unescape

from django.http import HttpResponse
from django.test import Client

from accounts.models import Account
from accounts.tests.pages import typed_on
from accounts.tests.routes import clinic_page
from practitioners.models import Business


def typed(page: HttpResponse) -> dict[str, str]:
    """What the form about a business has in it."""
    [address] = re.findall(r"<textarea[^>]*>\n?(.*?)</textarea>", page.text, re.DOTALL)
    return {**typed_on(page, with_field="phone"), "address": unescape(address)}


def words_of(page: HttpResponse) -> str:
    """The text of the page's main part, in one line."""
    main = page.text.split("<main", 1)[1]
    return " ".join(unescape(re.sub(r"<[^>]+>", "", main.split(">", 1)[1])).split())


@dataclass
class Desk:
    """Somebody's browser at the pages about the businesses of a clinic."""

    browser: Client
    clinic: Account

    def address(self, name: str, *args: object) -> str:
        return clinic_page(name, self.clinic.slug, *args)

    def listed(self, **query: str) -> HttpResponse:
        return self.browser.get(self.address("businesses"), query)

    def rows(self, **query: str) -> list[str]:
        """The rows of the list, in their order."""
        return re.findall(
            r"<tr(?: class=\"faded\")?>\s*<th scope=\"row\">.*?</tr>", self.listed(**query).text, re.DOTALL
        )

    def names(self, **query: str) -> list[str]:
        return [unescape(re.search(r"<a[^>]*><bdi>(.*?)</bdi>", row)[1]) for row in self.rows(**query)]

    def add(self, **fields: str) -> HttpResponse:
        """Fill in **Add business** and send it."""
        address = self.address("business_new")
        return self.browser.post(address, {**typed(self.browser.get(address)), **fields})

    def open(self, business: Business) -> HttpResponse:
        return self.browser.get(self.address("business", business.pk))

    def change(self, business: Business, *, page: HttpResponse | None = None, **fields: str) -> HttpResponse:
        """Change the form on the business's page, on `page` where it was opened before, and send it."""
        form = typed(page or self.open(business))
        return self.browser.post(self.address("business", business.pk), {**form, **fields})

    def ask_to_delete(self, business: Business) -> HttpResponse:
        return self.browser.get(self.address("business_delete", business.pk))

    def delete(self, business: Business) -> HttpResponse:
        return self.browser.post(self.address("business_delete", business.pk))
