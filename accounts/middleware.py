"""Session and user of a request: read in one trip to a thread, and only when a browser brings a session.

Whoever brings none is served on the event loop alone. After these two, ``request.user`` may be read anywhere,
and templates write times in his zone.
"""

import logging
from datetime import UTC, tzinfo
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from asgiref.sync import sync_to_async
from django.conf import settings
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.utils import timezone

from accounts.away import AWAY, READING, is_away, stand_in, wants_user
from accounts.sessions import touch

log = logging.getLogger(__name__)


class Sessions(SessionMiddleware):
    """``request.session``, which knows where it is opened from; written after the view when it has changed."""

    def process_request(self, request: Any) -> None:
        """Needs ``TrustedProxies`` before it."""
        super().process_request(request)
        request.session.ip = request.META.get("REMOTE_ADDR") or None
        request.session.user_agent = request.META.get("HTTP_USER_AGENT", "")

    async def __acall__(self, request: Any) -> Any:
        self.process_request(request)
        response = await self.get_response(request)
        if request.session.modified:
            return await sync_to_async(self.process_response)(request, response)
        return self.process_response(request, response)


class Authentication(AuthenticationMiddleware):
    """``request.user``; that its browser was here is noted in its session."""

    def process_request(self, request: Any) -> None:
        """A request without the cookie needs no I/O, now or later."""
        super().process_request(request)
        if settings.SESSION_COOKIE_NAME in request.COOKIES and request.user.is_authenticated:
            request._acached_user = request.user  # for ``await request.auser()``: no second query
            try:
                touch(request.session)
            except AWAY as error:
                log.warning("cannot note that a browser was here: %s", error)

    async def __acall__(self, request: Any) -> Any:
        if settings.SESSION_COOKIE_NAME in request.COOKIES:
            try:
                await sync_to_async(self.process_request)(request)
            except AWAY as error:
                if not is_away(error):
                    raise
                return await self._without_user(request, error)
        else:
            self.process_request(request)
        zone = getattr(request.user, "timezone", "UTC")  # who is nobody has none
        with timezone.override(zone_of(zone)):
            return await self.get_response(request)

    async def _without_user(self, request: Any, error: Exception) -> Any:
        """What everybody may see is shown; whatever needs to know who asks fails as the database does."""
        log.warning("cannot see who asks: %s", error)
        stand_in(request)
        if request.method not in READING:
            raise error
        response = await self.get_response(request)
        if wants_user(request, response):
            raise error
        return response


@cache
def zone_of(name: str) -> tzinfo:
    """The zone, or UTC if this machine's database of zones has lost it."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return UTC
