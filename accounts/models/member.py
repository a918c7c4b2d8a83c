"""A person in one clinic. The screen says "user" for it."""

from datetime import datetime
from typing import TYPE_CHECKING, ClassVar
from zlib import crc32

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.access import roles
from accounts.models.account import Account
from accounts.models.member_sets import MemberQuerySet
from accounts.models.versioned import Versioned
from accounts.text import validate_mobile, validate_person_name

if TYPE_CHECKING:
    from accounts.models.invitation import Invitation

TINTS = 8


class Member(Versioned):
    """One person in one clinic: names, role, and whether they are an owner, a practitioner, active."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="members")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="members")
    first_name = models.CharField(_("First name"), max_length=100, validators=[validate_person_name])
    last_name = models.CharField(_("Last name"), max_length=100, validators=[validate_person_name])
    mobile = models.CharField(_("Mobile number"), max_length=30, blank=True, validators=[validate_mobile])
    # As it was typed before numbers were kept as E.164, for the way back; gone once the number is another.
    mobile_as_typed = models.CharField(max_length=30, blank=True, default="", db_default="", editable=False)
    role = models.CharField(_("Security role"), max_length=20, choices=roles.ROLE_CHOICES)
    is_practitioner = models.BooleanField(default=False)
    is_owner = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    joined_at = models.DateTimeField(null=True, blank=True)
    # The last time, also after coming back: whoever signed in before then has to sign in again (C4).
    deactivated_at = models.DateTimeField(null=True, blank=True)
    # The last time that an administrator signed them out; to this clinic it is as if they had left and come back (A17).
    signed_out_at = models.DateTimeField(null=True, blank=True)
    # When they left by their own decision; empty again once they have accepted an invitation to come back. Until then
    # nobody else puts them back, and the row stays with their login (A70).
    left_at = models.DateTimeField(null=True, blank=True)
    # When their address was let go, since somebody else has it now: the row is history, and never active again (A70).
    released_at = models.DateTimeField(null=True, blank=True)
    # The address that they had until then. Their login has another since, or is somebody else's.
    released_email = models.EmailField(max_length=254, blank=True, default="", db_default="")
    created_at = models.DateTimeField(auto_now_add=True)
    # Names the opening of the form that added this person, so that sending it twice adds them once.
    submission = models.UUIDField(null=True, blank=True, editable=False)

    objects = MemberQuerySet.as_manager()

    if TYPE_CHECKING:
        invitation: "Invitation"
        # As `MemberQuerySet.with_status` and `with_two_factor` bring them.
        status: str
        comes_back: bool
        has_expired: bool
        two_factor_since: datetime | None
        must_set_up_two_factor: bool

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["account", "user"], condition=Q(released_at=None), name="member_once_per_account"
            ),
            models.CheckConstraint(
                condition=Q(released_at=None) | Q(is_active=False), name="member_released_is_inactive"
            ),
            models.CheckConstraint(
                condition=Q(is_owner=False) | Q(is_active=True, role=roles.ADMINISTRATOR, joined_at__isnull=False),
                name="member_owner_is_active_joined_administrator",
            ),
            models.CheckConstraint(condition=Q(role__in=list(roles.ROLES)), name="member_role_is_known"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["account", "is_active", "last_name", "first_name"], name="member_list_order"),
        ]

    def __str__(self) -> str:
        return self.full_name

    @property
    def full_name(self) -> str:
        """First and last name, as written."""
        return f"{self.first_name} {self.last_name}"

    @property
    def email(self) -> str:
        """The address that they have, or had until it was let go."""
        return self.released_email or self.user.email

    @property
    def has_been_here(self) -> bool:
        """Whether this person has joined, be it that they left by their own decision and were invited again."""
        return self.has_joined or self.left_at is not None

    @property
    def initials(self) -> str:
        """The first letter of each name, for the circle beside it."""
        return (self.first_name[:1] + self.last_name[:1]).upper()

    @property
    def tint(self) -> int:
        """Which of the eight tints the circle has: the same for this person on every page."""
        return crc32(f"{self.pk}".encode()) % TINTS

    @property
    def role_name(self) -> str:
        """The role in words."""
        return roles.ROLES[self.role].name

    @property
    def has_joined(self) -> bool:
        """Whether this person has accepted their invitation, or made the clinic."""
        return self.joined_at is not None

    @property
    def is_present(self) -> bool:
        """Whether this person can use the clinic now."""
        return self.is_active and self.has_joined

    @property
    def is_administrator(self) -> bool:
        """Whether the role is Administrator."""
        return self.role == roles.ADMINISTRATOR

    def scope(self, permission: str) -> roles.Scope:
        """How far a permission of the matrix reaches for this person. Raises KeyError for an unknown permission.

        In an account that is locked or closed nobody may do anything (S37).
        """
        if not self.is_present or not self.account.is_open:
            return roles.Scope.NONE
        return roles.scope(self.role, permission, self.account.toggles)

    def has_perm(self, permission: str) -> bool:
        """Whether this person may do `permission` (such as "appointments.book") at all, be it for their own only (S1).

        Raises KeyError for a permission that is not in the matrix.
        """
        return self.scope(permission) is not roles.Scope.NONE

    def touch(self, *fields: str) -> None:
        """Save `fields` and raise the version. For use inside an action that has locked the account."""
        if "mobile" in fields:
            self.mobile_as_typed = ""
            fields = (*fields, "mobile_as_typed")
        super().touch(*fields)
