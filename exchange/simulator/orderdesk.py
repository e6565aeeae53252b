"""Placing, cancelling and filling the cast's own orders, with everything that must be told about them."""

from exchange.simulator.accounts import Account
from exchange.simulator.figures import exact
from exchange.simulator.fills import Side
from exchange.simulator.happenings import CancelledByExchange, Notified
from exchange.simulator.market import Market
from exchange.simulator.matching import execute, sweep
from exchange.simulator.orderlog import remove, tell
from exchange.simulator.orders import Order, trimmed
from exchange.simulator.state import State


def new_order(state: State, market: Market, buy: bool, price: int, lots: int, kind: str = "Limit") -> Order:
    """An order of the present moment that nobody has placed yet."""
    tif = "FrontendMarket" if kind == "Market" else "Gtc"
    return Order(state.next_oid(), market.listing, buy, price, lots, state.now, lots, kind, tif)


def place(state: State, account: Account, market: Market, order: Order) -> None:
    """Let an order rest or wait for its trigger."""
    account.orders[order.oid] = order
    market.resting.append((account, order))
    state.watched[market.listing.name] = None
    tell(state, account, order, "open")


def cancel(state: State, account: Account, market: Market, order: Order, status: str = "canceled") -> None:
    remove(account, market, order)
    tell(state, account, order, status)
    if status != "canceled":
        row = {"coin": order.listing.name, "oid": order.oid}
        state.emit(CancelledByExchange(state.now, account.address, [row]))


def reject(state: State, account: Account, order: Order, status: str) -> None:
    """An order that the exchange did not take."""
    tell(state, account, order, status)


def market_order(
    state: State, account: Account, market: Market, buy: bool, lots: int, builder: bool = False
) -> Order:
    """Take ``lots`` from the book at once."""
    ladder = market.ladder
    touch = ladder.price(market.ask if buy else market.bid)
    worst = ladder.price(ladder.step(touch * (105 if buy else 95) // 100))
    order = new_order(state, market, buy, worst, lots, "Market")
    side = Side(buy=buy, crossed=True, oid=order.oid, builder=builder)
    sweep(state, market, account, side, lots)
    order.size = 0
    tell(state, account, order, "filled")
    return order


def fill_resting(state: State, account: Account, market: Market, order: Order, taker: Account) -> None:
    """A resting order meets a taker at its own price; its children begin to wait for their triggers."""
    maker = Side(buy=order.buy, crossed=False, oid=order.oid, cloid=order.cloid)
    against = Side(buy=not order.buy, crossed=True, oid=state.next_oid())
    lots = order.size
    remove(account, market, order)
    execute(
        state, market, market.ladder.step(order.price), lots, state.next_hash(), (taker, against), (account, maker)
    )
    state.touched[market.listing.name] = None
    order.size = 0
    tell(state, account, order, "filled")
    state.emit(Notified(state.now, account.address, bought_text(order, lots)))
    for child in order.children:
        place(state, account, market, child)


def bought_text(order: Order, lots: int) -> str:
    listing = order.listing
    verb = "Bought" if order.buy else "Sold"
    size = exact(lots, listing.sz_decimals)
    return f"Resting order filled: {verb} {size} {listing.name} at ${trimmed(order.price, listing.px_decimals)}"


def fire(state: State, account: Account, market: Market, order: Order) -> None:
    """A trigger is reached: close what there is to close; the sibling goes."""
    remove(account, market, order)
    position = account.positions.get(market.listing.name)
    held = position.size if position else 0
    tell(state, account, order, "triggered")
    if held == 0 or (held > 0) == order.buy:
        tell(state, account, order, "reduceOnlyCanceled")
        return
    lots = abs(held) if order.whole_position else min(abs(held), order.size)
    sweep(state, market, account, Side(buy=order.buy, crossed=True, oid=order.oid, cloid=order.cloid), lots)
    order.size = 0
    tell(state, account, order, "filled")
    for who, sibling in list(market.resting):
        if who is account and sibling.trigger and sibling.whole_position == order.whole_position:
            cancel(state, account, market, sibling, "siblingFilledCanceled")
