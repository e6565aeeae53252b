"""The Python servers of ``benchmarks.fanout``: run as a process, prints its port, sends what standard input asks.

``python -m benchmarks.fanout_server fast|plain|channels``: each line is the number of an update of 4 kB.
``fast`` and ``plain`` are our web process: updates come by the channel layer as from a feed (those due at
once in one message, as ``dashboard.publish`` gathers them), go through the mirror, and to the sockets by
one of the two ways of ``dashboard.lines``. ``channels`` is what the
Channels documentation shows: each browser's consumer joins a group, ``group_send`` reaches them through Redis.
"""

import os
import sys
import time

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dashboard.settings")

from daphne.server import Server, twisted_loop  # isort: skip - installs the reactor

import django

django.setup()

import asyncio

from channels.generic.websocket import AsyncWebsocketConsumer
from channels.layers import get_channel_layer
from django.core.cache import cache

from dashboard.asgi import application
from dashboard.consumer import fanout
from dashboard.groups import MIRRORS
from dashboard.mirror import mirror
from dashboard.server import WebServer
from exchange.board import Frame, _encode

PADDING = "x" * 3950
TOPIC = "book:BTC"


def update(number: int) -> bytes:
    """A frame of 4 kB as browsers get it, stamped with its number and the monotonic clock's ns."""
    row = {"stamp": f"{number:07d}-{time.monotonic_ns():019d}", "padding": PADDING}
    return _encode(Frame(TOPIC, 1, number, {"book": row}, time.time_ns() // 1_000_000, full=number == 1))


class Stand:
    """A server that hears numbers and sends updates."""

    def __init__(self) -> None:
        self.layer = get_channel_layer()
        self.wanted: asyncio.Queue[int] = asyncio.Queue()
        self.heard = b""
        self.tasks: list[asyncio.Task[None]] = []

    def ready(self) -> None:
        twisted_loop.add_reader(0, self.hear)
        self.tasks.append(twisted_loop.create_task(self.work()))
        sys.stdout.write(f"{self.server.listening_addresses[0][1]}\n")
        sys.stdout.flush()

    def hear(self) -> None:
        if not (read := os.read(0, 65536)):
            twisted_loop.remove_reader(0)
            self.server.stop()
        *lines, self.heard = (self.heard + read).split(b"\n")
        for line in lines:
            self.wanted.put_nowait(int(line))

    async def work(self) -> None:
        while True:
            numbers = [await self.wanted.get()]
            while not self.wanted.empty():
                numbers.append(self.wanted.get_nowait())
            await self.send(numbers)


class Ours(Stand):
    """Our web process, hearing a feed through Redis."""

    def __init__(self, plain: bool) -> None:
        super().__init__()
        self.server = WebServer(
            application, endpoints=["tcp:port=0:interface=127.0.0.1"], plain=plain, ready_callable=self.ready
        )

    def ready(self) -> None:
        super().ready()
        self.tasks += [twisted_loop.create_task(one) for one in (mirror.start(self.layer, cache), fanout.run())]

    async def send(self, numbers: list[int]) -> None:
        """With a word of the feed's own state, without which all browsers would hear that it is silent."""
        beat = _encode(Frame("status", 1, numbers[-1], {}, 0, full=True))
        changes = [["status", numbers[-1], True, beat]]
        changes += [[TOPIC, number, number == 1, update(number)] for number in numbers]
        await self.layer.group_send(MIRRORS, {"type": "board.changes", "epoch": 1, "changes": changes})


class Reader(AsyncWebsocketConsumer):
    """One browser, as in the tutorial of Channels."""

    async def connect(self) -> None:
        await self.channel_layer.group_add("readers", self.channel_name)
        await self.accept()

    async def disconnect(self, code: int) -> None:
        await self.channel_layer.group_discard("readers", self.channel_name)

    async def update(self, event: dict) -> None:
        await self.send(text_data=event["text"])


class Channels(Stand):
    """Daphne and Channels as they come."""

    def __init__(self) -> None:
        super().__init__()
        self.server = Server(
            Reader.as_asgi(), endpoints=["tcp:port=0:interface=127.0.0.1"], ready_callable=self.ready
        )

    async def send(self, numbers: list[int]) -> None:
        for number in numbers:
            await self.layer.group_send("readers", {"type": "update", "text": update(number).decode()})


if __name__ == "__main__":
    asyncio.set_event_loop(twisted_loop)
    stand = Channels() if sys.argv[1] == "channels" else Ours(plain=sys.argv[1] == "plain")
    stand.server.run()
