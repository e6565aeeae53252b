"""Repeats: a line that comes again and again is written a few times a minute, and then counted."""

import logging
import sys
import threading
import time
from collections.abc import Callable
from typing import TextIO

WINDOW_S = 60.0
MOST_KNOWN = 2_000
"""Templates that are remembered; with more of them the oldest is forgotten."""
Key = tuple[str, int, str]


class Seen:
    """What is known of one template: when its window began, how often it came, and the last one kept back."""

    __slots__ = ("began", "count", "last")

    def __init__(self, began: float) -> None:
        self.began, self.count = began, 0
        self.last: logging.LogRecord | None = None


class Repeats:
    """Counts records by logger, level and template: at most ``most`` in a window of ``WINDOW_S`` are admitted."""

    def __init__(self, most: int, clock: Callable[[], float] = time.monotonic) -> None:
        self.most, self.clock = most, clock
        self._seen: dict[Key, Seen] = {}
        self._lock = threading.Lock()

    def admits(self, record: logging.LogRecord) -> bool:
        """Whether it may be written; if not, it is counted."""
        key, now = (record.name, record.levelno, str(record.msg)), self.clock()
        with self._lock:
            seen = self._seen.get(key)
            if seen is None:
                if len(self._seen) >= MOST_KNOWN:
                    self._forget_one()
                seen = self._seen[key] = Seen(now)
            seen.count += 1
            if seen.count <= self.most:
                return True
            seen.last = record
            return False

    def over(self, everything: bool = False) -> list[logging.LogRecord]:
        """A line for each template whose window is over and that was kept back: how often, and the last one."""
        now, said = self.clock(), []
        with self._lock:
            ended = [key for key, seen in self._seen.items() if everything or now - seen.began >= WINDOW_S]
            for key in ended:
                seen = self._seen.pop(key)
                if seen.last is not None:
                    said.append(summary(seen.last, seen.count - self.most, now - seen.began))
        return said

    def _forget_one(self) -> None:
        """One that nothing was kept back of, if there is one: else its count would be lost."""
        quiet = (key for key, seen in self._seen.items() if seen.last is None)
        self._seen.pop(next(quiet, next(iter(self._seen))))


def summary(last: logging.LogRecord, times: int, seconds: float) -> logging.LogRecord:
    """``last`` with the word how often it was not written."""
    words = f"{last.getMessage()} (repeated {times} times in {seconds:.0f} s, the last at this time)"
    said = logging.makeLogRecord({**last.__dict__, "msg": words, "args": None, "repeated": times})
    said.exc_info = said.exc_text = None
    return said


class LimitedHandler(logging.StreamHandler):
    """Writes to standard error. ``most`` of 0: everything; ``free`` and loggers below it are never kept back."""

    def __init__(self, most: int = 0, free: str = "", stream: TextIO | None = None) -> None:
        super().__init__(stream or sys.stderr)
        self.repeats, self.free = Repeats(most) if most else None, free
        self._timer: threading.Timer | None = None

    def emit(self, record: logging.LogRecord) -> None:
        """Called with the handler's lock held, after its filters."""
        is_free = record.name.partition(".")[0] == self.free or record.levelno >= logging.CRITICAL
        if self.repeats is None or is_free:
            super().emit(record)
            return
        self._say_over()
        if self.repeats.admits(record):
            super().emit(record)
        elif self._timer is None:
            self._timer = threading.Timer(WINDOW_S + 1, self._later)
            self._timer.daemon = True
            self._timer.start()

    def _later(self) -> None:
        """In the timer's thread: a process that has fallen quiet says what it kept back, too."""
        with self.lock:  # type: ignore[union-attr]
            self._timer = None
            self._say_over()

    def _say_over(self, everything: bool = False) -> None:
        for said in self.repeats.over(everything) if self.repeats else ():
            super().emit(said)

    def close(self) -> None:
        """At the end of the process (``logging.shutdown``)."""
        if self._timer is not None:
            self._timer.cancel()
        self._say_over(everything=True)
        super().close()
