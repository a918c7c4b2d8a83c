"""The names of pages inside a clinic, the address of one that others lead on to, and where a form may lead back to."""

from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme


def page_name(name: str) -> str:
    """The full name of a page for `reverse`: one of accounts, unless another app stands before a colon."""
    return name if ":" in name else f"accounts:{name}"


def practitioner_first_steps(slug: str, member_id: int) -> str:
    """The practitioner settings of somebody just added, or who just joined, with a way to skip them (S13, S14)."""
    return reverse("practitioners:practitioner_settings", args=[slug, member_id], query={"first": 1})


def path_here(text: str) -> str:
    """Return `text`, a `next` that anybody could have written, where it is the address of a page of ours; else nothing.

    A path from the root, without anything that a browser drops or turns round so that another host comes to the front
    (A46).
    """
    is_plain = text.isascii() and text.isprintable() and "\\" not in text
    is_path = is_plain and text.startswith("/") and url_has_allowed_host_and_scheme(text, allowed_hosts=None)
    return text if is_path else ""
