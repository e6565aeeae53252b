"""The simulated exchange as a server: ``/info``, ``/ws`` and ``/control`` on one loopback port.

It behaves as API.md sections 1, 2, 4 and 5 say, on the clock it is handed: with a ``FastClock``
everything, cadences and limits alike, runs that much faster. ``tick`` is one turn of its only loop.
"""

import asyncio
import contextlib
import logging
from random import Random

from aiohttp import web

from exchange.clock import Clock
from exchange.simulator import rest, server_control
from exchange.simulator.faults import Faults
from exchange.simulator.limits import Limits, Usage, Visitor
from exchange.simulator.sockets import Socket
from exchange.simulator.stream_hub import Hub
from exchange.simulator.world import World

log = logging.getLogger(__name__)

TICK_SECONDS = 0.05
"""Of the clock's time; several are taken together when the clock runs too fast for them."""
LAG_MS = 300
"""So much do the times in frames trail the clock (0.2 to 0.9 s, API.md section 4)."""
TOO_MANY = 1008


class SimulatedExchange:
    """A running exchange. ``usage`` says what its clients used; ``limits`` may be replaced at any time."""

    def __init__(
        self, world: World, clock: Clock, limits: Limits | None = None, faults: Faults | None = None,
        host: str = "127.0.0.1", port: int = 0,
    ) -> None:  # fmt: skip
        self.world = world
        self.clock = clock
        self.faults = faults or Faults(world.seed, clock.monotonic)
        self.usage = Usage()
        self.sockets: dict[Socket, None] = {}
        """In the order in which they came."""
        self._limits = limits or Limits()
        self._visitors: dict[str, Visitor] = {}
        self._hub = Hub(world, world.seed)
        self._desk = rest.Desk(world, self.faults, clock)
        self._draw = Random(f"server/{world.seed}")
        self._host, self._port = host, port
        self._runner: web.AppRunner | None = None
        self._turning: asyncio.Task[None] | None = None

    @property
    def url(self) -> str:
        """Where it listens, without a slash at the end."""
        return f"http://{self._host}:{self._port}"

    @property
    def ws_url(self) -> str:
        return f"ws://{self._host}:{self._port}/ws"

    @property
    def limits(self) -> Limits:
        return self._limits

    @limits.setter
    def limits(self, limits: Limits) -> None:
        self._limits = limits
        for visitor in self._visitors.values():
            visitor.limits = limits

    async def start(self) -> None:
        """Listen, and let time run."""
        app = web.Application(client_max_size=1 << 20)
        app.router.add_route("*", "/info", self._info)
        app.router.add_get("/ws", self._socket)
        server_control.add_routes(app, self)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0, handler_cancellation=True)
        await self._runner.setup()
        site = web.TCPSite(self._runner, self._host, self._port)
        await site.start()
        self._port = self._runner.addresses[0][1]
        self._turning = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """Drop all sockets and stop listening; an error of the loop is raised here."""
        if self._turning is None or self._runner is None:
            return
        self._turning.cancel()
        self._desk.closing.set()
        await self.disconnect()
        await self._runner.cleanup()
        with contextlib.suppress(asyncio.CancelledError):
            await self._turning
        self._turning = self._runner = None

    async def __aenter__(self) -> "SimulatedExchange":
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    def tick(self) -> None:
        """Bring the world up to the clock and send what is due."""
        for outbox in self._hub.step(self.clock.now_ms() - LAG_MS):
            for socket, frames in outbox.items():
                socket.send(frames)
        now = self.clock.monotonic()
        for socket in list(self.sockets):
            socket.check(now)

    async def disconnect(self, share: float = 1.0, code: int | None = None, most: int | None = None) -> int:
        """End a share of the sockets (``most``: so many), with a close code or (None) without a word."""
        chosen = [socket for socket in self.sockets if self._draw.random() < share][:most]
        for socket in chosen:
            if code is None:
                socket.abort()
            else:
                await socket.close(code, "Inactive")
        return len(chosen)

    async def _run(self) -> None:
        try:
            while True:
                self.tick()
                await self.clock.sleep(TICK_SECONDS)
        except Exception:
            log.exception("the simulated exchange has stopped")
            await self.disconnect()
            raise

    def _visitor(self, request: web.Request) -> Visitor:
        address = request.remote or ""
        return self._visitors.setdefault(address, Visitor(self._limits, self.usage))

    async def _info(self, request: web.Request) -> web.Response:
        return await rest.handle(request, self._desk, self._visitor)

    async def _socket(self, request: web.Request) -> web.StreamResponse:
        transport = request.transport
        if transport is None or self.faults.refuses_connection():
            return web.Response(status=503)
        ws = web.WebSocketResponse(compress=False, heartbeat=None)
        await ws.prepare(request)
        visitor = self._visitor(request)
        if refusal := visitor.open(self.clock.monotonic()):
            await ws.close(code=TOO_MANY, message=refusal.encode())
            return ws
        socket = Socket(ws, transport.abort, visitor, self._hub, self._desk, self.faults, self.clock, self._draw)
        self.sockets[socket] = None
        try:
            await socket.serve()
        finally:
            del self.sockets[socket]
        return ws
