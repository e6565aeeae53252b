"""One client's WebSocket: what it asks, what it is answered, and how it ends (API.md section 4)."""

import asyncio
from collections import deque
from collections.abc import Callable
from random import Random
from typing import Any

import msgspec
from aiohttp import WSMsgType, web

from exchange.clock import Clock
from exchange.simulator import stream_names
from exchange.simulator.faults import Faults, Frame
from exchange.simulator.limits import Visitor
from exchange.simulator.rest import Desk
from exchange.simulator.stream_hub import Hub, frame
from exchange.simulator.stream_names import Subscription, Unparseable

KILL_AFTER = (0.1, 0.8)
"""Seconds between a subscribe that names something wrong and the end of the socket."""
POST_TAKES = (0.02, 0.15)
"""Seconds that a post is in flight; so replies come out of order."""


class Socket:
    """A connection. ``serve`` reads until it ends; everything sent goes through faults and a bounded queue."""

    def __init__(
        self, ws: web.WebSocketResponse, abort: Callable[[], None], visitor: Visitor, hub: Hub,
        desk: Desk, faults: Faults, clock: Clock, draw: Random,
    ) -> None:  # fmt: skip
        self._ws, self.abort, self.visitor = ws, abort, visitor
        self._hub, self._desk, self._faults, self._clock, self._draw = hub, desk, faults, clock, draw
        self._subscriptions: set[Subscription] = set()
        self._posts: set[asyncio.Task[None]] = set()
        self._queue: deque[tuple[float, bytes]] = deque()
        self._waiting = asyncio.Event()
        self._queued_bytes = 0
        self._doomed_at = self._last_sent = float("inf")

    async def serve(self) -> None:
        """Answer the client until it goes, or is dropped."""
        self._last_sent = self._clock.monotonic()
        writer = asyncio.create_task(self._write())
        try:
            async for message in self._ws:
                if message.type in (WSMsgType.TEXT, WSMsgType.BINARY):
                    self._receive(message.data)
        finally:
            self._leave()
            for task in (writer, *self._posts):
                task.cancel()
            await asyncio.gather(writer, *self._posts, return_exceptions=True)

    def send(self, frames: list[Frame]) -> None:
        """Queue frames that go out together. A client that does not read is dropped, and stalls nobody."""
        now = self._clock.monotonic()
        due = now + self._faults.latency()
        for _, _, text in self._faults.frames(frames):
            self._queue.append((due, text))
            self._queued_bytes += len(text)
            self._last_sent = now
        self._waiting.set()
        if self._queued_bytes > self.visitor.limits.queue_bytes:
            self.abort()

    async def close(self, code: int, reason: str) -> None:
        """Say good-bye with a close frame."""
        await self._ws.close(code=code, message=reason.encode(), drain=False)

    def check(self, now: float) -> None:
        """Drop the socket if it named something wrong a moment ago, or has been sent nothing for too long."""
        if now >= self._doomed_at or now - self._last_sent >= self.visitor.limits.idle_seconds:
            self.abort()

    async def _write(self) -> None:
        while True:
            while self._queue:
                due, text = self._queue.popleft()
                self._queued_bytes -= len(text)
                if (wait := due - self._clock.monotonic()) > 0:
                    await self._clock.sleep(wait)
                await self._ws.send_frame(text, WSMsgType.BINARY if text[:1] == b"\0" else WSMsgType.TEXT)
            self._waiting.clear()
            await self._waiting.wait()

    def _leave(self) -> None:
        users = [one.user for one in self._subscriptions if one.user]
        self.visitor.close(self._clock.monotonic(), len(self._subscriptions), users)
        for subscription in self._subscriptions:
            self._hub.leave(self, subscription)

    def _tell(self, channel: str, data: Any) -> None:
        self.send([frame((channel, data))])

    def _receive(self, data: str | bytes) -> None:
        text = data if isinstance(data, str) else data.decode(errors="replace")
        if refusal := self.visitor.frame(self._clock.monotonic()):
            self._tell("error", refusal)
            return
        try:
            self._obey(msgspec.json.decode(text))
        except (msgspec.DecodeError, Unparseable, RecursionError):
            self._tell("error", f"Error parsing JSON into valid websocket request: {text}")

    def _obey(self, request: Any) -> None:
        match request:
            case {"method": "ping"}:
                self.send([("pong", "", b'{"channel":"pong"}')])
            case {"method": "subscribe", "subscription": raw}:
                self._subscribe(stream_names.parse(raw))
            case {"method": "unsubscribe", "subscription": raw}:
                self._unsubscribe(stream_names.parse(raw))
            case {
                "method": "post",
                "id": int(number),
                "request": {"type": "info" | "action" as kind, "payload": _},
            }:
                self._post(number, kind, request["request"]["payload"])
            case _:
                raise Unparseable("no such method")

    def _subscribe(self, wanted: Subscription) -> None:
        if self._faults.refuses(*wanted.kinds):
            raise Unparseable("refused by a fault")
        if stream_names.is_invalid(wanted):
            self._tell("error", f"Invalid subscription {wanted.text()}")
        elif stream_names.is_fatal(wanted, self._hub.world):
            self._doomed_at = self._clock.monotonic() + self._draw.uniform(*KILL_AFTER)
        elif wanted in self._subscriptions:
            self._tell("error", f"Already subscribed: {wanted.text()}")
        elif refusal := self._refusal(wanted):
            self._tell("error", refusal)
        else:
            self._subscriptions.add(wanted)
            self._acknowledge("subscribe", wanted)
            if not self._faults.silences(*wanted.kinds):
                self.send(self._hub.join(self, wanted))

    def _refusal(self, wanted: Subscription) -> str | None:
        users = self._faults.users(self.visitor.limits.users)
        return self.visitor.subscribe(self._clock.monotonic(), wanted.user, users)

    def _unsubscribe(self, unwanted: Subscription) -> None:
        if unwanted not in self._subscriptions:
            self._tell("error", f"Already unsubscribed: {unwanted.text()}")
            return
        self._subscriptions.remove(unwanted)
        self.visitor.unsubscribe(unwanted.user)
        self._hub.leave(self, unwanted)
        self._acknowledge("unsubscribe", unwanted)

    def _acknowledge(self, method: str, subscription: Subscription) -> None:
        self._tell("subscriptionResponse", {"method": method, "subscription": subscription.echo()})

    def _post(self, number: int, kind: str, payload: Any) -> None:
        if not self.visitor.post():
            self._tell("error", f"too many pending post requests id={number}")
            return
        task = asyncio.create_task(self._answer_post(number, kind, payload))
        self._posts.add(task)
        task.add_done_callback(self._end_post)

    def _end_post(self, task: asyncio.Task[None]) -> None:
        self._posts.discard(task)
        self.visitor.posts -= 1

    async def _answer_post(self, number: int, kind: str, payload: Any) -> None:
        await self._clock.sleep(self._draw.uniform(*POST_TAKES))
        if kind != "info":
            response: Any = {"type": "error", "payload": "422 only info requests are simulated"}
        elif (answer := await self._desk.answer(payload, self.visitor)).status != 200:
            response = {"type": "error", "payload": f"{answer.status} {answer.text}"}
        else:
            response = {"type": "info", "payload": {"type": payload["type"], "data": answer.data}}
        self._tell("post", {"id": number, "response": response})
