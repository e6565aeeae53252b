"""TWAPs: a market order every 30 s whose fills are not in ``userFills`` (API.md section 9)."""

from functools import partial

from exchange.simulator.accounts import Account
from exchange.simulator.bars import MINUTE
from exchange.simulator.fills import NO_HASH, Side
from exchange.simulator.happenings import TwapChanged
from exchange.simulator.market import Market
from exchange.simulator.matching import sweep
from exchange.simulator.orders import Twap
from exchange.simulator.state import State

SLICE_MS = 30_000
REST_MS = 4 * MINUTE


def start(state: State, account: Account, market: Market, buy: bool, lots: int, minutes: int) -> Twap:
    """Begin a TWAP; its slices are on the agenda until it is done."""
    state.twap_count += 1
    twap = Twap(2_081_000 + state.twap_count, account.address, market.listing, buy, lots, minutes, state.now)
    account.twaps[twap.twap_id] = twap
    tell(state, account, twap, "activated")
    state.schedule(state.now + SLICE_MS, partial(slice_of, account=account, market=market, twap=twap))
    return twap


def slice_of(state: State, account: Account, market: Market, twap: Twap) -> None:
    """One slice, then the next one's appointment or the end."""
    slices = twap.minutes * MINUTE // SLICE_MS
    lots = min(twap.size - twap.done, max(1, twap.size // slices))
    side = Side(buy=twap.buy, crossed=True, oid=state.next_oid(), twap_id=twap.twap_id)
    for done in sweep(state, market, account, side, lots, hash_=NO_HASH):
        twap.done += done.lots
        twap.notional += done.lots * done.price
    if twap.done < twap.size:
        state.schedule(state.now + SLICE_MS, partial(slice_of, account=account, market=market, twap=twap))
    else:
        del account.twaps[twap.twap_id]
        tell(state, account, twap, "finished")


def tell(state: State, account: Account, twap: Twap, status: str) -> None:
    row = twap.history(state.now, status)
    account.twap_log.append(row)
    state.emit(TwapChanged(state.now, account.address, row))
