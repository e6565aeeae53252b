"""What was earned, by anything: day, week, month, coin, dex, account; added up from the day results.

Amounts become USD at the rates that the caller has; what has no rate is left out and named.
"""

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import NamedTuple, TypeVar

from django.db.models import Max, Min

from snapshots import days
from snapshots.models import DayBook, DayResult
from snapshots.pnl.entries import RateOf
from snapshots.pnl.executions import USDC, ZERO, Pairs, dex_of, kind_of

K = TypeVar("K", bound=Hashable)


class Result(NamedTuple):
    """A day result with its account; ``token`` is what ``fees`` are in, empty for funding."""

    account: int
    day: date
    coin: str
    token: str
    fills: int
    volume: Decimal
    price_pnl: Decimal
    fees: Decimal
    fundings: int
    funding: Decimal


@dataclass(slots=True)
class Earned:
    """USD: ``net`` = ``price`` - ``fees`` + ``funding``. It came in ``tokens``; ``unpriced`` ones are left out."""

    price: Decimal = ZERO
    fees: Decimal = ZERO
    funding: Decimal = ZERO
    volume: Decimal = ZERO
    fills: int = 0
    payments: int = 0
    tokens: set[str] = field(default_factory=set)
    unpriced: set[str] = field(default_factory=set)

    @property
    def net(self) -> Decimal:
        return self.price - self.fees + self.funding

    def add(self, row: Result, money: str, rate_of: RateOf) -> None:
        """Take in one day of one coin whose PnL, funding and volume are in ``money``."""
        self.fills += row.fills
        self.payments += row.fundings
        if row.price_pnl or row.volume or row.funding:
            rate = self._rate(money, rate_of)
            self.price += row.price_pnl * rate
            self.volume += row.volume * rate
            self.funding += row.funding * rate
        if row.fees:
            self.fees += row.fees * self._rate(row.token or money, rate_of)

    def _rate(self, token: str, rate_of: RateOf) -> Decimal:
        rate = rate_of(token)
        (self.unpriced if rate is None else self.tokens).add(token)
        return ZERO if rate is None else rate


def bring_up_to_date(accounts: Iterable[int], zone: str) -> None:
    """Have the days of these accounts summed in this zone; one query where nothing is new."""
    wanted = set(accounts)
    books = DayBook.objects.filter(account__in=wanted, zone=zone).values_list("account", "dirty_from")
    ready = {account for account, dirty in books if dirty is None}
    for account in sorted(wanted - ready):
        days.book(account, zone)


def day_results(
    accounts: Sequence[int], zone: str, first: date | None, last: date | None, coin: str = ""
) -> list[Result]:
    """The days from ``first`` to ``last``, both included (None: no limit), oldest first; one query."""
    rows = DayResult.objects.days(list(accounts), zone, first or date.min, last or date.max)
    if coin:
        rows = rows.filter(coin=coin)
    names = ["book__account", *Result._fields[1:]]
    return [Result(*values) for values in rows.order_by("day", "coin").values_list(*names)]


def span_of(accounts: Sequence[int], zone: str) -> tuple[date | None, date | None]:
    """The first and the last day with a result; one query."""
    found = DayResult.objects.days(list(accounts), zone, date.min, date.max).aggregate(Min("day"), Max("day"))
    return found["day__min"], found["day__max"]


def money_of_coins(rows: Iterable[Result], pairs: Pairs) -> dict[str, str]:
    """The token that each coin's PnL and funding are in: a pair's quote, a dex's collateral, else USDC.

    A builder dex takes its fees in its collateral, so any of its rows with a fee tells.
    """
    coins: dict[str, str] = {}
    dexes: dict[str, str] = {}
    for row in rows:
        coins.setdefault(row.coin, "")
        if kind_of(row.coin) != "perp":
            coins[row.coin] = pairs.get(row.coin, ("", USDC))[1]
        elif row.token:
            coins[row.coin] = row.token
            dexes[dex_of(row.coin)] = row.token  # of the first dex it is USDC
    return {coin: token or dexes.get(dex_of(coin), USDC) for coin, token in coins.items()}


def collaterals(accounts: Sequence[int], zone: str, coins: Iterable[str]) -> dict[str, str]:
    """The token in which each of these perps of builder dexes is settled, as its fees told; one query."""
    rows = DayResult.objects.days(list(accounts), zone, date.min, date.max).filter(coin__in=set(coins))
    return dict(rows.exclude(token="").order_by().values_list("coin", "token").distinct())


def earned_by(
    rows: Iterable[Result], key: Callable[[Result], K], money: Mapping[str, str], rate_of: RateOf
) -> dict[K, Earned]:
    """Totals for each value of ``key``, in the order in which they first come up."""
    totals: dict[K, Earned] = {}
    for row in rows:
        totals.setdefault(key(row), Earned()).add(row, money.get(row.coin, USDC), rate_of)
    return totals


def max_drawdown(nets: Iterable[Decimal]) -> Decimal:
    """The most that the running sum ever was below its own peak, 0 or more; nets in order of time."""
    peak = total = worst = ZERO
    for net in nets:
        total += net
        peak = max(peak, total)
        worst = max(worst, peak - total)
    return worst
