"""Build the messages. Addresses, words and links are made here, when a message is sent, from what is on file then."""

from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.auth.tokens import default_token_generator
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import formats
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode

from accounts import policies
from accounts.models import Invitation, Member, OutboundEmail, User
from accounts.tokens import ConfirmationLink, InvitationLink


@dataclass(frozen=True)
class Content:
    """What the templates of one kind are given, and the page its button opens."""

    button_url: str
    button_label: str
    context: dict[str, Any]


def site_address(path: str) -> str:
    """The full address of a page, from the configured site and never from a request's Host header (A47)."""
    return f"{settings.SITE_URL}{path}"


def invitation_url(invitation: Invitation, *, by_hand: bool = False) -> str:
    """The address that the invited person opens. It works until the invitation's version changes.

    `by_hand` marks one that is not mailed but handed over by an administrator.
    """
    token = InvitationLink.of(invitation, by_hand=by_hand).token()
    return site_address(reverse("accounts:invitation", args=[token]))


def build(row: OutboundEmail) -> EmailMultiAlternatives | None:
    """Build the message that `row` owes; None where it is no longer wanted (R12).

    It goes to the address on file now (S17), under the row's own Message-ID.
    """
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
    folder = f"emails/{row.kind}"
    message = EmailMultiAlternatives(
        subject=" ".join(render_to_string(f"{folder}/subject.txt", context).split()),
        body=render_to_string(f"{folder}/body.txt", context),
        to=[row.user.email],
        headers={"Message-ID": row.message_id, "Auto-Submitted": "auto-generated"},
    )
    message.attach_alternative(render_to_string(f"{folder}/body.html", context), "text/html")
    return message


def _invitation(row: OutboundEmail) -> Content | None:
    invitation = row.invitation
    assert invitation is not None
    member = invitation.member
    account = member.account
    wanted = (
        invitation.version == row.version
        and member.user_id == row.user_id
        and member.is_active
        and not member.has_joined
        and invitation.cancelled_at is None
        and account.locked_at is None
        and policies.is_invitation_backed(invitation.invited_by)
    )
    if not wanted:
        return None
    local = invitation.expires_at.astimezone(ZoneInfo(account.time_zone))
    expires = f"{formats.date_format(local, 'l j F Y')} at {formats.date_format(local, 'H:i')} ({account.time_zone})"
    return Content(
        button_url=invitation_url(invitation),
        button_label=f"Join {account.name}",
        context={
            "member": member,
            "account": account,
            "inviter": invitation.invited_by,
            "expires": expires,
            "login_url": site_address(reverse("accounts:login")),
        },
    )


def _email_confirmation(row: OutboundEmail) -> Content | None:
    if row.user.email_confirmed_at is not None:
        return None
    path = reverse("accounts:email", args=[ConfirmationLink.of(row.user).token()])
    return Content(site_address(path), "Confirm email address", {})


def _password_reset(row: OutboundEmail) -> Content | None:
    if not row.user.is_active or not row.user.has_usable_password():
        return None
    path = reverse(
        "accounts:password_reset_link", args=[reset_uid(row.user), default_token_generator.make_token(row.user)]
    )
    return Content(site_address(path), "Choose a new password", {})


def reset_uid(user: User) -> str:
    """The part of a reset link that names the user."""
    return urlsafe_base64_encode(force_bytes(user.pk))


def _invitation_requested(row: OutboundEmail) -> Content | None:
    invitation = row.invitation
    assert invitation is not None
    member = invitation.member
    # A renewed invitation has been asked for by nobody, and only those who can still invite need to know.
    still_asked = invitation.requested_at is not None and not member.has_joined and member.account.locked_at is None
    administrators = Member.objects.filter(account=member.account, user=row.user).administrators()
    if not still_asked or not administrators.exists():
        return None
    path = reverse("accounts:member", args=[member.account.slug, member.pk])
    return Content(
        site_address(path), f"Open {member.first_name}’s page", {"member": member, "account": member.account}
    )


_BUILDERS = {
    OutboundEmail.Kind.INVITATION: _invitation,
    OutboundEmail.Kind.EMAIL_CONFIRMATION: _email_confirmation,
    OutboundEmail.Kind.PASSWORD_RESET: _password_reset,
    OutboundEmail.Kind.INVITATION_REQUESTED: _invitation_requested,
}
