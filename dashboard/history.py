"""History: candles, funding and portfolios of the past, by REST, within the budget, in the cache for everybody.

A page's chart begins with what is here and goes on with the live topic, so candles need to be read anew
only once per bar. When the exchange or the budget says no, older rows are served and say how old they are.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import quote

from django.core.cache import cache

from dashboard import network
from exchange.errors import BudgetExhausted, ExchangeError
from exchange.info import HOUR, INTERVAL_MS, InfoClient

BARS = 600
"""Candles of one chart: one call of weight 30 (API.md section 2)."""
FUNDING_HOURS = 7 * 24
"""Rows of funding history: one call of weight 29."""
PAID_AFTER_MS = 20_000
"""A payment is stamped up to 118 ms after the hour (API.md section 6); some time later it can be read."""
PORTFOLIO_MS = 10 * 60_000
"""The exchange samples it every two hours at best."""
KEPT_S = 24 * 3600
FOREVER_MS = 10**15
"""What is over does not change."""
MOST_CANDLES = 4_900
"""The exchange keeps its newest 5,000 of each interval (API.md section 6)."""
MOST_HELD = 64
"""Pasts that a process keeps besides: some 100 kB each, and the very same object says that nothing is new."""


Read = Callable[[InfoClient, int], list[Any]]


class NoHistory(Exception):
    """There are no rows to show; the message says why, ``retry_after`` (seconds) when to ask again."""

    def __init__(self, message: str, retry_after: float = 10.0) -> None:
        super().__init__(message)
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True, eq=False)
class Past:
    """Rows as they were read at ``as_of`` (Unix ms); ``problem`` says why there are no newer ones, if so.

    Told apart by identity, so that what is made of one can be kept for as long as it is served.
    """

    rows: Sequence[Any]
    as_of: int
    problem: str = ""


class History:
    """One per process: ``from dashboard.history import history``. ``connect`` makes its client, once needed."""

    def __init__(self, connect: Callable[[], InfoClient]) -> None:
        self._connect = connect
        self._client: InfoClient | None = None
        self._asking: dict[str, asyncio.Task[Past]] = {}
        self._held: dict[str, Past] = {}

    async def candles(self, coin: str, interval: str) -> Past:
        """Bars [open time ms, open, high, low, close, volume] oldest first, for a chart; raises NoHistory."""
        length = INTERVAL_MS[interval]

        def read(client: InfoClient, now: int) -> list[list[float]]:
            bars = client.candles(coin, interval, max(0, now - BARS * length))
            return [[bar.t, *map(float, (bar.o, bar.h, bar.l, bar.c, bar.v))] for bar in bars]

        return await self._past(f"candles {coin} {interval}", min(length, HOUR), read)

    async def stretch(self, coin: str, start: int, end: int | None) -> Past:
        """The finest ``Candle`` rows, oldest first, that one call gives of a time; raises NoHistory.

        Without an ``end`` (Unix ms) they reach to now, and are read anew when a bar is over.
        """
        now = self._connected().clock.now_ms()
        interval = finest(start, now if end is None else end, now)
        if interval is None:
            raise NoHistory("The exchange keeps no candles that are this old.")

        def read(client: InfoClient, now: int) -> list[Any]:
            return list(client.candles(coin, interval, start, now if end is None else end))

        name = f"stretch {coin} {interval} {start} {end or ''}"
        return await self._past(name, INTERVAL_MS[interval] if end is None else FOREVER_MS, read)

    async def bars(self, coin: str, interval: str, count: int) -> Past:
        """The newest ``count`` ``Candle`` rows, oldest first, read anew when a bar is over; raises NoHistory."""
        length = INTERVAL_MS[interval]

        def read(client: InfoClient, now: int) -> list[Any]:
            return list(client.candles(coin, interval, max(0, now - count * length)))

        return await self._past(f"bars {coin} {interval} {count}", length, read)

    async def funding(self, coin: str) -> Past:
        """``FundingRate`` rows of each hour, oldest first; raises NoHistory."""

        def read(client: InfoClient, now: int) -> list[Any]:
            return list(client.funding_history(coin, now - FUNDING_HOURS * HOUR))

        return await self._past(f"funding {coin}", HOUR, read, PAID_AFTER_MS)

    async def portfolio(self, address: str) -> Past:
        """``portfolio`` of one account, read anew every ten minutes: its windows as rows; raises NoHistory."""

        def read(client: InfoClient, now: int) -> list[Any]:
            return list(client.portfolio(address))

        return await self._past(f"portfolio {address}", PORTFOLIO_MS, read)

    async def _past(self, name: str, row_ms: int, read: Read, after_ms: int = 0) -> Past:
        """What is held while no new row can have been made since; else read once, however many ask."""
        client, key = self._connected(), f"history:{quote(name, safe='')}"
        now = client.clock.now_ms()

        def is_newest(past: Past | None) -> bool:
            return past is not None and (now - after_ms) // row_ms == (past.as_of - after_ms) // row_ms

        held = self._held.get(key)
        if held is None or not is_newest(held):
            held = await cache.aget(key)
        if held and is_newest(held):
            return self._hold(key, held)
        if key not in self._asking:
            self._asking[key] = asyncio.create_task(self._read(key, client, now, read))
            self._asking[key].add_done_callback(partial(self._asked, key))
        return await self._or_held(asyncio.shield(self._asking[key]), held)

    def _asked(self, key: str, task: "asyncio.Task[Past]") -> None:
        """Who asked may have left: an error that then nobody looks at would end the process."""
        self._asking.pop(key, None)
        if not task.cancelled():
            task.exception()

    def _hold(self, key: str, past: Past) -> Past:
        self._held.pop(key, None)
        self._held[key] = past
        if len(self._held) > MOST_HELD:
            del self._held[next(iter(self._held))]
        return past

    def _connected(self) -> InfoClient:
        try:
            self._client = self._client or self._connect()
        except network.NoAddress as error:
            raise NoHistory("This process knows no exchange to ask.") from error
        return self._client

    async def _read(self, key: str, client: InfoClient, now: int, read: Read) -> Past:
        past = Past(await asyncio.to_thread(read, client, now), now)
        await cache.aset(key, past, KEPT_S)
        return self._hold(key, past)

    async def _or_held(self, asked: Awaitable[Past], held: Past | None) -> Past:
        try:
            return await asked
        except BudgetExhausted as failure:
            problem = NoHistory("The budget for the exchange is used up for the moment.", failure.retry_after)
        except ExchangeError:
            problem = NoHistory("The exchange does not answer.")
        if held is None:
            raise problem
        return Past(held.rows, held.as_of, str(problem))


def finest(start: int, end: int, now: int) -> str | None:
    """The shortest interval of which a time has at most BARS candles that the exchange still keeps, or None."""
    for interval, length in INTERVAL_MS.items():
        if end - start <= BARS * length and start >= now - MOST_CANDLES * length:
            return interval
    return None


def connect() -> InfoClient:
    """Somebody waits for a page: rather say soon that there is nothing than try long."""
    client = network.info("pages")
    client.tries, client.patience, client.timeout = 2, 3.0, (2.0, 5.0)
    return client


history = History(connect)
