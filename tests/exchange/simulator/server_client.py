"""A bare client for talking to a simulated exchange in tests, and a running exchange to talk to."""

import asyncio
import base64
import json
import threading
import zlib
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import aiohttp

from exchange.clock import ManualClock
from exchange.simulator import cast
from exchange.simulator.limits import Limits
from exchange.simulator.server import SimulatedExchange
from exchange.simulator.world import World
from tests.exchange.patient_clock import PatientClock
from tests.exchange.simulator import worlds

PATIENCE = 5.0


class Talk:
    """One socket. ``hear`` and ``flush`` return decoded frames."""

    def __init__(self, ws: aiohttp.ClientWebSocketResponse) -> None:
        self.ws = ws

    async def say(self, frame: Any) -> None:
        await self.ws.send_str(frame if isinstance(frame, str) else json.dumps(frame))

    async def hear(self) -> Any:
        """The next frame."""
        return json.loads(await asyncio.wait_for(self.ws.receive_str(), PATIENCE))

    async def ask(self, method: str, **subscription: Any) -> Any:
        """(Un)subscribe and return the next frame."""
        await self.say({"method": method, "subscription": subscription})
        return await self.hear()

    async def subscribe(self, **subscription: Any) -> None:
        """Subscribe; the acknowledgement must be the next frame."""
        answer = await self.ask("subscribe", **subscription)
        assert answer["channel"] == "subscriptionResponse", answer

    async def flush(self) -> list[Any]:
        """Every frame that was sent until now."""
        await self.say({"method": "ping"})
        frames = []
        while (frame := await self.hear()) != {"channel": "pong"}:
            frames.append(frame)
        return frames

    async def ended(self) -> int | None:
        """Read until the socket ends; the close code, 1006 if there was no close frame."""
        while not self.ws.closed:
            await asyncio.wait_for(self.ws.receive(), PATIENCE)
        return self.ws.close_code


class Stage:
    """A running exchange on a clock that the test turns."""

    def __init__(self, exchange: SimulatedExchange, clock: ManualClock, http: aiohttp.ClientSession) -> None:
        self.exchange, self.clock, self.http = exchange, clock, http

    async def info(self, body: Any) -> tuple[int, Any]:
        """Status and decoded JSON of an info call."""
        async with self.http.post(f"{self.exchange.url}/info", json=body) as answer:
            return answer.status, json.loads(await answer.read())

    @asynccontextmanager
    async def talk(self) -> AsyncIterator[Talk]:
        async with self.http.ws_connect(self.exchange.ws_url, autoping=False) as ws:
            yield Talk(ws)

    async def pass_time(self, seconds: float) -> None:
        """Let so much of the exchange's time pass, and the sockets breathe."""
        for _ in range(round(seconds / 0.05)):
            await self.clock.advance(0.05)
            await asyncio.sleep(0)

    async def settle(self) -> None:
        """Let what is under way on the loopback arrive."""
        for _ in range(5):
            await asyncio.sleep(0.005)


@asynccontextmanager
async def stage(world: World, limits: Limits | None = None) -> AsyncIterator[Stage]:
    """An exchange that starts where ``world`` stands, on a clock that stands still."""
    clock = ManualClock(world.now_ms)
    async with SimulatedExchange(world, clock, limits) as exchange, aiohttp.ClientSession() as http:
        yield Stage(exchange, clock, http)


def inflate(data: str) -> Any:
    """What ``fastAssetCtxs`` holds."""
    return json.loads(zlib.decompress(base64.b64decode(data), -15))


@contextmanager
def running(speed: float) -> Iterator[dict[str, Any]]:
    """A simulated exchange without limits on a thread of its own, for clients that are not asyncio's.

    Gives its addresses, start and some names that exist in it.
    """
    world = worlds.small()
    loop = asyncio.new_event_loop()
    exchange = SimulatedExchange(world, PatientClock(world.now_ms, speed), Limits.none())
    place = names_in(world) | {"start": world.now_ms}
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        asyncio.run_coroutine_threadsafe(exchange.start(), loop).result(10)
        yield place | {"url": exchange.url, "ws_url": exchange.ws_url}
        asyncio.run_coroutine_threadsafe(exchange.stop(), loop).result(10)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def names_in(world: World) -> dict[str, Any]:
    """Some names that exist in a world."""
    universe = world.info({"type": "meta"})["universe"]
    orders = world.info({"type": "historicalOrders", "user": cast.TRADER})
    return {
        "coins": sorted(world.coins()),
        "dexes": world.dexes(),
        "delisted": next(asset["name"] for asset in universe if asset.get("isDelisted")),
        "token_id": world.info({"type": "spotMeta"})["tokens"][1]["tokenId"],
        "oid": orders[0]["order"]["oid"],
    }
