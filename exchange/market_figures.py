"""How prices and contexts become a coin's figures; what changed is added to a set or said as True.

A price of 0 means that there is none (API.md sections 1 and 8: guard against "0.0").
"""

from collections.abc import Mapping
from decimal import Decimal

from exchange.events import Mids, Prices
from exchange.market_state import CoinState
from exchange.wire.market import PerpContext, SpotContext

FAST_RULES_MS = 3_000
"""So long after the one-second stream named a coin, slower streams' mark and mid of it are ignored:
they may be older, and the one-second stream, which sends changes only, would not repeat its own."""


def take_prices(coins: Mapping[str, CoinState], event: Prices, changed: set[str]) -> None:
    """The one-second stream. Unknown names (outcomes, new listings) are passed over: the feed sees to them."""
    at = event.received_at
    for name, mark in event.marks.items():
        if state := coins.get(name):
            state.prices_at = state.fast_at = at
            if state.mark != mark:
                state.mark = mark or None
                changed.add(name)
    for name, mid in event.mids.items():
        if state := coins.get(name):
            state.prices_at = state.fast_at = at
            if state.mid != mid:
                state.mid = mid or None
                changed.add(name)


def take_mids(coins: Mapping[str, CoinState], event: Mids, changed: set[str]) -> None:
    """The slower twin, which knows no marks; of delisted coins it has the last trade, which is no mid."""
    for name, mid in event.mids.items():
        state = coins.get(name)
        if state and not state.coin.is_delisted and _take_slow_prices(state, event.received_at, state.mark, mid):
            changed.add(name)


def take_context(state: CoinState, context: PerpContext | SpotContext, at: int) -> bool:
    """A context, wherever it comes from; spot pairs have no oracle, funding or open interest."""
    changed = _take_slow_prices(state, at, context.mark_px, context.mid_px)
    before = state.figures()
    state.context_at = at
    state.prev_day = context.prev_day_px or None
    state.day_volume, state.base_volume = context.day_ntl_vlm, context.day_base_vlm
    if isinstance(context, PerpContext):
        state.oracle = context.oracle_px or None
        state.open_interest, state.funding = context.open_interest, context.funding
        state.premium = context.premium
        state.impact = context.impact_pxs if context.impact_pxs and all(context.impact_pxs) else None
    return changed or state.figures() != before


def _take_slow_prices(state: CoinState, at: int, mark: Decimal | None, mid: Decimal | None) -> bool:
    if at - state.fast_at < FAST_RULES_MS:
        return False
    state.prices_at = at
    mark, mid = mark or None, mid or None
    if state.mark == mark and state.mid == mid:
        return False
    state.mark, state.mid = mark, mid
    return True
