"""People and clinics for tests. Made row by row; what a flow does is tested through the flow itself."""

from datetime import timedelta

import factory
from django.utils import timezone

from accounts.access import roles
from accounts.models import Account, Invitation, Member, User

PASSWORD = "correct horse battery"


class UserFactory(factory.django.DjangoModelFactory):
    """A login whose address is confirmed."""

    class Meta:
        model = User
        skip_postgeneration_save = True

    email = factory.Sequence(lambda number: f"person{number}@example.com")
    password = factory.django.Password(PASSWORD)
    email_confirmed_at = factory.LazyFunction(timezone.now)


class AccountFactory(factory.django.DjangoModelFactory):
    """A clinic in Australia on the Small plan: five practitioners."""

    class Meta:
        model = Account

    name = factory.Sequence(lambda number: f"Clinic {number}")
    slug = factory.Sequence(lambda number: f"clinic-{number}")
    country = "AU"
    creator = factory.SubFactory(UserFactory)


class MemberFactory(factory.django.DjangoModelFactory):
    """Somebody who has joined, a receptionist unless told."""

    class Meta:
        model = Member

    account = factory.SubFactory(AccountFactory)
    user = factory.SubFactory(UserFactory)
    first_name = "Jo"
    last_name = factory.Sequence(lambda number: f"Person{number}")
    role = roles.RECEPTIONIST
    joined_at = factory.LazyFunction(timezone.now)


class PendingMemberFactory(MemberFactory):
    """Somebody invited who has not joined and has no password. Give `invited_by`."""

    class Meta:
        skip_postgeneration_save = True

    joined_at = None
    user = factory.SubFactory(UserFactory, password=None, email_confirmed_at=None)

    @factory.post_generation
    def invited_by(self: Member, create: bool, inviter: Member | None, **_: object) -> None:
        now = timezone.now()
        Invitation.objects.create(member=self, invited_by=inviter, sent_at=now, expires_at=now + timedelta(days=7))
