"""A wrong name kills the whole socket: no name but those of the newest reading of the universe is ever sent."""

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from exchange import events
from exchange.budget import Budget
from exchange.budget_memory import MemoryStore
from exchange.clock import ManualClock
from exchange.controls import ErrorText
from exchange.demand import Demand
from exchange.feed import LiveFeed
from exchange.info import InfoClient
from exchange.session import Session
from exchange.simulator import sockets
from exchange.simulator.world import START_MS
from exchange.topics import INTERVALS
from tests.exchange.board_events import NAMES, universe
from tests.exchange.feed_rig import rig

OTHERS = (
    "btc",
    "BTC ",
    " BTC",
    "Btc",
    "ВТС",
    "BTC\x00",
    "xyz",
    "xyz:",
    ":BTC",
    "XYZ:SP500",
    "xyz:sp500",
    "xyz:BTC",
    "@0107",
    "@",
    "@-1",
    "#1",
    "PURR",
    "PURR/USDT",
    "purr/usdc",
    "",
    "null",
    '"',
    "BTC\n",
    "𝔅",
    "BTC:1m",
    "__proto__",
)
JUNK = [*OTHERS, "x" * 64, "x" * 65]  # fmt: skip

junk = st.sampled_from(JUNK) | st.text(max_size=70)
coins = st.sampled_from(NAMES) | junk
topics = st.one_of(
    st.builds("{}:{}".format, st.sampled_from(["market", "book", "trades"]), coins),
    st.builds("candle:{}:{}".format, coins, st.sampled_from(INTERVALS) | junk),
    st.sampled_from(["markets", "status", "", ":", "book", "candle:", "candle:BTC"]),
    st.text(max_size=80),
)
steps = st.one_of(
    st.tuples(st.just("hold"), st.lists(topics, max_size=12)),
    st.tuples(st.just("learn"), st.lists(st.sampled_from(NAMES), min_size=1, unique=True)),
    st.tuples(st.sampled_from(["follow", "renew", "refuse", "send", "lose"]), st.none()),
)


class Sender:
    """A feed without a network, whose frames are looked at instead of sent."""

    def __init__(self) -> None:
        self.clock = ManualClock(START_MS)
        budget, self.demand = Budget(MemoryStore(), None, self.clock), Demand(self.clock)
        info = InfoClient("http://127.0.0.1:9")
        self.feed = LiveFeed("ws://127.0.0.1:9", info, budget, self.demand, self.clock)
        self.ear, self.link = self.feed.ear, self.feed.link
        self.lose()

    def hold(self, topics: list[str]) -> None:
        self.demand.hold("somebody", topics)

    def learn(self, names: list[str]) -> None:
        self.known = set(names)
        self.ear.learn(universe(tuple(names)))

    def follow(self) -> None:
        self.ear.follow(self.demand.wanted(), self.clock.monotonic())

    def renew(self) -> None:
        for stream in self.ear.streams.by_name.values():
            self.ear.renew(stream)

    def refuse(self) -> None:
        for subscription in list(self.link.session.asked):
            text = f"Invalid subscription {json.dumps({'type': subscription.type, 'coin': subscription.coin})}"
            self.ear.controlled(self.link.session, ErrorText(text), 0.0)

    def lose(self) -> None:
        self.link.session = Session("market-1", self.clock.monotonic())

    def send(self) -> None:
        for _, frame in self.link.session.take(1000, self.clock.monotonic()):
            said = json.loads(frame)
            if said["method"] == "subscribe":
                assert said["subscription"].get("coin") in {None, *self.known}, said


@settings(max_examples=300, deadline=None)
@given(st.lists(steps, max_size=30))
def test_fuzz_no_name_is_sent_that_the_newest_universe_does_not_have(happenings) -> None:
    sender = Sender()
    sender.learn(list(NAMES))
    for step, given_ in happenings:
        getattr(sender, step)(*([] if given_ is None else [given_]))
    sender.follow()
    sender.send()
    assert sender.ear.streams.unknown.isdisjoint(sender.known)


async def test_fuzz_junk_in_the_demand_never_reaches_the_exchange(monkeypatch) -> None:
    heard: list[str] = []
    receive = sockets.Socket._receive
    monkeypatch.setattr(
        sockets.Socket, "_receive", lambda self, data: (heard.append(data), receive(self, data))[1]
    )
    kinds = ("market:{}", "book:{}", "trades:{}", "candle:{}:1m")
    wrong = [kind.format(name) for name in JUNK for kind in kinds]
    async with rig(topics=["book:BTC", "trades:xyz:GOLD", *wrong]) as feed:
        await feed.live()
        later = feed.clock.now_ms() + 60_000
        await feed.until(lambda: feed.clock.now_ms() > later)
        assert not feed.all(events.Disconnected)
        named = {json.loads(text).get("subscription", {}).get("coin") for text in heard}
        assert named == {None, "BTC", "xyz:GOLD"}
        assert set(feed.feed.report()["unknown_coins_wanted"]) >= {"btc", "XYZ:SP500", "BTC "}
