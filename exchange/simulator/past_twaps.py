"""TWAPs that ran before the start; their slices are recorded apart from all other fills."""

from random import Random

from exchange.simulator.accounts import Account
from exchange.simulator.bars import MINUTE
from exchange.simulator.fills import NO_HASH, Print, Side, fill
from exchange.simulator.market import Market
from exchange.simulator.orders import Twap
from exchange.simulator.state import State
from exchange.simulator.twaps import SLICE_MS

SLICES = 10
LASTS_MS = SLICES * SLICE_MS + MINUTE


def run(state: State, account: Account, market: Market, minute: int, buy: bool, lots: int, rng: Random) -> None:
    """One finished TWAP of five minutes that was placed in ``minute``."""
    state.twap_count += 1
    began = minute + 300 + rng.randrange(9000)
    number = 2_042_000 + state.twap_count
    twap = Twap(number, account.address, market.listing, buy, lots * SLICES, SLICES * SLICE_MS // MINUTE, began)
    account.twap_log.append(twap.history(began, "activated"))
    time = began
    for _ in range(SLICES):
        time += SLICE_MS
        bar = market.candles.history.bar(time // MINUTE * MINUTE, MINUTE)
        if bar is None:
            break
        price = market.ladder.price(rng.randrange(bar.l, bar.h + 1))
        done = Print(time, price, lots, NO_HASH, rng.getrandbits(50))
        side = Side(buy=buy, crossed=True, oid=state.next_oid(), twap_id=number)
        row = fill(account, market.listing, done, side, state.token_names)
        account.slices.append({"fill": row, "twapId": number})
        twap.done += lots
        twap.notional += lots * price
    account.twap_log.append(twap.history(time, "finished" if twap.done == twap.size else "terminated"))
