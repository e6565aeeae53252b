"""What one side of a trade does to its account, and the fill row that records it."""

from dataclasses import dataclass
from typing import Any

from exchange.simulator.accounts import Account
from exchange.simulator.bars import DAY
from exchange.simulator.figures import exact
from exchange.simulator.listing import Listing
from exchange.simulator.positions import Position, direction

Json = dict[str, Any]
NO_HASH = "0x" + "0" * 64


@dataclass(frozen=True, slots=True)
class Print:
    """One execution as both sides see it."""

    time: int
    price: int
    lots: int
    hash: str
    tid: int
    liquidation: Json | None = None


@dataclass(frozen=True, slots=True)
class Side:
    """What is particular to one side of an execution."""

    buy: bool
    crossed: bool
    oid: int
    cloid: str | None = None
    twap_id: int | None = None
    builder: bool = False


def fill(account: Account, listing: Listing, done: Print, side: Side, names: dict[int, str]) -> Json:
    """Apply one side of an execution; returns the fill as the wire writes it.

    ``names`` gives the token names that fees are paid in.
    """
    if listing.kind == "perp":
        row = perp_fill(account, listing, done, side, names)
    else:
        row = spot_fill(account, listing, done, side, names)
    day = account.volume.setdefault(done.time // DAY, [0, 0])
    dollars = done.price * done.lots * 1_000_000 // listing.money
    day[0 if side.crossed else 1] += dollars
    return row


def base_row(listing: Listing, done: Print, side: Side) -> Json:
    return {
        "coin": listing.name,
        "px": exact(done.price, listing.px_decimals),
        "sz": exact(done.lots, listing.sz_decimals),
        "side": "B" if side.buy else "A",
        "time": done.time,
    }


def finish(row: Json, done: Print, side: Side, fee: str, token: str, builder_fee: str | None = None) -> Json:
    row |= {"hash": done.hash, "oid": side.oid, "crossed": side.crossed, "fee": fee}
    if builder_fee:
        row["builderFee"] = builder_fee
    row["tid"] = done.tid
    if side.cloid:
        row["cloid"] = side.cloid
    if done.liquidation:
        row["liquidation"] = done.liquidation
    return row | {"feeToken": token, "twapId": None}


def perp_fill(account: Account, listing: Listing, done: Print, side: Side, names: dict[int, str]) -> Json:
    position = account.position(listing.name, min(20, listing.max_leverage))
    start, signed = position.size, done.lots if side.buy else -done.lots
    notional = done.price * done.lots
    fee = notional * (account.rates.taker if side.crossed else account.rates.maker) // 1_000_000
    builder = notional // 10_000 if side.builder else 0
    closed = position.trade(signed, done.price)
    cash = (-notional if side.buy else notional) - fee - builder
    account.perp_effects.append((done.time, listing.name, signed, cash, 0))
    if position.isolated:
        position.cash += cash
        moved = fund_isolated(position, start, notional, done.price)
        account.cash[listing.dex] = account.cash.get(listing.dex, 0) - moved
    else:
        account.cash[listing.dex] = account.cash.get(listing.dex, 0) + cash
    row = base_row(listing, done, side) | {
        "startPosition": exact(start, listing.sz_decimals),
        "dir": direction(start, signed),
        "closedPnl": exact(closed, 6),
    }
    return finish(
        row, done, side, exact(fee + builder, 6), names[listing.collateral], exact(builder, 6) if builder else None
    )


def fund_isolated(position: Position, before: int, notional: int, price: int) -> int:
    """Move margin into an isolated position that grew or turned, out of one that shrank; returns what moved in."""
    after = position.size
    if after == 0:
        moved = -position.cash
    elif before * after <= 0:
        moved = abs(after) * price // position.leverage - (position.cash + after * price)
    elif abs(after) > abs(before):
        moved = notional // position.leverage
    else:
        equity = position.cash + (position.cost if after > 0 else -position.cost)
        moved = -max(0, equity * (abs(before) - abs(after)) // abs(before))
    position.cash += moved
    return moved


def spot_fill(account: Account, listing: Listing, done: Print, side: Side, names: dict[int, str]) -> Json:
    """Fees of buys are paid in the base token, of sells in the quote token (API.md section 8)."""
    base, quote = account.balance(listing.tokens[0]), account.balance(listing.tokens[1])
    start = base.total
    notional, amount = done.price * done.lots, done.lots * 10 ** (8 - listing.sz_decimals)
    rate = account.rates.spot_taker if side.crossed else account.rates.spot_maker
    closed = 0
    if side.buy:
        fee, token = amount * rate // 1_000_000, listing.tokens[0]
        base.total += amount - fee
        base.cost += notional
        quote.total -= notional
        effect = (done.time, listing.name, amount - fee, -notional // 100, 0)
    else:
        fee, token = notional * rate // 1_000_000, listing.tokens[1]
        cost = base.cost * amount // start if start > 0 else 0
        base.total -= amount
        base.cost -= cost
        quote.total += notional - fee
        closed = notional - cost
        effect = (done.time, listing.name, -amount, (notional - fee) // 100, 0)
    account.spot_effects.append(effect)
    row = base_row(listing, done, side) | {
        "startPosition": exact(start, 8),
        "dir": "Buy" if side.buy else "Sell",
        "closedPnl": exact(closed, 8),
    }
    return finish(row, done, side, exact(fee, 8), names[token])


def convert_dust(account: Account, listing: Listing, done: Print, oid: int, names: dict[int, str]) -> Json:
    """Sell the remainder of a spot balance that is smaller than a lot: tid 0, no fee, no hash."""
    base, quote = account.balance(listing.tokens[0]), account.balance(listing.tokens[1])
    dust = base.total
    base.total = base.cost = 0
    worth = done.price * dust // 10 ** (8 - listing.sz_decimals)
    quote.total += worth
    account.spot_effects.append((done.time, listing.name, -dust, worth // 100, 0))
    row = base_row(listing, done, Side(buy=False, crossed=True, oid=oid)) | {
        "sz": exact(dust, 8),
        "startPosition": exact(dust, 8),
        "dir": "Spot Dust Conversion",
        "closedPnl": "0.0",
    }
    return finish(row, done, Side(buy=False, crossed=True, oid=oid), "0.0", names[listing.tokens[1]])
