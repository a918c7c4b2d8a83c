"""The names of pages inside a clinic, and the address of one that others lead on to."""

from django.urls import reverse


def page_name(name: str) -> str:
    """The full name of a page for `reverse`: one of accounts, unless another app stands before a colon."""
    return name if ":" in name else f"accounts:{name}"


def practitioner_first_steps(slug: str, member_id: int) -> str:
    """The practitioner settings of somebody just added, or who just joined, with a way to skip them (S13, S14)."""
    return reverse("practitioners:practitioner_settings", args=[slug, member_id], query={"first": 1})
