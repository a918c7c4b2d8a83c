from django.apps import AppConfig


class ClinicConfig(AppConfig):
    """The project itself, for what concerns no app alone."""

    name = "clinic"

    def ready(self) -> None:
        from clinic import checks  # noqa: F401  (importing it is what registers them)
