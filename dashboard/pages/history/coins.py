"""Names and present prices of coins, from the markets that this process mirrors; without a feed names stay raw."""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import quote

from dashboard.mirror import mirror
from dashboard.pages.freshness import alarm
from snapshots.pnl.executions import USDC


class Coins:
    """The markets as they are now; one for each page."""

    def __init__(self) -> None:
        markets = mirror.snapshot("markets")
        self.rows: Mapping[str, Mapping[str, Any]] = markets.rows if markets else {}
        self.is_live = not alarm(mirror.status(), ("spot",))
        self.pairs: dict[str, tuple[str, str]] = {}
        self._spot: dict[str, str] = {}
        for name, row in self.rows.items():
            if row["kind"] == "spot" and "/" in row["label"]:
                self.pairs[name] = base, money = tuple(row["label"].split("/", 1))
                if money == USDC:
                    self._spot.setdefault(base, row["mark"])

    def label(self, coin: str) -> str:
        """``HYPE/USDC`` of ``@107``; the coin itself if nobody says."""
        row = self.rows.get(coin)
        return row["label"] if row else coin

    def base(self, coin: str) -> str:
        """What sizes are in: ``HYPE`` of ``@107``, ``GOLD`` of ``xyz:GOLD``."""
        return self.label(coin).rpartition(":")[2].partition("/")[0]

    def href(self, coin: str) -> str:
        """The market's page, or nothing for a coin that is not listed."""
        return f"/markets/{quote(coin, safe=':@')}/" if coin in self.rows else ""

    def named(self, text: str) -> str:
        """The coin that somebody means by a name, a label or one in other letters; what nobody knows stays."""
        if not text or text in self.rows:
            return text
        wanted = text.casefold()
        return next(
            (name for name, row in self.rows.items() if wanted in (name.casefold(), row["label"].casefold())), text
        )

    def price(self, token: str) -> Decimal | None:
        """USD of one token when prices were last heard: the mark of its spot pair with USDC; None without one."""
        if token == USDC:
            return Decimal(1)
        try:
            return Decimal(self._spot[token].replace(",", ""))
        except (KeyError, InvalidOperation):
            return None
