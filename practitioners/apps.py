from django.apps import AppConfig


class PractitionersConfig(AppConfig):
    """Practitioners: the members who see patients, and whether they can be booked."""

    name = "practitioners"

    def ready(self) -> None:
        from practitioners import receivers  # noqa: F401  (importing it is what connects them)
