"""A right request for each act of the table in `proofs`, but for what proves who sends it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from uuid import uuid4

from django.test import Client
from django.urls import reverse

from accounts.core.tokens import ConfirmationLink, EmailChangeLink, Side
from accounts.models import Account, Member, SignIn, TrustedBrowser, User
from accounts.tests.address_changes import pending_change
from accounts.tests.authenticators import key_on, shown
from accounts.tests.factories import MemberFactory, PendingMemberFactory
from accounts.tests.links import ACCEPT, opened
from accounts.tests.pages import typed_on
from accounts.tests.routes import clinic_page
from accounts.tests.soft_passkey import SoftPasskey, give_passkey, new_question_on
from accounts.tests.support_desk import REASON, at, close_row, lock_row, recovery_of, request_of, support_staff
from accounts.tests.two_factor import enrolled, require_two_factor
from clinic.clock import database_now
from practitioners.tests.factories import BusinessFactory, works

Fields = dict[str, str]
Request = tuple[str, Fields]


@dataclass
class Scene:
    """Harbour Physio, and the browser of whoever acts: Olive, who has another owner beside her, or Sam of support."""

    cast: object
    user: User
    browser: Client
    otto: Member

    @property
    def clinic(self) -> Account:
        return self.cast.clinic

    def page(self, name: str, *args: object) -> str:
        """The address of a page of the clinic."""
        return clinic_page(name, self.clinic.slug, *args)

    def edited(self, member: Member, **changes: str) -> Request:
        """The form of a person's page with something changed."""
        page = self.page("member", member.pk)
        return page, {**typed_on(self.browser.get(page)), **changes}

    def left(self) -> Member:
        """Someone inactive."""
        return MemberFactory(account=self.clinic, is_active=False)


def own(name: str, *args: object) -> str:
    """The address of a page about one's own login."""
    return reverse(f"accounts:{name}", args=args)


def _new_member(_scene: Scene) -> Fields:
    names = {"first_name": "Nina", "last_name": "Novak", "email": "nina@harbour.example", "mobile": ""}
    return {**names, "role": "administrator", "is_practitioner": "no", "submission": str(uuid4())}


def _reopen(scene: Scene) -> Request:
    close_row(scene.clinic)
    return scene.page("account_reopening"), {}


def _security(scene: Scene, **fields: str) -> Request:
    page = scene.page("account_security")
    typed = typed_on(scene.browser.get(page), with_field="session_timeout")
    return page, {**typed, **fields}


def _stop_requiring(scene: Scene) -> Request:
    require_two_factor(scene.clinic)
    page, typed = _security(scene)
    return page, {name: value for name, value in typed.items() if name != "require_two_factor"}


def _lift(scene: Scene) -> Request:
    Account.objects.filter(pk=scene.clinic.pk).update(toggles={"practitioners_own_notes": True})
    page = scene.page("permissions")
    typed = typed_on(scene.browser.get(page), with_field="practitioners_own_notes")
    return page, {name: value for name, value in typed.items() if name != "practitioners_own_notes"}


def _plan(scene: Scene) -> Request:
    page = scene.page("subscription")
    return page, {**typed_on(scene.browser.get(page), with_field="plan"), "plan": "large"}


def _asked(scene: Scene) -> Member:
    pending_change(scene.cast.receptionist, asked_by=scene.cast.administrator)
    return scene.cast.receptionist


def _business(scene: Scene, page: str, **fields: str) -> Request:
    return scene.page(page, BusinessFactory(account=scene.clinic).pk), fields


def _practitioner(scene: Scene) -> Request:
    works(scene.cast.practitioner)
    page = scene.page("practitioner_settings", scene.cast.practitioner.pk)
    return page, {"designation": "Physiotherapist", "version": "1"}


def _my_wish(scene: Scene, *, asked_by: Member | None = None, confirm: bool = False) -> None:
    change = pending_change(scene.cast.owner, asked_by=asked_by, new_email="olive@new.example")
    if confirm:
        scene.browser.get(own("email_change_link", EmailChangeLink.of(change, Side.NEW).token()))


def _confirm(scene: Scene, *, asked_by: Member | None = None) -> Request:
    if asked_by is not None:
        # Nobody asks for another address of an owner.
        Member.objects.filter(pk=scene.cast.owner.pk).update(is_owner=False)
    _my_wish(scene, asked_by=asked_by, confirm=True)
    return own("email_change_confirm"), {}


def _unconfirmed(scene: Scene) -> None:
    User.objects.filter(pk=scene.user.pk).update(email_confirmed_at=None)
    scene.user.refresh_from_db()


def _confirm_first(scene: Scene) -> Request:
    _unconfirmed(scene)
    scene.browser.get(own("email", ConfirmationLink.of(scene.user).token()))
    return own("email_confirm"), {}


def _ask_for_mail(scene: Scene, name: str) -> Request:
    if name == "email_resend":
        _unconfirmed(scene)
    else:
        _my_wish(scene)
    return own(name), {}


def _new_app(scene: Scene) -> Request:
    return own("two_factor"), {"code": shown(key_on(scene.browser.get(own("two_factor"))))}


def _new_passkey(scene: Scene) -> Request:
    answer = SoftPasskey().make(new_question_on(scene.browser.get(own("passkey_new"))))
    return own("passkey_new"), {"name": "Spare key", "passkey": answer}


def _remove_passkey(scene: Scene) -> Request:
    give_passkey(scene.user, name="Old key")
    return own("passkey_remove", scene.user.passkeys.get(name="Old key").pk), {}


def _after(_made: object, name: str) -> Request:
    return own(name), {}


def _trusted(scene: Scene) -> TrustedBrowser:
    now = database_now()
    return TrustedBrowser.objects.create(
        user=scene.user, token_hash="a hash", created_at=now, last_used_at=now, expires_at=now
    )


def _other_browser(scene: Scene) -> SignIn:
    now = database_now()
    expires_at = now + timedelta(days=14)
    return SignIn.objects.create(user=scene.user, started_at=now, last_seen_at=now, expires_at=expires_at)


def _join(scene: Scene) -> Request:
    cast = scene.cast
    invited = PendingMemberFactory(account=cast.other_clinic, user=scene.user, invited_by=cast.outsider)
    opened(invited, scene.browser)
    return ACCEPT, {}


def _without_password(member: Member) -> Member:
    User.objects.filter(pk=member.user_id).update(password="!", email_confirmed_at=None)
    return Member.objects.get(pk=member.pk)


def _decline(scene: Scene) -> Request:
    invited = PendingMemberFactory(account=scene.cast.other_clinic, user=scene.user, invited_by=scene.cast.outsider)
    return own("invitation_decline", invited.invitation.pk), {}


def _support(name: str, *ids: int) -> Request:
    return at(name, *ids), {"reason": REASON}


def _unlock(scene: Scene) -> Request:
    lock_row(scene.clinic)
    return _support("account_unlock", scene.clinic.pk)


def _reset(name: str, *ids: int) -> Request:
    return at(name, *ids), {"reason": REASON, "evidence": "Called back at the number on file."}


def _due_reset(scene: Scene) -> tuple[int, int]:
    user = enrolled(scene.cast.receptionist).user
    return user.pk, recovery_of(user, support_staff("kim@support.example"), due=True).pk


def _stop_for_someone(scene: Scene) -> Request:
    recovery_of(enrolled(scene.cast.receptionist).user, support_staff("kim@support.example"))
    return scene.page("member_recovery_stop", scene.cast.receptionist.pk), {}


def _stop_own(scene: Scene) -> Request:
    recovery_of(scene.user, support_staff("kim@support.example"))
    return own("own_recovery_stop"), {}


REQUESTS: dict[str, Callable[[Scene], Request]] = {
    "Add a user": lambda s: (s.page("member_new"), _new_member(s)),
    "Change someone’s name or mobile number": lambda s: s.edited(s.cast.receptionist, first_name="Changed"),
    "Say that someone practises": lambda s: s.edited(s.cast.receptionist, is_practitioner="yes"),
    "Give someone another role": lambda s: s.edited(s.cast.receptionist, role="administrator"),
    "Correct the address of an invitation": lambda s: s.edited(s.cast.invited, email="ivy@new.example"),
    "Ask for another address of someone who has joined": lambda s: s.edited(
        s.cast.receptionist, email="rita@new.example"
    ),
    "Make someone inactive": lambda s: s.edited(s.cast.receptionist, is_active="no"),
    "Make someone active again": lambda s: s.edited(s.left(), is_active="yes"),
    "Resend an invitation": lambda s: (s.page("member_invitation", s.cast.invited.pk), {}),
    "Cancel an invitation": lambda s: (s.page("member_invitation_cancel", s.cast.invited.pk), {}),
    "Copy an invitation link": lambda s: (s.page("member_invitation_link", s.cast.invited.pk), {}),
    "Cancel a change of address that someone was asked for": lambda s: (
        s.page("member_email_cancel", _asked(s).pk),
        {},
    ),
    "Send someone a password reset email": lambda s: (s.page("member_password", s.cast.receptionist.pk), {}),
    "Sign someone out everywhere": lambda s: (s.page("member_sign_ins", s.cast.receptionist.pk), {}),
    "Reset someone’s two-factor authentication": lambda s: (
        s.page("member_two_factor", enrolled(s.cast.receptionist).pk),
        {},
    ),
    "Stop support’s two-factor reset for someone": _stop_for_someone,
    "Make someone an owner": lambda s: (s.page("member_ownership", s.cast.administrator.pk), {}),
    "Free the email address of someone inactive": lambda s: (s.page("member_address", s.left().pk), {}),
    "Correct the address of someone who has never signed in": lambda s: s.edited(
        _without_password(s.cast.receptionist), email="rita@new.example"
    ),
    "Leave the clinic": lambda s: (s.page("my_leaving"), {}),
    "Relinquish ownership": lambda s: (s.page("my_ownership"), {}),
    "Send support a request about ownership": lambda s: (
        s.page("ownership_request"),
        {"story": "The owner left a year ago.", "rightful_owner": "Adam Adler", "phone": ""},
    ),
    "Close the account": lambda s: (s.page("account_closing"), {"clinic_name": "Harbour Physio"}),
    "Reopen the account": _reopen,
    "Restrict a role": lambda s: (s.page("permissions"), {"practitioners_own_notes": "on"}),
    "Lift the restriction of a role": _lift,
    "Change the session timeout": lambda s: _security(s, session_timeout="10080"),
    "Require two-factor authentication": lambda s: _security(s, require_two_factor="on"),
    "Stop requiring two-factor authentication": _stop_requiring,
    "Change the plan": _plan,
    "Change the clinic’s name or time zone": lambda s: (
        s.page("general"),
        {
            **typed_on(s.browser.get(s.page("general")), with_field="time_zone"),
            "name": "Harbour Physiotherapy",
        },
    ),
    "Change one’s own name or mobile number": lambda s: (
        s.page("my_info"),
        {"first_name": "Changed", "last_name": "Name", "mobile": ""},
    ),
    "Change practitioner settings": _practitioner,
    "Add a business": lambda s: (s.page("business_new"), {"name": "Northside", "time_zone": "UTC"}),
    "Change a business": lambda s: _business(
        s, "business", name="Northside", time_zone="UTC", is_active="yes", version="1"
    ),
    "Delete a business": lambda s: _business(s, "business_delete"),
    "Change one’s password": lambda _s: (own("password_change"), {"password": "a boat called wednesday"}),
    "Ask to sign in with another address": lambda _s: (own("email_change"), {"email": "olive@new.example"}),
    "Send the email about another address again": lambda s: _ask_for_mail(s, "email_change_again"),
    "Cancel one’s change of address": lambda s: _ask_for_mail(s, "email_change_cancel"),
    "Confirm another address one asked for": _confirm,
    "Confirm another address an administrator asked for": lambda s: _confirm(s, asked_by=s.cast.administrator),
    "Confirm one’s first address": _confirm_first,
    "Send the email that confirms an address again": lambda s: _ask_for_mail(s, "email_resend"),
    "Set up a first authenticator app": _new_app,
    "Add a first passkey": _new_passkey,
    "Add an app beside a passkey": _new_app,
    "Replace the authenticator app": _new_app,
    "Add a further passkey": _new_passkey,
    "Make new backup codes": lambda _s: (own("backup_codes"), {}),
    "Remove the authenticator app": lambda _s: (own("authenticator_remove"), {}),
    "Remove a passkey": _remove_passkey,
    "Turn off two-factor authentication": lambda _s: (own("two_factor_off"), {}),
    "Join another clinic while signed in": _join,
    "Decline an invitation": _decline,
    "Create a clinic while signed in": lambda _s: (
        own("signup"),
        {"clinic_name": "Second Street", "first_name": "Olive", "last_name": "Owens", "submission": str(uuid4())},
    ),
    "Stop support’s two-factor reset for oneself": _stop_own,
    "Say that the backup codes are saved": lambda _s: (own("backup_codes_saved"), {}),
    "Forget a trusted browser": lambda s: (own("trusted_browser", _trusted(s).pk), {}),
    "Forget all trusted browsers": lambda s: _after(_trusted(s), "trusted_browsers"),
    "Sign out of another browser": lambda s: (own("sign_in_end", _other_browser(s).pk), {}),
    "Sign out everywhere else": lambda s: _after(_other_browser(s), "sign_ins_end"),
    "Lock an account": lambda s: _support("account_lock", s.clinic.pk),
    "Unlock an account": _unlock,
    "Appoint an owner": lambda s: _support("owner_appoint", s.clinic.pk, s.cast.administrator.pk),
    "Remove an owner": lambda s: _support("owner_remove", s.clinic.pk, s.otto.pk),
    "Settle a request about ownership": lambda s: _support(
        "request_settle", s.clinic.pk, request_of(s.cast.administrator).pk
    ),
    "Start a two-factor reset": lambda s: _reset("recovery_open", enrolled(s.cast.receptionist).user_id),
    "Complete a two-factor reset": lambda s: _reset("recovery_complete", *_due_reset(s)),
    "Withdraw a two-factor reset": lambda s: _reset("recovery_withdraw", *_due_reset(s)),
}
