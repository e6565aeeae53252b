"""Counts page views and active users of each UTC day: by the page's name, without address, content or way.

Requests only count in memory; a loop of the web process writes what has come together every ``EVERY_S``.
"""

import logging
from collections import Counter
from datetime import UTC, date, datetime

from asgiref.sync import sync_to_async
from django.db import Error, IntegrityError, close_old_connections, transaction
from django.db.models import F

from accounts.models import DailyUse, PageViews, User
from exchange.clock import Clock, SystemClock

log = logging.getLogger(__name__)

EVERY_S = 5.0


class Usage:
    """One per process. What could not be written is kept for the next time."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.views: Counter[tuple[date, str]] = Counter()
        self.users: set[tuple[date, int]] = set()

    def note(self, page: str, user_id: int | None) -> None:
        """One view of the page; ``user_id`` if somebody is signed in."""
        day = datetime.fromtimestamp(self.clock.now_ms() / 1000, UTC).date()
        self.views[day, page] += 1
        if user_id is not None:
            self.users.add((day, user_id))

    def flush(self) -> None:
        """Write everything that was noted so far; raises ``django.db.Error`` and forgets nothing then."""
        views, self.views = self.views, Counter()
        users, self.users = self.users, set()
        try:
            with transaction.atomic():
                for (day, page), count in sorted(views.items()):
                    add_views(day, page, count)
                add_users(users)
        except Error:
            self.views += views
            self.users |= users
            raise

    def _flush_or_log(self) -> None:
        close_old_connections()
        try:
            self.flush()
        except Error as error:
            log.warning("use is counted but not written: %s", error)
        finally:
            close_old_connections()

    async def run(self) -> None:
        """Write until cancelled, and once more then."""
        try:
            while True:
                await self.clock.sleep(EVERY_S)
                await self._write()
        finally:
            await self._write()

    async def _write(self) -> None:
        if self.views:
            await sync_to_async(self._flush_or_log)()


def add_views(day: date, page: str, count: int) -> None:
    """Add to the day's row, or make it; another process may make it at the same moment."""
    row = PageViews.objects.filter(day=day, page=page)
    if row.update(count=F("count") + count):
        return
    try:
        with transaction.atomic():
            PageViews.objects.create(day=day, page=page, count=count)
    except IntegrityError:
        row.update(count=F("count") + count)


def add_users(users: set[tuple[date, int]]) -> None:
    """A row for each user and day, unless it is there or the account was deleted meanwhile."""
    there = set(User.objects.filter(pk__in={pk for _, pk in users}).values_list("pk", flat=True))
    rows = [DailyUse(day=day, user_id=pk) for day, pk in sorted(users) if pk in there]
    DailyUse.objects.bulk_create(rows, ignore_conflicts=True)


usage = Usage(SystemClock())
