"""Where somebody is signed in: begun, kept up, ended (A15 to A17)."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.access import policies
from accounts.core.acting import acting, on_file, permit, record
from accounts.core.errors import ActionRefused
from accounts.core.origin import Origin
from accounts.core.other_clinics import signs_in_elsewhere
from accounts.identity.two_factor.trusted.actions import forget_other_browsers
from accounts.identity.users import changing_user, forget_known_browsers, lock_user_as_shown, record_event
from accounts.models import Activity, Member, SecurityEvent, SignIn, User
from clinic.clock import DatabaseNow, database_now

# `last_seen_at` need not be more exact than this, and is not written at every click.
SEEN_WITHIN = timedelta(minutes=1)


@contextmanager
def signing_in(user: User) -> Iterator[None]:
    """Let what signs `user` in happen while their login is locked, so that it is there, and as they have shown it.

    Whatever changes how they sign in comes before, and they start again; or after, and ends this sign-in with the rest.
    Raises SignInAgain.
    """
    with transaction.atomic():
        lock_user_as_shown(user)
        yield


def begin_sign_in(*, user: User, origin: Origin) -> SignIn:
    """Write down that `user` signed in, and from where."""
    with transaction.atomic():
        sign_in = _new_sign_in(user, origin)
        record_event(SecurityEvent.Kind.SIGNED_IN, user=user, origin=origin)
    return sign_in


def _new_sign_in(user: User, origin: Origin) -> SignIn:
    now = database_now()
    return SignIn.objects.create(
        user=user,
        started_at=now,
        last_seen_at=now,
        expires_at=now + timedelta(days=settings.SESSION_ABSOLUTE_DAYS),
        ip_address=origin.ip_address,
        user_agent=origin.user_agent,
    )


def note_seen(*, sign_in: SignIn) -> None:
    """Count the time of doing nothing from now on."""
    SignIn.objects.filter(pk=sign_in.pk).update(last_seen_at=DatabaseNow())


def forget_sign_in(*, sign_in_id: int) -> None:
    """End one that its own browser ends."""
    SignIn.objects.filter(pk=sign_in_id).delete()


def end_sign_in(*, user: User, origin: Origin, sign_in_id: int) -> bool:
    """Sign `user` out in one of their browsers, at its next request; whether there was such a one (A17)."""
    with changing_user(user) as user:
        ended, _by_model = SignIn.objects.filter(user=user, pk=sign_in_id).delete()
        _record_end(user, origin, ended=ended)
        return bool(ended)


@dataclass(frozen=True)
class EndedElsewhere:
    """In how many browsers somebody was signed out, and how many trusted ones are asked for a code again."""

    ended: int
    forgotten: int


def end_other_sign_ins(*, user: User, origin: Origin, keep: int, token: str) -> EndedElsewhere:
    """Sign `user` out in every browser but one, at its next request (A17), and know and trust no other one (C8, A65).

    `keep` is the sign-in of the browser in use, `token` what it holds if it is trusted: "" where it is not.
    """
    with changing_user(user) as user:
        ended, _by_model = SignIn.objects.filter(user=user).exclude(pk=keep).delete()
        forgotten = forget_other_browsers(user, token)
        forget_known_browsers(user)
        _record_end(user, origin, ended=ended, **({"forgotten": forgotten} if forgotten else {}))
        return EndedElsewhere(ended, forgotten)


def _record_end(user: User, origin: Origin, **counted: int) -> None:
    """What ends nothing is not worth a mail; nor is forgetting a browser, which has a button of its own."""
    if counted["ended"]:
        record_event(SecurityEvent.Kind.SESSIONS_ENDED, user=user, origin=origin, details=counted)


def sign_out_of_clinic(*, actor: Member, target: Member, origin: Origin) -> None:
    """Have `target` sign in again before they come back into this clinic, wherever they are signed in (A17).

    Their other clinics are none of the actor's business: those stay open to them. Raises NotPermitted, and
    ActionRefused where they have not signed in since it was done last: each time is a mail (A51).
    """
    with acting(actor) as actor:
        target = on_file(actor.account, target)
        permit(policies.can_sign_out(actor, target))
        if target.signed_out_at is not None and not _signed_in_since(target, target.signed_out_at):
            words = _("%(name)s was signed out already, and has not signed in since.")
            raise ActionRefused(words % {"name": target.full_name})
        target.signed_out_at = database_now()
        target.save(update_fields=["signed_out_at"])
        if not signs_in_elsewhere(target):
            forget_known_browsers(target.user)
        record(Activity.Verb.SESSIONS_ENDED, account=actor.account, actor=actor, subject=target)
        record_event(SecurityEvent.Kind.SESSIONS_ENDED_BY_OTHERS, user=target.user, origin=origin, by=actor)


def _signed_in_since(member: Member, moment: datetime) -> bool:
    return SignIn.objects.filter(user=member.user_id, started_at__gt=moment).exists()
