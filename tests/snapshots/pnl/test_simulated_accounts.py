"""Whole accounts of the simulated exchange, which keeps its books its own way: bridges close, trips add up."""

from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Any

import msgspec
import pytest

from exchange.equity import equity_of
from exchange.simulator import cast
from exchange.simulator.profile import SMALL
from exchange.simulator.world import World
from exchange.wire.account import ClearinghouseState, SpotState
from exchange.wire.cashflows import FundingPayment, FundingRow, LedgerRow
from exchange.wire.fills import Fill, TwapSlice
from exchange.wire.profile import Portfolio
from snapshots.pnl.bridge import Bridge, bridge
from snapshots.pnl.entries import entries, sum_by
from snapshots.pnl.executions import Execution, executions
from snapshots.pnl.flows import Flow, flow_of
from snapshots.pnl.standing import Standing
from snapshots.pnl.trips import round_trips
from tests.exchange.simulator.worlds import JUST_BEFORE_AN_HOUR, MINUTE
from tests.snapshots.pnl.closed import check
from tests.snapshots.pnl.standings import standing_of

D = Decimal
USERS = [
    cast.TRADER, cast.UNIFIED, cast.PORTFOLIO, cast.BUILDER_DEX_TRADER, cast.SPOT_TRADER, cast.TWAP_RUNNER,
    cast.MARKET_MAKER, cast.LIQUIDATED, cast.VAULT, cast.SUB_ACCOUNT, cast.EMPTY,
]  # fmt: skip


@dataclass(frozen=True)
class Past:
    """An account at the start and at the end of a quarter of an hour, and all that happened to it."""

    start: Standing
    end: Standing
    rows: list[Execution]
    fundings: list[FundingPayment]
    flows: list[Flow]
    said: Decimal

    @property
    def bridge(self) -> Bridge:
        return bridge(self.start, self.end, self.rows, self.fundings, self.flows, collateral_of=collateral_of)


def collateral_of(dex: str) -> str:
    return "USDH" if dex == "flx" else "USDC"


def read(rows: Any, shape: Any) -> Any:
    return msgspec.convert(rows, shape, strict=False)


def pairs(world: World) -> dict[str, tuple[str, str]]:
    meta = world.info({"type": "spotMeta"})
    names = {token["index"]: token["name"] for token in meta["tokens"]}
    return {pair["name"]: (names[pair["tokens"][0]], names[pair["tokens"][1]]) for pair in meta["universe"]}


def standing(world: World, user: str) -> Standing:
    marks = {row["coin"]: D(row["markPx"]) for row in world.info({"type": "spotMetaAndAssetCtxs"})[1]}
    prices = {base: marks[coin] for coin, (base, money) in pairs(world).items() if money == "USDC"}
    prices |= {"USDC": D(1), "USDH": D(1)}  # the simulated history counts every collateral as dollars
    states = [
        (dex, read(world.info({"type": "clearinghouseState", "user": user, "dex": dex}), ClearinghouseState))
        for dex in world.dexes()
    ]
    spot = read(world.info({"type": "spotClearinghouseState", "user": user}), SpotState)
    mode = world.info({"type": "userAbstraction", "user": user})
    equity = equity_of(mode, states, spot, prices.get, collateral_of)
    return standing_of(world.now_ms, equity, states, prices.get, collateral_of)


def profit_said(world: World, user: str) -> Decimal:
    history = dict(read(world.info({"type": "portfolio", "user": user}), Portfolio))["allTime"].pnl_history
    return history[-1][1] if history else D(0)


@cache
def pasts() -> dict[str, Past]:
    world = World(seed=5, start_ms=JUST_BEFORE_AN_HOUR // MINUTE * MINUTE, profile=SMALL)
    before = {user: (standing(world, user), profit_said(world, user)) for user in USERS}
    world.advance(world.start_ms + 14 * MINUTE)
    found = {}
    for user in USERS:
        truth = world.truth(user)
        fills, slices = read(truth.fills, list[Fill]), read(truth.slices, list[TwapSlice])
        shape = FundingRow if truth.fundings and "delta" in truth.fundings[0] else FundingPayment
        fundings = [getattr(row, "payment", row) for row in read(truth.fundings, list[shape])]
        found[user] = Past(
            start=before[user][0],
            end=standing(world, user),
            rows=executions(fills, slices, user, pairs(world)),
            fundings=fundings,
            flows=[flow_of(row, user) for row in read(truth.ledger, list[LedgerRow])],
            said=profit_said(world, user) - before[user][1],
        )
    return found


@pytest.mark.parametrize("user", USERS)
def test_the_bridge_of_every_kind_of_account_closes(user):
    found = pasts()[user].bridge
    assert abs(found.residual) < D("1e-8"), found
    assert found.not_counted == ()


@pytest.mark.parametrize("user", USERS)
def test_our_profit_is_the_exchanges_own_but_for_fees_of_withdrawals_which_it_calls_flows(user):
    past = pasts()[user]
    costs = sum(flow.fee for flow in past.flows if past.start.time < flow.time <= past.end.time)
    assert abs(past.said - past.bridge.pnl - costs) < D("0.01")


@pytest.mark.parametrize("user", [user for user in USERS if user not in (cast.SPOT_TRADER, cast.EMPTY)])
def test_a_fill_missing_from_the_record_is_exactly_the_residual(user):
    past = pasts()[user]
    inside = [row for row in past.rows if past.start.time < row.time and row.kind == "perp"]
    assert inside
    for missing in inside[:5]:
        rest = [row for row in past.rows if row is not missing]
        found = bridge(past.start, past.end, rest, past.fundings, past.flows, collateral_of=collateral_of)
        held = past.end.positions.get(missing.coin)
        mark = held.value / held.size if held else [row for row in rest if row.coin == missing.coin][-1].price
        expected = missing.moved * mark + missing.cash - missing.fee
        assert abs(found.residual - expected) < D("1e-8"), missing.fill


@pytest.mark.parametrize("user", USERS)
def test_closed_profits_are_reproduced_and_days_are_the_sum_of_trips(user):
    past = pasts()[user]
    closed = check(past.rows)
    assert not [row for row in closed.unlike if row.reason == "not explained"]
    assert closed.within_step == 0  # its prices are whole numbers: nothing falls a hair below a step
    trips = round_trips(past.rows, past.fundings)
    totals = sum_by(entries(past.rows, wallet=user), lambda entry: entry.token, lambda _token: D(1))
    by_token: dict[str, Decimal] = {}
    for trip in trips:
        by_token[trip.quote] = by_token.get(trip.quote, D(0)) + (trip.price_pnl or D(0)) - trip.fees
    assert set(by_token) == set(totals)
    assert all(abs(sums.price - sums.fees - by_token[token]) < D("1e-12") for token, sums in totals.items())


def test_the_liquidated_account_has_liquidated_trips_and_the_others_have_none():
    liquidated = {user: any(trip.liquidated for trip in round_trips(past.rows)) for user, past in pasts().items()}
    assert {user for user, found in liquidated.items() if found} == {cast.LIQUIDATED}


def test_funding_of_trips_is_what_was_paid():
    past = pasts()[cast.TRADER]
    trips = round_trips(past.rows, past.fundings)
    spans = [(trip.coin, 0 if trip.cut_off else trip.opened, trip.closed or past.end.time) for trip in trips]
    covered = [
        payment
        for payment in past.fundings
        if any(coin == payment.coin and since <= payment.time <= until for coin, since, until in spans)
    ]
    assert covered
    assert sum(trip.funding for trip in trips) == sum(payment.usdc for payment in covered)
