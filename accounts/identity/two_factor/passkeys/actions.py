"""Passkeys: added, used, removed (C8, A17, A30)."""

from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.core.errors import ActionRefused
from accounts.core.origin import Origin
from accounts.identity.two_factor.actions import require_two_factor, require_two_factor_left, turn_on_with
from accounts.identity.two_factor.passkeys import ceremony as passkeys
from accounts.identity.two_factor.passkeys.ceremony import NewPasskey, NotTaken
from accounts.identity.two_factor.recovery.actions import note_sign_of_life
from accounts.identity.users import changing_user, end_sign_ins, record_event
from accounts.models import Passkey, SecurityEvent, User
from clinic.clock import database_now

MOST_PASSKEYS = 10
Kind = SecurityEvent.Kind


def turn_on_with_passkey(*, user: User, name: str, new: NewPasskey, origin: Origin, keep: int | None) -> list[str]:
    """Turn two-factor authentication on with a passkey; returns backup codes, and raises, as `turn_on` does."""
    return turn_on_with(
        lambda user: _keep(user, name, new), user=user, origin=origin, keep=keep, details={"name": name}
    )


def add_passkey(*, user: User, name: str, new: NewPasskey, origin: Origin, keep: int | None) -> None:
    """Take a further passkey into use. Every sign-in but `keep` ends (A17).

    Raises ActionRefused where two-factor authentication is off by now, and where there are too many.
    """
    with changing_user(user) as user:
        require_two_factor(user)
        _keep(user, name, new)
        end_sign_ins(user, apart_from=keep)
        record_event(Kind.PASSKEY_ADDED, user=user, origin=origin, details={"name": name})


def remove_passkey(*, user: User, passkey_id: int, origin: Origin, keep: int | None) -> None:
    """Take a passkey out of use, if it is still there; as `add_passkey`.

    Raises ActionRefused where nothing would be left beside the password.
    """
    with changing_user(user) as user:
        passkey = user.passkeys.filter(pk=passkey_id).first()
        if passkey is None:
            return
        passkey.delete()
        require_two_factor_left(user)
        end_sign_ins(user, apart_from=keep)
        record_event(Kind.PASSKEY_REMOVED, user=user, origin=origin, details={"name": passkey.name})


def use_passkey(*, user: User, answer: str) -> bool:
    """Take what a passkey of `user` signed; False where it was taken already: also by another request just now (A30).

    So it is where the device's own count did not go up, which means that it was copied. Raises NotTaken for anything
    else that is wrong with it.
    """
    passkey = user.passkeys.filter(credential_id=passkeys.credential_id(answer)).first()
    if passkey is None:
        raise NotTaken
    shown = passkeys.check(user, passkey, answer)
    count_goes_up = Q(sign_count__lt=shown.sign_count) | Q(sign_count=0)
    unused = Passkey.objects.filter(count_goes_up, pk=passkey.pk, last_challenge_at__lt=shown.challenged_at)
    used = {"sign_count": shown.sign_count, "last_challenge_at": shown.challenged_at, "last_used_at": database_now()}
    if not unused.update(**used):
        return False
    note_sign_of_life(user)
    return True


def _keep(user: User, name: str, new: NewPasskey) -> None:
    if user.passkeys.count() >= MOST_PASSKEYS:
        raise ActionRefused(_("You have ten passkeys. Remove one that you no longer use first."))
    _passkey, is_new = Passkey.objects.get_or_create(
        credential_id=new.credential_id,
        defaults={
            "user": user,
            "name": name,
            "public_key": new.public_key,
            "sign_count": new.sign_count,
            "transports": new.transports,
            "last_challenge_at": new.challenged_at,
            "created_at": database_now(),
        },
    )
    if not is_new:
        raise ActionRefused(_("This passkey is in use already. Add another one."))
