"""The feed on real sockets, against the simulated exchange: what it asks, hears, and survives."""

import asyncio
from decimal import Decimal

import pytest

from exchange import events
from exchange.budget import Limits as BudgetLimits
from exchange.cadence import CADENCES
from exchange.feed_settings import FeedSettings
from exchange.simulator import faults as f
from exchange.simulator.limits import Limits
from exchange.ways import ways_of
from tests.exchange.board_events import universe
from tests.exchange.feed_rig import TOPICS, rig


async def test_it_brings_the_universe_first_and_then_every_kind_of_market_event() -> None:
    async with rig() as feed:
        kinds = ["Prices", "DexContexts", "SpotContexts", "BookChanged", "QuotesChanged"]
        kinds += ["Traded", "CandleChanged", "CoinContext", "Connected"]
        await feed.until(lambda: all(feed.counts[kind] for kind in kinds))
        assert isinstance(feed.said[0], events.UniverseChanged)
        coins = feed.market.coins
        assert len(coins) == len(feed.market.universe)
        assert coins["BTC"].mark
        assert coins["BTC"].oracle
        assert coins["xyz:GOLD"].open_interest is not None
        assert coins["@107"].day_volume is not None
        assert coins["MATIC"].mid is None
        assert coins["MATIC"].mark
        assert feed.market.books["BTC"].levels[0][0].px < feed.market.books["BTC"].levels[1][0].px
        assert isinstance(feed.market.trades["BTC"][-1].px, Decimal)
        assert feed.market.connection.connected
        assert all(stream["state"] == "live" for stream in feed.feed.report()["streams"].values())


async def test_it_stays_within_the_limits_and_asks_the_budget_for_all_it_uses() -> None:
    async with rig() as feed:
        await feed.live()
        usage, ours = feed.exchange.usage, feed.budget.usage()
        assert usage.within(feed.exchange.limits)
        assert ours["sockets"][0] == usage.peak["sockets"] == 1
        assert ours["subscriptions"][0] == usage.peak["subscriptions"] == 8
        assert ours["messages"][0] >= usage.total["frames"]
        assert ours["opens"][0] == usage.total["opens"]
        assert ours["weight"][0] >= usage.total["weight"] > 0
    assert feed.budget.usage()["sockets"][0] == 0
    assert feed.budget.usage()["subscriptions"][0] == 0


async def test_what_nobody_looks_at_any_more_is_unsubscribed_and_dropped_after_the_grace_time() -> None:
    async with rig() as feed:
        await feed.live()
        feed.topics = {"markets", "book:ETH", "market:BTC"}
        await feed.until(lambda: "ETH" in feed.market.books)
        assert "BTC" in feed.market.books
        await feed.until(lambda: "ended" in feed.states("book:BTC"))
        assert not feed.market.trades
        assert not feed.market.candles
        assert set(feed.market.books) == {"ETH"}
        await feed.until(lambda: feed.exchange.sockets and _subscribed(feed) == 3 + 2 + 1)


def _subscribed(feed) -> int:
    return sum(len(socket._subscriptions) for socket in feed.exchange.sockets)


async def test_only_names_from_the_universe_are_subscribed_and_unknown_ones_make_it_read_again() -> None:
    async with rig(topics=["book:btc", "trades:NOPE", "candle:xyz:GOLD:1h"]) as feed:
        await feed.until(lambda: feed.counts["UniverseChanged"] == 2)
        await feed.live()
        assert set(feed.feed.streams.by_name) == {"prices", "contexts", "spot", "candle:xyz:GOLD:1h"}
        assert feed.feed.report()["unknown_coins_wanted"] == ["NOPE", "btc"]
        assert feed.counts["Disconnected"] == 0
        read = feed.clock.now_ms()
        await feed.until(lambda: feed.clock.now_ms() > read + 70_000)
        assert feed.counts["UniverseChanged"] == 2


async def test_the_tape_of_a_coin_that_nobody_ever_traded_is_live_and_empty() -> None:
    async with rig(topics=["trades:MATIC", "trades:BTC"]) as feed:
        await feed.live()
        later = feed.clock.now_ms() + 30_000
        await feed.until(lambda: feed.clock.now_ms() > later)
        assert feed.states("trades:MATIC") == ["live"]
        assert feed.feed.report()["unknown_channels"] == {}


# Ends of sockets -----------------------------------------------------------------------------------


@pytest.mark.parametrize("code", [None, 1000])
async def test_after_a_disconnect_it_comes_back_and_subscribes_to_everything(code: int | None) -> None:
    async with rig() as feed:
        await feed.live()
        await feed.exchange.disconnect(code=code)
        await feed.until(lambda: feed.counts["Disconnected"])
        lost = feed.all(events.Disconnected)[0]
        assert lost.last_data_at is not None
        assert lost.reason == ("ended without a word" if code is None else "closed with 1000 Inactive")
        await feed.until(lambda: feed.counts["Connected"] == 2)
        await feed.live()
        assert _subscribed(feed) == 8
        assert feed.market.connection.connected


async def test_a_short_disconnect_that_the_replay_bridges_is_no_gap_and_a_long_one_is() -> None:
    async with rig(speed=20) as feed:
        await feed.live()
        await feed.exchange.disconnect()
        await feed.until(lambda: feed.counts["Connected"] == 2)
        await feed.live()
        assert feed.counts["Gap"] == 0
        await feed.until(lambda: feed.market.trades.get("BTC"))
        last = feed.market.trades["BTC"][-1]
        feed.fault(f.RefuseConnections(seconds=25))
        await feed.exchange.disconnect()
        await feed.until(lambda: feed.counts["Gap"])
        gap = feed.all(events.Gap)[0]
        assert gap.stream == "trades:BTC"
        assert gap.start >= last.time
        assert gap.end - gap.start > 5_000
        assert "ended" in gap.reason
        assert list(feed.market.gaps) == [gap]


async def test_candles_are_filled_in_after_a_reconnect() -> None:
    async with rig() as feed:
        await feed.live()
        feed.fault(f.RefuseConnections(seconds=70))
        await feed.exchange.disconnect()
        await feed.until(lambda: feed.counts["Connected"] == 2)
        await feed.until(lambda: _closed_bars(feed) >= 2)


def _closed_bars(feed) -> int:
    """How many bars that are over are held, if each is as REST has it."""
    now = feed.exchange.world.now_ms
    answers = feed.exchange.world.info(
        {"type": "candleSnapshot", "req": {"coin": "BTC", "interval": "1m", "startTime": now - 240_000}}
    )
    closed = {bar["t"]: Decimal(bar["v"]) for bar in answers if now > bar["T"]}
    held = {t: bar.v for t, bar in feed.market.candles["BTC", "1m"].items() if t in closed}
    return len(held) if all(closed[t] == volume for t, volume in held.items()) else 0


async def test_a_refusing_server_is_asked_less_and_less_often_and_within_the_limit_of_opens() -> None:
    async with rig(speed=120, faults=[f.RefuseConnections()]) as feed:
        await feed.until(lambda: feed.feed.link.opened >= 6)
        assert feed.counts["Disconnected"] == 1
        assert "503" in feed.market.connection.reason
        report = feed.feed.report()
        assert not report["connected"]
        assert report["failures_in_a_row"] >= 5
        feed.exchange.faults.clear()
        await feed.until(lambda: feed.counts["Connected"])


async def test_sockets_that_die_at_once_trip_the_breaker() -> None:
    async with rig(speed=120) as feed:
        for _ in range(4):
            await feed.until(lambda: feed.feed.link.session)
            await feed.exchange.disconnect()
            await feed.until(lambda: feed.feed.link.session is None)
        assert feed.feed.report()["breaker_open"]
        assert feed.feed.link.next_open - feed.clock.monotonic() > 30


async def test_a_missing_pong_ends_the_socket() -> None:
    async with rig(speed=120) as feed:
        await feed.live()
        feed.fault(f.Stall(stream="pong"))
        await feed.until(lambda: feed.counts["Disconnected"])
        assert feed.all(events.Disconnected)[0].reason == "no answer to our ping"


async def test_an_exchange_that_is_away_when_it_starts_is_waited_for() -> None:
    async with rig(speed=120, faults=[f.RestFault(answer="502"), f.RefuseConnections()]) as feed:
        await feed.until(lambda: feed.feed.chores.failures["universe"] >= 2)
        assert feed.said == []
        assert feed.feed.report()["coins"] == 0
        feed.exchange.faults.clear()
        await feed.live()


# Silence -------------------------------------------------------------------------------------------


async def test_a_socket_that_falls_silent_is_stale_in_time_and_then_replaced() -> None:
    async with rig(speed=10) as feed:
        await feed.live()
        silent_from = feed.clock.now_ms()
        feed.fault(f.Stall())
        await feed.until(lambda: feed.states("prices")[-1:] == ["stale"])
        assert feed.clock.now_ms() - silent_from < 8_000
        await feed.until(lambda: feed.states("trades:BTC")[-1:] == ["stale"])
        await feed.until(lambda: feed.counts["Disconnected"])
        assert feed.all(events.Disconnected)[0].reason.startswith("silent for")
        feed.exchange.faults.clear()
        await feed.live()
        await feed.until(lambda: feed.states("prices") == ["live", "stale", "live"])


async def test_one_stream_that_stalls_is_asked_again_and_heals() -> None:
    async with rig(speed=10) as feed:
        await feed.live()
        feed.fault(f.Stall(stream="l2Book"))
        await feed.until(lambda: feed.states("book:BTC")[-1:] == ["stale"])
        assert "stale" not in feed.states("prices")
        feed.exchange.faults.clear()
        await feed.live("book:BTC")
        assert feed.counts["Disconnected"] == 0


async def test_a_tape_that_stalls_behind_a_live_socket_is_found_out_and_the_hole_is_named() -> None:
    async with rig(speed=120, settings=FeedSettings(tick=0.25, audit_every=30.0, seed=1)) as feed:
        await feed.live()
        await feed.until(lambda: feed.market.trades.get("BTC"))
        before = feed.market.trades["BTC"][-1].time
        feed.fault(f.Stall(stream="trades", seconds=100))
        await feed.until(lambda: feed.market.trades["BTC"][-1].time > before + 100_000)
        await feed.until(lambda: feed.counts["Gap"])
        assert any(gap.start <= before + 60_000 <= gap.end + 60_000 for gap in feed.all(events.Gap))


async def test_trades_lost_one_by_one_are_found_by_the_audit() -> None:
    async with rig(speed=120, settings=FeedSettings(tick=0.25, audit_every=20.0, seed=1)) as feed:
        await feed.live()
        feed.fault(f.Drop(stream="trades", share=0.2))
        await feed.until(lambda: feed.counts["Gap"])
        gap = feed.all(events.Gap)[0]
        assert gap.end - gap.start == 59_999
        assert gap.start % 60_000 == 0


async def test_an_undisturbed_feed_has_no_gaps_however_it_is_audited() -> None:
    async with rig(speed=120, settings=FeedSettings(tick=0.25, audit_every=20.0, seed=1)) as feed:
        await feed.live()
        audited = feed.clock.now_ms() + 200_000
        await feed.until(lambda: feed.clock.now_ms() > audited)
        assert feed.counts["Gap"] == feed.counts["Disconnected"] == 0
        assert feed.feed.chores.failures.total() == 0


# Refusals and fallbacks ----------------------------------------------------------------------------

LATER_WAYS = [
    ("prices", ["fastAssetCtxs"], "allMids and activeAssetCtx"),
    ("prices", ["fastAssetCtxs", "allMids"], "polled allMids"),
    ("contexts", ["allDexsAssetCtxs"], "polled metaAndAssetCtxs"),
    ("spot", ["spotAssetCtxs"], "polled spotMetaAndAssetCtxs"),
    ("book:BTC", ["fast l2Book"], "slow l2Book"),
    ("book:BTC", ["l2Book"], "polled l2Book"),
    ("quotes:BTC", ["bbo"], "best levels of the book"),
    ("trades:BTC", ["trades"], "polled recentTrades"),
    ("candle:BTC:1m", ["candle"], "polled candleSnapshot"),
    ("market:BTC", ["activeAssetCtx"], "contexts of all coins"),
]
"""Of each stream: which subscriptions do not work, and by which way it comes then."""


def test_every_way_but_the_best_of_every_stream_is_tried_here() -> None:
    ways = {(stream, way.name) for stream, _, _ in LATER_WAYS for way in ways_of(stream, universe())[1:]}
    assert {(stream, way) for stream, _, way in LATER_WAYS} == ways
    assert {stream.partition(":")[0] for stream, _, _ in LATER_WAYS} == set(CADENCES)


@pytest.mark.parametrize(("stream", "broken", "way"), LATER_WAYS)
@pytest.mark.parametrize("how", [f.RefuseSubscription, f.SilentSubscription])
async def test_every_subscription_has_its_fallback(
    stream: str, broken: list[str], way: str, how: type[f.RefuseSubscription] | type[f.SilentSubscription]
) -> None:
    """Whether it is refused or stays silent: the values keep coming, and the state says so."""
    async with rig(speed=120, faults=[how(type=kind) for kind in broken]) as feed:
        await feed.until(lambda: feed.feed.report()["streams"].get(stream, {}).get("way") == way)
        await feed.until(lambda: feed.states(stream)[-1:] == ["fallback"])
        assert feed.feed.report()["fallbacks"][stream].startswith(f"{way}, because ")
        await feed.until(lambda: _has_values(feed, stream))
        assert feed.feed.report()["failures"] == {}
        feed.exchange.faults.clear()
        feed.feed.streams.by_name[stream].trial_at = 0.0
        await feed.until(lambda: feed.states(stream)[-1] == "live")


def _has_values(feed, stream: str) -> bool:
    market = feed.market
    btc = market.coins["BTC"]
    return {
        "prices": lambda: btc.mid and btc.mark and market.coins["xyz:GOLD"].mid,
        "contexts": lambda: market.coins["xyz:GOLD"].oracle,
        "spot": lambda: market.coins["@107"].day_volume is not None,
        "book:BTC": lambda: market.books.get("BTC"),
        "quotes:BTC": lambda: market.quotes.get("BTC"),
        "trades:BTC": lambda: market.trades.get("BTC"),
        "candle:BTC:1m": lambda: market.candles.get(("BTC", "1m")),
        "market:BTC": lambda: btc.oracle,
    }[stream]()


async def test_without_any_socket_everything_is_polled_and_the_socket_takes_over_again() -> None:
    async with rig(speed=120, faults=[f.RefuseConnections()]) as feed:
        await feed.until(lambda: feed.market.trades.get("BTC") and feed.market.books.get("BTC"))
        await feed.until(lambda: feed.states("contexts")[-1:] == ["fallback"])
        feed.exchange.faults.clear()
        await feed.live()
        assert feed.feed.streams.by_name["book:BTC"].at == 0


async def test_a_name_that_kills_the_socket_is_quarantined_and_the_others_go_on() -> None:
    async with rig(speed=120) as feed:
        await feed.live()
        forbidden = feed.exchange.world.coins() - {"ETH"}
        feed.exchange.world.coins = lambda: forbidden  # the exchange has dropped it, our universe is old
        feed.topics |= {"trades:ETH"}
        await feed.until(lambda: feed.counts["Disconnected"])
        await feed.live(*(name for name in feed.feed.streams.by_name if name != "trades:ETH"))
        await feed.until(lambda: feed.feed.report()["suspects"].get("trades ETH") == 2)
        assert set(feed.feed.report()["suspects"]) == {"trades ETH"}
        del feed.exchange.world.coins
        await feed.live("trades:ETH")
        assert feed.feed.report()["suspects"] == {}


async def test_too_many_subscriptions_for_the_exchange_are_asked_again_later() -> None:
    async with rig(speed=120, exchange_limits=Limits(subscriptions=5)) as feed:
        await feed.until(lambda: feed.feed.report()["error_frames"].get("too many subscriptions"))
        feed.exchange.limits = Limits()
        await feed.live()
        assert feed.counts["Disconnected"] == 0


async def test_too_many_frames_for_the_exchange_are_sent_again_after_a_pause() -> None:
    async with rig(speed=120, exchange_limits=Limits(frames=5)) as feed:
        await feed.until(lambda: feed.feed.report()["error_frames"].get("too many messages"))
        feed.exchange.limits = Limits()
        await feed.live()


async def test_too_few_subscriptions_in_our_own_budget_are_waited_for_without_asking_the_exchange() -> None:
    async with rig(limits=BudgetLimits(subscriptions=5)) as feed:
        await feed.until(lambda: feed.feed.chores.failures["link"] >= 2)
        assert feed.exchange.usage.peak["subscriptions"] == 0
        assert "subscriptions" in feed.feed.report()["last_errors"].get("link", "subscriptions")


async def test_without_budget_for_a_socket_none_is_opened() -> None:
    async with rig(limits=BudgetLimits(sockets=0)) as feed:
        await feed.until(lambda: feed.feed.chores.failures["link"] >= 2)
        assert feed.exchange.usage.total["opens"] == 0


# Bad frames ----------------------------------------------------------------------------------------


async def test_bad_frames_are_counted_logged_once_per_kind_and_survived(caplog: pytest.LogCaptureFixture) -> None:
    async with rig(speed=120, faults=[f.Garble(share=0.3)]) as feed:
        await feed.until(lambda: sum(feed.feed.report()["bad_frames"].values()) > 50)
        kinds = feed.feed.report()["bad_frames"]
        logged = [record.getMessage() for record in caplog.records if "of its kind" in record.getMessage()]
        assert [kind for kind in kinds if not any(kind in line for line in logged)] == []
        assert len(logged) <= len(kinds) + 2
        feed.exchange.faults.clear()
        await feed.live()


async def test_a_channel_that_nobody_knows_is_counted() -> None:
    async with rig() as feed:
        await feed.live()
        for socket in feed.exchange.sockets:
            socket.send([("novelty", "", b'{"channel":"novelty","data":{"a":1}}')])
            socket.send([("error", "", b'{"channel":"error","data":"something new"}')])
        await feed.until(lambda: feed.feed.report()["unknown_channels"].get("novelty") == 1)
        await feed.until(lambda: feed.feed.report()["error_frames"] == {"other": 1})


# The consumer --------------------------------------------------------------------------------------


async def test_a_consumer_that_does_not_keep_up_stops_the_reading_not_the_feed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("exchange.hearing.MOST_WAITING", 50)
    async with rig(speed=120, start=False) as listener:
        feed = listener.feed
        listener.demand.hold("test", TOPICS)
        first = await anext(feed)
        assert isinstance(first, events.UniverseChanged)
        for _ in range(200):
            listener.demand.hold("test", TOPICS)
            await asyncio.sleep(0.01)
            if feed.link.connection is not None and feed.link.connection._paused:
                break
        assert len(feed._frames) < 500
        assert feed.link.connection is not None
        assert feed.link.connection._paused
        async with asyncio.timeout(10):
            while feed.link.connection is None or feed.link.connection._paused:
                listener.demand.hold("test", TOPICS)
                await anext(feed)
        await feed.aclose()


async def test_a_closed_feed_ends_its_iteration_and_gives_back_what_it_held() -> None:
    async with rig() as feed:
        await feed.live()
        await feed.feed.aclose()
        await asyncio.sleep(0)
        with pytest.raises(StopAsyncIteration):
            while True:
                await anext(feed.feed)
        assert not feed.exchange.sockets or await _gone(feed)


async def _gone(feed) -> bool:
    await feed.until(lambda: True)
    for _ in range(100):
        if not feed.exchange.sockets:
            return True
        await asyncio.sleep(0.01)
    return False


async def test_a_feed_that_never_started_can_be_closed() -> None:
    async with rig(start=False) as feed:
        await feed.feed.aclose()
        with pytest.raises(StopAsyncIteration):
            await anext(feed.feed)
