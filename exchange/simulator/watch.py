"""What the exchange watches in every block: resting orders, triggers, margins."""

from exchange.simulator import margin
from exchange.simulator.accounts import Account, dex_of
from exchange.simulator.cashflow import enter
from exchange.simulator.figures import exact, usd
from exchange.simulator.fills import Side
from exchange.simulator.happenings import Liquidated
from exchange.simulator.market import Market
from exchange.simulator.matching import other, sweep
from exchange.simulator.orderdesk import cancel, fill_resting, fire
from exchange.simulator.orderlog import tell
from exchange.simulator.orders import Order
from exchange.simulator.positions import Position
from exchange.simulator.state import State


def orders(state: State) -> None:
    """Fill resting orders that the book has reached, fire triggers that the mark has reached."""
    for coin in list(state.watched):
        market = state.markets[coin]
        for account, order in list(market.resting):
            if order.oid not in account.orders:
                continue
            if order.trigger:
                if market.mark >= order.trigger if order.above else market.mark <= order.trigger:
                    fire(state, account, market, order)
            elif reached(market, order):
                fill_resting(state, account, market, order, other(state, market, account, not order.buy))
        if not market.resting:
            del state.watched[coin]


def reached(market: Market, order: Order) -> bool:
    step = market.ladder.step(order.price)
    return market.ask <= step if order.buy else market.bid >= step


def liquidations(state: State) -> None:
    """Close what no longer has its maintenance margin: in every block of the risky, in turn of the others."""
    state.turn = (state.turn + 1) % len(state.cast)
    for account in (*state.risky, state.cast[state.turn]):
        for dex in {dex_of(position.coin): None for position in account.positions.values() if position.size}:
            for held in sunk(state, account, dex):
                liquidate(state, account, dex, held)


def sunk(state: State, account: Account, dex: str) -> list[list[Position]]:
    """Groups of positions that have lost their margin: the cross ones together, each isolated one alone."""
    positions = account.held(dex)
    cross = [p for p in positions if not p.isolated]
    groups = [[p] for p in positions if p.isolated and isolated_is_sunk(state, p)]
    if cross and margin.backing(state, account, dex) < margin.cross_maintenance(state, account, dex):
        groups.append(cross)
    return groups


def isolated_is_sunk(state: State, position: Position) -> bool:
    market = state.markets[position.coin]
    return position.cash + position.size * market.mark < margin.maintenance(position, market)


def liquidate(state: State, account: Account, dex: str, held: list[Position]) -> None:
    """Sell the positions into the book; both sides' fills carry ``liquidation`` (API.md section 8)."""
    isolated = held[0].isolated
    value = margin.isolated_sums(state, account, dex).value if isolated else margin.backing(state, account, dex)
    notional = sum(p.value(state.markets[p.coin].mark) for p in held)
    named = [{"coin": p.coin, "szi": exact(p.size, state.markets[p.coin].listing.sz_decimals)} for p in held]
    cancel_all(state, account, dex)
    for position in held:
        close(state, account, state.markets[position.coin], position)
    delta = {
        "type": "liquidation",
        "liquidatedNtlPos": usd(notional),
        "accountValue": usd(value),
        "leverageType": "Isolated" if isolated else "Cross",
        "liquidatedPositions": named,
    }
    enter(state, account, state.now, delta, dex=dex)
    report = {
        "lid": state.rng.getrandbits(40),
        "liquidator": "0x0000000000000000000000000000000000000000",
        "liquidated_user": account.address,
        "liquidated_ntl_pos": usd(notional),
        "liquidated_account_value": usd(value),
    }
    state.emit(Liquidated(state.now, account.address, report))


def cancel_all(state: State, account: Account, dex: str) -> None:
    for order in list(account.orders.values()):
        if order.listing.dex == dex and order.listing.kind == "perp":
            cancel(state, account, state.markets[order.listing.name], order, "liquidatedCanceled")


def close(state: State, account: Account, market: Market, position: Position) -> None:
    listing = market.listing
    mark = exact(market.mark, listing.px_decimals)
    liquidation = {"liquidatedUser": account.address, "markPx": mark, "method": "market"}
    buy, lots = position.size < 0, abs(position.size)
    order = Order(
        state.next_oid(), listing, buy, market.mark, lots, state.now, lots, "Market", "LiquidationMarket"
    )
    order.reduce_only = True
    sweep(state, market, account, Side(buy=buy, crossed=True, oid=order.oid), lots, liquidation=liquidation)
    order.size = 0
    tell(state, account, order, "filled")
