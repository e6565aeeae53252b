"""What is logged, and how: JSON in production, a readable line at a desk; see docs/watching.md."""

import sys
from pathlib import Path
from typing import Any

from dashboard.config import Config

MOST_REPEATS = 30
"""Lines of one logger and template in a minute; the rest is counted. At a desk all are written."""
ACCESS = "access"
"""The logger of requests and sockets; each is a line of its own, so it is never counted as a repeat."""


def logging_settings(config: Config, arguments: list[str] | None = None) -> dict[str, Any]:
    """Django's ``LOGGING``. ``arguments`` are those of the process: its command stands in each line."""
    is_watched = config.environment == "production" or log_format(config) == "json"
    limits = {"most": MOST_REPEATS if is_watched else 0, "free": ACCESS}
    filters = {
        "counted": {"()": "monitoring.logs.counting.Counted"},
        "scrubbed": {"()": "monitoring.scrub.ScrubFilter"},
        "id": {"()": "monitoring.logs.lines.WithId", "process": command(arguments or sys.argv)},
    }
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {**filters, "not of polls": {"()": "monitoring.logs.lines.NotOfPolls"}},
        "formatters": {
            "json": {"()": "monitoring.logs.lines.JsonLines"},
            "line": {"()": "monitoring.logs.lines.PlainLines"},
        },
        "handlers": {
            "console": {
                "()": "monitoring.logs.repeats.LimitedHandler",
                "formatter": log_format(config),
                "filters": list(filters),
                **limits,
            }
        },
        "root": {"handlers": ["console"], "level": config.log_level},
        "loggers": {
            "django": {"handlers": [], "level": config.log_level, "propagate": True},
            "django.template": {"level": "INFO"},  # says of each optional variable that it is not there
            "daphne.server": {"level": "WARNING"},  # the command itself says where it listens
            # a 404 is no warning where each request has a line; what fails here is an error with its traceback
            "django.request": {"filters": ["not of polls"], "level": "ERROR" if is_watched else config.log_level},
            **({} if is_watched else {ACCESS: {"level": "WARNING"}}),
        },
    }


def log_format(config: Config) -> str:
    """``json`` or ``line``."""
    if config.log_format != "auto":
        return config.log_format
    return "json" if config.environment == "production" else "line"


def command(arguments: list[str]) -> str:
    """``web`` of ``manage.py web``; of another program its name."""
    name = Path(arguments[0]).name if arguments else ""
    return arguments[1] if name == "manage.py" and len(arguments) > 1 else name
