"""Figures of one market, as a Market knows them. Per cent where people read per cent; None is "not known"."""

from collections.abc import Callable
from decimal import Decimal

from alerts.metrics.metric import COIN, PERCENT, PRICE, SIGN, USD, Metric
from alerts.rule import ABOVE
from exchange.figures import HOURS_A_YEAR
from exchange.market import Market
from exchange.market_state import CoinState
from exchange.rows_market import best, open_interest_usd

HUNDRED = Decimal(100)

COIN_METRICS = (
    Metric("mark", "mark price", COIN, PRICE, "prices"),
    Metric("mid", "mid price", COIN, PRICE, "prices"),
    Metric("oracle", "oracle price", COIN, PRICE, "contexts"),
    Metric("last", "last traded price", COIN, PRICE, "trades"),
    Metric("change", "change of the mark price", COIN, PERCENT, "prices", is_windowed=True),
    Metric("move", "move either way of the mark price", COIN, PERCENT, "prices", is_windowed=True, only=ABOVE),
    Metric("funding", "hourly funding rate", COIN, PERCENT, "contexts"),
    Metric("funding_apr", "funding APR", COIN, PERCENT, "contexts"),
    Metric("funding_sign", "sign of the funding", COIN, SIGN, "contexts"),
    Metric("open_interest", "open interest", COIN, USD, "contexts"),
    Metric("open_interest_change", "change of the open interest", COIN, PERCENT, "contexts", is_windowed=True),
    Metric("open_interest_spike", "open interest above its average", COIN, PERCENT, "contexts", is_windowed=True),
    Metric("volume", "24 h volume", COIN, USD, "contexts"),
    Metric("volume_change", "change of the 24 h volume", COIN, PERCENT, "contexts", is_windowed=True),
    Metric("volume_spike", "24 h volume above its average", COIN, PERCENT, "contexts", is_windowed=True),
    Metric("premium", "premium", COIN, PERCENT, "contexts"),
    Metric("spread", "spread", COIN, PERCENT, "quotes"),
)

Compute = Callable[[CoinState, Market], Decimal | None]


def _percent(fraction: Decimal | None) -> Decimal | None:
    return None if fraction is None else fraction * HUNDRED


def _sign(state: CoinState, _market: Market) -> Decimal | None:
    """1, 0 or -1."""
    return None if state.funding is None else Decimal((state.funding > 0) - (state.funding < 0))


def _spread(state: CoinState, market: Market) -> Decimal | None:
    """Per cent of the mid between best bid and best ask; None while a side is empty."""
    name = state.coin.name
    bid, ask = best(market.books.get(name), market.quotes.get(name))
    return (ask - bid) / (ask + bid) * 200 if bid and ask else None


def _last(state: CoinState, market: Market) -> Decimal | None:
    tape = market.trades.get(state.coin.name)
    return tape[-1].px if tape else None


NOW: dict[str, Compute] = {
    "mark": lambda state, _: state.mark,
    "mid": lambda state, _: state.mid,
    "oracle": lambda state, _: state.oracle,
    "last": _last,
    "funding": lambda state, _: _percent(state.funding),
    "funding_apr": lambda state, _: None if state.funding is None else state.funding * HOURS_A_YEAR * HUNDRED,
    "funding_sign": _sign,
    "open_interest": lambda state, _: open_interest_usd(state),
    "volume": lambda state, _: state.day_volume,
    "premium": lambda state, _: _percent(state.premium),
    "spread": _spread,
}
"""What looks at one moment."""

OVER_TIME: dict[str, tuple[str, str]] = {
    "change": ("mark", "change"),
    "move": ("mark", "move"),
    "open_interest_change": ("coins", "change"),
    "open_interest_spike": ("coins", "spike"),
    "volume_change": ("volume", "change"),
    "volume_spike": ("volume", "spike"),
}
"""What looks at a window: of which figure, and how. Open interest in coins, or each price move would move it."""


def base_of(metric: str) -> Compute:
    """The figure that a windowed metric follows."""
    base = OVER_TIME[metric][0]
    return (lambda state, _: state.open_interest) if base == "coins" else NOW[base]
