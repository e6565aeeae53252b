"""A real web server with a Board of our own behind it, for conversations: run as a process.

``python -m tests.dashboard.board_server [plain]`` prints its port, and then obeys lines on standard
input, each a JSON list: the name of a method of ``Stand`` and its arguments. ``plain`` takes away the fast
way to the socket, so that the same tests prove both equal.
"""

import os
import sys

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dashboard.settings")

import django

django.setup()

import asyncio
import json
import resource
from decimal import Decimal

from channels.layers import InMemoryChannelLayer
from daphne.server import twisted_loop
from django.core.cache import cache

from dashboard.asgi import application
from dashboard.consumer import fanout
from dashboard.endings import SERVICE_RESTART
from dashboard.mirror import mirror
from dashboard.publish import Publisher
from dashboard.server import WebServer
from exchange import events
from exchange.board import Board
from exchange.clock import SystemClock
from exchange.demand import Demand
from exchange.market import Market
from tests.exchange.board_events import universe
from tests.exchange.test_board import NOW, book


class Stand:
    """Feed and web in one process."""

    def __init__(self, plain: bool) -> None:
        clock = SystemClock()
        self.market = Market()
        self.market.apply(events.UniverseChanged(NOW, universe()))
        self.layer = InMemoryChannelLayer()
        self.board = Board(self.market, clock, "simulated", 1)
        self.publisher = Publisher(self.board, Demand(clock, grace=1.0), self.layer, cache, clock)
        self.server = WebServer(
            application,
            endpoints=["tcp:port=0:interface=127.0.0.1"],
            plain=plain,
            on_stop=self.stop,
            ready_callable=self.ready,
        )
        self.tasks: list[asyncio.Task] = []
        self.heard = b""

    def ready(self) -> None:
        self.say(self.server.listening_addresses[0][1])
        twisted_loop.add_reader(0, self.obey)
        work = (mirror.start(self.layer, cache), fanout.run(), self.publisher.run(), self.publisher.listen())
        self.tasks = [twisted_loop.create_task(one) for one in work]

    async def stop(self) -> None:
        endings = self.server.endings
        await endings.close_ports()
        await endings.requests_answered()
        fanout.close_all(SERVICE_RESTART, "restarting, come back")
        await endings.sockets_closed()
        for task in self.tasks:
            task.cancel()

    def obey(self) -> None:
        """All lines that have come: one left in a buffer would not wake the loop again."""
        read = os.read(0, 1 << 20)
        if not read:
            self.server.stop()
            twisted_loop.remove_reader(0)
            return
        *lines, self.heard = (self.heard + read).split(b"\n")
        for line in lines:
            word, *rest = json.loads(line)
            getattr(self, word)(*rest)

    def mark(self, coin: str, price: str) -> None:
        self.market.apply(events.Prices(NOW, {coin: Decimal(price)}, {}))

    def grow(self, time: int, text: str) -> None:
        """A row as large as wanted."""
        self.market.apply(events.Disconnected(NOW + time, "market", text, None))

    def book(self, coin: str, time: int) -> None:
        self.market.apply(book(coin, time))

    def silence(self) -> None:
        self.tasks[2].cancel()

    def stats(self) -> None:
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        self.say({"browsers": len(fanout.browsers), "evicted": fanout.evicted, "memory": memory})

    def fresh(self, topic: str) -> None:
        self.say(self.board.fresh(topic))

    def say(self, what: object) -> None:
        sys.stdout.write(json.dumps(what) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    asyncio.set_event_loop(twisted_loop)
    Stand("plain" in sys.argv).server.run()
