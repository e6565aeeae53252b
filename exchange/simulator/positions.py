"""One perp position and the arithmetic of a fill on it. Money is millionths of a dollar."""

from dataclasses import dataclass


@dataclass(slots=True)
class Position:
    """``size`` counts signed lots; ``cost`` is what the open part was bought or sold for (positive).

    An isolated position carries its own cash; ``funding_*`` are positive when the user paid
    (API.md section 8, opposite in sign to ``userFunding.usdc``).
    """

    coin: str
    leverage: int
    isolated: bool = False
    size: int = 0
    cost: int = 0
    cash: int = 0
    funding_all: int = 0
    funding_open: int = 0
    funding_change: int = 0

    def value(self, mark: int) -> int:
        return abs(self.size) * mark

    def profit(self, mark: int) -> int:
        """Unrealised profit at ``mark``."""
        gain = abs(self.size) * mark - self.cost
        return gain if self.size > 0 else -gain

    def trade(self, signed: int, price: int) -> int:
        """Apply a fill of ``signed`` lots; returns ``closedPnl``, before fees.

        As the exchange does, it takes the average entry cut off to a price's decimals (R: ten recorded accounts),
        while ``cost`` stays exact: closed profits do not quite add up to the money.
        """
        start = self.size
        closing = min(abs(start), abs(signed)) if start * signed < 0 else 0
        closed_cost = self.cost * closing // abs(start) if closing else 0
        gain = closing * (price - self.cost // abs(start)) if closing else 0
        self.size = start + signed
        if start and start * self.size <= 0:
            self.cost = abs(self.size) * price
            self.funding_open = 0
        else:
            self.cost += (abs(signed) * price) if not closing else -closed_cost
        self.funding_change = 0
        return gain if start > 0 else -gain

    def fund(self, paid: int) -> None:
        """Book ``paid`` (negative: received)."""
        self.funding_all += paid
        self.funding_open += paid
        self.funding_change += paid


def direction(start: int, signed: int) -> str:
    """The ``dir`` of a perp fill."""
    if start * signed >= 0:
        return "Open Long" if signed > 0 else "Open Short"
    if abs(signed) > abs(start):
        return "Short > Long" if signed > 0 else "Long > Short"
    return "Close Short" if signed > 0 else "Close Long"
