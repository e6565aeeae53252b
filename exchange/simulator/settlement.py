"""The full hour: funding is fixed for every perp and paid by every holder."""

from exchange.simulator.accounts import Account
from exchange.simulator.figures import exact
from exchange.simulator.fills import NO_HASH
from exchange.simulator.funding import SCALE, Row
from exchange.simulator.happenings import FundingPaid, Json
from exchange.simulator.listing import Listing
from exchange.simulator.market import Market
from exchange.simulator.state import State


def average_premium(market: Market) -> float:
    """Mean of this hour's samples so far; 0 before the first."""
    return market.premium_sum / market.premium_count if market.premium_count else 0.0


def pay_funding(state: State, hour: int) -> None:
    """Book the hour that ended at ``hour``; rows are stamped a few ms after it."""
    time = state.funding.stamp(hour)
    rows: dict[str, Row] = {}
    for market in state.perps:
        row = state.funding.row(time, average_premium(market), market.listing)
        state.funding.live.setdefault(market.listing.name, []).append(row)
        rows[market.listing.name] = row
        market.premium_sum, market.premium_count = 0.0, 0
    for account in state.accounts.values():
        for coin, position in account.positions.items():
            if position.size:
                market = state.markets[coin]
                paid = pay(account, market.listing, market.oracle, rows[coin])
                state.emit(FundingPaid(time, account.address, socket_row(paid)))


def pay(account: Account, listing: Listing, oracle: int, row: Row) -> Json:
    """One holder's payment for one hour, booked and recorded in REST shape (API.md section 7)."""
    time, rate, _ = row
    position = account.positions[listing.name]
    paid = round(position.size * oracle * rate / SCALE)
    position.fund(paid)
    account.perp_effects.append((time, "", 0, -paid, 0))
    if position.isolated:
        position.cash -= paid
    else:
        account.cash[listing.dex] = account.cash.get(listing.dex, 0) - paid
    delta = {
        "type": "funding",
        "coin": listing.name,
        "usdc": exact(-paid, 6),
        "szi": exact(position.size, listing.sz_decimals),
        "fundingRate": exact(rate, 10),
        "nSamples": None,
    }
    entry = {"time": time, "hash": NO_HASH, "delta": delta}
    account.fundings.append(entry)
    return entry


def socket_row(entry: Json) -> Json:
    """The same payment as the socket writes it: no hash, no delta."""
    delta = {key: value for key, value in entry["delta"].items() if key != "type"}
    return {"time": entry["time"], **delta}
