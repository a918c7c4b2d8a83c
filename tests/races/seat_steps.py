"""Steps of the races about the places of a plan."""

from datetime import UTC, datetime, timedelta
from typing import Any

from django.utils import timezone

from accounts.access import roles
from accounts.clinic_settings.opening.actions import change_plan
from accounts.core import seat_rules
from accounts.core.details import ImportedAccount, ImportedPerson, MemberDetails
from accounts.core.origin import Origin
from accounts.core.tokens import InvitationLink
from accounts.importing.actions import bringing_over
from accounts.invitations.accepting import accept_by_password
from accounts.models import Account, Invitation, Member, OutboundEmail
from tests.races.steps import PASSWORD, Race, make_clinic

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)

# Setting a race up


def make_full_clinic(slug: str, *, plan: str, holding: int, others: int) -> dict[str, Any]:
    """A clinic in which `holding` practitioners have a place of the plan, and people of each kind who have none.

    There are `others` of each: with an expired invitation, made inactive, and of the staff. Two administrators act.
    """
    made = make_clinic(slug, administrators=2, practitioners=holding + others, plan=plan)
    Account.objects.filter(pk=made["clinic"]).update(import_reference=slug, created_at=LONG_AGO)
    actors, left = made["members"][:2], made["members"][2 + holding :]
    Member.objects.filter(pk__in=left).update(is_active=False)
    staff = make_clinic(f"{slug}-staff", administrators=others)["members"]
    Member.objects.filter(pk__in=staff).update(account=made["clinic"], role=roles.RECEPTIONIST)
    expired = make_clinic(f"{slug}-expired", practitioners=others, administrators=1)["members"][1:]
    Member.objects.filter(pk__in=expired).update(account=made["clinic"], joined_at=None)
    for person in expired:
        _invite(person, actors[0], timedelta(seconds=-1))
    return {**made, "actors": actors, "inactive": left, "staff": staff, "expired": expired}


def _invite(person: int, actor: int, valid: timedelta) -> None:
    now = timezone.now()
    member = Member.objects.select_related("user").get(pk=person)
    member.user.set_unusable_password()
    member.user.email_confirmed_at = None
    member.user.save()
    Invitation.objects.create(member=member, invited_by_id=actor, sent_at=now, expires_at=now + valid)


def invite_into_last_place(clinic: int, member: int) -> str:
    """Let somebody with an expired invitation hold a place again; the token of their link."""
    Invitation.objects.filter(member_id=member).update(expires_at=timezone.now() + timedelta(days=1))
    return InvitationLink.of(Invitation.objects.get(member_id=member)).token()


# Steps that race


def downgrade(actor: int, plan: str) -> Race:
    """Choose a smaller plan."""
    administrator = Member.objects.get(pk=actor)
    yield
    change_plan(actor=administrator, plan=plan)


def bring(clinic: int, email: str) -> Race:
    """Bring a practitioner over from a file that names the plan."""
    account = Account.objects.get(pk=clinic)
    facts = ImportedAccount(account.import_reference or "", account.name, LONG_AGO, "UTC", account.plan)
    details = MemberDetails("Bob", "Brought", email, "", roles.PRACTITIONER, is_practitioner=True)
    yield
    with bringing_over(facts, commit=True, welcome=False) as coming:
        coming.add(facts, ImportedPerson(details, LONG_AGO, is_named_owner=False))


def accept_as_it_expires(link: str, seconds: float) -> Race:
    """Accept an invitation that runs out `seconds` after everybody got ready, or a little before."""
    read = InvitationLink.read(link)
    assert read is not None
    expires_at = timezone.now() + timedelta(seconds=seconds)
    Invitation.objects.filter(pk=read.invitation_id).update(expires_at=expires_at)
    yield
    return accept_by_password(link=read, password=PASSWORD, origin=Origin()).pk


# Looking at what became of it


def places(clinic: int) -> dict[str, Any]:
    """How many places are taken, of how many; and how many mails were queued to somebody who has none."""
    account = Account.objects.get(pk=clinic)
    holding = Member.objects.filter(account=account).holding_seat()
    mails = OutboundEmail.objects.filter(kind=OutboundEmail.Kind.INVITATION, invitation__member__account=account)
    return {
        "in_use": seat_rules.seats_in_use(account),
        "seats": account.plan_details.seats,
        "mails_to_others": mails.exclude(invitation__member__in=holding.values("pk")).count(),
    }
