"""The two ways in which a line is written: JSON for programs, one readable line for people."""

import logging
from datetime import UTC, datetime
from typing import Any

from pythonjsonlogger.json import JsonFormatter

from exchange import log_id
from monitoring.scrub import ScrubbedTraceback


class WithId(logging.Filter):
    """Gives a record the ``id`` of the request, socket, round or message that it belongs to, and the command."""

    def __init__(self, process: str = "") -> None:
        super().__init__()
        self.process = process

    def filter(self, record: logging.LogRecord) -> bool:
        if not hasattr(record, "id"):
            record.id = log_id.current()
        record.command = self.process
        return True


class NotOfPolls(logging.Filter):
    """For ``django.request``: that health says no to who polls it is an answer, and no error of the request."""

    def filter(self, record: logging.LogRecord) -> bool:
        path = getattr(getattr(record, "request", None), "path_info", "")
        return not path.startswith("/api/health") or bool(record.exc_info)


class JsonLines(ScrubbedTraceback, JsonFormatter):
    """One JSON object a line: ``time`` (UTC), ``level``, ``logger``, ``message``, ``process``, ``pid``, ``id`` if
    there is one, ``exception`` if there was one, and whatever ``extra`` the line was given."""

    def __init__(self) -> None:
        # what logging itself knows of a record is not "extra"; taskName is what Python 3.12 adds
        known = [*logging.makeLogRecord({}).__dict__, "message", "asctime", "taskName", "command", "id", "tail"]
        super().__init__("%(message)s", rename_fields={"exc_info": "exception"}, reserved_attrs=known)

    def add_fields(
        self, log_data: dict[str, Any], record: logging.LogRecord, message_dict: dict[str, Any]
    ) -> None:
        """Ours first, so that a person who reads the raw line finds them there."""
        log_data["time"] = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        log_data["level"], log_data["logger"] = record.levelname, record.name
        super().add_fields(log_data, record, message_dict)
        log_data["process"], log_data["pid"] = getattr(record, "command", ""), record.process
        if found := getattr(record, "id", ""):
            log_data["id"] = found


class PlainLines(logging.Formatter):
    """For people at a desk: time, level, logger, message, and the beginning of the id in brackets."""

    SHOWN = 12

    def __init__(self) -> None:
        super().__init__("{asctime} {levelname} {name}: {message}{tail}", style="{")

    def format(self, record: logging.LogRecord) -> str:
        found = getattr(record, "id", "")
        record.tail = f" [{found[: self.SHOWN] if len(found) == 32 else found}]" if found else ""
        return super().format(record)
