"""The small parts of the feed: delays, refusals, suspects, a session's frames, chores, the proof of tapes."""

import asyncio
import logging
from decimal import Decimal
from random import Random

import pytest

from exchange import refusals
from exchange.backoff import BREAK_SECONDS, LEAST_SECONDS, MOST_SECONDS, TRIPS_AT, Backoff
from exchange.chores import Chores
from exchange.errors import BudgetExhausted
from exchange.gaps import Tapes
from exchange.quarantine import WAITS, Quarantine
from exchange.refusals import understand
from exchange.session import PING_SECONDS, PONG_SECONDS, Session
from exchange.subscriptions import PING, Subscription, acknowledged
from tests.exchange.market_events import MINUTE, T0, candle, trade

BTC = Subscription("trades", coin="BTC")
ETH = Subscription("trades", coin="ETH")
PRICES = Subscription("fastAssetCtxs")


# Delays --------------------------------------------------------------------------------------------


def test_the_first_reconnect_is_immediate_and_the_next_ones_wait_longer_and_longer() -> None:
    backoff = Backoff(Random(1))
    backoff.opened(0.0)
    backoff.data()
    delays = [backoff.closed(1000.0)] + [backoff.closed(1000.0) for _ in range(12)]
    assert delays[0] == 0.0
    assert all(delay >= LEAST_SECONDS for delay in delays[1:])
    assert sum(delays[8:]) > sum(delays[1:5])
    assert max(delays) <= MOST_SECONDS * 1.25


def test_only_data_makes_it_forget_the_failures() -> None:
    backoff = Backoff(Random(1))
    for _ in range(5):
        backoff.opened(0.0)
        backoff.closed(100.0)
    assert backoff.failures == 5
    backoff.opened(200.0)
    backoff.data()
    assert backoff.closed(300.0) == 0.0


def test_sockets_that_end_within_seconds_trip_a_breaker_even_if_they_had_data() -> None:
    backoff, now, delays = Backoff(Random(1)), 0.0, []
    for _ in range(TRIPS_AT):
        backoff.opened(now)
        backoff.data()
        now += 1
        delays.append(backoff.closed(now))
    assert all(delay >= LEAST_SECONDS for delay in delays)
    assert delays[-1] >= BREAK_SECONDS * 0.75
    assert backoff.tripped
    backoff.opened(now)
    backoff.closed(now + 60)
    assert not backoff.tripped


def test_delays_of_many_feeds_are_spread() -> None:
    delays = set()
    for seed in range(20):
        backoff = Backoff(Random(seed))
        backoff.closed(0.0)
        delays.add(round(backoff.closed(0.0), 3))
    assert len(delays) > 15


# Refusals ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "kind", "subscription", "limit"),
    [
        ('Already subscribed: {"type":"trades","coin":"BTC"}', refusals.ALREADY, BTC, None),
        (
            'Invalid subscription {"type":"l2Book","coin":"BTC","nSigFigs":null,"mantissa":null,"fast":true}',
            refusals.REFUSED,
            Subscription("l2Book", coin="BTC", fast=True),
            None,
        ),
        (
            "Error parsing JSON into valid websocket request: "
            '{"method":"subscribe","subscription":{"type":"fastAssetCtxs"}}',
            refusals.REFUSED,
            PRICES,
            None,
        ),
        ("Error parsing JSON into valid websocket request: {", refusals.REFUSED, None, None),
        ('Error parsing JSON into valid websocket request: {"type":7}', refusals.REFUSED, None, None),
        ("Error parsing JSON into valid websocket request: 7", refusals.REFUSED, None, None),
        ("Cannot track more than 15 total users.", refusals.TOO_MANY_USERS, None, 15),
        ("Cannot subscribe to more than 1000 channels.", refusals.TOO_MANY_SUBSCRIPTIONS, None, 1000),
        ("Cannot send more than 2000 messages per minute.", refusals.TOO_MANY_MESSAGES, None, 2000),
        ('Already unsubscribed: {"type":"trades","coin":"BTC"}', refusals.OTHER, BTC, None),
        ("Invalid subscription " + '{"a":' * 5000, refusals.REFUSED, None, None),
        (f"Cannot track more than {'9' * 5000} total users.", refusals.TOO_MANY_USERS, None, 999_999_999),
        ("something new", refusals.OTHER, None, None),
    ],
)
def test_error_texts_are_understood(
    text: str, kind: str, subscription: Subscription | None, limit: int | None
) -> None:
    assert understand(text) == refusals.Refusal(kind, subscription, limit)


def test_acknowledgements_match_whatever_defaults_were_filled_in() -> None:
    echo = {"type": "l2Book", "coin": "BTC", "nSigFigs": None, "mantissa": None, "fast": False}
    assert acknowledged(echo) == Subscription("l2Book", coin="BTC")
    assert acknowledged({"coin": "BTC"}) is None
    assert acknowledged([1]) is None


# Quarantine ----------------------------------------------------------------------------------------


def test_suspects_wait_longer_each_time_and_come_back_one_after_the_other() -> None:
    quarantine = Quarantine()
    quarantine.suspect([BTC, ETH], 0.0)
    assert quarantine.held(4.9) == {BTC, ETH}
    assert quarantine.held(5.1) == {ETH}
    assert quarantine.held(8.0) == set()
    quarantine.suspect([BTC], 10.0)
    assert quarantine.held(10.0 + WAITS[1] - 1) == {BTC}
    for _ in range(10):
        quarantine.suspect([BTC], 100.0)
    assert quarantine.held(100.0 + WAITS[-1] - 1) == {BTC}
    assert quarantine.strikes[ETH] == 1


def test_a_suspect_that_speaks_is_innocent() -> None:
    quarantine = Quarantine()
    quarantine.suspect([BTC], 0.0)
    quarantine.clear(BTC)
    assert not quarantine.held(1.0)
    assert not quarantine.strikes


# Session -------------------------------------------------------------------------------------------


@pytest.fixture
def session() -> Session:
    return Session("market-1", 0.0)


def test_a_session_asks_for_what_is_missing_and_ends_what_is_no_longer_wanted(session: Session) -> None:
    session.want({BTC, PRICES})
    assert [frame for _, frame in session.take(10, 1.0)] == [PRICES.subscribe(), BTC.subscribe()]
    session.want({PRICES, ETH})
    assert [frame for _, frame in session.take(10, 2.0)] == [BTC.unsubscribe(), ETH.subscribe()]
    session.want({PRICES, ETH})
    assert session.take(10, 3.0) == []


def test_what_was_not_sent_yet_needs_no_unsubscribe(session: Session) -> None:
    session.want({BTC})
    session.want(set())
    assert session.take(10, 1.0) == []


def test_frames_are_taken_in_portions(session: Session) -> None:
    session.want({BTC, ETH, PRICES})
    assert len(session.take(2, 1.0)) == 2
    assert len(session.take(2, 1.0)) == 1


def test_renewing_ends_and_asks_again_once(session: Session) -> None:
    session.renew(BTC)
    session.want({BTC})
    session.renew(BTC)
    session.take(10, 1.0)
    session.renew(BTC)
    session.renew(BTC)
    assert [frame for _, frame in session.take(10, 2.0)] == [BTC.unsubscribe(), BTC.subscribe()]


def test_after_a_refusal_for_too_many_frames_only_what_was_not_answered_is_sent_again(session: Session) -> None:
    session.want({BTC, ETH})
    session.take(10, 1.0)
    session.acknowledge(ETH)
    session.acknowledge(PRICES)
    session.want({BTC, ETH, PRICES})
    session.send_again(2.0, after=60.0)
    assert session.take(10, 30.0) == []
    assert {subscription for subscription, _ in session.take(10, 62.0)} == {BTC, PRICES}


def test_what_was_refused_while_it_waited_to_be_renewed_is_not_asked_again(session: Session) -> None:
    session.want({BTC, ETH})
    session.take(10, 1.0)
    session.renew(BTC)
    session.renew(ETH)
    session.forget(BTC)
    frames = [frame for _, frame in session.take(10, 2.0)]
    assert frames == [BTC.unsubscribe(), ETH.unsubscribe(), ETH.subscribe()]


def test_a_ping_is_sent_in_time_and_must_be_answered(session: Session) -> None:
    assert session.ping(PING_SECONDS - 1) is None
    assert session.ping(PING_SECONDS) == PING
    assert session.ping(PING_SECONDS + 1) is None
    assert not session.is_dead(PING_SECONDS + PONG_SECONDS)
    assert session.is_dead(PING_SECONDS + PONG_SECONDS + 0.1)
    session.pong()
    assert not session.is_dead(1000.0)
    assert session.ping(2 * PING_SECONDS) == PING


def test_suspects_are_the_last_names_sent_that_have_not_spoken(session: Session) -> None:
    session.want({BTC, PRICES})
    session.take(10, 1.0)
    session.want({BTC, PRICES, ETH})
    session.take(10, 5.0)
    session.want({BTC, PRICES, ETH, Subscription("bbo", coin="SOL")})
    assert session.suspects(6.0, lambda one: False) == [ETH]
    assert session.suspects(6.0, lambda one: True) == []
    assert session.suspects(9.0, lambda one: False) == []


def test_a_suspect_that_was_not_even_acknowledged_exonerates_the_others(session: Session) -> None:
    session.want({BTC, ETH})
    session.take(10, 1.0)
    session.acknowledge(BTC)
    assert session.suspects(2.0, lambda one: False) == [ETH]
    session.acknowledge(ETH)
    assert set(session.suspects(2.0, lambda one: False)) == {BTC, ETH}
    session.forget(ETH)
    assert session.suspects(2.0, lambda one: False) == [BTC]


# Chores --------------------------------------------------------------------------------------------


async def test_a_chore_of_one_name_runs_once_at_a_time() -> None:
    chores, gate, runs = Chores(), asyncio.Event(), []

    async def work() -> None:
        runs.append(1)
        await gate.wait()

    assert chores.start("poll a", work)
    assert not chores.start("poll a", work)
    assert chores.start("poll b", work)
    gate.set()
    await chores.wait()
    assert chores.start("poll a", work)
    await chores.wait()
    assert len(runs) == 3


async def test_failing_chores_are_counted_logged_and_forgotten_when_they_succeed(
    caplog: pytest.LogCaptureFixture,
) -> None:
    chores = Chores()
    errors: list[Exception | None] = [BudgetExhausted("weight", "feed", 3.0), KeyError("x"), None]

    async def work() -> None:
        if error := errors.pop(0):
            raise error

    with caplog.at_level(logging.DEBUG):
        chores.start("poll a", work)
        await chores.wait()
        chores.start("poll a", work)
        await chores.wait()
    assert chores.failures["poll"] == 2
    assert "KeyError" in chores.last_error["poll a"]
    assert "no weight left" in caplog.text
    chores.start("poll a", work)
    await chores.wait()
    assert not chores.last_error


async def test_stopping_ends_what_runs() -> None:
    chores = Chores()
    chores.start("poll a", asyncio.Event().wait)  # type: ignore[arg-type]
    await asyncio.sleep(0)
    await chores.stop()
    assert chores.start("poll a", lambda: asyncio.sleep(0))
    await chores.stop()


# Tapes ---------------------------------------------------------------------------------------------


def seen(tids: range, now: int = T0) -> Tapes:
    """A tape whose first frame was these trades."""
    tapes = Tapes()
    tapes.begin("BTC", now)
    assert tapes.see("BTC", [trade(tid) for tid in tids], now) is None
    return tapes


def test_the_first_replay_is_no_gap() -> None:
    seen(range(30), T0 + 30_000)


def test_a_replay_that_overlaps_what_is_held_proves_that_nothing_is_missing() -> None:
    tapes = seen(range(30))
    tapes.interrupt("BTC", "connection lost")
    assert tapes.see("BTC", [trade(tid) for tid in range(29, 59)], T0) is None


def test_a_replay_without_overlap_is_a_gap_from_the_last_trade_to_the_first() -> None:
    tapes = seen(range(30))
    tapes.interrupt("BTC", "connection lost")
    tapes.interrupt("BTC", "subscribed anew")
    gap = tapes.see("BTC", [trade(tid) for tid in range(40, 70)], T0 + 99_000)
    assert gap is not None
    assert (gap.stream, gap.start, gap.end) == ("trades:BTC", trade(29).time, trade(40).time)
    assert gap.reason == "connection lost"
    assert tapes.see("BTC", [trade(71)], T0) is None


def test_a_frame_that_repeats_itself_proves_nothing() -> None:
    tapes = seen(range(30))
    tapes.interrupt("BTC", "connection lost")
    assert tapes.see("BTC", [trade(40), trade(40)], T0) is not None


def test_a_tape_without_trades_is_whole_if_the_replay_reaches_back_to_its_beginning() -> None:
    short, long, old = Tapes(), Tapes(), Tapes()
    for tapes in (short, long, old):
        tapes.begin("BTC", T0 + 500)
    assert short.see("BTC", [trade(tid) for tid in range(1, 5)], T0) is None
    assert old.see("BTC", [trade(tid) for tid in range(31)], T0) is None
    gap = long.see("BTC", [trade(tid) for tid in range(1, 31)], T0)
    assert gap is not None
    assert (gap.start, gap.end) == (T0 + 500, T0 + 1000)


def test_nobodys_tape_has_no_gaps() -> None:
    tapes = seen(range(30))
    tapes.interrupt("ETH", "x")
    assert tapes.see("ETH", [trade(1)], T0) is None
    assert tapes.to_audit("ETH", T0) is None
    assert tapes.audit("ETH", [candle()], T0, T0) == []
    tapes.end("BTC")
    assert tapes.see("BTC", [trade(1)], T0) is None


def test_an_audit_finds_the_minute_in_which_trades_were_lost() -> None:
    tapes = seen(range(10, 40), T0 + MINUTE)
    now = T0 + 3 * MINUTE + 20_000
    for tid in [*range(60, 90), *range(95, 120), *range(120, 180)]:  # five of the second minute are lost
        assert tapes.see("BTC", [trade(tid)], T0) is None
    assert tapes.to_audit("BTC", T0 + MINUTE) is None
    assert tapes.to_audit("BTC", now) == (T0 + MINUTE, T0 + 3 * MINUTE)
    bars = [candle(minute, v="60") for minute in (1, 2)]
    gaps = tapes.audit("BTC", bars, T0 + 3 * MINUTE, now)
    assert [(gap.start, gap.end) for gap in gaps] == [(T0 + MINUTE, T0 + 2 * MINUTE - 1)]
    assert tapes.to_audit("BTC", now) is None


def test_an_audit_of_whole_minutes_finds_nothing_and_trusts_trades_over_an_old_bar() -> None:
    tapes = seen(range(30))
    tapes.see("BTC", [trade(tid) for tid in range(30, 120)], T0)
    bar = candle(1, v="60")
    assert tapes.audit("BTC", [bar, candle(2, v="0")], T0 + 3 * MINUTE, T0) == []


def test_a_minute_within_a_known_gap_is_not_named_again() -> None:
    tapes = seen(range(30))
    tapes.interrupt("BTC", "connection lost")
    assert tapes.to_audit("BTC", T0 + 10 * MINUTE) is None
    assert tapes.audit("BTC", [candle(1, v="60")], T0 + 2 * MINUTE, T0) == []
    assert tapes.see("BTC", [trade(200)], T0) is not None
    assert (
        tapes.audit("BTC", [candle(1, v="60"), candle(3, v="60")], T0 + 5 * MINUTE, T0)[0].start == T0 + 3 * MINUTE
    )


def test_volumes_of_long_ago_are_forgotten() -> None:
    tapes = seen(range(30))
    for minute in range(1, 400):
        tapes.see("BTC", [trade(minute, T0 + minute * MINUTE, sz="0.5")], T0)
    span = tapes.to_audit("BTC", T0 + 400 * MINUTE + 10_000)
    assert span == (T0 + 340 * MINUTE, T0 + 400 * MINUTE)
    bars = [candle(minute, v=str(Decimal("0.5"))) for minute in range(340, 400)]
    assert tapes.audit("BTC", bars, span[1], T0) == []


def test_a_tape_is_broken_from_an_interruption_until_the_next_trades() -> None:
    tapes = seen(range(30))
    assert not tapes.is_broken("BTC")
    tapes.interrupt("BTC", "polled")
    assert tapes.is_broken("BTC")
    tapes.see("BTC", [trade(29)], T0)
    assert not tapes.is_broken("BTC")
    assert not tapes.is_broken("ETH")
