"""What stands before several web processes: it asks each whether it is ready, and cuts off one that is not."""

import asyncio
from itertools import cycle

from tests.chaos.background import Background
from tests.chaos.proxy import Address, Proxy

EVERY_S = 0.5
PATIENCE_S = 3.0
QUESTION = b"GET /api/health/ready HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"


class Balancer(Proxy):
    """In turn to those that are ready, as the load balancers do that people put there."""

    def __init__(self, background: Background, ports: list[int], port: int) -> None:
        super().__init__(background, "", port)
        self.upstreams: list[Address] = [("127.0.0.1", port) for port in ports]
        self.ready: set[Address] = set()
        self._turn = cycle(self.upstreams)

    def start(self) -> None:
        """Listen, and go on asking."""
        super().start()
        for upstream in self.upstreams:
            self.background.spawn(self._watch(upstream))

    async def choose(self) -> Address:
        for _ in self.upstreams:
            if (upstream := next(self._turn)) in self.ready:
                return upstream
        raise ConnectionError("nobody is ready")

    async def _watch(self, upstream: Address) -> None:
        while True:
            if await self._is_ready(upstream):
                self.ready.add(upstream)
            elif upstream in self.ready:
                self.ready.discard(upstream)
                await self._kick(upstream)
            await asyncio.sleep(EVERY_S)

    @staticmethod
    async def _is_ready(upstream: Address) -> bool:
        try:
            async with asyncio.timeout(PATIENCE_S):
                reader, writer = await asyncio.open_connection(*upstream)
                try:
                    writer.write(QUESTION)
                    return b" 200 " in await reader.readline()
                finally:
                    writer.transport.abort()
        except (OSError, TimeoutError):
            return False
