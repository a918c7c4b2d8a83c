"""`manage.py rotate_field_keys`: after a new key was put first, encrypt everything with it (docs/deploying.md)."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.identity.two_factor.field_keys import encrypt_anew


class Command(BaseCommand):
    """Afterwards the older keys can be taken out of the settings."""

    help = "Encrypt what is encrypted in the database with the first of FIELD_ENCRYPTION_KEYS."

    def handle(self, *args: Any, **options: Any) -> None:
        """Do it. Raises CommandError where a key is missing: then none may be taken out."""
        counted = encrypt_anew()
        self.stdout.write(f"Encrypted with the first key: {counted.done}.")
        if counted.unreadable:
            raise CommandError(
                f"{counted.unreadable} could be read with none of the keys; they stay as they are. Put the key that is "
                "missing back into FIELD_ENCRYPTION_KEYS and run this again. Where it is lost, those people set up "
                "their authenticator app again."
            )
