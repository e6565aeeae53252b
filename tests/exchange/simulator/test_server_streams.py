"""Each stream begins and goes on as API.md section 5 says, on the exchange's clock."""

import json
from collections import defaultdict
from decimal import Decimal
from itertools import pairwise

import pytest

from exchange.simulator import cast
from exchange.simulator import happenings as h
from exchange.simulator.faults import Frame
from exchange.simulator.stream_events import tell
from exchange.simulator.stream_fast import changes
from exchange.simulator.stream_hub import Hub
from exchange.simulator.stream_names import SHAPES, Unparseable, parse
from exchange.simulator.world import World
from tests.exchange.simulator import worlds
from tests.exchange.simulator.server_client import Stage, inflate, stage

USER = cast.TRADER
ACCOUNT = [kind for kind, shape in SHAPES.items() if any(name == "user" for name, _, _ in shape)]
WITHOUT_SNAPSHOT = ["orderUpdates", "userEvents", "notification"]
HISTORIES = [
    "userFills",
    "userFundings",
    "userNonFundingLedgerUpdates",
    "userHistoricalOrders",
    "userTwapSliceFills",
    "userTwapHistory",
]


@pytest.fixture(scope="module")
def world() -> World:
    return worlds.small(3)


@pytest.fixture
async def stand(world: World):
    async with stage(world) as stand:
        yield stand


class Listener:
    """A member of a hub that notes when what came."""

    def __init__(self) -> None:
        self.heard: dict[str, list[tuple[int, bytes]]] = defaultdict(list)

    def send(self, frames: list[Frame]) -> None:
        raise AssertionError("a hub hands frames out and sends none")

    def take(self, hub: Hub, seconds: float, tick_ms: int = 50) -> None:
        """Let the hub's time pass in ticks."""
        for _ in range(round(seconds * 1000 / tick_ms)):
            for outbox in hub.step(hub.world.now_ms + tick_ms):
                for channel, _, text in outbox.get(self, ()):
                    self.heard[channel].append((hub.world.now_ms, text))

    def gaps(self, channel: str) -> list[float]:
        """Seconds between the frames of a channel."""
        return [(after[0] - before[0]) / 1000 for before, after in pairwise(self.heard[channel])]


def listen(world: World, **subscription) -> tuple[Hub, Listener]:
    hub, listener = Hub(world, 1), Listener()
    hub.join(listener, parse(subscription))
    return hub, listener


@pytest.mark.parametrize(
    ("subscription", "seconds", "shortest", "longest"),
    [
        ({"type": "allMids"}, 30, 5.0, 5.0),
        ({"type": "l2Book", "coin": "BTC"}, 60, 5.0, 5.65),
        ({"type": "l2Book", "coin": "BTC", "fast": True}, 10, 0.5, 0.6),
        ({"type": "activeAssetCtx", "coin": "BTC"}, 10, 1.0, 1.0),
        ({"type": "fastAssetCtxs"}, 10, 1.0, 1.0),
        ({"type": "allDexsAssetCtxs"}, 60, 13.6, 13.6),
        ({"type": "assetCtxs"}, 60, 15.0, 15.0),
        ({"type": "spotAssetCtxs"}, 60, 15.0, 15.0),
        ({"type": "clearinghouseState", "user": cast.EMPTY}, 30, 4.0, 5.05),
        ({"type": "allDexsClearinghouseState", "user": cast.EMPTY}, 30, 5.0, 5.0),
        ({"type": "openOrders", "user": cast.EMPTY}, 30, 4.0, 4.0),
        ({"type": "spotState", "user": cast.EMPTY}, 30, 5.0, 5.0),
        ({"type": "twapStates", "user": cast.EMPTY}, 30, 5.0, 5.0),
        ({"type": "webData3", "user": cast.EMPTY}, 30, 5.0, 5.0),
    ],
)
def test_states_come_at_their_cadence(
    world: World, subscription: dict, seconds: int, shortest: float, longest: float
):
    hub, listener = listen(world, **subscription)
    listener.take(hub, seconds)
    (gaps,) = [listener.gaps(channel) for channel in listener.heard]
    assert len(gaps) >= 2
    assert min(gaps) == pytest.approx(shortest, abs=0.05)
    assert max(gaps) <= longest + 0.001


def test_cadences_hold_however_far_the_clock_jumps(world: World):
    hub, listener = listen(world, type="activeAssetCtx", coin="BTC")
    listener.take(hub, 20, tick_ms=10_000)
    assert len(listener.heard["activeAssetCtx"]) in (19, 20)


def test_a_fast_book_has_five_levels_and_a_slow_one_up_to_twenty(world: World):
    fast = world.l2_book("BTC", fast=True)
    assert [len(side) for side in fast["levels"]] == [5, 5]
    assert fast["fast"] is True
    assert "fast" not in world.l2_book("BTC")


async def test_trades_begin_with_thirty_unflagged_rows_and_go_on_per_block(stand: Stage):
    async with stand.talk() as talk:
        await talk.subscribe(type="trades", coin="BTC")
        first = await talk.hear()
        assert first["channel"] == "trades"
        assert len(first["data"]) == 30
        await stand.pass_time(30)
        live = await talk.flush()
        assert len(live) >= 5
        for frame in live:
            assert len({trade["time"] for trade in frame["data"]}) == 1
        seen = {(trade["time"], trade["tid"]) for trade in first["data"]}
        assert not seen & {(trade["time"], trade["tid"]) for frame in live for trade in frame["data"]}


async def test_bbo_comes_on_change(stand: Stage):
    async with stand.talk() as talk:
        await talk.subscribe(type="bbo", coin="BTC")
        await stand.pass_time(30)
        frames = [frame["data"]["bbo"] for frame in await talk.flush()]
        assert len(frames) > 10


def test_candles_come_about_once_a_second_and_the_end_of_each_is_sent(world: World):
    hub, listener = listen(world, type="candle", coin="BTC", interval="1m")
    listener.take(hub, 130)
    candles = [(at, json.loads(text)["data"]) for at, text in listener.heard["candle"]]
    assert len(candles) <= 140
    last = {candle["t"]: candle for _, candle in candles}
    for (at, candle), (then, following) in pairwise(candles):
        assert then - at >= 950 or candle["t"] < following["t"] or following is last[following["t"]]
    for start in sorted(last)[:-1]:
        body = {"coin": "BTC", "interval": "1m", "startTime": start, "endTime": start}
        assert world.info({"type": "candleSnapshot", "req": body}) == [last[start]]


async def test_a_spot_context_has_a_channel_of_its_own(stand: Stage):
    spot = next(coin for coin in sorted(stand.exchange.world.coins()) if coin.startswith("@"))
    async with stand.talk() as talk:
        await talk.subscribe(type="activeAssetCtx", coin=spot)
        assert (await talk.hear())["channel"] == "activeSpotAssetCtx"


async def test_fast_contexts_are_full_first_and_then_only_changes(stand: Stage):
    async with stand.talk() as talk, stand.talk() as late:
        await talk.subscribe(type="fastAssetCtxs")
        known = inflate((await talk.hear())["data"])
        assert known == stand.exchange.world.fast_ctxs()
        await stand.pass_time(5.5)
        for frame in await talk.flush():
            for coin, fields in inflate(frame["data"]).items():
                assert all(known[coin][name] != value for name, value in fields.items())
                known[coin] |= fields
        await late.subscribe(type="fastAssetCtxs")
        assert inflate((await late.hear())["data"]) == known
        await stand.pass_time(2)
        changed = [frame["data"] for frame in await late.flush()]
        assert changed == [frame["data"] for frame in await talk.flush()]


def test_a_field_that_is_gone_becomes_null():
    old = {"BTC": {"markPx": "1.0", "midPx": "1.0"}, "ETH": {"markPx": "2.0"}}
    new = {"BTC": {"markPx": "1.0"}, "ETH": {"markPx": "2.0"}, "SOL": {"midPx": None}}
    assert changes(old, new) == {"BTC": {"midPx": None}, "SOL": {"midPx": None}}


@pytest.mark.parametrize("kind", ACCOUNT)
async def test_account_streams_begin_with_their_state_or_history_or_silence(stand: Stage, kind: str):
    async with stand.talk() as talk:
        extra = {"coin": "BTC"} if kind == "activeAssetData" else {}
        await talk.subscribe(type=kind, user=USER, **extra)
        frames = await talk.flush()
    if kind in WITHOUT_SNAPSHOT:
        assert frames == []
        return
    (frame,) = frames
    assert frame["channel"] == kind
    named = frame["data"]["userState"] if kind == "webData3" else frame["data"]
    assert named["user"] == USER
    assert frame["data"].get("isSnapshot") == (True if kind in HISTORIES else None)


async def test_live_frames_of_an_account_have_no_snapshot_flag(stand: Stage):
    async with stand.talk() as talk:
        for kind in HISTORIES:
            await talk.subscribe(type=kind, user=cast.MARKET_MAKER)
            await talk.flush()
        await stand.pass_time(30)
        frames = await talk.flush()
        assert "userFills" in {frame["channel"] for frame in frames}
        for frame in frames:
            assert "isSnapshot" not in frame["data"]
            assert frame["data"]["user"] == cast.MARKET_MAKER


def test_aggregated_fills_add_up_to_the_single_ones(world: World):
    hub, single, merged = Hub(world, 1), Listener(), Listener()
    for member, aggregate in ((single, False), (merged, True)):
        hub.join(member, parse({"type": "userFills", "user": cast.MARKET_MAKER, "aggregateByTime": aggregate}))
    for _ in range(600):
        for outbox in hub.step(world.now_ms + 50):
            for member, frames in outbox.items():
                member.heard["userFills"] += [(world.now_ms, text) for _, _, text in frames]

    def rows(listener: Listener) -> list[dict]:
        return [fill for _, text in listener.heard["userFills"] for fill in json.loads(text)["data"]["fills"]]

    assert 0 < len(rows(merged)) <= len(rows(single))
    assert sum(Decimal(fill["sz"]) for fill in rows(merged)) == sum(Decimal(fill["sz"]) for fill in rows(single))


def test_an_account_state_follows_an_event_soon_but_not_each_one_apart(world: World):
    hub, listener = listen(world, type="openOrders", user=cast.MARKET_MAKER)
    listener.take(hub, 20)
    gaps = listener.gaps("openOrders")
    assert min(gaps) >= 0.5
    assert len(gaps) > 6


def test_active_asset_data_is_sent_only_when_it_changed(world: World):
    hub, listener = listen(world, type="activeAssetData", user=USER, coin="BTC")
    hub.join(listener, parse({"type": "activeAssetData", "user": USER, "coin": "BTC"}))
    listener.take(hub, 20)
    texts = [text for _, text in listener.heard["activeAssetData"]]
    assert all(before != after for before, after in pairwise(texts))


def test_each_happening_is_told_on_its_channels():
    def told(*happenings):
        return [(one.type, one.about, *one.message) for one in tell(list(happenings))]

    assert told(h.Trades(1, "BTC", [{"tid": 1}])) == [("trades", "BTC", "trades", [{"tid": 1}])]
    assert told(h.Filled(1, "u", {"tid": 1}), h.Filled(1, "u", {"tid": 2}), h.Filled(2, "u", {"tid": 3})) == [
        ("userFills", "u", "userFills", {"user": "u", "fills": [{"tid": 1}, {"tid": 2}]}),
        ("userEvents", "u", "user", {"fills": [{"tid": 1}, {"tid": 2}]}),
        ("userFills", "u", "userFills", {"user": "u", "fills": [{"tid": 3}]}),
        ("userEvents", "u", "user", {"fills": [{"tid": 3}]}),
    ]
    assert told(h.SliceFilled(1, "u", {"twapId": 1})) == [
        ("userTwapSliceFills", "u", "userTwapSliceFills", {"user": "u", "twapSliceFills": [{"twapId": 1}]}),
        ("userEvents", "u", "user", {"twapSliceFills": [{"twapId": 1}]}),
    ]
    assert told(h.TwapChanged(1, "u", {"time": 1})) == [
        ("userTwapHistory", "u", "userTwapHistory", {"user": "u", "history": [{"time": 1}]}),
        ("userEvents", "u", "user", {"twapHistory": [{"time": 1}]}),
    ]
    assert told(h.FundingPaid(1, "u", {"coin": "A"}), h.FundingPaid(1, "u", {"coin": "B"})) == [
        ("userFundings", "u", "userFundings", {"user": "u", "fundings": [{"coin": "A"}, {"coin": "B"}]}),
        ("userEvents", "u", "user", {"funding": {"coin": "A"}}),
        ("userEvents", "u", "user", {"funding": {"coin": "B"}}),
    ]
    name = "userNonFundingLedgerUpdates"
    assert told(h.LedgerChanged(1, "u", {"hash": "0x"})) == [
        (name, "u", name, {"user": "u", "nonFundingLedgerUpdates": [{"hash": "0x"}]})
    ]
    assert told(h.OrderChanged(1, "u", {"a": 1}, {"b": 1}), h.OrderChanged(1, "u", {"a": 2}, {"b": 2})) == [
        ("userHistoricalOrders", "u", "userHistoricalOrders", {"user": "u", "orderHistory": [{"b": 1}, {"b": 2}]}),
        ("orderUpdates", "u", "orderUpdates", [{"a": 1}, {"a": 2}]),
    ]
    assert told(h.Liquidated(1, "u", {"lid": 1})) == [("userEvents", "u", "user", {"liquidation": {"lid": 1}})]
    assert told(h.CancelledByExchange(1, "u", [{"oid": 1}])) == [
        ("userEvents", "u", "user", {"nonUserCancel": [{"oid": 1}]})
    ]
    assert told(h.Notified(1, "u", "hello")) == [("notification", "u", "notification", {"notification": "hello"})]
    assert told(h.OutcomesChanged(1, [{"a": 1}])) == [("outcomeMetaUpdates", "", "outcomeMetaUpdates", [{"a": 1}])]
    assert told(h.BookChanged(1, "BTC"), h.CandleChanged(1, "BTC"), h.PositionChanged(1, "u", "", "BTC")) == []


def test_every_type_can_be_joined_and_left(world: World):
    hub, listener = Hub(world, 1), Listener()
    for kind in SHAPES:
        subscription = parse({"type": kind, "coin": "BTC", "user": USER, "interval": "1m"})
        for channel, _, _ in hub.join(listener, subscription):
            assert channel == {"userEvents": "user"}.get(kind, kind)
        hub.leave(listener, subscription)
        hub.leave(listener, subscription)
    listener.take(hub, 2)
    assert listener.heard == {}


def test_frames_are_built_once_for_all_members(world: World):
    hub, one, other = Hub(world, 1), Listener(), Listener()
    for member in (one, other):
        hub.join(member, parse({"type": "allMids"}))
    for outbox in hub.step(world.now_ms + 6000):
        for frames in outbox.values():
            assert frames[0][2] is outbox[one][0][2]
            assert set(outbox) == {one, other}


@pytest.mark.parametrize("raw", [None, 7, {}, {"type": "webData2", "user": USER}, {"type": "bbo", "coin": None}])
def test_what_is_no_subscription_is_unparseable(raw):
    with pytest.raises(Unparseable):
        parse(raw)


async def test_times_in_frames_trail_the_clock(stand: Stage):
    await stand.pass_time(5)
    assert 200 <= stand.clock.now_ms() - stand.exchange.world.now_ms <= 900
