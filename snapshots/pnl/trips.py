"""Round trips: from flat to flat, coin by coin (API.md section 8).

A flip ends one trip and begins the next, its fee shared by size. A trip is ``cut_off`` when its beginning
is not in the record: its entry then follows from the exchange's own ``closedPnl`` as soon as something was
closed. It has ``holes`` when a fill did not start where the last one ended (fills are missing, or on spot
tokens were moved). Spot is flat below a dollar.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from exchange.wire.cashflows import FundingPayment
from snapshots.pnl.executions import ZERO, Execution
from snapshots.pnl.position import Part, Position, positions


@dataclass(frozen=True, slots=True)
class Trip:
    """One round trip; amounts in ``quote``, sizes in coins, times Unix ms.

    ``opened`` is the first fill that is known, ``closed`` None while it is open. ``price_pnl`` is what the
    closed part earned before fees: exactly the money of its fills once the trip is over. None: not known
    (cut off, and nothing was closed yet). ``funding`` is positive when received. ``first`` is
    the first fill's (tid, oid): ``key`` names the trip as long as no older fill of it appears.
    """

    coin: str
    kind: str
    dex: str
    quote: str
    side: str
    opened: int
    closed: int | None
    size: Decimal
    peak: Decimal
    entry: Decimal | None
    exit: Decimal | None
    price_pnl: Decimal | None
    fees: Decimal
    builder_fees: Decimal
    funding: Decimal
    cut_off: bool
    holes: bool
    liquidated: bool
    ways: frozenset[str]
    first: tuple[int, int]
    parts: tuple[Part, ...]

    @property
    def key(self) -> str:
        """A name for notes. It has the side, as a flip can be the first known fill of two trips."""
        return f"{self.coin}|{self.side}|{self.opened}|{self.first[0]}|{self.first[1]}"

    @property
    def net(self) -> Decimal | None:
        """Price PnL less fees, with funding."""
        return None if self.price_pnl is None else self.price_pnl - self.fees + self.funding

    @property
    def duration(self) -> int | None:
        """Milliseconds from the first known fill to the last, None while open."""
        return None if self.closed is None else self.closed - self.opened

    @property
    def is_whole(self) -> bool:
        """Over, and every fill of it is known: what statistics may count."""
        return self.closed is not None and not self.cut_off and not self.holes


def round_trips(executions: Iterable[Execution], fundings: Iterable[FundingPayment] = ()) -> list[Trip]:
    """All trips in executions as ``executions()`` orders them, by opening; open ones included."""
    paid: dict[str, list[FundingPayment]] = defaultdict(list)
    for payment in sorted(fundings, key=lambda payment: payment.time):
        paid[payment.coin].append(payment)
    trips: list[Trip] = []
    for lives in positions(executions):
        coin = lives[0].parts[0].execution.coin
        shares = _fundings(lives, paid.get(coin, []))
        trips += [_trip(life, funding) for life, funding in zip(lives, shares, strict=True)]
    return sorted(trips, key=lambda trip: (trip.opened, trip.coin))


def _fundings(lives: Sequence[Position], payments: Sequence[FundingPayment]) -> list[Decimal]:
    """What each position received, every payment once: one at the moment of a flip goes by its side."""
    sums, at = [ZERO] * len(lives), 0
    for number, life in enumerate(lives):
        since = 0 if life.cut_off and number == 0 else life.opened
        until = life.closed
        if until is None and number + 1 < len(lives):  # nobody saw how it ended
            until = lives[number + 1].opened
        while at < len(payments) and (until is None or payments[at].time <= until):
            payment = payments[at]
            is_own = payment.szi * life.sign > 0
            if payment.time == until and not is_own:
                break
            if is_own and payment.time >= since:
                sums[number] += payment.usdc
            at += 1
    return sums


def _trip(life: Position, funding: Decimal) -> Trip:
    first = life.parts[0].execution
    return Trip(
        coin=first.coin,
        kind=first.kind,
        dex=first.dex,
        quote=first.quote,
        side="long" if life.sign > 0 else "short",
        opened=life.opened,
        closed=life.closed,
        size=life.entered,
        peak=life.peak,
        entry=life.entry,
        exit=life.exit,
        price_pnl=life.profit,
        fees=life.fees,
        builder_fees=life.builder_fees,
        funding=funding,
        cut_off=life.cut_off,
        holes=life.holes,
        liquidated=any(part.execution.liquidation == "victim" for part in life.parts),
        ways=frozenset(part.execution.how for part in life.parts),
        first=(first.fill.tid or 0, first.fill.oid),
        parts=tuple(life.parts),
    )
