#!/usr/bin/env python
"""Django's command line for this project."""

import os
import sys


def main() -> None:
    """Run the management command named on the command line."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "clinic.settings")
    from django.conf import settings
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line

    try:
        settings.configured or settings.DEBUG  # noqa: B018  (reading one setting reads them all)
    except ImproperlyConfigured as error:
        sys.exit(f"The settings are not complete. {error}")
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
