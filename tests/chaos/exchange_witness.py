"""Hears the exchange by a wire of its own that no fault touches: what was said, heard by the feed or not."""

import asyncio
import json
from collections.abc import Iterator
from typing import Any

from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException

COIN = "BTC"
ADDRESS = "127.0.0.2"
"""Limits of the exchange count by address: the witness must cost the feed nothing."""
TradeKey = tuple[int, int]
FillKey = tuple[int, str, int, int, str]


class ExchangeWitness:
    """``trades`` of one coin by (time, tid), and live ``fills`` of an account by the exchange's identity."""

    def __init__(self, port: int, account: str) -> None:
        self.address, self.account = f"ws://127.0.0.1:{port}/ws", account
        self.trades: set[TradeKey] = set()
        self.fills: set[FillKey] = set()

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            try:
                async with connect(self.address, max_size=None, local_addr=(ADDRESS, 0)) as socket:
                    for wanted in self._wanted():
                        await socket.send(json.dumps({"method": "subscribe", "subscription": wanted}))
                    async for frame in socket:
                        self._take(json.loads(frame))
            except (OSError, WebSocketException):
                await asyncio.sleep(0.2)

    def forget(self) -> None:
        """Begin anew: an exchange that was killed knows nothing any more of what it said."""
        self.trades.clear()
        self.fills.clear()

    def _wanted(self) -> Iterator[dict[str, str]]:
        yield {"type": "trades", "coin": COIN}
        yield {"type": "userFills", "user": self.account}

    def _take(self, frame: dict[str, Any]) -> None:
        data = frame.get("data")
        if frame["channel"] == "trades":
            self.trades |= {(one["time"], one["tid"]) for one in data}
        elif frame["channel"] == "userFills" and not data.get("isSnapshot"):
            self.fills |= {
                (one["time"], one["coin"], one["tid"], one["oid"], one["side"]) for one in data["fills"]
            }
