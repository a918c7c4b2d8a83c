"""Adding and changing the people of a clinic (S3 to S10, C1, C3)."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from accounts.access import policies
from accounts.access.roles import ADMINISTRATOR
from accounts.addresses.actions import ask_for_members_email_change
from accounts.addresses.former import address_at
from accounts.core import seat_rules
from accounts.core.acting import acting, lock_user_at, on_file, permit, record
from accounts.core.details import SENSITIVE_FIELDS, MemberDetails
from accounts.core.email_changes import has_never_signed_in
from accounts.core.errors import ActionRefused, NotPermitted
from accounts.core.origin import Origin
from accounts.core.other_clinics import signs_in_elsewhere
from accounts.core.seats import let_go_of_seats, take_seat
from accounts.core.stale import ChangedMeanwhile, changed_words
from accounts.identity.users import forget_if_unused, forget_known_browsers
from accounts.invitations.actions import extend, first_invitation, invite_again, kill_links
from accounts.invitations.dismissal import end_what_they_began
from accounts.models import Activity, Invitation, Member
from accounts.outbox.queue import tell
from accounts.people import rules
from accounts.people.stale_forms import changed_since, require_as_opened
from clinic.clock import database_now


def add_member(*, actor: Member, details: MemberDetails, submission: UUID, origin: Origin | None = None) -> Member:
    """Add somebody to the clinic and invite them; the same form sent twice adds them once.

    `origin` is where the request came from. Raises NotPermitted, AlreadyMember (C12), PlanFull (S20), TooSoon (A51,
    A63), ActionRefused (A57).
    """
    with acting(actor) as actor:
        permit(policies.can_manage_members(actor))
        account = actor.account
        added = account.members.added_by(submission, details.email).select_related("user").first()
        if added is not None and not details.differences(MemberDetails.of(added)):
            return added
        if details.is_practitioner:
            let_go_of_seats(account)
        rules.require_can_be_added(account, details)
        member = Member.objects.create(
            account=account,
            user=lock_user_at(details.email),
            first_name=details.first_name,
            last_name=details.last_name,
            mobile=details.mobile,
            role=details.role,
            is_practitioner=details.is_practitioner,
            submission=submission,
        )
        entry = record(
            Activity.Verb.MEMBER_ADDED,
            account=account,
            actor=actor,
            subject=member,
            details={"role": details.role, "is_practitioner": details.is_practitioner},
        )
        first_invitation(member=member, entry=entry, origin=origin or Origin())
        return member


def update_member(
    *,
    actor: Member,
    target: Member,
    details: MemberDetails,
    expected_version: int,
    expected_shown: str = "",
    origin: Origin | None = None,
) -> None:
    """Change somebody, as the whole form says (S15, C2, C3).

    Another address of somebody who has joined changes nothing yet: it is asked to confirm. Of somebody who was brought
    over and has never signed in it is corrected at once: they are invited there, and have joined when they accept.
    Who left by their own decision is invited, too, where they are made active again (A70). They are told by mail of
    another role (A13). `origin` is where the request came from.

    `expected_version` and `expected_shown` are those that the form was opened with, as `require_as_opened` has them.
    Raises ChangedMeanwhile where they are others by now, NotPermitted for an owner or a weak role, and ActionRefused,
    AlreadyMember, PlanFull or TooSoon with the reason.
    """
    with acting(actor) as actor:
        target = on_file(actor.account, target)
        if not policies.can_edit_member(actor, target):
            raise NotPermitted(_("You may not change %(name)s. Nothing was changed.") % {"name": target.full_name})
        before = MemberDetails.of(target)
        changes = details.differences(before)
        if not changes:
            return
        require_as_opened(target, details, actor=actor, version=expected_version, shown=expected_shown)
        if "email" in changes and has_never_signed_in(target):
            _lock_both_logins(target, details.email)
        _require_possible(actor, target, details, changes)
        if target.has_joined and "email" in changes and not has_never_signed_in(target):
            _before, email = changes.pop("email")
            ask_for_members_email_change(actor=actor, target=target, new_email=email, origin=origin or Origin())
        if changes:
            _change(actor, target, details, changes, origin or Origin())


def _lock_both_logins(target: Member, email: str) -> None:
    """Lock the login that `target` has and the one that they are to have, in one order for every clinic.

    Raises ChangedMeanwhile where they have chosen their first password at this moment: nobody takes the login then.
    """
    for each in sorted((target.user.email, email)):
        lock_user_at(each)
    target.user.refresh_from_db()
    if not has_never_signed_in(target):
        raise changed_since(target)


def _change(
    actor: Member, target: Member, details: MemberDetails, changes: dict[str, list[Any]], origin: Origin
) -> None:
    is_invited = rules.is_invited_by(target, details)
    verb = Activity.Verb.MEMBER_INVITED_BACK if is_invited and target.left_at else _verb(changes)
    known_as = _known_as(target) if is_invited and target.left_at else ""
    _apply(target, details, changes, is_invited=is_invited)
    entry = record(verb, account=actor.account, actor=actor, subject=target, details=changes)
    if is_invited and target.is_active:
        invite_again(member=target, entry=entry, origin=origin, known_as=known_as)
    elif not target.has_joined:
        _follow_up_invitation(target, changes, entry, origin)
    elif target.is_active and "role" in changes:
        tell([target], of=entry)
    if target.has_joined and _is_about_inviting(target, changes):
        end_what_they_began(target, actor=actor, origin=origin)


def _known_as(target: Member) -> str:
    """The address that the clinic knew somebody by who left: it never typed one that their login got later (A68)."""
    invitation = Invitation.objects.filter(member=target).exclude(email="").first()
    if invitation is not None:
        return str(invitation.email)
    found = Member.objects.filter(pk=target.pk).annotate(known_as=address_at("joined_at"))
    known_as: str = found.values_list("known_as", flat=True).get()
    return known_as


def _is_about_inviting(target: Member, changes: dict[str, list[Any]]) -> bool:
    """Whether these changes take the right to add and change users from `target`, or give it (back)."""
    return ADMINISTRATOR in changes.get("role", ()) or ("is_active" in changes and target.is_administrator)


def _verb(changes: dict[str, list[Any]]) -> Activity.Verb:
    if "is_active" not in changes:
        return Activity.Verb.MEMBER_UPDATED
    return Activity.Verb.MEMBER_REACTIVATED if changes["is_active"][1] else Activity.Verb.MEMBER_DEACTIVATED


def _require_possible(actor: Member, target: Member, details: MemberDetails, changes: dict[str, list[Any]]) -> None:
    """Raise ActionRefused where these changes would break a rule."""
    if target.is_owner and changes.keys() & {"role", "is_active"}:
        raise ActionRefused(_("An owner stays an active administrator. Relinquish ownership first."))
    if "email" in changes:
        rules.require_address_can_change(target, details.email, actor=actor)
    if target.is_present and target.is_administrator and changes.keys() & {"role", "is_active"}:
        rules.require_another_administrator(target)
    if seat_rules.takes_seat(target, details):
        take_seat(target.account)


def _apply(target: Member, details: MemberDetails, changes: dict[str, list[Any]], *, is_invited: bool) -> None:
    """Write the changes into the row. Who `is_invited` has joined once they accept."""
    for name in changes.keys() - {"email"}:
        setattr(target, name, getattr(details, name))
    left_behind = None
    if "email" in changes:
        left_behind, target.user = target.user, lock_user_at(details.email)
    if "is_active" in changes and not details.is_active:
        target.deactivated_at = database_now()
        if target.has_joined and not signs_in_elsewhere(target):
            forget_known_browsers(target.user)
    if is_invited:
        target.joined_at = None
    target.touch(*(changes.keys() - {"email"}), "user", "deactivated_at", "joined_at")
    if left_behind is not None:
        forget_if_unused(left_behind)


def _follow_up_invitation(target: Member, changes: dict[str, list[Any]], entry: Activity, origin: Origin) -> None:
    """What becomes of the link of somebody who has not joined: every sensitive change kills it (A25).

    Those who may still join get a new one at once, so that nobody holds a link that died in silence.
    """
    if not changes.keys() & SENSITIVE_FIELDS:
        return
    if not hasattr(target, "invitation"):
        # Brought over, and corrected while inactive: they are invited once they are active.
        if target.is_active:
            invite_again(member=target, entry=entry, origin=origin)
        return
    if "email" in changes:
        target.invitation.email = target.user.email
    if target.is_active:
        extend(target.invitation, entry=entry, kill_old_links=True, origin=origin)
    else:
        kill_links(target.invitation)


def update_own_details(
    *, actor: Member, first_name: str, last_name: str, mobile: str, expected_version: int | None = None
) -> None:
    """Change one's own names and mobile number (C6).

    `expected_version` is the version the form was opened with; None where that isn't known. Raises ChangedMeanwhile
    where it is no longer that, and NotPermitted.
    """
    with acting(actor) as actor:
        permit(policies.can_edit_own_details(actor))
        before = MemberDetails.of(actor)
        after = replace(before, first_name=first_name, last_name=last_name, mobile=mobile)
        changes = after.differences(before)
        if not changes:
            return
        if expected_version not in {None, actor.version}:
            raise ChangedMeanwhile(changed_words(_("this"), button=_("Update my info")), about=actor)
        for name, (_before, value) in changes.items():
            setattr(actor, name, value)
        actor.touch(*changes)
        record(Activity.Verb.MEMBER_UPDATED, account=actor.account, actor=actor, subject=actor, details=changes)
