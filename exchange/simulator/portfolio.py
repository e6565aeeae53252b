"""An account's value and profit over time, found by replaying everything that happened to it.

The replay knows the money that moved in and out, every fill, and funding; prices of past moments
come from the candles. So the curve ends exactly where the account stands.
"""

from collections.abc import Iterator
from typing import Any

from exchange.simulator.accounts import Account, Effect
from exchange.simulator.bars import DAY
from exchange.simulator.figures import usd
from exchange.simulator.state import State

Json = dict[str, Any]
WINDOWS = (("day", DAY, 13), ("week", 7 * DAY, 64), ("month", 30 * DAY, 45), ("allTime", 0, 76))
"""(name, length in ms, points), as many as one recording has."""


def portfolio(state: State, account: Account | None) -> list[list[Any]]:
    """The ``portfolio`` answer: four windows for everything, four for perps alone (API.md section 7)."""
    answer = []
    for perps in (False, True):
        events = sorted(effects(state, account, perps), key=lambda event: event[0]) if account else []
        for name, length, points in WINDOWS:
            key = f"perp{name[0].upper()}{name[1:]}" if perps else name
            answer.append([key, window(state, account, length, points, events)])
    return answer


def window(state: State, account: Account | None, length: int, points: int, events: list[Effect]) -> Json:
    if account is None or not account.moves:
        return {"accountValueHistory": [], "pnlHistory": [], "vlm": "0.0"}
    born = account.moves[0][0] + 10_000
    start = max(born, state.now - length) if length else born
    times = [start + (state.now - start) * i // (points - 1) for i in range(points)]
    values = list(curve(state, events, times))
    first_value, first_moved = values[0]
    profits = [value - first_value - (moved - first_moved) for value, moved in values]
    return {
        "accountValueHistory": [[t, usd(value)] for t, (value, _) in zip(times, values, strict=True)],
        "pnlHistory": [[t, usd(profit)] for t, profit in zip(times, profits, strict=True)],
        "vlm": usd(traded(account, start)),
    }


def traded(account: Account, since: int) -> int:
    """Volume of the days from ``since`` on, in micro-dollars."""
    return sum(taker + maker for day, (taker, maker) in account.volume.items() if day >= since // DAY)


def curve(state: State, events: list[Effect], times: list[int]) -> Iterator[tuple[int, int]]:
    """(value, net money moved in so far) at each time, in micro-dollars."""
    held: dict[str, int] = {}
    cash = moved = at = 0
    for time in times:
        while at < len(events) and events[at][0] <= time:
            _, coin, lots, money, new_money = events[at]
            held[coin] = held.get(coin, 0) + lots
            cash += money
            moved += new_money
            at += 1
        worth = sum(value_of(state, coin, lots, time) for coin, lots in held.items() if lots)
        yield cash + worth, moved


def effects(state: State, account: Account, perps: bool) -> Iterator[Effect]:
    """(time, coin, units gained, cash gained, new money) of everything that happened."""
    for time, whole, perp in account.moves:
        amount = perp if perps else whole
        yield time, "", 0, amount, amount
    for time, token, amount, value in account.gifts:
        if not perps:
            yield time, spot_coin(state, token), amount, -value, 0
    yield from account.perp_effects
    if not perps:
        yield from account.spot_effects


def spot_coin(state: State, token: int) -> str:
    return next(
        (
            m.listing.name
            for m in state.markets.values()
            if m.listing.kind == "spot" and m.listing.tokens[0] == token
        ),
        "",
    )


def value_of(state: State, coin: str, amount: int, time: int) -> int:
    """Worth of a holding at a past moment, in micro-dollars."""
    market = state.markets[coin]
    price = market.mark if time >= state.now else market.ladder.price(market.step_at(time))
    if market.listing.kind == "perp":
        return amount * price
    return int(amount * price // 10 ** (10 - market.listing.sz_decimals))
