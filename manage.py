#!/usr/bin/env python
"""Run one of the project's commands; ``manage.py help`` lists them."""

import gc
import os
import sys

from django.core.management import execute_from_command_line

from dashboard.config import ConfigurationError
from dashboard.config_load import current


def main() -> None:
    """Refuse a wrong configuration in words before Django meets it, then run the command."""
    gc.disable()  # what is loaded stays; once that is done, dashboard/apps.py lets the collector begin
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dashboard.settings")
    try:
        current()
    except ConfigurationError as wrong:
        sys.exit(str(wrong))
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
