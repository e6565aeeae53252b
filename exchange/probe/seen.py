"""Seen: the evidence that checks share. Everything is asked for once, by whoever needs it first."""

import asyncio
from dataclasses import dataclass
from typing import Any

from exchange.budget import Budget
from exchange.clock import Clock
from exchange.probe.allowance import FEATURE, RENEW_EVERY, Allowance
from exchange.probe.asking import Desk, Unreachable
from exchange.probe.heard import Heard, sort_out
from exchange.probe.listening import Line
from exchange.probe.names import Names, learn
from exchange.probe.outcome import NotSeen
from exchange.probe.rest_types import BY_ID as BY_TYPE
from exchange.probe.shape import is_odd
from exchange.probe.streams import BY_ID

HELLO = {"type": "exchangeStatus"}


@dataclass(frozen=True, slots=True)
class Network:
    """Where to ask: REST address without ``/info``, socket address, an account and a vault to look at."""

    url: str
    ws_url: str
    user: str
    vault: str = ""


class Seen:
    """Evidence about one network: ``began`` in Unix ms, and listened to for ``seconds``."""

    def __init__(self, network: Network, clock: Clock, budget: Budget, seconds: float = 60.0) -> None:
        self.network = network
        self.clock = clock
        self.allowance = Allowance(budget)
        self.seconds = seconds
        self.desk = Desk(network.url, clock, self.allowance)
        self.names = Names(user=network.user, vault=network.vault)
        self.began = clock.now_ms()
        self._lines: dict[str, asyncio.Task[Line]] = {}
        self._odd: dict[int, bool] = {}
        self._heard: dict[str, Heard] = {}
        self._turns: dict[str, asyncio.Lock] = {}
        self._ends = 0.0
        self._renewing: asyncio.Task[None] | None = None

    async def begin(self) -> None:
        """Say hello and learn names; raises Unreachable when nobody answers. The window begins now."""
        await self.desk.open()
        try:
            await self.desk.reply(HELLO)
        except NotSeen as why:
            raise Unreachable(str(why)) from why
        self.names = await learn(self.answer, self.names)
        self._ends = self.clock.monotonic() + self.seconds
        self._renewing = asyncio.create_task(self._renew())

    async def end(self) -> None:
        """Hang up everywhere."""
        if self._renewing is not None:
            self._renewing.cancel()
        for task in self._lines.values():
            if not task.done():
                task.cancel()
        for line in await asyncio.gather(*self._lines.values(), return_exceptions=True):
            if isinstance(line, Line):
                await line.close()
        await self.desk.close()

    async def answer(self, **body: Any) -> Any:
        """The JSON of a good answer in the known shape; NotSeen for any other (the type's own check tells why)."""
        answer = await self.desk.answer(body)
        known = BY_TYPE.get(body["type"])
        if known is not None and self._is_odd(known.shape, answer):
            raise NotSeen(f"an answer of another shape, see rest.{body['type']}")
        return answer

    def _is_odd(self, shape: Any, answer: Any) -> bool:
        """Whether an answer has problems, found out once; the answers live as long as we do."""
        if id(answer) not in self._odd:
            self._odd[id(answer)] = is_odd(shape, answer)
        return self._odd[id(answer)]

    def name(self, what: str) -> str:
        """A name that is needed; NotSeen if this network has none."""
        found: str = getattr(self.names, what)
        if not found:
            raise NotSeen(f"this network showed no {what.replace('_', ' ')}")
        return found

    async def line(self, name: str, pings: bool = True) -> Line:
        """The socket of that name, opened by whoever asks first."""
        if name not in self._lines:
            self._lines[name] = asyncio.create_task(self._open(name, pings))
        try:
            return await asyncio.shield(self._lines[name])
        except Unreachable as why:
            raise NotSeen(str(why)) from why

    def turn(self, line: str) -> asyncio.Lock:
        """Who asks something of a socket whose answers do not say what they answer, takes turns."""
        return self._turns.setdefault(line, asyncio.Lock())

    async def until(self, share: float = 1.0) -> None:
        """Wait until a share of the window is over."""
        left = self._ends - self.seconds * (1 - share) - self.clock.monotonic()
        await self.clock.sleep(max(0.0, left))

    async def hear(self, id: str) -> Heard:
        """Subscribe to one of our streams and listen to the end of the window."""
        stream = BY_ID[id]
        for need in stream.needs:
            self.name(need)
        line = await self.line(stream.line)
        asked = await line.subscribe(stream.subscription(self.names))
        await self.until()
        if id not in self._heard:
            self._heard[id] = sort_out(stream, line, asked)
        return self._heard[id]

    async def _renew(self) -> None:
        """Keep what is held of the budget; what it has taken back is hung up."""
        while self.allowance.renew():
            await self.clock.sleep(RENEW_EVERY)
        for task in self._lines.values():
            await (await task).close()

    async def _open(self, name: str, pings: bool) -> Line:
        line = Line(f"{FEATURE}/{name}", self.network.ws_url, self.clock, self.allowance, pings)
        await line.open()
        return line
