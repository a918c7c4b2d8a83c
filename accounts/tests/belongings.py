"""All that is somebody's own, as rows and as what still works, so that a test can say that none of it changed (S22)."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.contrib.auth.tokens import default_token_generator
from django.contrib.sessions.models import Session
from django.db.models import ForeignObjectRel, Model
from django.test import Client
from django.urls import reverse

from accounts.core.tokens import ConfirmationLink
from accounts.identity.sessions.store import SessionStore
from accounts.models import Member, OutboundEmail, User
from accounts.tests.rows import Row, rows_of

# What points to a person and is not theirs alone: the clinic, which every owner may close; and mail, of which some
# tells of others ("mail with links" below is what is theirs of it).
NOT_THEIRS = {"accounts.Account.creator", "accounts.OutboundEmail.user"}
WITH_LINKS = (OutboundEmail.Kind.EMAIL_CONFIRMATION, OutboundEmail.Kind.PASSWORD_RESET)

# The owner's own, which nobody else in the cast has.
HER_PASSWORD = "a quiet lighthouse keeper"


@dataclass(frozen=True)
class Belongings:
    """Somebody and the browser they use, with the secrets of the mails that wait in their mailbox."""

    member: Member
    browser: Client
    reset_token: str
    confirmation: ConfirmationLink

    @classmethod
    def of(cls, member: Member, browser: Client) -> "Belongings":
        """What is theirs now."""
        user = User.objects.get(pk=member.user_id)
        return cls(member, browser, default_token_generator.make_token(user), ConfirmationLink.of(user))

    def look(self) -> dict[str, Any]:
        """All of it by name: each table that points to the login or the member, and what they can still use."""
        user = User.objects.get(pk=self.member.user_id)
        found: dict[str, Any] = {label: [] for label in tables_about_people() - NOT_THEIRS}
        for label, row in [*_rows_about(User, user.pk), *_rows_about(Member, self.member.pk)]:
            # Looking whether she is signed in may be what was last seen of her.
            found[label].append({name: value for name, value in row.items() if name != "last_seen_at"})
        return {
            **found,
            "login": rows_of(User, User._meta.pk, user.pk),
            "mail with links": list(OutboundEmail.objects.filter(user=user, kind__in=WITH_LINKS).values()),
            "sessions": _sessions_of(user),
            # The first page sends whoever is signed in on to their clinics.
            "is signed in": self.browser.get(reverse("accounts:welcome")).status_code == 302,
            "reset link works": default_token_generator.check_token(user, self.reset_token),
            "confirmation link works": self.confirmation.confirms(user),
        }


@cache
def _links_to(model: type[Model]) -> list[ForeignObjectRel]:
    """What points to rows of a model, be it without a name for the way back."""
    return [each for each in model._meta.get_fields(include_hidden=True) if isinstance(each, ForeignObjectRel)]


def _label(link: ForeignObjectRel) -> str:
    return f"{link.related_model._meta.label}.{link.field.name}"


@cache
def tables_about_people() -> set[str]:
    """Every field that points to a login, a member, or a row that each has one of: "accounts.Invitation.member"."""
    found, models = set(), [User, Member]
    while models:
        links = [link for link in _links_to(models.pop()) if _label(link) not in found]
        found |= {_label(link) for link in links}
        models += [link.related_model for link in links if link.one_to_one]
    return found


def _rows_about(model: type[Model], key: int) -> Iterator[tuple[str, Row]]:
    """Rows that point to one of `model`; to those of which it has one only, such as an invitation, as to itself."""
    for link in _links_to(model):
        if _label(link) in NOT_THEIRS:
            continue
        for row in rows_of(link.related_model, link.field, key):
            yield _label(link), row
            if link.one_to_one:
                yield from _rows_about(link.related_model, row[link.related_model._meta.pk.column])


def _sessions_of(user: User) -> set[str]:
    """The rows of this login's sessions, wherever they are signed in, by what is stored of their keys."""
    held = [(each.session_key, SessionStore().decode(each.session_data)) for each in Session.objects.all()]
    return {key for key, data in held if data.get("_auth_user_id") == str(user.pk)}
