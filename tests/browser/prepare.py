"""Fill an empty VAR_DIR with what the product needs before it starts, all in one process."""

import django
from django.core.management import call_command


def main() -> None:
    """Make the database, the static files and the demo clinic."""
    django.setup()
    call_command("migrate", interactive=False, verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    call_command("seed_demo")


if __name__ == "__main__":
    main()
