"""Where an order's changes of status are written down and told."""

from exchange.simulator.accounts import Account
from exchange.simulator.happenings import OrderChanged
from exchange.simulator.market import Market
from exchange.simulator.orders import Order
from exchange.simulator.state import State


def tell(state: State, account: Account, order: Order, status: str) -> None:
    """Set an order's status, keep the record and say so."""
    order.status, order.status_time = status, state.now
    record = order.record()
    account.order_log.append(record)
    state.emit(OrderChanged(state.now, account.address, order.update(), record))


def remove(account: Account, market: Market, order: Order) -> None:
    del account.orders[order.oid]
    market.resting = [(who, other) for who, other in market.resting if other is not order]


def reduce(state: State, account: Account, market: Market, order: Order, lots: int) -> None:
    """Take filled lots off a resting order; an empty one is filled and gone."""
    order.size -= lots
    if order.size == 0:
        remove(account, market, order)
        tell(state, account, order, "filled")
