"""A process of an installation with a stopwatch in it: ``python -m benchmarks.site TRACE up|feed|web``.

It runs that command of ``manage.py`` and, when it ends, writes into TRACE (JSON) when each change of the
Board passed where, in ns of the machine's monotonic clock. Pages tell their time in the application in
``Server-Timing``. All of it is put around the product from here; the product knows nothing of it.
"""

import os
import sys

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dashboard.settings")

import daphne.server  # noqa: F401  # isort: skip - installs the reactor, so it comes before all else of Twisted

import django

django.setup()

import json
import time
from pathlib import Path
from typing import Any

from django.core.management import call_command

from benchmarks.site_topics import topics_of
from dashboard import asgi, feedrunner, network
from dashboard.consumer import fanout
from dashboard.mirror_rows import Applied
from exchange.board import Board, Change
from exchange.events import Event
from exchange.feed import LiveFeed
from exchange.market import Market

received: dict[int, int] = {}
"""Event (by its id, while it is under way) → when its frame was read from the socket."""
pending: dict[str, tuple[int, int]] = {}
"""Topic → when the first event that it has not been published with was received and applied."""
published: list[tuple[str, int, int, int, int]] = []
"""Topic, number, received, applied, published."""
begun: list[tuple[str, int, int]] = []
"""Topic, number, handed to the fan-out."""


class TracedFeed(LiveFeed):
    """Remembers when each event's frame was read."""

    def _hear(self, session: Any, at: int, now: float, frame: bytes) -> None:
        super()._hear(session, at, now, frame)
        for event in self._ready:
            received.setdefault(id(event), int(now * 1e9))


class TracedMarket(Market):
    """Remembers what each event may change."""

    def apply(self, event: Event) -> None:
        super().apply(event)
        if at := received.pop(id(event), None):
            now = time.monotonic_ns()
            for topic in topics_of(event):
                pending.setdefault(topic, (at, now))


class TracedBoard(Board):
    """Remembers when each change was published, and because of what."""

    def collect(self) -> list[Change]:
        changes = super().collect()
        now = time.monotonic_ns()
        published.extend((one.topic, one.seq, *pending[one.topic], now) for one in changes if one.topic in pending)
        pending.clear()
        return changes


def trace_feed() -> None:
    """Put the stopwatch into whatever feed is made from now on."""
    feedrunner.Market, feedrunner.Board = TracedMarket, TracedBoard  # type: ignore[misc]
    network.LiveFeed = TracedFeed  # type: ignore[misc]


def trace_fanout() -> None:
    """Put it before the fan-out."""
    send = fanout.on_frames

    def traced(applied: list[Applied]) -> None:
        now = time.monotonic_ns()
        begun.extend((one.after.topic, one.after.seq, now) for one in applied)
        send(applied)

    fanout.on_frames = traced  # type: ignore[method-assign]


def trace_pages() -> None:
    """Tell in a header of each page how many ms the application took."""
    application = asgi.application

    async def timed(scope: dict[str, Any], receive: Any, send: Any) -> None:
        began = time.perf_counter()

        async def stamped(message: dict[str, Any]) -> None:
            if message["type"] == "http.response.start":
                took = f"app;dur={(time.perf_counter() - began) * 1000:.3f}".encode()
                message = {**message, "headers": [*message["headers"], (b"server-timing", took)]}
            await send(message)

        await application(scope, receive, stamped if scope["type"] == "http" else send)

    asgi.application = timed


if __name__ == "__main__":
    trace_feed()
    trace_fanout()
    trace_pages()
    call_command(sys.argv[2])
    Path(sys.argv[1]).write_text(json.dumps({"published": published, "begun": begun}))
