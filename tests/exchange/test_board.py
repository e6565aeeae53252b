"""The Board: rows at join + later changes == fresh rows, each change once, and no more than what changed."""

from collections.abc import Iterable
from decimal import Decimal

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exchange import events
from exchange.board import Board, Change, merge
from exchange.clock import ManualClock
from exchange.market import Market
from exchange.rows import BOOK, BOOK_KEY, CANDLE, MARKET, MARKETS, STATUS, STATUS_KEY, STREAM, TRADES, TRADES_KEPT
from exchange.wire import market as wire
from tests.exchange.board_events import NAMES, TOPICS, anything, universe

NOW = 1_700_000_000_000


class Reader:
    """What a browser does: keeps rows by topic, and notices a number that is missing."""

    def __init__(self) -> None:
        self.rows: dict[str, dict] = {}
        self.seq: dict[str, int] = {}
        self.frames: list[dict] = []

    def read(self, changes: Iterable[Change]) -> list[dict]:
        self.frames = [msgspec.json.decode(change.frame) for change in changes]
        for frame in self.frames:
            topic = frame["topic"]
            if frame.get("full"):
                self.rows[topic] = frame["rows"]
            else:
                assert frame["seq"] == self.seq[topic] + 1, "a hole"
                self.rows[topic] = merge(self.rows[topic], frame["rows"])
            self.seq[topic] = frame["seq"]
        return self.frames


def as_json(rows) -> dict:
    return msgspec.json.decode(msgspec.json.encode(rows))


@pytest.fixture
def clock():
    return ManualClock(NOW)


@pytest.fixture
def market():
    market = Market()
    market.apply(events.UniverseChanged(NOW, universe()))
    return market


@pytest.fixture
def board(market, clock):
    return Board(market, clock, "simulated", epoch=7)


@pytest.fixture
def reader(board):
    reader = Reader()
    reader.read(board.collect())
    return reader


def book(coin: str, time: int, bid: str = "99", ask: str = "101") -> events.BookChanged:
    sides = ([wire.Level(Decimal(bid), Decimal(3), 1)], [wire.Level(Decimal(ask), Decimal(1), 1)])
    return events.BookChanged(NOW, wire.Book(coin, time, sides))


def traded(coin: str, *times: int) -> events.Traded:
    trades = [wire.Trade(coin, "B", Decimal(100), Decimal(2), time, time % 1000) for time in times]
    return events.Traded(NOW, coin, trades)


@settings(max_examples=150, deadline=None)
@given(st.lists(anything, max_size=60), st.data())
def test_rows_at_join_and_later_changes_are_the_fresh_rows(happenings, data):
    clock, market = ManualClock(NOW), Market()
    board, first, late = Board(market, clock, "simulated", 7), Reader(), Reader()
    first.read(board.collect())
    for event in happenings:
        market.apply(event)
        if data.draw(st.integers(0, 4)) == 0:
            board.hold(data.draw(st.sets(st.sampled_from(TOPICS))))
        if data.draw(st.booleans()):
            clock._elapsed += data.draw(st.sampled_from([0.0, 0.3, 1.0]))
            changes = board.collect()
            first.read(changes)
            late.read(change for change in changes if change.topic in late.seq or change.full)
            late.read(full for topic in board.topics - late.seq.keys() if (full := board.full(topic)))
    clock._elapsed += 2
    changes = board.collect()
    first.read(changes)
    late.read(change for change in changes if change.topic in late.seq or change.full)
    for topic in board.topics:
        known = first.rows[topic] if topic != "markets" else first.rows.get(topic, {})
        assert known == as_json(board.fresh(topic))
        assert late.rows.get(topic, known) == known


def test_a_topic_just_held_comes_whole_even_if_it_is_empty(board, reader):
    board.hold({"book:BTC"})
    frames = reader.read(board.collect())
    assert [(frame["topic"], frame["full"], frame["rows"]) for frame in frames] == [("book:BTC", True, {})]


def test_a_leader_that_knows_no_market_yet_takes_none_away(clock):
    market, reader = Market(), Reader()
    board = Board(market, clock, "simulated", 2)
    assert {frame["topic"] for frame in reader.read(board.collect())} == {"status"}
    assert "markets" not in board.standing()
    market.apply(events.UniverseChanged(NOW, universe()))
    assert {"markets"} <= {frame["topic"] for frame in reader.read(board.collect()) if frame.get("full")}
    assert reader.rows["markets"] == as_json(board.fresh("markets")) != {}


def test_only_changed_fields_of_changed_rows_are_sent(board, market, reader):
    market.apply(events.Prices(NOW, {"BTC": Decimal(100), "@107": Decimal(5)}, {}))
    reader.read(board.collect())
    market.apply(events.Prices(NOW, {"BTC": Decimal(101), "@107": Decimal(5)}, {}))
    (frame,) = reader.read(board.collect())
    assert frame["rows"] == {"BTC": {"mark": "101.00", "n_mark": 101.0}}


def test_nothing_changed_is_nothing_sent(board, market, reader):
    market.apply(events.Prices(NOW, {"BTC": Decimal(100)}, {}))
    reader.read(board.collect())
    market.apply(events.Prices(NOW + 1, {"BTC": Decimal("100.0")}, {}))
    assert reader.read(board.collect()) == []


async def test_the_status_beats_each_second_whatever_happens(board, clock, reader):
    assert reader.read(board.collect()) == []
    await clock.advance(1)
    (frame,) = reader.read(board.collect())
    assert frame["topic"] == "status"
    assert frame["rows"] == {STATUS_KEY: {"now": NOW + 1000}}


async def test_changes_that_alerts_look_at_are_asked_for_once_a_second_and_go_when_nobody_looks(
    board, clock, reader
):
    known = {"BTC": {"change:300000": {"value": "+0.100%", "n_value": 0.1}}}
    board.changes_of = lambda coin: dict(known.get(coin, {}))
    board.hold(["changes:BTC", "changes:ETH"])
    reader.read(board.collect())
    assert reader.rows["changes:BTC"] == known["BTC"]
    assert reader.rows["changes:ETH"] == {}
    await clock.advance(1)
    reader.read(board.collect())
    known["BTC"] = {"change:300000": {"value": "+0.200%", "n_value": 0.2}}
    await clock.advance(0.5)
    assert not [frame for frame in reader.read(board.collect()) if frame["topic"] == "changes:BTC"]
    await clock.advance(0.5)
    reader.read(board.collect())
    assert reader.rows["changes:BTC"] == known["BTC"]
    del known["BTC"]
    await clock.advance(1)
    reader.read(board.collect())
    assert reader.rows["changes:BTC"] == {}


def test_a_frame_says_its_epoch_and_times(board, market, reader):
    board.hold({"book:BTC"})
    market.apply(book("BTC", NOW - 5))
    frame = next(frame for frame in reader.read(board.collect()) if frame["topic"] == "book:BTC")
    assert (frame["epoch"], frame["time"], frame["received"], frame["sent"]) == (7, NOW - 5, NOW, NOW)


def test_numbers_go_on_rising_when_a_topic_is_held_again(board, market, reader):
    board.hold({"book:BTC"})
    reader.read(board.collect())
    for time in range(5):
        market.apply(book("BTC", NOW + time, bid=str(90 + time)))
        reader.read(board.collect())
    before = reader.seq["book:BTC"]
    board.hold(set())
    board.hold({"book:BTC"})
    reader.read(board.collect())
    assert reader.seq["book:BTC"] > before


def test_a_book_sent_again_unchanged_renews_only_its_time(board, market, reader):
    board.hold({"book:BTC"})
    market.apply(book("BTC", NOW))
    reader.read(board.collect())
    market.apply(book("BTC", NOW + 500))
    frames = [frame for frame in reader.read(board.collect()) if frame["topic"] == "book:BTC"]
    assert [frame["rows"] for frame in frames] == [{BOOK_KEY: {"time": NOW + 500}}]


def test_depth_is_cumulative_and_relative_to_the_deeper_side(board, market, reader):
    board.hold({"book:BTC"})
    market.apply(book("BTC", NOW))
    reader.read(board.collect())
    row = reader.rows["book:BTC"][BOOK_KEY]
    assert row["bids"] == [["99.000", "3.00", "3.00", 1.0]]
    assert row["asks"] == [["101.00", "1.00", "1.00", 0.333]]
    assert (row["spread"], row["spread_pct"], row["mid"]) == ("2", "2.0000%", "100.00")


def test_the_tape_keeps_the_newest_trades_and_deletes_the_others(board, market, reader):
    board.hold({"trades:BTC"})
    market.apply(traded("BTC", *range(NOW, NOW + TRADES_KEPT)))
    reader.read(board.collect())
    market.apply(traded("BTC", NOW + 500))
    frame = reader.read(board.collect())[-1]
    assert frame["rows"][f"{NOW}-{NOW % 1000}"] is None
    assert len(reader.rows["trades:BTC"]) == TRADES_KEPT
    assert reader.rows["trades:BTC"][f"{NOW + 500}-{(NOW + 500) % 1000}"]["side"] == "buy"


def test_malformed_topics_are_passed_over(board):
    board.hold({"nonsense", "candle:BTC:7m", "book:BTC"})
    assert board.topics == {"markets", "status", "book:BTC"}


def test_a_coin_that_is_gone_takes_its_rows_along(board, market, reader):
    board.hold({"market:BTC", "book:BTC"})
    market.apply(book("BTC", NOW))
    reader.read(board.collect())
    market.apply(events.UniverseChanged(NOW, universe(NAMES[1:])))
    reader.read(board.collect())
    assert "BTC" not in reader.rows["markets"]
    assert reader.rows["market:BTC"] == reader.rows["book:BTC"] == {}


def test_trades_of_a_coin_that_is_gone_go_with_it(board, market, reader):
    board.hold({"trades:BTC"})
    market.apply(traded("BTC", NOW))
    reader.read(board.collect())
    assert reader.rows["trades:BTC"]
    market.apply(events.UniverseChanged(NOW, universe(NAMES[1:])))
    reader.read(board.collect())
    assert reader.rows["trades:BTC"] == {}


def test_whole_frames_of_unknown_or_unsent_topics_are_none(board):
    assert board.full("book:BTC") is None
    assert board.full("markets") is None
    assert board.standing() == {}
    board.collect()
    assert board.full("markets").full
    assert board.standing() == {"markets": 1, "status": 1}


def test_rows_have_exactly_the_fields_that_are_written_down(board, market, reader):
    board.hold(set(TOPICS))
    market.apply(book("BTC", NOW))
    market.apply(traded("BTC", NOW))
    bar = wire.Candle(NOW, NOW + 59_999, "BTC", "1m", *[Decimal(1)] * 5, 3)
    market.apply(events.CandleChanged(NOW, bar))
    reader.read(board.collect())
    written = {
        "markets": MARKETS,
        "market:BTC": MARKET,
        "book:BTC": BOOK,
        "trades:BTC": TRADES,
        "candle:BTC:1m": CANDLE,
    }
    for topic, fields in written.items():
        for row in reader.rows[topic].values():
            assert set(row) == set(fields), topic
    status = dict(reader.rows["status"])
    assert set(status.pop(STATUS_KEY)) == set(STATUS)
    assert all(set(row) == set(STREAM) for row in status.values())
    assert set(status) == {"book:BTC", "trades:BTC", "candle:BTC:1m"}


def test_addresses_of_odd_names_are_quoted(reader):
    hrefs = {name: row["href"] for name, row in reader.rows["markets"].items()}
    assert hrefs["@107"] == "/markets/@107/"
    assert hrefs["xyz:SP500"] == "/markets/xyz:SP500/"
    assert hrefs["PURR/USDC"] == "/markets/PURR/USDC/"


def test_values_that_another_stream_carries_are_as_fresh_as_that_stream(board, market):
    """Best quotes fall back to the best levels of the book: the status must not call them old for ever."""
    market.apply(events.StreamState(NOW, "quotes:BTC", "fallback", "best levels of the book"))
    assert board.fresh("status")["quotes:BTC"]["last_received"] is None
    market.apply(book("BTC", NOW - 5))
    assert board.fresh("status")["quotes:BTC"]["last_received"] == NOW
    market.apply(events.StreamState(NOW, "quotes:BTC", "live", ""))
    assert board.fresh("status")["quotes:BTC"]["last_received"] is None
