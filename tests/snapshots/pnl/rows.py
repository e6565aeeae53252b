"""Rows as the exchange would send them, written shortly: each fill starts where the last one of its coin ended."""

from collections import defaultdict
from decimal import Decimal
from typing import Any

import msgspec
from hypothesis import HealthCheck, settings

from exchange.wire.cashflows import FundingPayment, LedgerRow
from exchange.wire.fills import Fill, FillLiquidation, TwapSlice

D = Decimal
OWNER = "0x" + "a" * 40
OTHER = "0x" + "b" * 40
HOUR = 3_600_000
CALM = settings(deadline=None, max_examples=200, suppress_health_check=[HealthCheck.too_slow])
"""For generated cases: a slow machine is no reason to fail."""

PAIRS = {"@107": ("HYPE", "USDC"), "PURR/USDC": ("PURR", "USDC"), "@230": ("USDH", "USDC")}


class Trader:
    """Keeps positions, so that tests only say what was bought and sold. Times rise by a second a fill."""

    def __init__(self, time: int = 0) -> None:
        self.time = time
        self.held: dict[str, Decimal] = defaultdict(Decimal)
        self.fills: list[Fill] = []

    def buy(self, coin: str, size: Any, price: Any, **more: Any) -> Fill:
        return self._fill(coin, "B", D(str(size)), D(str(price)), **more)

    def sell(self, coin: str, size: Any, price: Any, **more: Any) -> Fill:
        return self._fill(coin, "A", D(str(size)), D(str(price)), **more)

    def _fill(
        self,
        coin: str,
        side: str,
        size: Decimal,
        price: Decimal,
        fee: Any = 0,
        fee_token: str = "USDC",
        at: int | None = None,
        closed: Any = 0,
        **more: Any,
    ) -> Fill:
        self.time = self.time + 1000 if at is None else at
        number = len(self.fills) + 1
        start = self.held[coin]
        fee = D(str(fee))
        in_coins = PAIRS.get(coin, ("",))[0] == fee_token
        self.held[coin] += (size if side == "B" else -size) - (fee if in_coins else 0)
        row = Fill(
            coin=coin, px=price, sz=size, side=side, time=self.time, start_position=start, dir=more.pop("dir", ""),
            closed_pnl=D(str(closed)), hash="0x0", oid=number, crossed=True, fee=fee, tid=100 + number,
            fee_token=fee_token, **more,
        )  # fmt: skip
        self.fills.append(row)
        return row


def liquidation(user: str, method: str = "market") -> FillLiquidation:
    return FillLiquidation(user, D(1), method)


def as_slice(fill: Fill, twap: int = 7) -> TwapSlice:
    return TwapSlice(fill, twap)


def funding(coin: str, usdc: Any, at: int, szi: Any = 1) -> FundingPayment:
    return FundingPayment(at, coin, D(str(usdc)), D(str(szi)), D("0.0001"))


def ledger(kind: str, time: int = 1, **delta: Any) -> LedgerRow:
    return msgspec.convert({"time": time, "hash": "0x0", "delta": {"type": kind, **delta}}, LedgerRow)
