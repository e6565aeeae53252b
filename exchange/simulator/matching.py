"""Trades: every execution touches the tape, the candles, both accounts and the book, in that order."""

from exchange.simulator.accounts import Account
from exchange.simulator.book import level, side
from exchange.simulator.figures import exact
from exchange.simulator.fills import Print, Side, fill
from exchange.simulator.happenings import Filled, Json, PositionChanged, SliceFilled
from exchange.simulator.market import Market
from exchange.simulator.orderlog import reduce
from exchange.simulator.orders import Order
from exchange.simulator.state import State

MOST_PRINTS = 6
MAKERS_LIMIT = 400_000
"""Dollars that a market maker holds of one coin at most, by its own choice."""


def execute(
    state: State,
    market: Market,
    step: int,
    lots: int,
    hash_: str,
    taker: tuple[Account, Side],
    maker: tuple[Account, Side],
    liquidation: Json | None = None,
) -> Print:
    """One execution at a step of the ladder."""
    listing = market.listing
    price = market.ladder.price(step)
    done = Print(state.now, price, lots, hash_, state.rng.getrandbits(50), liquidation)
    market.last = step
    market.candles.trade(state.now, step, lots)
    market.count(state.now, lots, price * lots)
    buyer, seller = (taker, maker) if taker[1].buy else (maker, taker)
    row = {
        "coin": listing.name,
        "side": "B" if taker[1].buy else "A",
        "px": exact(price, listing.px_decimals),
        "sz": exact(lots, listing.sz_decimals),
        "time": done.time,
        "hash": hash_,
        "tid": done.tid,
        "users": [buyer[0].address, seller[0].address],
    }
    market.tape.append(row)
    state.tape.setdefault(listing.name, []).append(row)
    for account, its in (maker, taker):
        book_fill(state, market, account, done, its)
    return done


def book_fill(state: State, market: Market, account: Account, done: Print, its: Side) -> None:
    """One side's account: the fill, the open interest that it makes or ends, and who must hear of it."""
    listing = market.listing
    before = long_size(account, listing.name)
    row = fill(account, listing, done, its, state.token_names)
    if listing.kind == "perp":
        market.open_interest += long_size(account, listing.name) - before
        state.emit(PositionChanged(done.time, account.address, listing.dex, listing.name))
    if its.twap_id is None:
        account.fills.append(row)
        state.emit(Filled(done.time, account.address, row))
    else:
        slice_row = {"fill": row, "twapId": its.twap_id}
        account.slices.append(slice_row)
        state.emit(SliceFilled(done.time, account.address, slice_row))


def long_size(account: Account, coin: str) -> int:
    position = account.positions.get(coin)
    return max(0, position.size) if position else 0


def sweep(
    state: State,
    market: Market,
    taker: Account,
    its: Side,
    lots: int,
    hash_: str = "",
    liquidation: Json | None = None,
) -> list[Print]:
    """A market order: eats the book level by level; the sixth print takes what is left."""
    prints: list[Print] = []
    hash_ = hash_ or state.next_hash()
    while lots > 0:
        step, free = best(state, market, its.buy)
        maker = other(state, market, taker, not its.buy)
        order = quoted(maker, market, not its.buy, step)
        take = lots if len(prints) + 1 >= MOST_PRINTS else min(lots, free)
        take = min(take, order.size) if order else take
        its_maker = Side(buy=not its.buy, crossed=False, oid=order.oid if order else state.next_oid())
        prints.append(execute(state, market, step, take, hash_, (taker, its), (maker, its_maker), liquidation))
        if order:
            reduce(state, maker, market, order, take)
        eat(state, market, its.buy, take, free)
        lots -= take
    return prints


def quoted(maker: Account, market: Market, buy: bool, step: int) -> Order | None:
    """The maker's own resting order at this price, if it keeps one."""
    for order in maker.orders.values():
        if order.listing is market.listing and order.buy == buy and market.ladder.step(order.price) == step:
            return None if order.trigger else order
    return None


def best(state: State, market: Market, asks: bool) -> tuple[int, int]:
    """(step, lots still there) of the best ask or bid."""
    step, eaten = (market.ask, market.eaten_ask) if asks else (market.bid, market.eaten_bid)
    return step, max(1, level(market, step, state.now)[0] - eaten)


def eat(state: State, market: Market, asks: bool, lots: int, free: int) -> None:
    """Take lots off the best level; an empty one gives way to the next."""
    state.touched[market.listing.name] = None
    if lots < free:
        if asks:
            market.eaten_ask += lots
        else:
            market.eaten_bid += lots
        return
    following = side(market, not asks, state.now, 2)[-1][0]
    if asks:
        market.ask, market.eaten_ask = following, 0
    else:
        market.bid, market.eaten_bid = following, 0


def other(state: State, market: Market, taker: Account, buys: bool) -> Account:
    """A maker from the crowd, or the market maker where it quotes and has room; never the taker itself."""
    maker = market.makers[0] if market.makers else taker
    if maker is not taker and state.rng.random() < 0.35 and has_room(market, maker, buys):
        return maker
    names = state.traders(market)
    at = state.rng.randrange(len(names))
    account = state.accounts[names[at]]
    return account if account is not taker else state.accounts[names[at - 1]]


def has_room(market: Market, maker: Account, buys: bool) -> bool:
    """Whether a market maker may take more of what it already holds."""
    position = maker.positions.get(market.listing.name)
    size = position.size if position else 0
    return (size > 0) != buys or abs(size) * market.mark < MAKERS_LIMIT * market.listing.money


def crowd_trade(state: State, market: Market) -> None:
    """Somebody of the crowd trades, more likely in the direction of the fair price."""
    rng = state.rng
    market.drift(state.now, rng)
    middle = market.ladder.step(round(market.fair))
    up = middle * 2 >= market.bid + market.ask
    buy = up if rng.random() < 0.7 else not up
    taker = state.accounts[rng.choice(state.traders(market))]
    lots = max(1, int(market.trade_lots * 0.6 * rng.lognormvariate(0.0, 1.0)))
    its = Side(buy=buy, crossed=True, oid=state.next_oid())
    hash_ = state.next_hash()
    for part in parts(lots, rng.randrange(2, 5) if rng.random() < 0.25 else 1):
        sweep(state, market, taker, its, part, hash_)
    if market.requote():
        state.touched[market.listing.name] = None


def parts(lots: int, pieces: int) -> list[int]:
    """Lots cut into equal pieces, none of them empty."""
    size = max(1, lots // pieces)
    whole = [size] * min(pieces, lots // size)
    whole[-1] += lots - sum(whole)
    return whole
