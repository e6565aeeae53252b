"""Midnight UTC: spot remainders smaller than a lot are converted (API.md section 8)."""

from exchange.simulator.accounts import Account
from exchange.simulator.bars import DAY
from exchange.simulator.fills import NO_HASH, Print, convert_dust
from exchange.simulator.happenings import Filled
from exchange.simulator.market import Market
from exchange.simulator.state import State


def convert_all(state: State) -> None:
    """Convert the dust of the cast, and come back tomorrow."""
    state.schedule(state.now // DAY * DAY + DAY, convert_all)
    for account in state.cast:
        for market in state.alive:
            if market.listing.kind == "spot" and is_dust(account, market):
                done = Print(state.now, market.mark, 1, NO_HASH, 0)
                row = convert_dust(account, market.listing, done, state.next_oid(), state.token_names)
                account.fills.append(row)
                state.emit(Filled(state.now, account.address, row))


def is_dust(account: Account, market: Market) -> bool:
    """Whether the account holds less than one lot, but something."""
    balance = account.spot.get(market.listing.tokens[0])
    return balance is not None and 0 < balance.total < 10 ** (8 - market.listing.sz_decimals)
