"""Closes the sockets of sessions and tokens that have ended, in whichever process that was."""

from http.cookies import CookieError, SimpleCookie
from typing import Any

from asgiref.sync import sync_to_async
from channels.layers import get_channel_layer
from django.conf import settings
from django.db import Error
from redis.exceptions import RedisError

from accounts.announce import GROUP
from accounts.sessions import exists
from dashboard.fanout import Fanout
from dashboard.holders import Holder
from dashboard.link import Link, tend

SESSION_ENDED = 4401
OVER = {str: "this session has ended", int: "this token does not count any more"}


def session_key(scope: dict[str, Any]) -> str:
    """The session that a socket's handshake brings, or nothing. That it is one of ours is not checked here."""
    cookies: SimpleCookie = SimpleCookie()
    for name, value in scope.get("headers", ()):
        if name == b"cookie":
            try:
                cookies.load(value.decode("latin-1"))
            except CookieError:
                return ""
    found = cookies.get(settings.SESSION_COOKIE_NAME)
    return found.value if found else ""


async def has_ended(key: str) -> bool:
    """Whether a handshake brings a session that is over; who brings none is nobody, and welcome.

    While the database is away nothing is known to be over: pages stay live. What is private asks for itself.
    """
    try:
        return bool(key) and not await sync_to_async(exists)(key)
    except (Error, RedisError, OSError):
        return False


def hang_up(fanout: Fanout, holders: set[Holder]) -> None:
    """Close every socket of these; a page comes back by itself, as whoever it is then."""
    for browser in tuple(fanout.browsers):
        if browser.holder and browser.holder in holders:
            fanout.remove(browser)
            browser.line.close(SESSION_ENDED, OVER[type(browser.holder)])


async def hang_up_ended(fanout: Fanout) -> None:
    """Listen until cancelled."""
    link = Link(get_channel_layer(), GROUP)

    async def turn() -> None:
        message = await link.receive()
        hang_up(fanout, set(message["keys"]))

    try:
        await tend("hearing which sessions end", turn)
    finally:
        await link.leave()
