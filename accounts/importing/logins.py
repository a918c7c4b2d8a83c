"""Which login a line of an import may take (A57, A68). For use inside the import's transaction."""

from collections.abc import Collection

from django.contrib.auth.hashers import make_password
from django.utils.translation import gettext as _

from accounts.core.errors import ActionRefused
from accounts.models import User


def is_proved(user: User) -> bool:
    """Whether a password, where there is one, can only be that of somebody who reads mail at the address (A57).

    For use inside another action.
    """
    return user.email_confirmed_at is not None or not user.has_usable_password()


def require_theirs(user: User) -> None:
    """Raise ActionRefused where the login is blocked, or may be another's who signed up with the address (A57).

    For use inside another action.
    """
    if not user.is_active:
        raise ActionRefused(_("The login with this address is switched off."))
    if not is_proved(user):
        raise ActionRefused(
            _(
                "Someone signed up with this address and hasn’t confirmed it yet. Ask the person who reads mail there "
                "to confirm it, or to choose a new password by “Forgotten your password?”, then run this again."
            )
        )


def require_never_left(before: Collection[str]) -> None:
    """Raise ActionRefused if anyone had the address before: the person who has it today may be a stranger (A68).

    Even if that one has proved it: a line that was put off may be read again long after its person left the address.
    `before` holds the addresses of today of those who had it. For use inside another action.
    """
    if before:
        words = _(
            "Someone who proved that this address was theirs signs in with %(emails)s now. If the line is about them, "
            "write that address in it. If it’s about the person who has this address today, take the line out and have "
            "the clinic invite them."
        )
        raise ActionRefused(words % {"emails": ", ".join(before)})


def new_login(email: str) -> User:
    """A new login without a password, locked; or the one that someone else made with this address a moment ago.

    There is no savepoint, as thousands of them in one transaction slow all of PostgreSQL down. Raises ActionRefused if
    that other login has given the address up again. For use inside another action.
    """
    User.objects.bulk_create([User(email=email, password=make_password(None))], ignore_conflicts=True)
    login = User.objects.select_for_update(no_key=True).filter(email=email).first()
    if login is None:
        words = _("Another login has this address in capital letters, or is getting or giving it up right now.")
        raise ActionRefused(f"{words} {_('Run this again.')}")
    return login
