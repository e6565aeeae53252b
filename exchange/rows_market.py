"""Rows of ``markets`` and ``market:<coin>``, from what the Market knows of a coin. Fields: ``rows.py``."""

from decimal import Decimal
from urllib.parse import quote

from exchange import figures
from exchange.market_state import CoinState
from exchange.rows import NONE, Row
from exchange.universe import Coin
from exchange.wire.market import BestQuotes, Book, Level


def markets_static(coin: Coin) -> Row:
    """The fields that change only with the universe."""
    return {
        "coin": coin.name,
        "label": coin.label,
        "dex": coin.dex,
        "kind": coin.kind,
        "category": coin.category,
        "delisted": coin.is_delisted,
        "max_leverage": coin.max_leverage,
        "href": f"/markets/{quote(coin.name, safe='@:/')}/",
    }


def markets_live(state: CoinState) -> Row:
    """The fields that move; open interest in USD is coins times mark (API.md section 8)."""
    mark, funding = state.mark, state.funding
    change = change_of(state)
    interest = open_interest_usd(state)
    return {
        "mark": figures.price(mark, state.coin.max_price_decimals),
        "change": figures.percent(change),
        "volume": figures.usd(state.day_volume),
        "oi": figures.usd(interest),
        "funding": figures.percent(funding, 4),
        "apr": figures.percent(None if funding is None else funding * figures.HOURS_A_YEAR),
        "premium": figures.percent(state.premium, 4),
        "n_mark": figures.number(mark),
        "n_change": figures.number(change),
        "n_volume": figures.number(state.day_volume),
        "n_oi": figures.number(interest),
        "n_funding": figures.number(funding),
        "n_premium": figures.number(state.premium),
    }


def change_of(state: CoinState) -> Decimal | None:
    """Change of the mark over 24 h as a fraction; None without a price of then (API.md section 8: guard 0)."""
    if state.mark is None or not state.prev_day:
        return None
    return state.mark / state.prev_day - 1


def open_interest_usd(state: CoinState) -> Decimal | None:
    """Open interest at the mark, one-sided as the exchange counts it."""
    if state.open_interest is None or state.mark is None:
        return None
    return state.open_interest * state.mark


def market(state: CoinState, book: Book | None, quotes: BestQuotes | None) -> Row:
    """One market's header figures: the table's row and more detail."""
    coin, most = state.coin, state.coin.max_price_decimals
    bid, ask = best(book, quotes)
    moved = state.mark - state.prev_day if state.mark is not None and state.prev_day else None
    base = coin.label.rpartition(":")[2].partition("/")[0]
    return {
        **markets_static(coin),
        **markets_live(state),
        "oracle": figures.price(state.oracle, most),
        "mid": figures.price(state.mid, most),
        "change_abs": figures.difference(moved),
        "prev_day": figures.price(state.prev_day, most),
        "volume_full": figures.usd_full(state.day_volume),
        "volume_base": figures.amount(state.base_volume, base),
        "oi_base": figures.amount(state.open_interest, base),
        "oi_full": figures.usd_full(open_interest_usd(state)),
        "bid": figures.price(bid, most),
        "ask": figures.price(ask, most),
        **spread(bid, ask),
        "leverage": f"{coin.max_leverage}×" if coin.max_leverage else NONE,
        "quote": coin.quote,
        "sz_decimals": coin.sz_decimals,
        "px_decimals": most,
        "prices_at": state.prices_at,
        "context_at": state.context_at,
    }


def best(book: Book | None, quotes: BestQuotes | None) -> tuple[Decimal | None, Decimal | None]:
    """Best bid and ask, of the newer of the two; None on a side without orders."""
    if quotes is not None and (book is None or quotes.time >= book.time):
        sides: list[Level | None] = [*quotes.bbo, None, None]
        return tuple(side.px if side else None for side in sides[:2])  # type: ignore[return-value]
    if book is None:
        return None, None
    bids, asks = book.levels
    return (bids[0].px if bids else None, asks[0].px if asks else None)


def spread(bid: Decimal | None, ask: Decimal | None) -> Row:
    """Distance of ask and bid in the quote currency and as a share of their middle."""
    if bid is None or ask is None or bid + ask <= 0:
        return {"spread": NONE, "spread_pct": NONE}
    gap = ask - bid
    return {
        "spread": figures.exact(gap),
        "spread_pct": figures.plain_percent(gap * 2 / (bid + ask)),
    }
