"""What runners do: one step each, called by name. Arguments and results are plain JSON.

Where a step yields, it has by then what its page showed, and what it holds is out of date once another has acted.
"""

from collections.abc import Generator
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.access import roles
from accounts.access.plans import PLANS_BY_KEY
from accounts.clinic_settings.opening.actions import NewAccount, sign_up
from accounts.core import seat_rules
from accounts.core.details import MemberDetails
from accounts.core.fields import EmailField
from accounts.core.origin import Origin
from accounts.core.tokens import InvitationLink
from accounts.invitations.accepting import accept_by_login, accept_by_password
from accounts.invitations.actions import cancel_invitation, resend_invitation
from accounts.models import Account, Activity, Invitation, Member, OutboundEmail, User
from accounts.outbox.delivery import deliver
from accounts.people.actions import add_member, update_member

PASSWORD = "correct horse battery"

Race = Generator[None, None, Any]

# Setting a race up


def make_clinic(slug: str, *, administrators: int = 1, practitioners: int = 0, plan: str = "small") -> dict[str, Any]:
    """A clinic with that many joined administrators and practitioners and no owner, whose creator is confirmed."""
    people = ["administrator"] * administrators + ["practitioner"] * practitioners
    users = [_login(f"{role}{number}@{slug}.example") for number, role in enumerate(people)]
    clinic = Account.objects.create(name=slug, slug=slug, plan=plan, creator=users[0])
    members = [
        Member.objects.create(
            account=clinic,
            user=user,
            first_name=f"Person{number}",
            last_name="Test",
            role=role,
            is_practitioner=role == roles.PRACTITIONER,
            joined_at=timezone.now(),
        )
        for number, (user, role) in enumerate(zip(users, people, strict=True))
    ]
    return {"clinic": clinic.pk, "seats": PLANS_BY_KEY[plan].seats, "members": [each.pk for each in members]}


def make_login(email: str) -> int:
    """A confirmed login with a password; it belongs to no clinic yet."""
    return _login(email).pk


def _login(email: str) -> User:
    user = User.objects.create_user(email, PASSWORD)
    user.email_confirmed_at = timezone.now()
    user.save()
    return user


def take_password(member: int) -> None:
    """Let somebody have no password, as an import brings people over."""
    user = Member.objects.select_related("user").get(pk=member).user
    user.set_unusable_password()
    user.save()


def mark_mail_as_sent() -> None:
    """Let no mail be waiting, so that a resend is a resend and no double click."""
    OutboundEmail.objects.update(state=OutboundEmail.State.ACCEPTED)


# Steps that race


def add(actor: int, email: str, submission: str, *, is_practitioner: bool = False) -> Race:
    """Add somebody under an address as it was typed."""
    administrator = Member.objects.get(pk=actor)
    yield
    member = add_member(
        actor=administrator,
        details=details_of(EmailField().clean(email), is_practitioner=is_practitioner),
        submission=UUID(submission),
    )
    return member.pk


def add_within(caps: dict[str, int], **given: Any) -> Race:
    """Add somebody where so many invitations may be sent."""
    usual = settings.INVITATION_CAPS
    settings.INVITATION_CAPS = {**usual, **caps}
    try:
        return (yield from add(**given))
    finally:
        settings.INVITATION_CAPS = usual


def details_of(email: str, *, is_practitioner: bool = False) -> MemberDetails:
    """What the form Add user says of somebody with this address."""
    return MemberDetails("Nina", "Novak", email, "", roles.RECEPTIONIST, is_practitioner)


def change(actor: int, target: int, **fields: Any) -> Race:
    """Change somebody, on a page that was opened before."""
    administrator = Member.objects.get(pk=actor)
    person = Member.objects.select_related("user").get(pk=target)
    details = MemberDetails(**{**vars(MemberDetails.of(person)), **fields})
    yield
    update_member(actor=administrator, target=person, details=details, expected_version=person.version)


def cancel(actor: int, target: int) -> Race:
    """Cancel an invitation."""
    people = {"actor": Member.objects.get(pk=actor), "target": Member.objects.get(pk=target)}
    yield
    cancel_invitation(**people)


def resend(actor: int, target: int) -> Race:
    """Send an invitation again."""
    people = {"actor": Member.objects.get(pk=actor), "target": Member.objects.get(pk=target)}
    yield
    resend_invitation(**people)


def accept(link: str) -> int:
    """Accept an invitation with a new password."""
    return accept_by_password(link=_read(link), password=PASSWORD, origin=Origin()).pk


def accept_signed_in(link: str, user: int) -> Race:
    """Accept an invitation with a login that is there already."""
    login = User.objects.get(pk=user)
    yield
    return accept_by_login(link=_read(link), user=login).pk


def _read(token: str) -> InvitationLink:
    link = InvitationLink.read(token)
    assert link is not None
    return link


def open_clinic(email: str, submission: str, ip_address: str | None = None) -> list[int]:
    """Sign up; the clinic and its owner."""
    new = NewAccount("Harbour Physio", "Olive", "Owens", "UTC", UUID(submission))
    member = sign_up(new=new, email=email, password=PASSWORD, origin=Origin(ip_address))
    return [member.account_id, member.pk]


def send(outbox_id: int) -> None:
    """Send one row of the outbox, as the worker's task does."""
    deliver(outbox_id)


def signed_in(member: Member) -> Client:
    """A browser in which somebody is signed in."""
    browser = Client(raise_request_exception=False)
    browser.force_login(member.user, backend="accounts.authentication.MemberBackend")
    return browser


def post_new_member(actor: int, email: str, submission: str) -> Race:
    """Send the form Add user with the password, as a browser does that is signed in; the answer's status and place."""
    member = Member.objects.select_related("account", "user").get(pk=actor)
    browser = signed_in(member)
    form = {
        "first_name": "Nina",
        "last_name": "Novak",
        "email": email,
        "role": roles.RECEPTIONIST,
        "is_practitioner": "no",
        "submission": submission,
        "reverify_password": PASSWORD,
    }
    yield
    answer = browser.post(reverse("accounts:member_new", args=[member.account.slug]), form)
    return [answer.status_code, answer.get("Location", "")]


# Looking at what became of it


def link_of(member: int) -> str:
    """The token of the link that works now for somebody's invitation."""
    return InvitationLink.of(Invitation.objects.get(member_id=member)).token()


def look(member: int) -> dict[str, Any]:
    """All of a member that races are about."""
    found = Member.objects.select_related("user", "invitation").get(pk=member)
    return {
        "email": found.user.email,
        "role": found.role,
        "is_active": found.is_active,
        "has_joined": found.has_joined,
        "accepted": found.invitation.accepted_at is not None,
        "cancelled": found.invitation.cancelled_at is not None,
        "has_password": found.user.has_usable_password(),
        "version": found.invitation.version,
        "activity": list(Activity.objects.filter(subject=found).order_by("pk").values_list("verb", flat=True)),
        "mails": OutboundEmail.objects.filter(invitation__member=found).count(),
    }


def counts(clinic: int) -> dict[str, int]:
    """How many there are of what a clinic has to keep straight."""
    account = Account.objects.get(pk=clinic)
    return {
        "members": Member.objects.filter(account=account).count(),
        "administrators": Member.objects.filter(account=account).administrators().count(),
        "seats": seat_rules.seats_in_use(account),
        "invitations": Invitation.objects.filter(member__account=account).count(),
        "mails": OutboundEmail.objects.filter(invitation__member__account=account).count(),
        "added": Activity.objects.filter(account=account, verb=Activity.Verb.MEMBER_ADDED).count(),
        "joined": Activity.objects.filter(account=account, verb=Activity.Verb.INVITATION_ACCEPTED).count(),
    }


def logins_like(part: str) -> list[str]:
    """The addresses of all logins that have `part` in them."""
    return list(User.objects.filter(email__contains=part).order_by("pk").values_list("email", flat=True))


def clinics_opened_by(email: str) -> list[int]:
    """The clinics that this login made."""
    return list(Account.objects.filter(creator__email=email).values_list("pk", flat=True))


def waiting_mail(member: int) -> int:
    """The newest mail of somebody's invitation, due now."""
    row = OutboundEmail.objects.filter(invitation__member_id=member).latest("pk")
    row.next_attempt_at = timezone.now() - timedelta(seconds=1)
    row.save()
    return row.pk


def mail_row(outbox_id: int) -> dict[str, Any]:
    """What the outbox says of one mail."""
    row = OutboundEmail.objects.get(pk=outbox_id)
    return {"state": row.state, "attempts": row.attempts, "message_id": row.message_id}


def mail_files() -> int:
    """How many messages the file backend has written."""
    return len(list(settings.MAIL_DIR.glob("*.eml")))
