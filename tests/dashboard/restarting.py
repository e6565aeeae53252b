"""Who is on the site while it restarts: visitors that ask again and again, and pages with a socket, like ours."""

import asyncio
import json
import random
import re
import time
from contextlib import suppress
from dataclasses import dataclass, field

from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake

PATHS = ("/markets/", "/api/health/live", "/alerts/", "/trades/large/")


@dataclass
class Visitors:
    """``answers`` by status, ``failures`` in words. Half of them keep their connection as long as they may."""

    port: int
    cookie: str
    answers: dict[int, int] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)
    last_ones: int = 0

    async def visit(self, keeps: bool) -> None:
        """Ask until cancelled."""
        connection = None
        for number in range(10**9):
            path = PATHS[number % len(PATHS)]
            try:
                connection = connection or await asyncio.open_connection("127.0.0.1", self.port)
                head = await self._ask(*connection, path, keeps)
            except (OSError, asyncio.IncompleteReadError, ValueError) as error:
                self.failures.append(f"{path}: {error!r}")
                head = "connection: close"
            if not keeps or "connection: close" in head:
                self.last_ones += keeps
                if connection:
                    connection[1].close()
                connection = None
            await asyncio.sleep(0.02)

    async def _ask(self, reader, writer, path: str, keeps: bool) -> str:
        """The head of a whole answer; ValueError for an answer that is none."""
        how = "keep-alive" if keeps else "close"
        names = {"Host": f"127.0.0.1:{self.port}", "Connection": how, "Cookie": self.cookie}
        lines = [f"GET {path} HTTP/1.1", *(f"{name}: {value}" for name, value in names.items())]
        writer.write("\r\n".join([*lines, "", ""]).encode())
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        status = int(head.split()[1])
        if found := re.search(r"content-length: (\d+)", head):
            await reader.readexactly(int(found[1]))
        else:
            await reader.readuntil(b"0\r\n\r\n")
        self.answers[status] = self.answers.get(status, 0) + 1
        if status >= 500:
            raise ValueError(f"status {status}")
        return head


@dataclass
class Lateness:
    """How late, in all, a task of this process came to its turn: the machine is busy with others."""

    seconds: float = 0.0

    async def measure(self) -> None:
        """Until cancelled."""
        while True:
            began = time.monotonic()
            await asyncio.sleep(0.02)
            self.seconds += max(0.0, time.monotonic() - began - 0.03)


@dataclass
class Page:
    """One page's socket: comes back as ``static/js/socket.js`` does. ``away``: seconds from each end to rows.

    What this process was ``late`` meanwhile does not count, once for itself and once for the server beside it.
    """

    port: int
    cookie: str
    late: Lateness
    closes: list[tuple[int, str]] = field(default_factory=list)
    away: list[float] = field(default_factory=list)
    back_at: list[float] = field(default_factory=list)
    seen: set[int] = field(default_factory=set)
    unacknowledged: int = 0
    _lost_at: float | None = None
    _late_at: float = 0.0

    async def stay(self) -> None:
        """Until cancelled."""
        while True:
            with suppress(OSError, InvalidHandshake):
                await self._converse()
            await asyncio.sleep(self._delay())

    async def _converse(self) -> None:
        origin, headers = f"http://127.0.0.1:{self.port}", {"Cookie": self.cookie}
        async with connect(
            f"ws://127.0.0.1:{self.port}/ws", origin=origin, additional_headers=headers, max_size=None
        ) as socket:
            await socket.send(json.dumps({"join": ["alerts", "status"]}))
            try:
                async for text in socket:
                    self._hear(json.loads(text))
            except ConnectionClosed:
                pass
        self._lost_at, self._late_at = time.monotonic(), self.late.seconds
        self.closes.append((socket.close_code or 0, socket.close_reason or ""))

    def _hear(self, frame: dict) -> None:
        if frame.get("topic") != "alerts" or "rows" not in frame:
            return
        if self._lost_at is not None:
            self.back_at.append(time.monotonic())
            self.away.append(self.back_at[-1] - self._lost_at - 2 * (self.late.seconds - self._late_at))
            self._lost_at = None
        self.unacknowledged = frame["rows"]["count"]["n"]
        self.seen |= {int(key) for key in frame["rows"] if key.isdigit()}

    def _delay(self) -> float:
        code, reason = self.closes[-1] if self.closes else (0, "")
        found = re.search(r"spread_ms=(\d+)", reason) if code == 1012 else None
        return random.random() * (int(found[1]) / 1000 if found else 1.0)
