"""What a leading feed writes of itself every few seconds, so that the health page of any process can read it.

``snapshots`` beats with each completed round of the recorder, ``feed`` tells of sockets, breakers, fallbacks and
how each account is followed. A leader that was replaced writes nothing.
"""

import asyncio
import logging
from collections.abc import Callable
from typing import Any, Protocol

from django.db import Error, connection, transaction

from exchange.clock import Clock
from exchange.tracker import AccountTracker
from monitoring.lease import Leadership
from monitoring.models import Heartbeat
from snapshots.record import Recorder

log = logging.getLogger(__name__)

EVERY_SECONDS = 2.0
MOST_ACCOUNTS = 200
TOO_LONG = ("streams",)
"""Parts of a feed's report that the status topic tells anyway."""

Beat = tuple[str, int, dict[str, Any]]
"""Name, Unix ms, figures."""


class Leading(Protocol):
    """The parts of a leader that have something to tell; those that are None are not there."""

    clock: Clock
    leadership: Leadership
    feed: Any

    @property
    def recorder(self) -> Recorder | None: ...


async def keep_telling(leading: Leading, tracker: AccountTracker | None) -> None:
    """Until cancelled; raises LeaseLost when somebody else leads. A database that is away is tried again."""
    while True:
        beats = beats_of(leading, tracker)
        try:
            await asyncio.to_thread(write, beats, leading.leadership.number or 0, leading.leadership.check)
        except Error as error:
            log.warning("cannot tell how the feed is: %s", error)
        await leading.clock.sleep(EVERY_SECONDS)


def beats_of(leading: Leading, tracker: AccountTracker | None) -> list[Beat]:
    """What there is to tell now; the recorder's time is that of its last completed round."""
    now, recorder = leading.clock.now_ms(), leading.recorder
    beats: list[Beat] = [("feed", now, {"feed": feed_report(leading.feed), "accounts": accounts_report(tracker)})]
    if recorder and recorder.wrote_at is not None:
        beats.append(("snapshots", recorder.wrote_at, recorder.report()))
    return beats


def feed_report(feed: Any) -> dict[str, Any]:
    """A live feed's own report; others have none."""
    report: Callable[[], dict[str, Any]] = getattr(feed, "report", dict)
    return {name: said for name, said in report().items() if name not in TOO_LONG}


def accounts_report(tracker: AccountTracker | None) -> dict[str, Any]:
    """The tracker's report, and of each account how it is followed and when it was last heard of (Unix ms)."""
    if tracker is None:
        return {}
    views = [followed.view for followed in tracker.followed.values()]
    accounts = [
        {"address": view.address, "how": view.how, "why": view.why, "at": view.positions_at or view.spot_at}
        for view in sorted(views, key=lambda view: (view.how != "streamed", view.address))
    ]
    return {**tracker.report(), "accounts": accounts[:MOST_ACCOUNTS]}


def write(beats: list[Beat], number: int, guard: Callable[[], None]) -> None:
    """In a thread, in one transaction that ends with the leader's guard."""
    try:
        with transaction.atomic():
            for name, at, detail in beats:
                Heartbeat.objects.say(name, number, at, detail)
            guard()
    finally:
        connection.close()
