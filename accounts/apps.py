from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Accounts, users, members, invitations: who belongs to a clinic, and what they may do there."""

    name = "accounts"

    def ready(self) -> None:
        from accounts import receivers  # noqa: F401  (importing it is what connects them)
