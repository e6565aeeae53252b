"""Account values, margins and liquidation prices. Money is millionths of a dollar."""

from dataclasses import dataclass

from exchange.simulator.accounts import Account
from exchange.simulator.market import Market
from exchange.simulator.positions import Position
from exchange.simulator.state import State

FARTHEST = 20
"""A liquidation price this many times the mark counts as unreachable: null on the wire."""


@dataclass(frozen=True, slots=True)
class Sums:
    """One margin summary: ``value = raw + Σ size × mark``."""

    value: int = 0
    notional: int = 0
    raw: int = 0
    used: int = 0

    def __add__(self, other: "Sums") -> "Sums":
        return Sums(
            self.value + other.value, self.notional + other.notional, self.raw + other.raw, self.used + other.used
        )


def settled(account: Account, dex: str) -> int:
    """Perp money of a dex without unrealised profit: what a pooled account shows in its spot total."""
    cash = account.cash.get(dex, 0)
    for position in account.held(dex):
        cash += position.cash + (position.cost if position.size > 0 else -position.cost)
    return cash


def maintenance(position: Position, market: Market) -> int:
    return position.value(market.mark) // (2 * market.listing.max_leverage)


def isolated_sums(state: State, account: Account, dex: str) -> Sums:
    total = Sums()
    for position in account.held(dex):
        if position.isolated:
            mark = state.markets[position.coin].mark
            value = position.cash + position.size * mark
            total += Sums(value, position.value(mark), position.cash, value)
    return total


def cross_sums(state: State, account: Account, dex: str) -> Sums:
    """The cross part; of a pooled account only what its positions use (its money is in the spot state)."""
    notional = signed = used = 0
    for position in account.held(dex):
        if not position.isolated:
            mark = state.markets[position.coin].mark
            notional += position.value(mark)
            signed += position.size * mark
            used += position.value(mark) // position.leverage
    raw = used - signed if account.pooled else account.cash.get(dex, 0)
    return Sums(raw + signed, notional, raw, used)


def cross_maintenance(state: State, account: Account, dex: str) -> int:
    return sum(maintenance(p, state.markets[p.coin]) for p in account.held(dex) if not p.isolated)


def backing(state: State, account: Account, dex: str) -> int:
    """What stands behind the cross positions of a dex."""
    if not account.pooled:
        return cross_sums(state, account, dex).value
    profit = sum(p.profit(state.markets[p.coin].mark) for each in state.dexes for p in account.held(each))
    total = account.balance(0).total // 100 + sum(settled(account, each) for each in state.dexes) + profit
    return total + loan_value(state, account) if account.mode == "portfolioMargin" else total


def loan_value(state: State, account: Account) -> int:
    """Half of the HYPE that a portfolio-margin account holds counts as collateral."""
    hype = state.markets.get("@107")
    if hype is None:
        return 0
    return int(
        account.balance(hype.listing.tokens[0]).total * hype.mark // 10 ** (10 - hype.listing.sz_decimals) // 2
    )


def liquidation_price(state: State, account: Account, position: Position) -> float | None:
    """The mark, in price units, at which the position's margin would be gone; None when unreachable."""
    market = state.markets[position.coin]
    dex = market.listing.dex
    if position.isolated:
        spare = position.cash + position.size * market.mark - maintenance(position, market)
    else:
        spare = backing(state, account, dex) - cross_maintenance(state, account, dex)
    direction = 1 if position.size > 0 else -1
    share = 1 / (2 * market.listing.max_leverage)
    price = market.mark - direction * spare / abs(position.size) / (1 - share * direction)
    return price if 0 < price < FARTHEST * market.mark else None


def withdrawable(state: State, account: Account, dex: str) -> int:
    if account.pooled:
        return 0
    cross = cross_sums(state, account, dex)
    return max(0, cross.value - cross.used)
