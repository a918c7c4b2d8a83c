"""What a password has to be: long, and nothing that somebody else would think of first (A1 to A5)."""

from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db.models import Model, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.access.roles import ROLES
from accounts.identity.password.common import is_common, is_pattern
from accounts.identity.password.own_words import Kind, kinds_it_is_made_of
from accounts.models import Member, User
from accounts.text import canonical_password
from clinic.clock import database_now
from clinic.leaked_passwords import is_leaked

SHORTEST = 15
SHORTEST_WITH_TWO_FACTOR = 8
# Hashing a longer one would be an attack; 128 characters are always taken.
LONGEST = 256

KIND_WORDS = {
    Kind.CLINIC: gettext_lazy("the clinic’s name"),
    Kind.PRODUCT: gettext_lazy("the name of this product"),
    Kind.ROLE: gettext_lazy("the name of a role"),
    Kind.EMAIL: gettext_lazy("your email address"),
}


def check_new_password(password: str, user: User, *, clinic_name: str = "", reads_mail: bool | None = None) -> None:
    """Refuse a password that `user` may not choose; every page asks here. Raises ValidationError with every reason.

    `clinic_name` is one that counts beside those on file: of the clinic that is being opened or joined with this
    password. `reads_mail` as in `shortest_length`. Where leaked passwords are looked up, it may take a second, so no
    transaction may be open.
    """
    password = canonical_password(password)
    reasons = _length_reasons(password, shortest_length(user, reads_mail=reads_mail))
    # To look for patterns in what is too long anyway takes a while.
    if len(password) <= LONGEST:
        names = own_words(user, clinic_name, reads_mail=reads_mail)
        reasons += [*_common_reasons(password), *_own_word_reasons(password, names)]
    # Last, since it may ask a service: what is refused anyway is not worth that.
    if not reasons and is_leaked(password):
        words = _("This password has appeared in a data breach. Choose a different one.")
        reasons.append(ValidationError(words, code="password_leaked"))
    if reasons:
        raise ValidationError(reasons)


def shortest_length(user: User | None, *, reads_mail: bool | None = None) -> int:
    """How many characters are the fewest: 8 where signing in takes two-factor authentication, too; else 15 (A1).

    It does where all clinics that they are present in require one now: without it they open none. Or where one does and
    they have it: they can't turn it off. Who is present nowhere may be about to join any of the clinics that invited
    them, so that all of those have to.

    `reads_mail` says whether the person at the form has shown that they read mail at the address; None: whether the
    address was ever confirmed. Anyone else learns nothing of who invited it (A58).
    """
    if user is None or user.pk is None:
        return SHORTEST
    now = database_now()
    people = list(_clinics_known_to(user, reads_mail).select_related("account"))
    present = [each for each in people if each.has_joined]
    invited = [each for each in people if not each.has_joined]
    requires = [each.account.requires_two_factor_at(now) for each in present or invited]
    has_it = any(requires) and (all(requires) or (bool(present) and user.has_two_factor))
    return SHORTEST_WITH_TWO_FACTOR if has_it else SHORTEST


def is_short(password: str) -> bool:
    """Whether a password is one of those that are enough only beside two-factor authentication (A1)."""
    return len(canonical_password(password)) < SHORTEST


def hint(shortest: int) -> str:
    """What stands beside a field for a new password."""
    words = _(
        "At least %(shortest)s characters. A few words that only you would put together are easy to remember and hard "
        "to guess."
    )
    return words % {"shortest": shortest}


def _length_reasons(password: str, shortest: int) -> list[ValidationError]:
    if len(password) < shortest:
        words = _("Use at least %(shortest)s characters. This has %(length)s.")
        return [ValidationError(words % {"shortest": shortest, "length": len(password)}, code="password_too_short")]
    if len(password) > LONGEST:
        words = _("Use at most %(most)s characters. This has %(length)s.")
        return [ValidationError(words % {"most": LONGEST, "length": len(password)}, code="password_too_long")]
    return []


def _common_reasons(password: str) -> list[ValidationError]:
    if is_pattern(password):
        words = _(
            "This repeats a few characters, or follows the keyboard or the alphabet. Choose something less regular."
        )
        return [ValidationError(words, code="password_pattern")]
    if is_common(password):
        words = _("This is on the list of well-known passwords, which are tried first. Choose another.")
        return [ValidationError(words, code="password_too_common")]
    return []


def _own_word_reasons(password: str, names: dict[Kind, list[str]]) -> list[ValidationError]:
    found = kinds_it_is_made_of(password, names)
    if not found:
        return []
    named = _(" and ").join(str(KIND_WORDS[kind]) for kind in Kind if kind in found)
    words = _(
        "This is made of %(what)s, which others would try first. Choose something that has nothing to do with it."
    )
    return [ValidationError(words % {"what": named}, code="password_own_words")]


def own_words(user: User, clinic_name: str = "", *, reads_mail: bool | None = None) -> dict[Kind, list[str]]:
    """What others know of somebody (A5): their clinics, this product, its roles, their address and its first part.

    `reads_mail` as in `shortest_length`.
    """
    mine = _clinics_known_to(user, reads_mail)
    return {
        Kind.CLINIC: [clinic_name, *mine.values_list("account__name", flat=True)],
        Kind.PRODUCT: [settings.PRODUCT_NAME],
        Kind.ROLE: [str(role.name) for role in ROLES.values()],
        # The address as one word: those of its domain are no secret, and no name either.
        Kind.EMAIL: ["".join(filter(str.isalnum, user.email)), user.email.rpartition("@")[0]],
    }


def _clinics_known_to(user: User, reads_mail: bool | None) -> QuerySet[Member]:
    """Where `user` is active; for who has not shown that they read mail at the address, only where they joined."""
    # By the id, which somebody who signs up has not got yet: then there are none.
    mine = Member.objects.filter(user_id=user.pk, is_active=True)
    knows = user.email_confirmed_at is not None if reads_mail is None else reads_mail
    return mine if knows else mine.filter(joined_at__isnull=False)


class PasswordValidator:
    """The same for Django's own commands, such as `manage.py createsuperuser` and `changepassword`."""

    def validate(self, password: str, user: Model | None = None) -> None:
        """Raise ValidationError with every reason."""
        check_new_password(password, user if isinstance(user, User) else User())

    def get_help_text(self, **_options: Any) -> str:
        """The rule in words."""
        return hint(SHORTEST)
