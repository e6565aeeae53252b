"""Markets and events for the Board's tests: a small universe, and strategies for whatever may happen to it."""

from decimal import Decimal

from hypothesis import strategies as st

from exchange import events
from exchange.universe import Coin, Universe
from exchange.wire import market as wire

NAMES = ("BTC", "xyz:SP500", "@107", "PURR/USDC")
TOPICS = [f"{kind}:{name}" for kind in ("market", "book", "trades") for name in NAMES]
TOPICS += [f"candle:{name}:1m" for name in NAMES]


def universe(names=NAMES) -> Universe:
    """Two perps of two dexes and two spot pairs."""
    coins = {}
    for position, name in enumerate(names):
        kind = "spot" if "@" in name or "/" in name else "perp"
        dex = name.partition(":")[0] if ":" in name else ""
        coins[name] = Coin(name, name, kind, dex, position, 2, 0 if kind == "spot" else 40)
    return Universe(coins)


amounts = st.decimals(min_value="0.01", max_value="99999", places=2)
maybe = st.none() | amounts
names = st.sampled_from(NAMES)
times = st.integers(1_700_000_000_000, 1_700_000_060_000)
levels = st.lists(st.builds(wire.Level, amounts, amounts, st.integers(1, 9)), max_size=4)

quotes = st.lists(st.none() | st.builds(wire.Level, amounts, amounts, st.just(1)), max_size=2)


@st.composite
def contexts(draw):
    return wire.PerpContext(
        funding=draw(st.decimals(-1, 1, places=6)),
        open_interest=draw(amounts),
        prev_day_px=draw(amounts | st.just(Decimal(0))),
        day_ntl_vlm=draw(amounts),
        oracle_px=draw(amounts),
        mark_px=draw(amounts),
        mid_px=draw(maybe),
        premium=draw(st.none() | st.decimals(-1, 1, places=6)),
    )


@st.composite
def candles(draw):
    opened = 1_700_000_000_000 // 60_000 * 60_000 + 60_000 * draw(st.integers(0, 6))
    o, c, h, l, v = (draw(amounts) for _ in range(5))
    return wire.Candle(opened, opened + 59_999, draw(names), "1m", o, c, h, l, v, 3)


trades = st.builds(wire.Trade, st.just(""), st.sampled_from("AB"), amounts, amounts, times, st.integers(1, 200))

anything = st.one_of(
    st.builds(events.Prices, times, st.dictionaries(names, amounts), st.dictionaries(names, maybe)),
    st.builds(events.CoinContext, times, names, contexts()),
    st.builds(events.BookChanged, times, st.builds(wire.Book, names, times, st.tuples(levels, levels))),
    st.builds(events.QuotesChanged, times, st.builds(wire.BestQuotes, names, times, quotes)),
    st.builds(events.Traded, times, names, st.lists(trades, min_size=1, max_size=90)),
    st.builds(events.CandleChanged, times, candles()),
    st.builds(events.UniverseChanged, times, st.lists(names, min_size=1, unique=True).map(universe)),
    st.builds(
        events.StreamState, times, st.sampled_from(["prices", "book:BTC"]), st.sampled_from(["live", "stale"])
    ),
    st.builds(events.StreamState, times, st.sampled_from(["book:BTC", "trades:@107"]), st.just("ended")),
    st.builds(events.Connected, times, st.just("market-1")),
    st.builds(events.Disconnected, times, st.just("market-1"), st.just("gone"), st.none()),
    st.builds(events.Gap, times, st.just("trades:BTC"), times, times, st.just("reconnected")),
)
