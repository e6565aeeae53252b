"""Cadences, and what is done about silence."""

import itertools

import pytest

from exchange import events
from exchange.cadence import CADENCES, MOST_QUIET_SECONDS, OPENING_SECONDS, QUIET_SECONDS, limit_ms
from exchange.stream import FIRST_TRIAL_SECONDS, MOST_TRIAL_SECONDS, Stream, proves_best, stream_name
from exchange.subscriptions import FED_BY, streams_of
from exchange.topics import KINDS_ALONE, KINDS_OF_COIN, Topic
from exchange.watch import FAST_PULSE_SECONDS, SLOW_PULSE_SECONDS, judge, pulse_limit
from exchange.ways import live_dexes, ways_of
from tests.exchange.market_events import T0, book, candle, quotes, trade, universe


def stream(name: str = "book:BTC") -> Stream:
    """A stream that was asked for at 0 and spoke at once."""
    stream = Stream(name, ways_of(name, universe()))
    stream.asked_at = 0.0
    stream.heard(events.BookChanged(T0, book()), 0.0)
    return stream


def test_every_clocked_stream_may_miss_three_beats_before_it_is_stale() -> None:
    for row in CADENCES.values():
        if row.every is not None:
            assert row.limit is not None
            assert row.limit > 3 * row.every
            assert row.fallback_limit is not None
            assert row.fallback_limit > row.limit


def test_limits_are_known_by_a_streams_name_and_state() -> None:
    assert limit_ms("prices") == 5_000
    assert limit_ms("book:xyz:SP500", "fallback") == 20_000
    assert limit_ms("candle:BTC:1m") is limit_ms("trades:BTC") is None


def test_each_topic_has_its_streams() -> None:
    assert streams_of(Topic("book", "BTC")) == ("book:BTC", "quotes:BTC")
    assert streams_of(Topic("candle", "xyz:SP500", "1h")) == ("candle:xyz:SP500:1h",)
    assert streams_of(Topic("market", "@107")) == ("market:@107",)
    assert streams_of(Topic("markets")) == ()


def test_every_kind_of_topic_says_what_feeds_it():
    assert set(FED_BY) == {*KINDS_ALONE, *KINDS_OF_COIN, "account"}


def test_each_event_has_its_stream() -> None:
    assert stream_name(events.Mids(T0, "", {})) == stream_name(events.Prices(T0, {}, {})) == "prices"
    assert stream_name(events.DexContexts(T0, [])) == "contexts"
    assert stream_name(events.SpotContexts(T0, [])) == "spot"
    assert stream_name(events.BookChanged(T0, book())) == "book:BTC"
    assert stream_name(events.QuotesChanged(T0, quotes())) == "quotes:BTC"
    assert stream_name(events.Traded(T0, "BTC", [trade(1)])) == "trades:BTC"
    assert stream_name(events.CandleChanged(T0, candle())) == "candle:BTC:1m"
    assert stream_name(events.Connected(T0, "market")) is None


@pytest.mark.parametrize(
    "name",
    ["prices", "contexts", "spot", "book:BTC", "quotes:BTC", "trades:BTC", "candle:xyz:SP500:1m", "market:@107"],
)
def test_every_stream_has_a_way_that_needs_no_subscription(name: str) -> None:
    ways = ways_of(name, universe())
    assert ways[0].subscriptions
    assert not ways[-1].subscriptions


def test_there_are_no_other_streams() -> None:
    with pytest.raises(ValueError, match="depth"):
        ways_of("depth:BTC", universe())


def test_mids_are_asked_of_dexes_that_still_trade() -> None:
    assert live_dexes(universe()) == ["", "xyz"]
    assert live_dexes(type(universe())({"MATIC": universe().coins["MATIC"]})) == [""]


# Silence -------------------------------------------------------------------------------------------


def test_a_stream_is_asked_again_and_then_replaced_when_it_stays_silent() -> None:
    book = stream()
    assert judge(book, 5.0, pulse=True) is None
    assert book.state == "live"
    assert judge(book, 5.1, pulse=True) == "renew"
    assert book.state == "stale"
    book.asked_at = 5.1
    assert judge(book, 15.0, pulse=True) is None
    assert judge(book, 15.2, pulse=True) == "fall back"


def test_a_silent_socket_is_no_reason_to_replace_a_stream() -> None:
    book = stream()
    book.tries = 5
    assert judge(book, 5.1, pulse=False) == "renew"


def test_a_stream_that_never_spoke_gets_time_for_its_first_frame() -> None:
    book = Stream("book:BTC", ways_of("book:BTC", universe()))
    assert judge(book, 100.0, pulse=True) is None
    assert book.state == "opening"
    book.asked_at = 100.0
    assert judge(book, 100.0 + OPENING_SECONDS, pulse=True) is None
    assert judge(book, 100.1 + OPENING_SECONDS, pulse=True) == "renew"
    assert book.state == "stale"


def test_a_tape_may_be_silent_but_is_asked_again_after_long_quiet_and_then_less_often() -> None:
    tape, now, asked = stream("trades:BTC"), 0.0, []
    while now < 2000:
        now += 1
        if judge(tape, now, pulse=True) == "renew":
            asked.append(now)
            tape.asked_at = now
            tape.heard(events.Traded(T0, "BTC", [trade(1)]), now)
        assert tape.state == "live"
    gaps = [after - before for before, after in zip([0.0, *asked], asked, strict=False)]
    assert gaps[0] == QUIET_SECONDS + 1
    assert gaps == sorted(gaps)
    assert gaps[-1] == MOST_QUIET_SECONDS + 1


def test_a_tape_that_speaks_by_itself_is_looked_after_as_often_as_before() -> None:
    tape = stream("trades:BTC")
    tape.quiet = MOST_QUIET_SECONDS
    tape.heard(events.Traded(T0, "BTC", [trade(1)]), OPENING_SECONDS + 1)
    assert tape.quiet == QUIET_SECONDS


def test_a_tape_is_stale_while_its_socket_is_silent_and_asked_again_afterwards() -> None:
    tape = stream("trades:BTC")
    assert judge(tape, 6.0, pulse=False) is None
    assert tape.state == "stale"
    assert judge(tape, 7.0, pulse=True) == "renew"


def test_the_pulse_of_a_socket_is_that_of_its_fastest_streams() -> None:
    prices, tape, contexts = stream("prices"), stream("trades:BTC"), stream("contexts")
    assert pulse_limit([prices, contexts]) == FAST_PULSE_SECONDS
    assert pulse_limit([contexts]) == SLOW_PULSE_SECONDS
    prices.at = 1
    assert pulse_limit([prices, contexts]) == SLOW_PULSE_SECONDS
    assert pulse_limit([contexts, tape]) == SLOW_PULSE_SECONDS


# Slower ways ---------------------------------------------------------------------------------------


def test_falling_back_goes_down_to_the_last_way_and_stays_there() -> None:
    book = stream()
    names = []
    for _ in range(4):
        book.fall_back(10.0, "stays silent")
        names.append(book.way.name)
    assert names == ["slow l2Book", "polled l2Book", "polled l2Book", "polled l2Book"]
    assert book.state == "fallback"
    assert book.detail == "polled l2Book, because slow l2Book stays silent"


def test_a_slower_way_has_its_own_limit() -> None:
    book = stream()
    book.fall_back(0.0, "was refused")
    assert judge(book, 19.0, pulse=True) is None
    assert book.state == "fallback"
    judge(book, 21.0, pulse=True)
    assert book.state == "stale"


def test_a_polled_stream_is_stale_when_polls_fail_and_heals_when_one_succeeds() -> None:
    book = stream()
    book.at = 2
    judge(book, 19.0, pulse=True)
    assert book.state == "fallback"
    judge(book, 21.0, pulse=True)
    assert book.state == "stale"
    book.heard_by_poll(22.0)
    assert book.state == "fallback"
    tape = stream("trades:BTC")
    tape.at = 1
    judge(tape, 59.0, pulse=False)
    assert tape.state == "fallback"
    judge(tape, 61.0, pulse=True)
    assert tape.state == "stale"


def test_the_best_way_is_tried_now_and_then_while_the_present_one_goes_on() -> None:
    book = stream()
    book.fall_back(0.0, "stays silent")
    book.asked_at, book.heard_at = 1.0, FIRST_TRIAL_SECONDS
    assert judge(book, FIRST_TRIAL_SECONDS - 1, pulse=True) is None
    assert len(book.subscriptions()) == 1
    judge(book, FIRST_TRIAL_SECONDS, pulse=False)
    assert len(book.subscriptions()) == 1
    judge(book, FIRST_TRIAL_SECONDS, pulse=True)
    assert [one.fast for one in book.subscriptions()] == [True, False]
    book.heard(events.BookChanged(T0, book_of(fast=False)), FIRST_TRIAL_SECONDS + 1)
    assert book.state == "fallback"
    book.heard(events.BookChanged(T0, book_of(fast=True)), FIRST_TRIAL_SECONDS + 2)
    assert (book.state, book.at) == ("live", 0)


def test_a_trial_that_fails_leaves_the_way_as_it_is_and_is_repeated_later_and_later() -> None:
    book, now, ends = stream(), 0.0, []
    book.fall_back(0.0, "stays silent")
    book.asked_at = 1.0
    while now < 20_000:
        now += 1
        book.heard_at = now
        if judge(book, now, pulse=True) == "fall back":
            book.fall_back(now, "stays silent")
            ends.append(now)
        assert book.at == 1
    pauses = [after - before for before, after in itertools.pairwise(ends)]
    assert pauses == sorted(pauses)
    assert pauses[-1] == pytest.approx(MOST_TRIAL_SECONDS, abs=OPENING_SECONDS + 2)


def book_of(fast: bool) -> events.market.Book:
    return book(fast=fast)


def test_only_the_best_ways_own_events_prove_it() -> None:
    assert proves_best(events.Prices(T0, {}, {}))
    assert not proves_best(events.Mids(T0, "", {}))
    assert not proves_best(events.BookChanged(T0, book_of(fast=False)))


def test_a_new_socket_is_asked_for_everything_again() -> None:
    book, polled = stream(), stream()
    polled.at = 2
    book.trial_since = 3.0
    for one in (book, polled):
        one.restart()
    assert (book.asked_at, book.trial_since) == (None, None)
    assert polled.asked_at == 0.0
