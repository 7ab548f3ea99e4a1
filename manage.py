#!/usr/bin/env python
"""Django's command line for 惠企通; uses cms.settings.dev unless DJANGO_SETTINGS_MODULE says otherwise."""

import os
import sys


def main() -> None:
    """Run the command named on the command line."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cms.settings.dev")
    from django.core.management import execute_from_command_line  # the setting above must stand first

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
