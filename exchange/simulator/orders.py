"""Orders and TWAPs in the shapes of the wire (API.md sections 5 and 7)."""

from dataclasses import dataclass, field
from typing import Any

from exchange.simulator.figures import exact
from exchange.simulator.listing import Listing

Json = dict[str, Any]


@dataclass(slots=True)
class Order:
    """One order. Prices and sizes count the listing's units; ``trigger`` 0 means none."""

    oid: int
    listing: Listing
    buy: bool
    price: int
    size: int
    time: int
    original: int
    kind: str = "Limit"
    tif: str | None = "Gtc"
    trigger: int = 0
    above: bool = False
    reduce_only: bool = False
    whole_position: bool = False
    cloid: str | None = None
    status: str = "open"
    status_time: int = 0
    children: list["Order"] = field(default_factory=list)

    def brief(self) -> Json:
        """As in ``openOrders`` and ``orderUpdates``."""
        listing = self.listing
        row: Json = {
            "coin": listing.name,
            "side": "B" if self.buy else "A",
            "limitPx": exact(self.price, listing.px_decimals),
            "sz": exact(self.size, listing.sz_decimals),
            "oid": self.oid,
            "timestamp": self.time,
            "origSz": exact(self.original, listing.sz_decimals),
        }
        if self.cloid:
            row["cloid"] = self.cloid
        if self.reduce_only:
            row["reduceOnly"] = True
        return row

    def full(self) -> Json:
        """As in ``frontendOpenOrders`` and ``historicalOrders``."""
        decimals = self.listing.px_decimals
        condition = f"Price {'above' if self.above else 'below'} {trimmed(self.trigger, decimals)}"
        return self.brief() | {
            "triggerCondition": condition if self.trigger else "N/A",
            "isTrigger": bool(self.trigger),
            "triggerPx": exact(self.trigger, decimals),
            "children": [child.full() for child in self.children],
            "isPositionTpsl": self.whole_position,
            "reduceOnly": self.reduce_only,
            "orderType": self.kind,
            "tif": self.tif,
            "cloid": self.cloid,
        }

    def record(self) -> Json:
        return {"order": self.full(), "status": self.status, "statusTimestamp": self.status_time}

    def update(self) -> Json:
        return {"order": self.brief(), "status": self.status, "statusTimestamp": self.status_time}


def trimmed(price: int, decimals: int) -> str:
    """A price as inside ``triggerCondition``: whole numbers without ``.0``."""
    return exact(price, decimals).removesuffix(".0")


@dataclass(slots=True)
class Twap:
    """A time-weighted order that is cut into a market order every 30 s."""

    twap_id: int
    user: str
    listing: Listing
    buy: bool
    size: int
    minutes: int
    time: int
    randomize: bool = False
    reduce_only: bool = False
    done: int = 0
    notional: int = 0

    def state(self) -> Json:
        return {
            "coin": self.listing.name,
            "user": self.user,
            "side": "B" if self.buy else "A",
            "sz": exact(self.size, self.listing.sz_decimals),
            "executedSz": exact(self.done, self.listing.sz_decimals),
            "executedNtl": exact(self.notional, 6 if self.listing.kind == "perp" else 8),
            "minutes": self.minutes,
            "reduceOnly": self.reduce_only,
            "randomize": self.randomize,
            "timestamp": self.time,
            "trigger": None,
            "stopPx": None,
        }

    def history(self, time: int, status: str, description: str | None = None) -> Json:
        """A ``twapHistory`` row; its time counts seconds (API.md section 7)."""
        row: Json = {"status": status}
        if description:
            row["description"] = description
        return {"time": time // 1000, "state": self.state(), "status": row, "twapId": self.twap_id}
