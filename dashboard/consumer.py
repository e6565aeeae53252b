"""The browser's socket: what a browser may say and what it is told (``docs/socket-protocol.md``)."""

import logging
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

import msgspec
from django.db import Error

from dashboard.allowance import MESSAGES_A_SECOND, Allowance
from dashboard.fanout import Browser, Fanout
from dashboard.hangups import OVER, SESSION_ENDED, has_ended, session_key
from dashboard.holders import Holder
from dashboard.lines import Send, line_for
from dashboard.mirror import mirror
from dashboard.private import NOT_YOURS, address_of, seen_by
from dashboard.toasts import NOT_SIGNED_IN, TOPIC, Toasts
from exchange.topics import Topic, UnknownTopic
from monitoring.tracing import leg

log = logging.getLogger(__name__)

MOST_TOPICS = 64
MOST_BYTES = 8_192
NOT_UNDERSTOOD, TOO_BIG, TOO_MANY = 4000, 4009, 4029
SPREAD_MS_A_SOCKET = 3
"""Accepting a socket costs about 2 ms: after a restart all come back spread over so long."""

fanout = Fanout(mirror)
toasts = Toasts(fanout)
MaySee = Callable[[Iterable[Holder], Iterable[str]], Awaitable[set[tuple[Holder, str]]]]


def spread_ms(fanout: Fanout) -> int:
    """Over how long browsers should spread a reconnect at random, if all of this process come back at once."""
    return max(1000, SPREAD_MS_A_SOCKET * len(fanout.browsers))


class Request(msgspec.Struct, forbid_unknown_fields=True):
    """What a browser says; ``trace`` and ``baggage``: of which journey that is the next leg (docs/errors.md)."""

    join: list[str] = []
    leave: list[str] = []
    trace: str = ""
    baggage: str = ""


class Conversation:
    """One socket from accept to disconnect."""

    def __init__(
        self, scope: dict[str, Any], send: Send, fanout: Fanout, may_see: MaySee = seen_by, toasts: Toasts = toasts
    ) -> None:
        self.scope, self.send, self.fanout, self.may_see, self.toasts = scope, send, fanout, may_see, toasts
        self.mirror = fanout.mirror
        self.browser: Browser | None = None
        self.held: set[str] = set()
        self.allowance = Allowance()

    async def open(self) -> None:
        """Accept and greet; ``spread_ms`` is over how long to spread a reconnect at random."""
        await self.send({"type": "websocket.accept"})
        self.browser = Browser(line_for(self.scope, self.send))
        self.fanout.add(self.browser)
        if refused := await self.knock(self.browser):
            self.hang_up(*refused)
            return
        spread = spread_ms(self.fanout)
        self.say({"hello": {"protocol": 1, "spread_ms": spread, "most_topics": MOST_TOPICS}})

    async def knock(self, browser: Browser) -> tuple[int, str] | None:
        """Say whose it is, at once, so that an end from then on is heard; why it must go (code, reason)."""
        browser.holder = session_key(self.scope)
        return (SESSION_ENDED, OVER[str]) if await has_ended(browser.holder) else None

    def say(self, what: dict[str, object]) -> None:
        """A word to this browser alone."""
        if self.browser:
            self.fanout.say([self.browser], what)

    async def hear(self, event: dict[str, Any]) -> None:
        """One message of the browser; nonsense, too big or too many of them end the conversation."""
        if self.browser not in self.fanout.browsers:  # being closed: what was in flight is heard no more
            return
        text = event.get("text")
        if text is not None and len(text) > MOST_BYTES:
            self.hang_up(TOO_BIG, f"a message may have {MOST_BYTES} bytes")
        elif not self.allowance.take():
            self.hang_up(TOO_MANY, f"at most {MESSAGES_A_SECOND} messages a second")
        else:
            try:
                request = msgspec.json.decode(text or "", type=Request)
            except msgspec.DecodeError as error:
                self.hang_up(NOT_UNDERSTOOD, f"not understood: {error}"[:120])
            else:
                with leg("websocket.server", "socket joins", {"trace": request.trace, "baggage": request.baggage}):
                    await self.obey(request)

    async def obey(self, request: Request) -> None:
        """Leave, then join; a topic that cannot be joined is an error, and the socket stays."""
        if (browser := self.browser) is None:
            return
        for topic in request.leave:
            if topic in browser.topics:
                self.fanout.leave(browser, topic)
                self.held.discard(topic)
                await self.mirror.release(topic, browser)
                if topic == TOPIC:
                    self.toasts.leave(browser)
        seen = await self.seen(browser, request.join[:MOST_TOPICS])
        for topic in request.join:
            if topic in browser.topics:
                continue
            if browser not in self.fanout.browsers:  # sent away while the database was asked
                return
            error = await self.welcome(browser) if topic == TOPIC else self.refusal(topic, browser, seen)
            if error:
                self.say({"error": error, "topic": topic[:80]})
                continue
            if topic != TOPIC:  # that comes from no feed
                self.held.add(topic)
                await self.mirror.hold(topic, browser)
            self.fanout.join(browser, topic)

    async def welcome(self, browser: Browser) -> str:
        """Why this session has no alerts, or nothing; none if the database cannot say."""
        try:
            return await self.toasts.join(browser)
        except Error as error:
            log.warning("cannot see whose alerts these are: %s", error)
            return NOT_SIGNED_IN

    async def seen(self, browser: Browser, topics: list[str]) -> set[tuple[Holder, str]]:
        """The accounts among the topics that this session may see; none if the database cannot say."""
        try:
            addresses = {address for topic in topics if (address := address_of(topic))}
            return await self.may_see([browser.holder], addresses) if addresses else set()
        except Error as error:
            log.warning("cannot see who may see an account: %s", error)
            return set()

    def refusal(self, topic: str, browser: Browser, seen: set[tuple[Holder, str]]) -> str:
        """Why this topic cannot be joined, or nothing. ``seen``: the accounts that this session may see."""
        if len(browser.topics) >= MOST_TOPICS:
            return f"a socket may join {MOST_TOPICS} topics"
        try:
            coin = Topic.parse(topic).coin
        except UnknownTopic as error:
            return str(error)
        if (address := address_of(topic)) and (browser.holder, address) not in seen:
            return NOT_YOURS
        markets = self.mirror.snapshot("markets")
        if coin and markets and markets.rows and coin not in markets.rows:
            return f"no market is called {coin!r}"
        return ""

    def hang_up(self, code: int, reason: str) -> None:
        """End the conversation."""
        if browser := self.browser:
            self.fanout.remove(browser)
            browser.line.close(code, reason)

    async def close(self) -> None:
        """The socket is gone, however it ended."""
        if self.browser:
            self.fanout.remove(self.browser)
            self.toasts.leave(self.browser)
            for topic in self.held:
                await self.mirror.release(topic, self.browser)


def socket_application(
    fanout: Fanout = fanout,
    may_see: MaySee = seen_by,
    toasts: Toasts = toasts,
    kind: type[Conversation] = Conversation,
) -> Any:
    """The ASGI application of the socket, for conversations of a ``kind``."""

    async def browser_socket(scope: dict[str, Any], receive: Any, send: Send) -> None:
        conversation = kind(scope, send, fanout, may_see, toasts)
        try:
            while True:
                event = await receive()
                if event["type"] == "websocket.connect":
                    await conversation.open()
                elif event["type"] == "websocket.receive":
                    await conversation.hear(event)
                else:
                    return
        finally:
            await conversation.close()

    return browser_socket
