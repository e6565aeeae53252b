"""Price PnL, fees and funding as single entries, summed by anything: day, coin, dex, wallet.

The price PnL of an entry is what its fill realised of the coins that it closed, at their average entry:
the same figures that trips are made of, so days and trips add up to the same money.
"""

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TypeVar

from exchange.equity import CollateralOf, usdc_everywhere
from exchange.wire.cashflows import FundingPayment
from snapshots.pnl.executions import USDC, ZERO, Execution, dex_of
from snapshots.pnl.position import positions

K = TypeVar("K", bound=Hashable)
RateOf = Callable[[str], Decimal | None]
"""USD of one token, None if nobody says."""


@dataclass(frozen=True, slots=True, eq=False)
class Entry:
    """One fill's or payment's part in the result, in ``token``; ``volume`` is the money traded."""

    time: int
    wallet: str
    coin: str
    dex: str
    token: str
    price: Decimal = ZERO
    fee: Decimal = ZERO
    funding: Decimal = ZERO
    volume: Decimal = ZERO


@dataclass(slots=True)
class Sums:
    """Totals in USD: ``net`` = ``price`` - ``fees`` + ``funding``. ``unpriced`` tokens are left out."""

    price: Decimal = ZERO
    fees: Decimal = ZERO
    funding: Decimal = ZERO
    volume: Decimal = ZERO
    entries: int = 0
    unpriced: set[str] = field(default_factory=set)

    @property
    def net(self) -> Decimal:
        return self.price - self.fees + self.funding

    def add(self, entry: Entry, rate: Decimal | None) -> None:
        """Take in an entry at ``rate`` USD a token."""
        if rate is None:
            self.unpriced.add(entry.token)
            return
        self.price += entry.price * rate
        self.fees += entry.fee * rate
        self.funding += entry.funding * rate
        self.volume += entry.volume * rate
        self.entries += 1


def usdc_only(token: str) -> Decimal | None:
    """The rate of USDC, and of nothing else."""
    return Decimal(1) if token == USDC else None


def entries(
    executions: Iterable[Execution],
    fundings: Iterable[FundingPayment] = (),
    wallet: str = "",
    collateral_of: CollateralOf = usdc_everywhere,
) -> list[Entry]:
    """Entries of one wallet, oldest first. ``collateral_of`` a dex is the token its funding is paid in."""
    parts = [part for lives in positions(executions) for life in lives for part in life.parts]
    found = [
        Entry(row.time, wallet, row.coin, row.dex, row.quote, part.gain, part.fee, ZERO, abs(part.cash))
        for part in parts
        if (row := part.execution)
    ]
    for payment in fundings:
        dex = dex_of(payment.coin)
        found.append(Entry(payment.time, wallet, payment.coin, dex, collateral_of(dex), funding=payment.usdc))
    return sorted(found, key=lambda entry: entry.time)


def sum_by(rows: Iterable[Entry], key: Callable[[Entry], K], rate_of: RateOf = usdc_only) -> dict[K, Sums]:
    """Totals for each value of ``key``, in the order in which they first come up."""
    totals: dict[K, Sums] = {}
    rates: dict[str, Decimal | None] = {}
    for entry in rows:
        if entry.token not in rates:
            rates[entry.token] = rate_of(entry.token)
        totals.setdefault(key(entry), Sums()).add(entry, rates[entry.token])
    return totals
