"""Reads the forms off a page, so that a test sends what a browser would send."""

from html.parser import HTMLParser

from django.http import HttpResponse

Fields = dict[str, list[str]]


class _FormReader(HTMLParser):
    """Collects, form by form, the fields that a browser would send; a disabled one is not sent."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Fields] = []
        self._select: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "form":
            self.forms.append({})
        elif tag == "input" and given.get("name") and "disabled" not in given:
            if given.get("type") not in {"radio", "checkbox"} or "checked" in given:
                self._add(given["name"], given.get("value"))
        elif tag == "select":
            self._select = None if "disabled" in given else given.get("name")
        elif tag == "option" and self._select and "selected" in given:
            self._add(self._select, given.get("value"))

    def _add(self, name: str | None, value: str | None) -> None:
        if self.forms:
            self.forms[-1].setdefault(name or "", []).append(value or "")


def form_on(page: HttpResponse, *, with_field: str) -> Fields:
    """Return the form of the page that has the field `with_field`, as {name: [values]}."""
    reader = _FormReader()
    reader.feed(page.text)
    [found] = [form for form in reader.forms if with_field in form]
    return found


def typed_on(page: HttpResponse, *, with_field: str = "first_name") -> dict[str, str]:
    """Return the last value of each field of that form: what the person sees."""
    return {name: values[-1] for name, values in form_on(page, with_field=with_field).items()}
