"""Accounts add up: positions, money, funding and what the exchange says of them."""

from collections import defaultdict
from decimal import Decimal
from typing import Any

import pytest

from exchange.simulator import cast
from exchange.simulator.happenings import CancelledByExchange, Filled, FundingPaid, Liquidated
from exchange.simulator.orderdesk import market_order
from exchange.simulator.profile import SMALL
from exchange.simulator.world import World
from tests.exchange.simulator.worlds import busy

TRADERS = [
    cast.TRADER, cast.UNIFIED, cast.PORTFOLIO, cast.BUILDER_DEX_TRADER, cast.TWAP_RUNNER, cast.MARKET_MAKER,
    cast.LIQUIDATED, cast.VAULT, cast.SUB_ACCOUNT,
]  # fmt: skip


def state(world: World, user: str, dex: str = "") -> dict[str, Any]:
    return world.info({"type": "clearinghouseState", "user": user, "dex": dex})


def in_order(world: World, user: str) -> list[dict[str, Any]]:
    """All fills and TWAP slices of an account, oldest first; those of one moment in the order they happened."""
    truth = world.truth(user)
    rows = [(row["time"], 0, row) for row in truth.fills] + [
        (row["fill"]["time"], 1, row["fill"]) for row in truth.slices
    ]
    return [row for _, _, row in sorted(rows, key=lambda entry: entry[:2])]


@pytest.mark.parametrize("user", TRADERS)
def test_each_fill_starts_where_the_last_one_ended(user: str) -> None:
    world, _ = busy()
    held: dict[str, Decimal] = defaultdict(Decimal)
    for row in in_order(world, user):
        if not row["coin"].startswith(("@", "PURR")):
            assert Decimal(row["startPosition"]) == held[row["coin"]], row
            held[row["coin"]] += Decimal(row["sz"]) * (1 if row["side"] == "B" else -1)
    expected = {coin: Decimal(size) for coin, size in world.truth(user).positions.items()}
    assert {coin: size for coin, size in held.items() if size} == expected


@pytest.mark.parametrize("user", TRADERS)
def test_the_positions_that_the_exchange_shows_are_the_true_ones(user: str) -> None:
    world, _ = busy()
    shown = {
        row["position"]["coin"]: row["position"]["szi"]
        for dex in world.dexes()
        for row in state(world, user, dex)["assetPositions"]
    }
    assert shown == world.truth(user).positions


def test_a_spot_balance_is_what_was_bought_less_fees_in_the_base_token() -> None:
    world, _ = busy()
    held: dict[str, Decimal] = defaultdict(Decimal)
    tokens = set()
    for row in world.truth(cast.SPOT_TRADER).fills:
        assert Decimal(row["startPosition"]) == held[row["coin"]], row
        if row["side"] == "B":
            held[row["coin"]] += Decimal(row["sz"]) - Decimal(row["fee"])
            assert row["feeToken"] != "USDC"
        else:
            held[row["coin"]] -= Decimal(row["sz"])
            assert row["feeToken"] == "USDC"
        tokens.add(row["feeToken"])
    balances = world.spot_state(cast.SPOT_TRADER)["spotState"]["balances"]
    totals = sorted(Decimal(row["total"]) for row in balances if row["coin"] != "USDC")
    assert totals == sorted(size for size in held.values() if size)
    assert len(tokens) > 2


@pytest.mark.parametrize("user", TRADERS)
def test_account_value_is_raw_money_plus_positions_at_mark(user: str) -> None:
    world, _ = busy()
    for dex in world.dexes():
        answer = state(world, user, dex)
        worth = Decimal(0)
        for row in (entry["position"] for entry in answer["assetPositions"]):
            sign = 1 if Decimal(row["szi"]) > 0 else -1
            worth += sign * Decimal(row["positionValue"])
            _, data = world.active_ctx(row["coin"])
            mark = Decimal(row["positionValue"]) / abs(Decimal(row["szi"]))
            assert float(mark) == pytest.approx(float(data["ctx"]["markPx"]))
        money = Decimal(answer["marginSummary"]["totalRawUsd"]) + worth
        assert float(money) == pytest.approx(float(answer["marginSummary"]["accountValue"]), abs=1e-4)


def test_money_is_deposits_and_what_was_bought_and_sold_less_fees_and_funding() -> None:
    """Deposits, the money of fills, fees, funding and positions explain the market maker's account to the cent."""
    world, _ = busy()
    truth = world.truth(cast.MARKET_MAKER)
    deposits = sum(Decimal(row["delta"]["usdc"]) for row in truth.ledger)
    cash = [Decimal(row["px"]) * Decimal(row["sz"]) * (-1 if row["side"] == "B" else 1) for row in truth.fills]
    fees = sum(Decimal(row["fee"]) for row in truth.fills)
    funding = sum(Decimal(row["delta"]["usdc"]) for row in truth.fundings)
    answer = state(world, cast.MARKET_MAKER)
    positions = [row["position"] for row in answer["assetPositions"]]
    worth = sum(Decimal(p["positionValue"]) * (1 if Decimal(p["szi"]) > 0 else -1) for p in positions)
    total = deposits + sum(cash) - fees + funding + worth
    assert float(total) == pytest.approx(float(answer["marginSummary"]["accountValue"]), abs=0.02)


def test_a_market_maker_is_paid_for_making_and_fills_several_times_in_one_millisecond() -> None:
    world, _ = busy()
    fills = world.truth(cast.MARKET_MAKER).fills
    rebates = [row for row in fills if not row["crossed"]]
    assert all(Decimal(row["fee"]) <= 0 for row in rebates)
    assert len({row["time"] for row in fills}) < len(fills)
    assert len(fills) > 10_000


def test_fees_of_builder_dexes_are_in_their_collateral() -> None:
    world, _ = busy()
    tokens = {
        (row["coin"].partition(":")[0], row["feeToken"]) for row in world.truth(cast.BUILDER_DEX_TRADER).fills
    }
    assert tokens == {("xyz", "USDC"), ("flx", "USDH")}


def test_funding_is_paid_on_the_full_hour_to_every_holder_at_the_published_rate() -> None:
    world, happened = busy()
    paid = [h for h in happened if isinstance(h, FundingPaid)]
    (time,) = {h.row["time"] for h in paid}
    assert 0 < time % 3_600_000 < 120
    rates = {}
    for h in paid:
        coin = h.row["coin"]
        if coin not in rates:
            body = {"type": "fundingHistory", "coin": coin, "startTime": time}
            (rates[coin],) = world.info(body)
        assert h.row["fundingRate"] == rates[coin]["fundingRate"]
        if Decimal(h.row["usdc"]):
            sign = -1 if Decimal(h.row["szi"]) * Decimal(h.row["fundingRate"]) > 0 else 1
            assert Decimal(h.row["usdc"]) * sign > 0
    holders = {h.user for h in paid}
    assert {cast.TRADER, cast.UNIFIED, cast.VAULT} <= holders


def test_longs_and_shorts_of_the_same_size_pay_each_other() -> None:
    """What one coin's longs pay per unit is what its shorts get."""
    _, happened = busy()
    per_unit = defaultdict(list)
    for h in happened:
        if isinstance(h, FundingPaid) and abs(Decimal(h.row["usdc"])) > 1:
            per_unit[h.row["coin"]].append(float(Decimal(h.row["usdc"]) / Decimal(h.row["szi"])))
    assert max(len(units) for units in per_unit.values()) > 2
    for ratios in per_unit.values():
        assert max(ratios) == pytest.approx(min(ratios), rel=1e-4)


def test_cumulated_funding_is_the_sum_of_the_payments_with_the_other_sign() -> None:
    world, _ = busy()
    truth = world.truth(cast.TRADER)
    for row in (entry["position"] for entry in state(world, cast.TRADER)["assetPositions"]):
        paid = sum(Decimal(f["delta"]["usdc"]) for f in truth.fundings if f["delta"]["coin"] == row["coin"])
        assert float(row["cumFunding"]["allTime"]) == pytest.approx(float(-paid), abs=1e-9)


def test_open_interest_moves_as_the_long_positions_do() -> None:
    world, _ = busy()
    market = world.state.markets["BTC"]
    longs = sum(max(0, a.positions["BTC"].size) for a in world.state.accounts.values() if "BTC" in a.positions)
    fresh = World(seed=world.seed, start_ms=world.start_ms, profile=world.profile)
    was = sum(max(0, a.positions["BTC"].size) for a in fresh.state.accounts.values() if "BTC" in a.positions)
    assert market.open_interest - fresh.state.markets["BTC"].open_interest == longs - was


def test_somebody_is_liquidated_soon_and_both_sides_fills_say_so() -> None:
    world, happened = busy()
    liquidated = [h for h in happened if isinstance(h, Liquidated)]
    assert {h.user for h in liquidated} == {cast.LIQUIDATED}
    assert liquidated[0].time < world.start_ms + 120_000
    assert len(liquidated) == 2, "again ten minutes later"
    own = [row for row in world.truth(cast.LIQUIDATED).fills if "liquidation" in row]
    assert {row["liquidation"]["liquidatedUser"] for row in own} == {cast.LIQUIDATED}
    fills = [h for h in happened if isinstance(h, Filled)]
    for row in own:
        (theirs,) = [h.fill for h in fills if h.fill["tid"] == row["tid"] and h.user != cast.LIQUIDATED]
        assert theirs["liquidation"] == row["liquidation"]
        assert theirs["side"] != row["side"]
    types = [row["delta"]["type"] for row in world.truth(cast.LIQUIDATED).ledger]
    assert types.count("liquidation") == 2
    assert state(world, cast.LIQUIDATED)["assetPositions"] == []


def test_past_fills_have_prices_of_their_minute() -> None:
    world, _ = busy()
    minute = 60_000
    for row in world.truth(cast.TRADER).fills[::9]:
        if row["time"] < world.start_ms:
            req = {"coin": row["coin"], "interval": "1m", "startTime": row["time"], "endTime": row["time"]}
            (bar,) = world.info({"type": "candleSnapshot", "req": req}) or [None]
            if row["time"] > world.now_ms - 4999 * minute:
                assert Decimal(bar["l"]) <= Decimal(row["px"]) <= Decimal(bar["h"])


@pytest.mark.parametrize("user", [*TRADERS, cast.SPOT_TRADER])
def test_the_portfolio_curve_ends_where_the_account_stands(user: str) -> None:
    world, _ = busy()
    windows = dict(world.info({"type": "portfolio", "user": user}))
    assert list(windows) == [
        "day", "week", "month", "allTime", "perpDay", "perpWeek", "perpMonth", "perpAllTime"
    ]  # fmt: skip
    if world.info({"type": "userAbstraction", "user": user}) == "default":
        values = sum(float(state(world, user, dex)["marginSummary"]["accountValue"]) for dex in world.dexes())
        assert float(windows["perpDay"]["accountValueHistory"][-1][1]) == pytest.approx(values, abs=0.01)
    for window in windows.values():
        assert window["pnlHistory"][0][1] == "0.0"
        assert [t for t, _ in window["pnlHistory"]] == [t for t, _ in window["accountValueHistory"]]


def test_an_isolated_position_that_has_lost_its_margin_is_liquidated_alone() -> None:
    world = World(seed=4, profile=SMALL)
    account = world.state.accounts[cast.TRADER]
    hype = account.positions["HYPE"]
    hype.cash -= hype.value(world.state.markets["HYPE"].mark)
    happened = world.advance(world.start_ms + 10_000)
    (report,) = [h for h in happened if isinstance(h, Liquidated) and h.user == cast.TRADER]
    row = next(r for r in world.truth(cast.TRADER).ledger if r["delta"]["type"] == "liquidation")
    assert row["delta"]["leverageType"] == "Isolated"
    assert [p["coin"] for p in row["delta"]["liquidatedPositions"]] == ["HYPE"]
    assert "BTC" in world.truth(cast.TRADER).positions
    assert report.liquidation["liquidated_user"] == cast.TRADER


def test_a_cross_account_loses_its_orders_with_its_positions() -> None:
    world = World(seed=4, profile=SMALL)
    world.state.accounts[cast.TRADER].cash[""] -= 10**12
    happened = world.advance(world.start_ms + 8_000)
    cancelled = [h for h in happened if isinstance(h, CancelledByExchange) and h.user == cast.TRADER]
    assert len(cancelled) >= 2
    assert set(world.truth(cast.TRADER).positions) <= {"HYPE"}


def test_an_isolated_position_that_turns_is_margined_anew() -> None:
    world = World(profile=SMALL)
    market = world.state.markets["HYPE"]
    account = world.state.accounts[cast.TRADER]
    before = account.cash[""] + account.positions["HYPE"].cash
    size = account.positions["HYPE"].size
    market_order(world.state, account, market, False, 3 * size)
    position = account.positions["HYPE"]
    assert position.size == -2 * size
    equity = position.cash + position.size * market.ladder.price(market.last)
    assert equity == pytest.approx(position.cost / position.leverage, rel=0.02)
    paid = sum(Decimal(f["fee"]) for f in account.fills if f["time"] == world.state.now)
    moved = sum(Decimal(f["px"]) * Decimal(f["sz"]) for f in account.fills if f["time"] == world.state.now)
    assert account.cash[""] + position.cash - before == int((moved - paid) * 10**6)
