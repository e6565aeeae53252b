"""What is read from the replica: history and alerts, for pages, by who has written nothing lately.

Everything else is the primary's: all that is written, what a transaction reads, who somebody is and what he may
see, programs with a token, and whatever is no request. Who writes reads his own at the primary until the replica
must have it: a signed cookie says so to every web process.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from typing import Any

from asgiref.sync import async_to_sync, iscoroutinefunction, markcoroutinefunction
from django.conf import settings
from django.core.exceptions import MiddlewareNotUsed
from django.db import DEFAULT_DB_ALIAS, Error, connections
from django.http import HttpRequest, HttpResponse

from monitoring.replica import ALIAS, EVERY_S, is_configured, replica

log = logging.getLogger(__name__)

COPIED = ("snapshots", "alerts")
READING = ("GET", "HEAD")
COOKIE = "wrote"
MARGIN_S = 2


class Reads:
    """Of one request: whether it may use the replica, whether it did, whether it wrote."""

    __slots__ = ("has_used_copy", "has_written", "may_use_copy")

    def __init__(self, may_use_copy: bool) -> None:
        self.may_use_copy = may_use_copy
        self.has_used_copy = self.has_written = False


current: ContextVar[Reads | None] = ContextVar("reads", default=None)


class Router:
    """Django asks before each query."""

    def db_for_read(self, model: Any, **hints: Any) -> str:
        """The replica, if this request may read there and it is there."""
        reads = current.get()
        if reads is None or not reads.may_use_copy or reads.has_written:
            return DEFAULT_DB_ALIAS
        if model._meta.app_label not in COPIED or not is_there():
            return DEFAULT_DB_ALIAS
        reads.has_used_copy = True
        return ALIAS

    def db_for_write(self, model: Any, **hints: Any) -> str:
        """The primary; what follows in this request is read there, too."""
        reads = current.get()
        if reads is not None and model._meta.app_label in COPIED:
            reads.has_written = True
        return DEFAULT_DB_ALIAS

    def allow_relation(self, one: Any, other: Any, **hints: Any) -> bool:
        """They are the same rows."""
        return True

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool:
        """The replica follows by itself."""
        return db != ALIAS


def is_there() -> bool:
    """Whether the replica may be read in this thread now. The connection is taken here: no page fails by it."""
    if not replica.state.is_read or connections[DEFAULT_DB_ALIAS].in_atomic_block or on_event_loop():
        return False
    try:
        connections[ALIAS].ensure_connection()
    except Error as error:
        log.warning("a page is read from the primary: %s", error)
        return False
    return True


def on_event_loop() -> bool:
    """Whether waiting here would keep everybody waiting."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


def stay_s() -> int:
    """Seconds for which who wrote stays at the primary: the most that a replica that is read may be behind."""
    return round(settings.CONFIG.database_replica_max_lag / 1000 + EVERY_S + MARGIN_S)


class ReadYourWrites:
    """Stands after ``Bearer``: says of each request where it may read."""

    async_capable = True
    sync_capable = False

    def __init__(self, get_response: Callable[[HttpRequest], Awaitable[HttpResponse]]) -> None:
        if not is_configured():
            raise MiddlewareNotUsed
        self.get_response = get_response
        markcoroutinefunction(self)

    async def __call__(self, request: Any) -> HttpResponse:
        wrote = request.get_signed_cookie(COOKIE, default=None, max_age=stay_s())
        by_program = getattr(request, "api_token", None) is not None
        reads = Reads(request.method in READING and not wrote and not by_program)
        before = current.set(reads)
        try:
            response = await self.get_response(request)
        finally:
            current.reset(before)
        if request.method not in (*READING, "OPTIONS") or reads.has_written:
            response.set_signed_cookie(
                COOKIE, "1", max_age=stay_s(), httponly=True, samesite="Lax", secure=request.is_secure()
            )
        return response

    def process_exception(self, request: Any, exception: Exception) -> HttpResponse | None:
        """A page that lost the replica in the middle is made again from the primary: it has written nothing."""
        reads = current.get()
        if not isinstance(exception, Error) or reads is None or not reads.has_used_copy or reads.has_written:
            return None
        log.warning("the replica failed a page, which is read from the primary: %s", exception)
        reads.may_use_copy = reads.has_used_copy = False
        view, arguments, named = request.resolver_match
        again = async_to_sync(view) if iscoroutinefunction(view) else view
        return again(request, *arguments, **named)
