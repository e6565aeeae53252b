"""Counts lines by level, for ``/metrics``: also those that are not written, since they repeat."""

import logging
from collections import Counter

COUNTS: Counter[str] = Counter()


class Counted(logging.Filter):
    """Admits everything."""

    def filter(self, record: logging.LogRecord) -> bool:
        COUNTS[record.levelname.lower()] += 1
        return True
