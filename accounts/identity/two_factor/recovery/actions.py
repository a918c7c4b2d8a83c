"""Two-factor authentication reset by our support for somebody whom nobody else can help (A70, PRODUCT B9).

Support starts it with evidence and a reason, everybody concerned is told, and then it waits. Meanwhile the person stops
it by the link in their mail, in an open session, or by using what they were said to have lost; so does a clinic of
theirs. Only then does support complete it, a second person if there is one. The password is never touched.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from accounts.access import policies
from accounts.core.acting import acting, on_file, permit, record
from accounts.core.errors import ActionRefused, NotPermitted, SignInAgain
from accounts.core.origin import Origin
from accounts.core.recipients import owners_of
from accounts.identity.two_factor.recovery import rules
from accounts.identity.users import changing_user_and_clinics, end_sign_ins, forget_two_factor, record_event
from accounts.models import Account, Activity, Member, SecurityEvent, TwoFactorRecovery, User
from accounts.outbox.queue import tell
from clinic.clock import database_now

Kind, Outcome, Verb = SecurityEvent.Kind, TwoFactorRecovery.Outcome, Activity.Verb


def open_recovery(*, staff: User, user: User, evidence: str, reason: str) -> TwoFactorRecovery:
    """Start one: everybody concerned is told `reason` and when it can be completed; `evidence` stays with support.

    Raises NotPermitted for somebody who is not of support, or shares a clinic with `user`; ActionRefused.
    """
    with _supporting_login(staff, user) as (staff, user):
        rules.require_recovery_can_open(user)
        # One that nobody completed in time is over; the database allows one open.
        TwoFactorRecovery.objects.filter(user=user, ended_at=None).update(
            ended_at=database_now(), outcome=Outcome.LAPSED
        )
        recovery = _new(user, staff=staff, evidence=evidence, reason=reason)
        _record_by_support(Verb.TWO_FACTOR_RECOVERY_OPENED, recovery, staff, reason)
        _record_event(Kind.TWO_FACTOR_RECOVERY_OPENED, recovery, staff=staff)
    return recovery


def _new(user: User, *, staff: User, evidence: str, reason: str) -> TwoFactorRecovery:
    now = database_now()
    due_at = now + timedelta(hours=settings.TWO_FACTOR_RECOVERY_HOURS)
    return TwoFactorRecovery.objects.create(
        user=user,
        email=user.email,
        evidence=evidence,
        reason=reason,
        opened_by=staff,
        opened_at=now,
        due_at=due_at,
        lapses_at=due_at + TwoFactorRecovery.TIME_TO_COMPLETE,
    )


def complete_recovery(*, staff: User, recovery: TwoFactorRecovery, reason: str) -> None:
    """Take away all that stands beside the password, and trusted browsers; sign the person out, tell everybody.

    Raises NotPermitted as `open_recovery` does; ActionRefused where it was stopped, before its time, and with the other
    reasons of `require_can_complete`.
    """
    with _supporting_login(staff, recovery.user) as (staff, user):
        recovery = _locked(recovery)
        rules.require_can_complete(recovery, user=user, staff=staff)
        _end(recovery, Outcome.DONE, staff=staff, reason=reason)
        forget_two_factor(user)
        end_sign_ins(user)
        _record_by_support(Verb.TWO_FACTOR_RECOVERY_DONE, recovery, staff, reason)
        _record_event(Kind.TWO_FACTOR_RECOVERY_DONE, recovery, staff=staff)


def withdraw_recovery(*, staff: User, recovery: TwoFactorRecovery, reason: str) -> None:
    """Take it back; nothing changes for the person. Raises NotPermitted as `open_recovery` does; ActionRefused."""
    with _supporting_login(staff, recovery.user) as (staff, _user):
        recovery = _locked(recovery)
        rules.require_waiting(recovery)
        _end(recovery, Outcome.WITHDRAWN, staff=staff, reason=reason)
        _record_by_support(Verb.TWO_FACTOR_RECOVERY_STOPPED, recovery, staff, reason)
        _record_event(Kind.TWO_FACTOR_RECOVERY_STOPPED, recovery, staff=staff)


def stop_recovery_by_link(*, recovery: TwoFactorRecovery, origin: Origin) -> None:
    """Stop it for whoever reads the person's mail. Raises ActionRefused where it has ended."""
    _stop_by_person(recovery, Outcome.STOPPED_BY_LINK, origin)


def stop_own_recovery(*, user: User, origin: Origin) -> bool:
    """Stop it for the person, who is signed in. Returns whether there was one."""
    recovery = TwoFactorRecovery.objects.waiting().filter(user=user).first()
    if recovery is None:
        return False
    _stop_by_person(recovery, Outcome.STOPPED_BY_PERSON, origin)
    return True


def note_sign_of_life(user: User) -> None:
    """Stop it, as `user` has just used what they were said to have lost. One query where there is none.

    For use inside another action, once what it used up is committed. A trusted browser is no such sign: whoever has
    one left can sign in with it and still not set up anything new.
    """
    recovery = TwoFactorRecovery.objects.waiting().filter(user=user).first()
    if recovery is None:
        return
    try:
        _stop_by_person(recovery, Outcome.SIGN_OF_LIFE, Origin())
    except ActionRefused:
        # It ended while this waited for the lock.
        return


def stop_recovery_of_member(*, actor: Member, recovery: TwoFactorRecovery, origin: Origin) -> None:
    """Stop it for a clinic that the person belongs to: by an owner, or an administrator if nobody else owns it.

    Raises NotPermitted where the person is not in the clinic any more, or for anybody else; ActionRefused.
    """
    with _their_login(recovery.user) as user:
        # First, or the account would be locked after a login that is not in it.
        target = _present_member(actor.account, user)
        with acting(actor) as actor:
            permit(policies.can_stop_recovery(actor, target, owners=owners_of(actor.account)))
            recovery = _locked(recovery)
            rules.require_clinic_can_stop(recovery, actor=actor, target=target)
            _end(recovery, Outcome.STOPPED_BY_CLINIC, stopped_by=actor)
            for member in _memberships(recovery):
                # No clinic learns from its log who stopped it in which other one.
                by = actor if member.account_id == actor.account_id else None
                _tell(record(Verb.TWO_FACTOR_RECOVERY_STOPPED, account=member.account, actor=by, subject=member))
            _record_event(Kind.TWO_FACTOR_RECOVERY_STOPPED, recovery, by=actor, origin=origin)


def _stop_by_person(recovery: TwoFactorRecovery, outcome: TwoFactorRecovery.Outcome, origin: Origin) -> None:
    with _their_login(recovery.user):
        recovery = _locked(recovery)
        rules.require_waiting(recovery)
        _end(recovery, outcome)
        # Whoever reads the mail has shown nothing else, so that the log says of nobody that they did.
        is_known = outcome != Outcome.STOPPED_BY_LINK
        verb = Verb.TWO_FACTOR_RECOVERY_STOPPED_BY_PERSON if is_known else Verb.TWO_FACTOR_RECOVERY_STOPPED
        for member in _memberships(recovery):
            _tell(record(verb, account=member.account, actor=member if is_known else None, subject=member))
        _record_event(Kind.TWO_FACTOR_RECOVERY_STOPPED, recovery, origin=origin)


@contextmanager
def _their_login(user: User) -> Iterator[User]:
    """The clinics of `user`, and their login, locked. Raises ActionRefused where it was erased.

    It is somebody else's who acts: they stay signed in.
    """
    try:
        with changing_user_and_clinics(user) as fresh:
            yield fresh
    except SignInAgain as error:
        raise ActionRefused(_("This login was erased in the meantime, so there is nothing left to do.")) from error


@contextmanager
def _supporting_login(staff: User, user: User) -> Iterator[tuple[User, User]]:
    """Open a transaction with the clinics of `user` and their login locked; gives both people as on file now."""
    with _their_login(user) as fresh_user:
        fresh = User.objects.get(pk=staff.pk)
        permit(policies.is_support(fresh) and fresh.pk != fresh_user.pk)
        if rules.shares_a_clinic(fresh, fresh_user):
            raise NotPermitted(_("You belong to a clinic of theirs. Someone else of support has to do this."))
        yield fresh, fresh_user


def _locked(recovery: TwoFactorRecovery) -> TwoFactorRecovery:
    """As it is now; the lock of the login, which everybody takes first, keeps it so."""
    return TwoFactorRecovery.objects.select_related("user", "opened_by").get(pk=recovery.pk)


def _present_member(account: Account, user: User) -> Member:
    found = Member.objects.present().filter(account=account, user=user).first()
    permit(found is not None)
    assert found
    return on_file(account, found)


def _memberships(recovery: TwoFactorRecovery) -> list[Member]:
    """Where the person belongs: in clinics that are locked or closed as well, whose owners read mail."""
    mine = Member.objects.present().filter(user=recovery.user_id).select_related("account", "user")
    return list(mine.order_by("account_id"))


def _end(
    recovery: TwoFactorRecovery,
    outcome: TwoFactorRecovery.Outcome,
    *,
    staff: User | None = None,
    reason: str = "",
    stopped_by: Member | None = None,
) -> None:
    recovery.ended_at, recovery.outcome = database_now(), outcome
    recovery.ended_by, recovery.end_reason, recovery.stopped_by = staff, reason, stopped_by
    recovery.save(update_fields=["ended_at", "outcome", "ended_by", "end_reason", "stopped_by"])


def _record_by_support(verb: Activity.Verb, recovery: TwoFactorRecovery, staff: User, reason: str) -> None:
    details = {"reason": reason}
    if verb == Verb.TWO_FACTOR_RECOVERY_OPENED:
        details["due_at"] = recovery.due_at.isoformat()
    for member in _memberships(recovery):
        _tell(record(verb, account=member.account, actor=None, staff=staff, subject=member, details=details))


def _tell(entry: Activity) -> None:
    """Tell those who could stop it in their clinic; the person has a mail of their own."""
    assert entry.subject
    others = [owner for owner in owners_of(entry.account) if owner.pk != entry.subject.pk]
    administrators = entry.account.members.administrators().exclude(pk=entry.subject.pk).select_related("user")
    tell(others or list(administrators), of=entry)


def _record_event(
    kind: SecurityEvent.Kind,
    recovery: TwoFactorRecovery,
    *,
    staff: User | None = None,
    by: Member | None = None,
    origin: Origin | None = None,
) -> None:
    details: dict[str, Any] = {"recovery": recovery.pk, "outcome": recovery.outcome}
    if staff is not None:
        details["staff"] = staff.pk
    if recovery.outcome == Outcome.STOPPED_BY_LINK:
        details["objected"] = True
    record_event(kind, user=recovery.user, origin=origin or Origin(), by=by, details=details)
