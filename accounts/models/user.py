"""A login: one person, any number of clinics (C10, C13). Nothing of a clinic is in it."""

from typing import Any, ClassVar

from django.contrib.auth.hashers import check_password, make_password
from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from accounts.models.two_factor import Authenticator
from accounts.text import canonical_email, canonical_password, validate_address
from clinic.clock import database_now


class UserManager(BaseUserManager["User"]):
    """Finds and makes users under the canonical spelling of their address."""

    def get_by_natural_key(self, username: str | None) -> "User":
        """Return the user with this address in any spelling. Raises User.DoesNotExist."""
        return self.get(email=canonical_email(username or ""))

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """Create a user; without a password no one can sign in as them. Raises ValidationError for no address."""
        user = self.model(email=canonical_email(email), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """Create somebody of the support staff, for `manage.py createsuperuser`."""
        confirmed = {"email_confirmed_at": database_now(), **fields}
        return self.create_user(email, password, is_staff=True, is_superuser=True, **confirmed)


class User(AbstractBaseUser, PermissionsMixin):
    """A login. `is_staff` marks our own support, not a clinic's staff."""

    email = models.EmailField(_("Email"), max_length=254, unique=True, validators=[validate_address])
    # Empty until somebody has proved that they read mail at this address; until then the login is not trusted (A57).
    email_confirmed_at = models.DateTimeField(null=True, blank=True)
    is_staff = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)
    # How often every browser known to be theirs was forgotten; part of what makes one known
    # (`accounts.identity.sessions.known_browsers`).
    browsers_forgotten = models.PositiveIntegerField(default=0, db_default=0)

    objects: ClassVar[UserManager] = UserManager()

    # Where the address of a login stood before it was let go (A70). No one can have an address without a dot.
    RETIRED_AT = "@invalid"

    # Not on file: whether the password just shown, or chosen, is enough only beside two-factor authentication (A1).
    showed_short_password = False

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(Lower("email"), name="user_email_unique_in_any_case")]

    def __str__(self) -> str:
        return self.email

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save. A new user's address is put in its canonical spelling first. Raises ValidationError if it is none."""
        if self._state.adding:
            self.email = canonical_email(self.email)
            validate_address(self.email)
        super().save(*args, **kwargs)

    def set_password(self, raw_password: str | None) -> None:
        """Keep the hash of a password in its one form (A4): Django's own commands come here, too."""
        super().set_password(None if raw_password is None else canonical_password(raw_password))

    def check_password(self, raw_password: str | None) -> bool:
        """Whether this is their password. A hash of an older kind gives way to a new one of it (A6).

        Only as long as it is on file: Django's own would put it in the place of a password chosen at this moment, and
        fail for a login that is gone.
        """

        def renew(shown: str) -> None:
            older, self.password = self.password, make_password(canonical_password(shown))
            type(self).objects.filter(pk=self.pk, password=older).update(password=self.password)

        return check_password(raw_password, self.password, renew)

    def clean(self) -> None:
        """Bring the address into its canonical spelling."""
        super().clean()
        self.email = canonical_email(self.email)

    @property
    def can_sign_in(self) -> bool:
        """Whether there is a password that opens this login; `MemberQuerySet.able_to_sign_in` in Python."""
        return self.is_active and self.has_usable_password()

    @property
    def is_retired(self) -> bool:
        """Whether its address was let go for somebody else, and it opens nothing any more (A70)."""
        return self.email.endswith(self.RETIRED_AT)

    @property
    def proof(self) -> tuple[str, int]:
        """What changes when a sign-in that was begun before must not be completed: by a new password, by every change
        of two-factor authentication, and when all browsers are signed out.
        """
        return self.password, self.browsers_forgotten

    @property
    def is_trusted(self) -> bool:
        """Whether this is a login of its own: its address was confirmed and it has a password (A57, C4)."""
        return self.email_confirmed_at is not None and self.has_usable_password()

    @property
    def is_unproved(self) -> bool:
        """Whether someone chose a password and nobody has shown that the address is theirs (A57).

        Not so for people who were brought over: they have no password, and the operator vouches for them.
        """
        return self.email_confirmed_at is None and self.has_usable_password()

    @property
    def has_two_factor(self) -> bool:
        """Whether signing in takes more than the password: an app or a passkey (C8). One query, or two."""
        return self.has_authenticator or self.passkeys.exists()

    @property
    def has_authenticator(self) -> bool:
        """Whether they have an app that shows codes. One query."""
        return Authenticator.objects.filter(user=self).exists()

    @property
    def may_reset_password(self) -> bool:
        """Whether a reset link is sent: there is a login to let in, be it one brought over without a password."""
        return self.is_active and not self.is_unclaimed

    @property
    def is_unclaimed(self) -> bool:
        """Whether this is nobody's login yet: a row that invitations made, which signing up may take."""
        if self.has_usable_password() or self.email_confirmed_at is not None or self.is_staff:
            return False
        return not self.members.filter(joined_at__isnull=False).exists()
