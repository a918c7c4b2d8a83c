"""Make the demo clinic, once, and print how to sign in to it. For a machine of one's own only."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from accounts.clinic_settings.opening.actions import NewAccount, sign_up
from accounts.core.details import MemberDetails
from accounts.core.origin import Origin
from accounts.core.tokens import InvitationLink
from accounts.invitations.accepting import accept_by_password
from accounts.models import Account, Invitation, Member, OutboundEmail, User
from accounts.people.actions import add_member, update_member
from clinic.clock import database_now
from clinic.management.demo_weeks import PRACTITIONERS
from practitioners.businesses.actions import add_business
from practitioners.businesses.details import BusinessDetails
from practitioners.models import Practitioner
from practitioners.settings.actions import save_settings

DEMO_CLINIC = "Harbour Street Physiotherapy"
DEMO_PASSWORD = "harbour lights at dusk"  # noqa: S105  (the demo clinic's only; refused on any other machine, A12)
TIME_ZONE = "Australia/Sydney"
OWNER = ("Grace", "Lindqvist", "grace@harbour.example")
STAFF = (
    ("Tomasz", "Wójcik", "tomasz@harbour.example", "administrator", False),
    ("Ada", "Okafor", "ada@harbour.example", "practitioner", True),
    ("Rosa", "Delgado", "rosa@harbour.example", "practitioner", True),
    ("Priya", "Raman", "priya@harbour.example", "receptionist", False),
    ("Bo", "Andersen", "bo@harbour.example", "bookkeeper", False),
    ("Layla", "Haddad", "layla@harbour.example", "power_receptionist", False),
)
LEFT = ("Hiroshi", "Tanaka", "hiroshi@harbour.example", "practitioner", True)
SECOND_BUSINESS = BusinessDetails("Northside Studio", "12 Quarry Road\nNorthside", TIME_ZONE, "+61255500199", "")
INVITED = ("Noor", "van Dijk", "noor@harbour.example", "practitioner", True)
EXPIRED = ("Samuel", "Okeke", "samuel@harbour.example", "scheduler", False)
FAILED = ("Elena", "Petrova", "elena@harbor.example", "receptionist", False)


class Command(BaseCommand):
    """Seeds through the product's own actions, so that the demo is made as a person would make it."""

    help = "Make the demo clinic, once, and print how to sign in to it."

    def handle(self, *args: Any, **options: Any) -> None:
        """Seed and print. Raises CommandError where the site is not this machine alone."""
        if not settings.SITE_IS_LOCAL:
            raise CommandError("The demo clinic has a known password, so it is made on a machine of one's own only.")
        if not Account.objects.filter(name=DEMO_CLINIC, creator__email=OWNER[2]).exists():
            self._seed()
        self.stdout.write(f"Demo clinic: {DEMO_CLINIC}. Everybody's password: {DEMO_PASSWORD}")
        for first, last, email, role in [(*OWNER, "owner"), *((*each[:3], each[3]) for each in STAFF)]:
            self.stdout.write(f"  {email:<26} {first} {last}, {role.replace('_', ' ')}")

    def _seed(self) -> None:
        with transaction.atomic():
            first, last, email = OWNER
            new = NewAccount(DEMO_CLINIC, first, last, TIME_ZONE, uuid4())
            owner = sign_up(new=new, email=email, password=DEMO_PASSWORD, origin=Origin())
            User.objects.filter(pk=owner.user_id).update(email_confirmed_at=database_now())
            for person in (*STAFF, LEFT):
                self._join(self._add(owner, person))
            self._fill_in_weeks(owner)
            left = Member.objects.get(user__email=LEFT[2])
            details = MemberDetails(*LEFT[:3], "", LEFT[3], LEFT[4], is_active=False)
            update_member(actor=owner, target=left, details=details, expected_version=left.version)
            self._make_expired(self._add(owner, EXPIRED))
            self._make_failed(self._add(owner, FAILED))
            # What was written so far is history; only the newest invitation and its mail are left to arrive.
            self._let_mail_be_sent()
            self._add(owner, INVITED)

    def _fill_in_weeks(self, owner: Member) -> None:
        add_business(actor=owner, details=SECOND_BUSINESS, submission=uuid4())
        businesses = list(owner.account.businesses.order_by("pk"))
        for each in PRACTITIONERS:
            practitioner = Practitioner.objects.get(member__account=owner.account, member__user__email=each.email)
            save_settings(
                actor=owner,
                practitioner=practitioner,
                settings=each.settings(businesses),
                expected_version=practitioner.version,
            )

    def _add(self, owner: Member, person: tuple[str, str, str, str, bool]) -> Member:
        first, last, email, role, is_practitioner = person
        return add_member(
            actor=owner, details=MemberDetails(first, last, email, "", role, is_practitioner), submission=uuid4()
        )

    def _let_mail_be_sent(self) -> None:
        for row in OutboundEmail.objects.filter(state=OutboundEmail.State.QUEUED).select_related("user"):
            row.state, row.accepted_at = OutboundEmail.State.ACCEPTED, row.created_at
            row.recipient = row.user.email if row.user else ""
            row.save()

    def _join(self, member: Member) -> None:
        invitation = Invitation.objects.get(member=member)
        accept_by_password(link=InvitationLink.of(invitation), password=DEMO_PASSWORD, origin=Origin())

    def _make_expired(self, member: Member) -> None:
        Invitation.objects.filter(member=member).update(expires_at=database_now() - timedelta(days=2))

    def _make_failed(self, member: Member) -> None:
        OutboundEmail.objects.filter(invitation__member=member).update(
            state=OutboundEmail.State.FAILED, attempts=1, last_error="550 5.1.1 No such person at this address"
        )
