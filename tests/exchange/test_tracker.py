"""The account tracker on real sockets, against the simulated exchange: whom it streams, that it misses nothing."""

import pytest

from exchange import account_events as said
from exchange import events
from exchange.budget import Limits as BudgetLimits
from exchange.simulator import cashflow, cast
from exchange.simulator import faults as f
from exchange.simulator.limits import Limits
from tests.exchange.simulator.worlds import JUST_BEFORE_AN_HOUR
from tests.exchange.tracker_rig import tracking

ALL = (
    cast.TRADER, cast.UNIFIED, cast.PORTFOLIO, cast.BUILDER_DEX_TRADER, cast.SPOT_TRADER, cast.TWAP_RUNNER,
    cast.MARKET_MAKER, cast.LIQUIDATED, cast.VAULT, cast.SUB_ACCOUNT, cast.EMPTY, cast.MISSING,
)  # fmt: skip


async def test_an_account_is_streamed_whole_and_its_mode_is_asked_first() -> None:
    async with tracking(cast.TRADER, cast.UNIFIED) as rig:
        await rig.streamed(cast.TRADER, cast.UNIFIED)
        kinds = ["AccountMode", "AccountStates", "SpotState", "OpenOrders", "UserFills", "HistoricalOrders"]
        await rig.until(lambda: all(rig.counts[kind] for kind in kinds))
        trader, unified = rig.view(cast.TRADER), rig.view(cast.UNIFIED)
        assert {row.position.coin for row in trader.states[""].asset_positions} >= {"BTC", "ETH", "SOL", "HYPE"}
        assert trader.orders[""]
        assert trader.spot
        assert (trader.mode, unified.mode) == ("default", "unifiedAccount")
        asked = rig.exchange.usage.peak
        assert asked["users"] == 2
        assert asked["sockets"] == 1
        assert rig.exchange.usage.within(rig.exchange.limits)


async def test_one_subscription_tells_the_positions_on_all_dexes() -> None:
    async with tracking(cast.BUILDER_DEX_TRADER) as rig:
        await rig.streamed(cast.BUILDER_DEX_TRADER)
        view = rig.view(cast.BUILDER_DEX_TRADER)
        coins = {row.position.coin for state in view.states.values() for row in state.asset_positions}
        assert {coin.partition(":")[0] for coin in coins} == {"xyz", "flx"}
        (states,) = [s for s in _subscribed(rig) if s.type == "allDexsClearinghouseState"]
        assert states.user == cast.BUILDER_DEX_TRADER


def _subscribed(rig):
    return [one for socket in rig.exchange.sockets for one in socket._subscriptions]


async def test_who_has_no_slot_is_polled_and_it_is_said_why_and_the_limits_hold() -> None:
    async with tracking(*ALL) as rig:
        await rig.until(lambda: rig.hows() == {"streamed": 10, "polled": 2}, "ten streamed")
        polled = [view for view in rig.tracker.views.by_address.values() if view.how == "polled"]
        assert {view.why for view in polled} == {"all 10 slots for streams are taken by other accounts"}
        await rig.until(lambda: all(view.mode and view.spot for view in rig.tracker.views.by_address.values()))
        assert rig.exchange.usage.within(rig.exchange.limits)
        assert rig.budget.usage()["users"] == (10, 10)
    assert rig.budget.usage()["users"] == (0, 10)
    assert rig.budget.usage()["sockets"] == (0, 10)


async def test_an_account_that_is_looked_at_gets_a_slot_from_one_that_is_not() -> None:
    async with tracking(*ALL) as rig:
        await rig.until(lambda: rig.hows() == {"streamed": 10, "polled": 2})
        (late, *_) = [view.address for view in rig.tracker.views.by_address.values() if view.how == "polled"]
        rig.tracker.look_at([late])
        await rig.streamed(late)
        assert rig.hows()["streamed"] <= 10
        rig.tracker.look_at([])
        await rig.later(20)
        assert rig.view(late).how == "streamed"
        assert rig.exchange.usage.within(rig.exchange.limits)


@pytest.mark.slow
async def test_slots_change_hands_without_losing_a_fill() -> None:
    actors = (cast.MARKET_MAKER, cast.TRADER, cast.VAULT, cast.SUB_ACCOUNT)
    async with tracking(*actors, limits=BudgetLimits(users=2), exchange_limits=Limits(users=2)) as rig:
        await rig.until(lambda: rig.hows()["streamed"] == 2)
        for looked_at in [actors[2:], actors[:2], actors[1:3], (actors[3], actors[0])]:
            rig.tracker.look_at(looked_at)
            await rig.streamed(*looked_at)
            await rig.later(15)
        await rig.covered_again(*actors)
        rig.assert_no_fill_was_lost(*actors)
        assert len(rig.fills(cast.MARKET_MAKER)) > 20
        assert rig.exchange.usage.within(rig.exchange.limits)
        assert not rig.all(events.Gap)


async def test_after_a_reconnect_what_happened_meanwhile_is_filled_in() -> None:
    actors = (cast.MARKET_MAKER, cast.TRADER, cast.TWAP_RUNNER)
    async with tracking(*actors) as rig:
        await rig.streamed(*actors)
        rig.fault(f.RefuseConnections(seconds=30))
        await rig.exchange.disconnect()
        await rig.until(lambda: rig.view(cast.TRADER).how == "polled", "polled")
        assert rig.view(cast.TRADER).why.startswith("no socket: ")
        await rig.streamed(*actors)
        await rig.covered_again(*actors)
        rig.assert_no_fill_was_lost(*actors)
        assert rig.counts["Connected"] == 2
        assert rig.counts["Disconnected"] >= 1


@pytest.mark.slow
@pytest.mark.parametrize("fault", [f.Duplicate(share=0.5), f.Drop(share=0.3, stream="userFills"), f.Reorder()])
async def test_each_fill_is_yielded_once_whatever_befalls_the_frames(fault: object) -> None:
    async with tracking(cast.MARKET_MAKER, cast.TRADER, faults=[fault]) as rig:
        await rig.streamed(cast.MARKET_MAKER, cast.TRADER)
        await rig.later(60)
        rig.tracker.followed[cast.MARKET_MAKER].look_back()
        rig.tracker.followed[cast.TRADER].look_back()
        await rig.covered_again(cast.MARKET_MAKER, cast.TRADER)
        rig.assert_no_fill_was_lost(cast.MARKET_MAKER, cast.TRADER)


async def test_a_refused_account_is_polled_with_the_words_of_the_exchange_and_tried_again_later() -> None:
    actors = ALL[:5]
    async with tracking(*actors, faults=[f.LimitUsers(users=2, seconds=80)]) as rig:
        await rig.until(lambda: rig.hows() == {"streamed": 2, "refused": 3}, "refused")
        refused = [view for view in rig.tracker.views.by_address.values() if view.how == "refused"]
        assert {view.why for view in refused} == {"the exchange says: Cannot track more than 2 total users."}
        await rig.until(lambda: all(view.states and view.spot for view in refused), "polled")
        await rig.until(lambda: rig.hows() == {"streamed": 5}, "streamed again")


@pytest.mark.slow
async def test_rows_that_the_exchange_keeps_no_more_are_a_gap() -> None:
    async with tracking(cast.MARKET_MAKER) as rig:
        await rig.covered_again(cast.MARKET_MAKER)
        known = rig.tracker.followed[cast.MARKET_MAKER].known[said.UserFills]
        known.end = long_ago = rig.clock.now_ms() - 40 * 86_400_000
        rig.tracker.followed[cast.MARKET_MAKER].look_back()
        await rig.until(lambda: rig.counts["Gap"])
        (gap,) = rig.all(events.Gap)
        covered = [e for e in rig.all(said.Covered) if e.stream == gap.stream][-1]
        assert gap.stream == f"fills:{cast.MARKET_MAKER}"
        assert gap.start < long_ago < gap.end == covered.start
        assert gap.reason == "more than the 10000 rows that the exchange keeps"
        oldest = min(fill.time for event in rig.all(said.UserFills) for fill in event.fills)
        assert oldest == gap.end


async def test_while_the_exchange_says_429_nothing_is_lost_and_it_is_left_alone() -> None:
    async with tracking(cast.MARKET_MAKER, limits=BudgetLimits(users=0)) as rig:
        await rig.until(lambda: rig.view(cast.MARKET_MAKER).how == "polled")
        rig.fault(f.RestFault(answer="429", seconds=60))
        asked = rig.exchange.usage.total["weight"]
        await rig.later(60)
        assert rig.exchange.usage.total["weight"] - asked < 300
        await rig.covered_again(cast.MARKET_MAKER)
        rig.assert_no_fill_was_lost(cast.MARKET_MAKER)


async def test_an_unknown_mode_is_kept_as_the_exchange_says_it() -> None:
    async with tracking() as rig:
        rig.exchange.world.state.accounts[cast.TRADER].mode = "hyperMode"
        rig.follow([cast.TRADER])
        await rig.until(lambda: rig.view(cast.TRADER).mode == "hyperMode")


async def test_accounts_that_hold_nothing_or_were_never_seen_are_followed_all_the_same() -> None:
    async with tracking(cast.EMPTY, cast.MISSING, cast.AGENT) as rig:
        await rig.streamed(cast.EMPTY, cast.MISSING, cast.AGENT)
        await rig.until(lambda: all(rig.view(one).mode == "default" for one in (cast.EMPTY, cast.MISSING)))
        assert all(not state.asset_positions for state in rig.view(cast.MISSING).states.values())
        await rig.covered_again(cast.EMPTY)
        assert rig.fills(cast.EMPTY) == []


async def test_what_nobody_follows_any_more_is_unsubscribed_and_forgotten() -> None:
    async with tracking(cast.TRADER, cast.UNIFIED) as rig:
        await rig.streamed(cast.TRADER, cast.UNIFIED)
        rig.follow([cast.UNIFIED])
        await rig.until(lambda: {one.user for one in _subscribed(rig)} == {cast.UNIFIED})
        assert set(rig.tracker.views.by_address) == {cast.UNIFIED}
        assert [e.user for e in rig.all(said.Following) if e.how == "ended"] == [cast.TRADER]
        rig.follow([cast.UNIFIED, cast.TRADER])
        await rig.streamed(cast.TRADER)


@pytest.mark.slow
async def test_twap_slices_funding_and_cash_flows_come_once_each() -> None:
    async with tracking(cast.TWAP_RUNNER, cast.TRADER, start_ms=JUST_BEFORE_AN_HOUR) as rig:
        await rig.streamed(cast.TWAP_RUNNER, cast.TRADER)
        state = rig.exchange.world.state
        cashflow.withdraw(state, state.accounts[cast.TRADER], state.now, 1_000_000_000)
        await rig.until(lambda: all(rig.counts[k] for k in ("TwapSlices", "UserFundings")), "funding and slices")
        for followed in rig.tracker.followed.values():
            followed.look_back()
        await rig.until(lambda: rig.counts["LedgerUpdates"], "cash flow")
        truth = rig.exchange.world.truth(cast.TRADER)
        (row,) = [row for event in rig.all(said.LedgerUpdates) for row in event.updates]
        assert (row.time, row.delta) == (truth.ledger[-1]["time"], truth.ledger[-1]["delta"])
        paid = [p for e in rig.all(said.UserFundings) if e.user == cast.TRADER for p in e.fundings]
        hour = max(row["time"] for row in truth.fundings)
        assert sorted(p.coin for p in paid) == sorted(
            r["delta"]["coin"] for r in truth.fundings if r["time"] == hour
        )
        slices = [s.fill.tid for e in rig.all(said.TwapSlices) for s in e.slices]
        assert len(slices) == len(set(slices))


@pytest.mark.slow
async def test_of_very_many_accounts_each_shows_its_positions_within_a_minute_and_the_limits_hold() -> None:
    many = [*ALL, *(f"0x{number:040x}" for number in range(1, 140))]
    async with tracking(*many, speed=8.0) as rig:
        views = rig.tracker.views.by_address
        await rig.until(lambda: all(view.states for view in views.values()), "all positions")
        for _ in range(6):
            await rig.later(20)
            now = rig.clock.now_ms()
            assert max(now - (view.positions_at or 0) for view in views.values()) < 60_000
        assert rig.hows()["streamed"] == 7
        assert rig.exchange.usage.within(rig.exchange.limits)
        assert rig.exchange.usage.peak["weight"] < 1000


# Streams that are refused or silent -----------------------------------------------------------------


async def test_where_the_stream_of_all_dexes_is_unknown_each_dex_is_subscribed_to() -> None:
    faults = [f.RefuseSubscription(type="allDexsClearinghouseState")]
    async with tracking(cast.BUILDER_DEX_TRADER, faults=faults) as rig:
        await rig.streamed(cast.BUILDER_DEX_TRADER)
        view = rig.view(cast.BUILDER_DEX_TRADER)
        await rig.until(lambda: {"xyz", "flx"} <= {dex for dex, s in view.states.items() if s.asset_positions})
        await rig.until(lambda: {"clearinghouseState", "spotState"} <= {one.type for one in _subscribed(rig)})


async def test_a_stream_that_says_nothing_is_replaced_by_asking() -> None:
    faults = [f.SilentSubscription(type="allDexsClearinghouseState")]
    async with tracking(cast.TRADER, faults=faults) as rig:
        await rig.until(lambda: rig.view(cast.TRADER).why == "its streams say nothing", "silent")
        await rig.until(lambda: rig.view(cast.TRADER).how == "polled", "polled")
        before = rig.view(cast.TRADER).positions_at
        await rig.until(lambda: rig.view(cast.TRADER).positions_at > before)


async def test_a_socket_that_falls_silent_is_dropped_and_opened_anew() -> None:
    async with tracking(cast.MARKET_MAKER) as rig:
        await rig.streamed(cast.MARKET_MAKER)
        rig.fault(f.Stall(seconds=45))
        await rig.until(lambda: rig.counts["Disconnected"])
        assert rig.all(events.Disconnected)[0].reason.startswith("silent for")
        await rig.until(lambda: rig.counts["Connected"] == 2)
        await rig.streamed(cast.MARKET_MAKER)
        await rig.covered_again(cast.MARKET_MAKER)
        rig.assert_no_fill_was_lost(cast.MARKET_MAKER)
