"""What is right in the forms behind each address: as the page has it, and filled in as somebody would."""

from bs4 import BeautifulSoup, Tag

from accounts.tests.factories import PASSWORD
from accounts.tests.links import CHOSEN
from accounts.tests.test_access_matrix import FORMS, NEW
from clinic.tests.test_routes import Route
from tests.fuzz.visitors import Visitor

Fields = dict[str, list[str]]

# What somebody types into a field of this name, wherever it is.
TYPED = {
    **NEW,
    "mobile": "0400 000 000",
    "is_practitioner": "no",
    "password": CHOSEN,
    "current_password": PASSWORD,
    "reverify_password": PASSWORD,
    "reason": "The partners wrote to us on Monday; case 4711.",
    "evidence": "Called back at the number on file.",
    "story": "She left in March.",
    "clinic_name": "Harbour Physio",
    "name": "My phone",
    "do": "add:hours:1:0",
    "theme": "dark",
    "next": "/clinics/",
}
# And where that is not right.
AT = {
    "accounts:login": {"email": "rita@harbour.example", "password": PASSWORD},
    "accounts:email_objection": {"not_me": "on"},
    "accounts:recovery_stop": {"not_me": "on"},
    "accounts:invitation_accept": {"password": CHOSEN},
}
# Left out, as each makes something else of what is sent, or is in the headers.
NOT_PRESSED = {"reverify_cancel", "do", "csrfmiddlewaretoken"}


def right_fields(route: Route, visitor: Visitor, address: str) -> Fields:
    """What a browser would send from this page once it is filled in; the usual answers where nothing can be opened."""
    page = visitor.look_at(address)
    on_page = _fields_on(page.text) if page.status_code == 200 else {}
    name = route.name.rpartition(":")[2]
    codes = {"code": visitor.new_code if name == "two_factor" else visitor.code, "present_code": visitor.code}
    typed = {**TYPED, **FORMS.get(name, {}), **AT.get(route.name, {}), **codes}
    filled = {each: values if any(values) else [typed.get(each, "")] for each, values in on_page.items()}
    always = {**FORMS.get(name, {}), **AT.get(route.name, {}), "reverify_password": PASSWORD}
    return {**{each: [value] for each, value in always.items()}, **filled}


def _fields_on(text: str) -> Fields:
    found: Fields = {}
    for each in BeautifulSoup(text, "html.parser").select("main input[name], main select[name], main textarea[name]"):
        if each["name"] in NOT_PRESSED or (each.get("type") == "checkbox" and not each.has_attr("checked")):
            continue
        values = found.setdefault(str(each["name"]), [])
        if each.get("type") != "radio" or each.has_attr("checked"):
            values.append(_value(each))
    return found


def _value(each: Tag) -> str:
    if each.name == "textarea":
        return each.get_text().removeprefix("\n")
    if each.name == "select":
        chosen = each.select_one("option[selected]") or each.select_one("option")
        return str(chosen.get("value", "")) if chosen else ""
    return str(each.get("value", "on" if each.get("type") == "checkbox" else ""))
