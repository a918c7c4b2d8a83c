"""Build the messages. Addresses, words and links are made here, when a message is sent, from what is on file then."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode

from accounts.core.email_changes import why_asker_may_not
from accounts.core.invitation_links import LinkState, link_state
from accounts.core.tokens import (
    ConfirmationLink,
    EmailChangeLink,
    InvitationLink,
    Side,
    invitation_url,
    reset_tokens,
    site_address,
)
from accounts.mail.message import Message, compose
from accounts.mail.notice import moment_in_words
from accounts.mail.notices.activity import notice_of
from accounts.mail.security_notices.email import security_notice_of
from accounts.mail.security_notices.login import clinic_of
from accounts.mail.summaries import summary_of
from accounts.models import Account, Invitation, Member, OutboundEmail, User
from clinic.clock import database_now

RESET_IS_WANTED_FOR = timedelta(days=1)


class NotNow(Exception):
    """The message is wanted, and has to wait: the account is locked or closed, which may pass."""


class UnknownKind(LookupError):
    """This code does not know mail of this kind: newer code asked for it, which may be about to run here, too."""


@dataclass(frozen=True)
class Content:
    """What the templates of one kind are given, and the page its button opens; without one there is no button.

    `whole` are the addresses in its words, of pages and of people, that can be opened or copied.
    """

    button_url: str
    button_label: str
    context: dict[str, Any]
    whole: Sequence[str] = ()


def build(row: OutboundEmail) -> Message | None:
    """Build the message that `row` owes; None where it is no longer wanted (R12). Raises NotNow and UnknownKind.

    It goes to the address on file now (S17), or to the row's own where there is no login to ask, under the row's own
    Message-ID.
    """
    if row.kind not in _BUILDERS:
        raise UnknownKind(f"Mail of the kind {row.kind} is not known here.")
    if not OutboundEmail.may_go_to(row.kind, row.user):
        return None
    content = _BUILDERS[OutboundEmail.Kind(row.kind)](row)
    if content is None:
        return None
    context = {
        **content.context,
        "button_url": content.button_url,
        "button_label": content.button_label,
        "product_name": settings.PRODUCT_NAME,
        "site_url": settings.SITE_URL,
        "support_email": settings.SUPPORT_EMAIL,
        "recipient": row.user,
    }
    folder, to = f"mail/{row.kind}", row.user.email if row.user else row.recipient
    return compose(
        subject=render_to_string(f"{folder}/subject.txt", context),
        text=render_to_string(f"{folder}/body.txt", context),
        html=render_to_string(f"{folder}/body.html", context),
        to=to,
        message_id=row.message_id,
        whole=[content.button_url, settings.SUPPORT_EMAIL, to, *content.whole],
    )


def _invitation(row: OutboundEmail) -> Content | None:
    invitation = row.invitation
    assert invitation is not None
    member = invitation.member
    account = member.account
    state = link_state(invitation, InvitationLink(invitation.pk, row.version or 0), now=database_now())
    if state in {LinkState.LOCKED, LinkState.CLOSED}:
        raise NotNow
    if state is not LinkState.VALID or member.user_id != row.user_id or _has_newer(row):
        return None
    login_url = site_address(reverse("accounts:login"))
    return Content(
        button_url=invitation_url(invitation),
        button_label=f"Join {account.name}",
        context={
            "member": member,
            "account": account,
            "inviter": invitation.invited_by,
            "expires": moment_in_words(invitation.expires_at, account),
            "login_url": login_url,
        },
        whole=[login_url],
    )


def _has_newer(row: OutboundEmail) -> bool:
    """Whether the same link is on its way, or was sent, by a mail that was asked for later."""
    newer = OutboundEmail.objects.filter(invitation=row.invitation, kind=row.kind, pk__gt=row.pk)
    return newer.exclude(state__in=(OutboundEmail.State.FAILED, OutboundEmail.State.DROPPED)).exists()


def _login(row: OutboundEmail) -> User:
    assert row.user is not None
    return row.user


def _email_confirmation(row: OutboundEmail) -> Content | None:
    user = _login(row)
    if user.email_confirmed_at is not None:
        return None
    path = reverse("accounts:email", args=[ConfirmationLink.of(user).token()])
    return Content(site_address(path), "Confirm email address", {})


def _password_reset(row: OutboundEmail) -> Content | None:
    user = _login(row)
    # Nobody waits for it any more, and a link that comes out of the blue frightens.
    if not user.may_reset_password or database_now() - row.created_at > RESET_IS_WANTED_FOR:
        return None
    path = reverse("accounts:password_reset_link", args=[reset_uid(user), reset_tokens.make_token(user)])
    return Content(site_address(path), "Choose a new password", {})


def reset_uid(user: User) -> str:
    """The part of a reset link that names the user."""
    return urlsafe_base64_encode(force_bytes(user.pk))


def _invitation_requested(row: OutboundEmail) -> Content | None:
    # A renewed invitation has been asked for by nobody.
    return _about_invitation(row, {}) if _invitation_of(row).requested_at is not None else None


def _invitation_failed(row: OutboundEmail) -> Content | None:
    invitation = _invitation_of(row)
    # Invited again, to this address or another, it is another mail that counts; nobody is told of the one before.
    newest = invitation.emails.filter(kind=OutboundEmail.Kind.INVITATION).latest("pk")
    is_still_lost = newest.version == row.version and newest.state in OutboundEmail.LOST
    return _about_invitation(row, row.facts) if is_still_lost and invitation.member.is_active else None


def _invitation_of(row: OutboundEmail) -> Invitation:
    """The invitation that a mail to those who can invite is about. Raises NotNow."""
    assert row.invitation is not None
    if not row.invitation.member.account.is_open:
        raise NotNow
    return row.invitation


def _about_invitation(row: OutboundEmail, facts: dict[str, Any]) -> Content | None:
    """Something about the invitation of somebody who has not joined; only those who can still invite need to know."""
    member = _invitation_of(row).member
    administrators = Member.objects.filter(account=member.account, user=row.user).administrators()
    if member.has_joined or not administrators.exists():
        return None
    path = reverse("accounts:member", args=[member.account.slug, member.pk])
    known = {"member": member, "account": member.account, **facts}
    whole = [member.user.email, facts.get("address", "")]
    return Content(site_address(path), f"Open {member.first_name}’s page", known, whole)


def _notice(row: OutboundEmail) -> Content | None:
    entry = row.activity
    assert entry is not None
    notice = notice_of(entry, row.user)
    context = {"subject": notice.subject, "paragraphs": notice.paragraphs, "account": entry.account}
    return Content(site_address(notice.path), notice.label, context, notice.whole)


def _security_notice(row: OutboundEmail) -> Content | None:
    event = row.security_event
    assert event is not None
    address = row.user.email if row.user else row.recipient
    notice = security_notice_of(event, recipient=address)
    # Whoever asks about an IP address copies it from here.
    whole = [*notice.whole, event.ip_address or ""]
    return Content(site_address(notice.path), notice.label, {"notice": notice, "address": address}, whole)


def _summary(row: OutboundEmail) -> Content | None:
    address = row.user.email if row.user else row.recipient
    summary = summary_of(row, address)
    if summary is None:
        return None
    lines = [(line, "" if line.path == summary.path else site_address(line.path)) for line in summary.lines]
    return Content(site_address(summary.path), summary.label, {"summary": summary, "lines": lines, "address": address})


def _email_change(row: OutboundEmail) -> Content | None:
    change = row.email_change
    assert change is not None
    if not change.is_waiting_at(database_now()) or why_asker_may_not(change):
        return None
    whole = [change.new_email]
    holder = User.objects.filter(email=change.new_email).first()
    if holder is not None and not holder.is_unclaimed:
        # What they who asked see is the same; only the recipient, whose address it is, learns that it has a login (A9).
        return Content(site_address(reverse("accounts:login")), "Sign in", {"change": change, "holder": holder}, whole)
    path = reverse("accounts:email_change_link", args=[EmailChangeLink.of(change, Side.NEW).token()])
    facts = {"change": change, "until": moment_in_words(change.expires_at, clinic_of(change.user_id))}
    return Content(site_address(path), "Confirm email address", facts, whole)


def _erasure_receipt(row: OutboundEmail) -> Content | None:
    facts = row.facts
    account = Account(name=facts["clinic"], time_zone=facts["time_zone"])
    moments = {
        name: moment_in_words(datetime.fromisoformat(facts[name]), account) for name in ("closed_at", "erased_at")
    }
    return Content("", "", {"account": account, "people": facts["people"], **moments})


_BUILDERS = {
    OutboundEmail.Kind.INVITATION: _invitation,
    OutboundEmail.Kind.EMAIL_CONFIRMATION: _email_confirmation,
    OutboundEmail.Kind.PASSWORD_RESET: _password_reset,
    OutboundEmail.Kind.INVITATION_REQUESTED: _invitation_requested,
    OutboundEmail.Kind.INVITATION_FAILED: _invitation_failed,
    OutboundEmail.Kind.NOTICE: _notice,
    OutboundEmail.Kind.SECURITY_NOTICE: _security_notice,
    OutboundEmail.Kind.EMAIL_CHANGE: _email_change,
    OutboundEmail.Kind.ERASURE_RECEIPT: _erasure_receipt,
    OutboundEmail.Kind.SUMMARY: _summary,
}
