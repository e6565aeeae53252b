"""The Market: what it makes of each event."""

from decimal import Decimal
from random import Random

import pytest
from msgspec import structs

from exchange import events
from exchange.market import Market
from exchange.market_state import Dirty
from exchange.market_tape import TAPE_LENGTH, add_trades, new_tape
from tests.exchange.market_events import (
    MINUTE,
    T0,
    book,
    candle,
    context,
    quotes,
    spot_context,
    trade,
    universe,
)

D = Decimal


@pytest.fixture
def market() -> Market:
    """A market that knows its names, with nothing dirty."""
    market = Market()
    market.apply(events.UniverseChanged(T0, universe()))
    market.take_dirty()
    return market


def prices(at: int = T0, **marks: str) -> events.Prices:
    return events.Prices(at, {coin: D(px) for coin, px in marks.items()}, {})


# Prices --------------------------------------------------------------------------------------------


def test_prices_change_only_what_they_name(market: Market) -> None:
    market.apply(events.Prices(T0, {"BTC": D("100"), "ETH": D("3")}, {"BTC": D("100.5")}))
    market.apply(events.Prices(T0 + 1000, {"ETH": D("4")}, {"BTC": None}))
    btc, eth = market.coins["BTC"], market.coins["ETH"]
    assert (btc.mark, btc.mid, btc.prices_at) == (D("100"), None, T0 + 1000)
    assert (eth.mark, eth.mid, eth.prices_at) == (D("4"), None, T0 + 1000)


def test_only_coins_whose_figures_changed_are_dirty(market: Market) -> None:
    market.apply(prices(BTC="100", ETH="3"))
    assert market.take_dirty().coins == {"BTC", "ETH"}
    market.apply(prices(BTC="100", ETH="4"))
    assert market.take_dirty().coins == {"ETH"}
    assert not market.take_dirty()


def test_a_price_of_zero_is_none(market: Market) -> None:
    market.apply(events.Prices(T0, {"BTC": D("0.0")}, {"BTC": D(0)}))
    market.apply(events.CoinContext(T0, "ETH", context(mark="0.0", mid="0")))
    assert market.coins["BTC"].mark is market.coins["BTC"].mid is None
    assert market.coins["ETH"].mark is market.coins["ETH"].mid is None


def test_unknown_coins_and_outcomes_are_passed_over(market: Market) -> None:
    market.apply(events.Prices(T0, {"#10": D(1), "NEW": D(2)}, {"#10": D(1), "NEW": None}))
    market.apply(events.Mids(T0, "", {"#10": D(1)}))
    market.apply(events.CoinContext(T0, "NEW", context()))
    market.apply(events.SpotContexts(T0, [spot_context("@999")]))
    assert not market.take_dirty().coins
    assert "NEW" not in market.coins


def test_slower_streams_do_not_overrule_the_one_second_stream(market: Market) -> None:
    """It sends changes only: an older price that slips in from elsewhere would stay."""
    market.apply(events.Prices(T0, {"BTC": D("100")}, {"BTC": D("100")}))
    market.apply(events.CoinContext(T0 + 1000, "BTC", context(mark="99", mid="99")))
    market.apply(events.Mids(T0 + 1000, "", {"BTC": D("98")}))
    assert (market.coins["BTC"].mark, market.coins["BTC"].mid) == (D("100"), D("100"))
    assert market.coins["BTC"].oracle == D("99.9")


def test_slower_streams_correct_what_the_one_second_stream_has_not_named_for_a_while(market: Market) -> None:
    """So a lost frame of changes is healed."""
    market.apply(events.Prices(T0, {"BTC": D("100")}, {"BTC": D("100")}))
    market.apply(events.CoinContext(T0 + 4000, "BTC", context(mark="99", mid="99")))
    assert (market.coins["BTC"].mark, market.coins["BTC"].mid) == (D("99"), D("99"))
    assert market.coins["BTC"].prices_at == T0 + 4000


def test_mids_carry_prices_where_there_is_nothing_faster(market: Market) -> None:
    market.apply(events.Mids(T0, "", {"BTC": D("98"), "@107": D("5")}))
    market.apply(events.Mids(T0, "", {"BTC": D("98")}))
    assert (market.coins["BTC"].mark, market.coins["BTC"].mid) == (None, D("98"))
    assert market.take_dirty().coins == {"BTC", "@107"}


def test_the_last_trade_of_a_delisted_coin_is_not_its_mid(market: Market) -> None:
    market.apply(events.Mids(T0, "", {"MATIC": D("0.5")}))
    market.apply(events.DexContexts(T0, [("", [context(), context(mark="0.38", mid=None, oi="0.0"), context()])]))
    state = market.coins["MATIC"]
    assert (state.mark, state.mid, state.premium, state.impact, state.open_interest) == (
        D("0.38"),
        None,
        None,
        None,
        D(0),
    )


# Contexts ------------------------------------------------------------------------------------------


def test_contexts_are_joined_by_position_within_each_dex(market: Market) -> None:
    market.apply(
        events.DexContexts(
            T0,
            [("", [context("1"), context("2"), context("3")]), ("xyz", [context("4"), context("5")])],
        )
    )
    marks = {name: state.mark for name, state in market.coins.items()}
    assert marks["BTC"] == 1
    assert marks["ETH"] == 3
    assert marks["xyz:SP500"] == 4
    assert marks["xyz:BTC"] == 5
    assert market.coins["xyz:BTC"].context_at == T0


def test_contexts_of_another_length_than_their_dex_are_refused(market: Market) -> None:
    market.apply(
        events.DexContexts(T0, [("", [context("1")]), ("abcd", [context()]), ("xyz", [context("4")] * 2)])
    )
    assert market.coins["BTC"].mark is None
    assert market.coins["xyz:SP500"].mark == 4
    assert market.refused.total() == 2


def test_spot_contexts_are_joined_by_name(market: Market) -> None:
    market.apply(
        events.SpotContexts(T0, [spot_context("@107", "41"), spot_context("@5"), spot_context("PURR/USDC")])
    )
    hype = market.coins["@107"]
    assert (hype.mark, hype.mid, hype.prev_day, hype.day_volume, hype.base_volume) == (41, 41, 4, 1000, 200)
    assert market.coins["PURR/USDC"].mark == 5
    assert hype.funding is hype.open_interest is hype.oracle is None


def test_a_repeated_context_is_not_dirty(market: Market) -> None:
    for at in (T0, T0 + 1000):
        market.apply(events.CoinContext(at, "BTC", context()))
        market.apply(events.CoinContext(at, "@107", spot_context("@107")))
        if at == T0:
            market.take_dirty()
    assert not market.take_dirty().coins
    assert market.coins["BTC"].context_at == T0 + 1000


# Books ---------------------------------------------------------------------------------------------


def test_a_book_older_than_the_held_one_is_ignored(market: Market) -> None:
    market.apply(events.BookChanged(T0, book(T0, bid="99")))
    market.apply(events.BookChanged(T0, book(T0 - 500, bid="98")))
    assert market.books["BTC"].levels[0][0].px == 99


def test_a_book_from_a_clock_that_was_set_back_is_taken(market: Market) -> None:
    market.apply(events.BookChanged(T0, book(T0, bid="99")))
    market.apply(events.BookChanged(T0, book(T0 - 3_600_000, bid="98")))
    assert market.books["BTC"].levels[0][0].px == 98


def test_an_unchanged_book_is_not_dirty(market: Market) -> None:
    market.apply(events.BookChanged(T0, book(T0)))
    market.take_dirty()
    market.apply(events.BookChanged(T0, book(T0 + 540)))
    assert not market.take_dirty().books
    assert market.books["BTC"].time == T0 + 540


def test_quotes_older_than_the_held_ones_are_ignored(market: Market) -> None:
    market.apply(events.QuotesChanged(T0, quotes(T0, bid="99")))
    assert market.take_dirty().books == {"BTC"}
    market.apply(events.QuotesChanged(T0, quotes(T0 - 1, bid="98")))
    assert market.quotes["BTC"].bbo[0].px == 99  # type: ignore[union-attr]
    assert not market.take_dirty().books


def test_a_newer_book_corrects_quotes_that_were_lost(market: Market) -> None:
    market.apply(events.QuotesChanged(T0, quotes(T0, bid="99")))
    market.apply(events.BookChanged(T0, book(T0, bid="98")))
    assert market.quotes["BTC"].bbo[0].px == 99  # type: ignore[union-attr]
    market.apply(events.BookChanged(T0, book(T0 + 540, bid="98")))
    assert market.quotes["BTC"].bbo[0].px == 98  # type: ignore[union-attr]


def test_without_quotes_the_book_gives_them_and_an_empty_side_is_none(market: Market) -> None:
    empty = events.market.Book("MATIC", T0, ([], []))
    market.apply(events.BookChanged(T0, empty))
    assert market.quotes["MATIC"].bbo == [None, None]
    market.apply(events.BookChanged(T0, book()))
    assert market.quotes["BTC"].bbo == quotes().bbo


# Tapes ---------------------------------------------------------------------------------------------


def tids(market: Market) -> list[int]:
    return [one.tid for one in market.trades["BTC"]]


def test_each_trade_is_kept_once_in_the_order_of_time(market: Market) -> None:
    market.apply(events.Traded(T0, "BTC", [trade(1), trade(2), trade(4)]))
    market.apply(events.Traded(T0, "BTC", [trade(2), trade(3), trade(4), trade(5)]))
    market.apply(events.Traded(T0, "BTC", [trade(6)]))
    assert tids(market) == [1, 2, 3, 4, 5, 6]
    assert [one.tid for one in market.take_dirty().trades["BTC"]] == [1, 2, 4, 3, 5, 6]


def test_trades_of_one_millisecond_are_told_apart_by_their_ids(market: Market) -> None:
    market.apply(events.Traded(T0, "BTC", [trade(1, T0)]))
    market.apply(events.Traded(T0, "BTC", [trade(2, T0)]))
    market.apply(events.Traded(T0, "BTC", [trade(2, T0), trade(2, T0), trade(1, T0)]))
    assert sorted(tids(market)) == [1, 2]


def test_the_tape_keeps_the_newest_trades_and_does_not_take_forgotten_ones_for_new(market: Market) -> None:
    market.apply(events.Traded(T0, "BTC", [trade(tid, T0 + tid) for tid in range(TAPE_LENGTH + 50)]))
    assert (len(tids(market)), tids(market)[0]) == (TAPE_LENGTH, 50)
    market.take_dirty()
    market.apply(events.Traded(T0, "BTC", [trade(3, T0 + 3)]))
    assert tids(market)[0] == 50
    assert not market.take_dirty()


def test_an_empty_frame_of_trades_changes_nothing(market: Market) -> None:
    market.apply(events.Traded(T0, "BTC", []))
    assert not market.take_dirty().trades


def test_a_tape_from_a_clock_that_was_set_back_begins_anew(market: Market) -> None:
    market.apply(events.Traded(T0, "BTC", [trade(1, T0)]))
    market.apply(events.Traded(T0, "BTC", [trade(2, T0 - 3_600_000)]))
    assert tids(market) == [2]


def test_any_order_and_repetition_of_frames_gives_the_same_tape(market: Market) -> None:
    random = Random(1)
    frames = [[trade(tid, T0 + tid // 3) for tid in range(start, start + 4)] for start in range(0, 80, 4)]
    straight = Market()
    for frame in frames:
        straight.apply(events.Traded(T0, "BTC", frame))
    shuffled = frames + random.sample(frames, 10)
    random.shuffle(shuffled)
    for frame in shuffled:
        market.apply(events.Traded(T0, "BTC", random.sample(frame, len(frame))))
    assert {(t.time, t.tid) for t in market.trades["BTC"]} == {(t.time, t.tid) for t in straight.trades["BTC"]}
    assert [t.time for t in market.trades["BTC"]] == [t.time for t in straight.trades["BTC"]]


# Candles -------------------------------------------------------------------------------------------


def bars(market: Market) -> list[tuple[int, int]]:
    held = market.candles["BTC", "1m"]
    return [((t - T0) // MINUTE, held[t].n) for t in sorted(held)]


def test_a_late_frame_of_the_bar_before_is_put_in_its_place(market: Market) -> None:
    market.apply(events.CandleChanged(T0, candle(0, n=5)))
    market.apply(events.CandleChanged(T0, candle(1, n=1)))
    market.apply(events.CandleChanged(T0, candle(0, n=6)))
    assert bars(market) == [(0, 6), (1, 1)]
    assert market.take_dirty().candles == {("BTC", "1m")}


def test_a_frame_with_fewer_trades_than_the_bar_has_is_old(market: Market) -> None:
    market.apply(events.CandleChanged(T0, candle(0, n=5, close="103")))
    market.take_dirty()
    market.apply(events.CandleChanged(T0, candle(0, n=4, close="102")))
    assert bars(market) == [(0, 5)]
    assert not market.take_dirty()


def test_the_newest_three_bars_are_kept(market: Market) -> None:
    for minute in (0, 1, 2, 3):
        market.apply(events.CandleChanged(T0, candle(minute)))
    market.take_dirty()
    market.apply(events.CandleChanged(T0, candle(0)))
    assert bars(market) == [(1, 1), (2, 1), (3, 1)]
    assert not market.take_dirty().candles


def test_bars_from_a_clock_that_was_set_back_begin_anew(market: Market) -> None:
    market.apply(events.CandleChanged(T0, candle(60)))
    market.apply(events.CandleChanged(T0, candle(0)))
    assert bars(market) == [(0, 1)]


# Names, streams, the connection --------------------------------------------------------------------


def test_a_new_universe_keeps_what_is_known_and_adds_what_is_listed(market: Market) -> None:
    market.apply(prices(BTC="100"))
    market.take_dirty()
    market.apply(events.UniverseChanged(T0, universe("NEW")))
    assert market.coins["BTC"].mark == 100
    assert market.coins["NEW"].mark is None
    assert market.coins["BTC"].coin is market.universe.coins["BTC"]
    assert market.take_dirty() == Dirty(universe=True)


def test_streams_say_when_they_last_spoke_and_how_they_are(market: Market) -> None:
    market.apply(prices(T0 + 5, BTC="100"))
    assert (market.streams["prices"].state, market.streams["prices"].last_received) == ("live", T0 + 5)
    market.apply(events.StreamState(T0 + 9, "prices", "stale", "silent"))
    market.apply(events.StreamState(T0 + 9, "spot", "fallback", "polled"))
    assert (market.streams["prices"].state, market.streams["prices"].detail) == ("stale", "silent")
    assert market.streams["prices"].last_received == T0 + 5
    assert market.streams["spot"].last_received is None
    assert market.take_dirty().streams


def test_what_nobody_reads_any_more_is_dropped(market: Market) -> None:
    for event in (
        events.BookChanged(T0, book()),
        events.QuotesChanged(T0, quotes()),
        events.Traded(T0, "BTC", [trade(1)]),
        events.CandleChanged(T0, candle()),
        events.CoinContext(T0, "BTC", context()),
    ):
        market.apply(event)
    for stream in ("book:BTC", "quotes:BTC", "trades:BTC", "candle:BTC:1m", "market:BTC"):
        assert stream in market.streams
        market.apply(events.StreamState(T0, stream, "ended"))
    assert not (market.books)
    assert not (market.quotes)
    assert not (market.trades)
    assert not (market.candles)
    assert not (market.streams)
    assert market.coins["BTC"].mark == 100
    market.take_dirty()
    market.forget("book:BTC")
    assert not market.take_dirty()


def test_the_connection_and_the_gaps_are_told(market: Market) -> None:
    market.apply(events.Connected(T0, "market"))
    assert market.connection.connected
    assert market.connection.since == T0
    market.apply(events.Disconnected(T0 + 7, "market", "closed with 1006", T0 + 6))
    assert (market.connection.connected, market.connection.since) == (False, T0 + 7)
    assert market.connection.reason == "closed with 1006"
    gap = events.Gap(T0, "trades:BTC", T0, T0 + 5, "lost")
    for _ in range(300):
        market.apply(gap)
    assert list(market.gaps) == [gap] * 200


def test_events_that_say_nothing_of_the_market_are_passed_over(market: Market) -> None:
    market.apply(events.Event(T0))
    assert not market.take_dirty()


# Views ---------------------------------------------------------------------------------------------


def filled(at: int) -> Market:
    market = Market()
    market.apply(events.UniverseChanged(at, UNIVERSE))
    market.apply(prices(at, BTC="100"))
    market.apply(events.BookChanged(at, book()))
    market.apply(events.Traded(at, "BTC", [trade(1)]))
    market.apply(events.CandleChanged(at, candle(1)))
    market.apply(events.CandleChanged(at, candle(0)))
    return market


UNIVERSE = universe()


def test_two_markets_that_heard_the_same_at_other_times_have_equal_views() -> None:
    one, other = filled(T0), filled(T0 + 12345)
    other.apply(events.Gap(T0, "trades:BTC", 1, 2, ""))
    other.apply(events.StreamState(T0, "prices", "stale"))
    other.apply(events.Disconnected(T0, "market", "gone", None))
    assert one.view() == other.view()
    assert other.view().streams["prices"] == "stale"


@pytest.mark.parametrize(
    "event",
    [
        prices(ETH="3"),
        events.BookChanged(T0, book(bid="98")),
        events.QuotesChanged(T0, quotes(T0 + 1, bid="98")),
        events.Traded(T0, "BTC", [trade(2)]),
        events.CandleChanged(T0, candle(1, n=2)),
        events.UniverseChanged(T0, universe("NEW")),
    ],
)
def test_markets_that_heard_something_else_have_other_views(event: events.Event) -> None:
    other = filled(T0)
    other.apply(event)
    assert filled(T0).view() != other.view()


def test_a_view_stays_as_it_was_when_the_market_moves_on() -> None:
    market = filled(T0)
    view, twin = market.view(), filled(T0).view()
    market.apply(prices(BTC="101"))
    market.apply(events.Traded(T0, "BTC", [trade(2)]))
    market.apply(events.CandleChanged(T0, candle(2)))
    assert view == twin
    assert market.view() != view


def test_trades_of_one_block_stand_in_the_order_in_which_the_exchange_says_them() -> None:
    block = [structs.replace(trade(0), tid=tid) for tid in (7, 3, 9)]
    tape = new_tape()
    add_trades(tape, block[1:])
    assert add_trades(tape, block) == block[:1]
    assert list(tape) == block
    add_trades(tape, [trade(1)])
    assert add_trades(tape, [structs.replace(trade(0), tid=5), *block]) == [structs.replace(trade(0), tid=5)]
    assert [one.tid for one in tape] == [5, 7, 3, 9, trade(1).tid]
