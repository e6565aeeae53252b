"""Limits count per client address and answer with the exchange's texts."""

import pytest

from exchange.simulator.limits import Limits, SlidingMinute, Usage, Visitor
from exchange.simulator.server_weights import surcharge, weight


@pytest.fixture
def usage() -> Usage:
    return Usage()


@pytest.fixture
def visitor(usage: Usage) -> Visitor:
    return Visitor(Limits(), usage)


def test_a_sliding_minute_forgets_after_sixty_seconds():
    minute = SlidingMinute()
    minute.add(0.0, 5)
    minute.add(30.0, 7)
    assert minute.used(59.9) == 12
    assert minute.used(60.0) == 7
    assert minute.used(90.0) == 0


def test_an_eleventh_socket_is_refused_and_one_closed_makes_room(visitor: Visitor, usage: Usage):
    assert [visitor.open(0.0) for _ in range(10)] == [None] * 10
    assert visitor.open(0.0) == "Cannot open more than 10 connections."
    visitor.close(1.0, 0, [])
    assert visitor.open(1.0) is None
    assert usage.peak["sockets"] == 10
    assert usage.rejected == {"sockets": 1}


def test_thirty_opens_a_minute_are_the_most(visitor: Visitor, usage: Usage):
    for _ in range(30):
        assert visitor.open(0.0) is None
        visitor.close(0.0, 0, [])
    assert visitor.open(59.0) == "Cannot open more than 30 connections per minute."
    assert visitor.open(60.0) is None
    assert usage.rejected == {"opens": 1}


def test_frames_are_counted_in_a_sliding_minute(usage: Usage):
    visitor = Visitor(Limits(frames=3), usage)
    assert [visitor.frame(float(t)) for t in range(3)] == [None] * 3
    assert visitor.frame(3.0) == "Cannot send more than 3 messages per minute."
    assert visitor.frame(60.0) is None
    assert usage.peak["frames"] == 3
    assert usage.total["frames"] == 4


def test_subscriptions_are_counted_over_all_sockets(usage: Usage):
    visitor = Visitor(Limits(subscriptions=2), usage)
    visitor.subscribe(0.0, None, 10)
    visitor.subscribe(0.0, None, 10)
    assert visitor.subscribe(0.0, None, 10) == "Cannot subscribe to more than 2 channels."
    visitor.unsubscribe(None)
    assert visitor.subscribe(0.0, None, 10) is None
    assert usage.rejected == {"subscriptions": 1}


def test_users_are_counted_once_however_many_subscriptions_name_them(visitor: Visitor, usage: Usage):
    for user in ("a", "b", "a", "b"):
        assert visitor.subscribe(0.0, user, 2) is None
    assert visitor.subscribe(0.0, "c", 2) == "Cannot track more than 2 total users."
    assert usage.peak["users"] == 2
    assert usage.rejected == {"users": 1}


def test_unsubscribing_frees_a_user_at_once_but_closing_only_after_two_seconds(visitor: Visitor):
    visitor.open(0.0)
    visitor.subscribe(0.0, "a", 1)
    visitor.unsubscribe("a")
    assert visitor.subscribe(0.0, "b", 1) is None
    visitor.close(10.0, 1, ["b"])
    assert visitor.subscribe(11.9, "c", 1) == "Cannot track more than 1 total users."
    assert visitor.subscribe(11.9, "b", 1) is None
    visitor.unsubscribe("b")
    assert visitor.subscribe(12.0, "c", 1) is None


def test_a_user_on_another_socket_stays_tracked_when_one_closes(visitor: Visitor):
    visitor.open(0.0)
    visitor.open(0.0)
    visitor.subscribe(0.0, "a", 1)
    visitor.subscribe(0.0, "a", 1)
    visitor.close(0.0, 1, ["a"])
    assert visitor.subscribe(60.0, "b", 1) == "Cannot track more than 1 total users."


def test_posts_in_flight_are_limited(usage: Usage):
    visitor = Visitor(Limits(posts=1), usage)
    assert visitor.post()
    assert not visitor.post()
    visitor.posts -= 1
    assert visitor.post()
    assert usage.rejected == {"posts": 1}


def test_weight_is_refused_beyond_the_limit_but_a_surcharge_is_always_taken(visitor: Visitor, usage: Usage):
    assert visitor.spend(0.0, 1190)
    assert not visitor.spend(0.0, 20)
    assert visitor.spend(0.0, 10)
    assert visitor.spend(0.0, 100, surcharge=True)
    assert usage.peak["weight"] == 1300
    assert not visitor.spend(59.0, 2)
    assert visitor.spend(60.0, 2)
    assert not usage.within(Limits())


def test_usage_tells_whether_a_client_kept_within_its_limits(visitor: Visitor, usage: Usage):
    visitor.open(0.0)
    visitor.spend(0.0, 1000)
    assert usage.within(Limits())
    visitor.spend(0.0, 300, surcharge=True)
    assert not usage.within(Limits())
    assert usage.as_dict() == {
        "peak": {"sockets": 1, "opens": 1, "weight": 1300},
        "rejected": {},
        "total": {"sockets": 1, "opens": 1, "weight": 1300},
    }


def test_without_limits_nothing_is_refused_but_everything_is_counted(usage: Usage):
    visitor = Visitor(Limits.none(), usage)
    for _ in range(50):
        assert visitor.open(0.0) is None
        assert visitor.spend(0.0, 1000)
    assert usage.peak["sockets"] == 50
    assert usage.peak["weight"] == 50_000


@pytest.mark.parametrize(
    ("kind", "rows", "total"),
    [
        ("l2Book", 0, 2),
        ("clearinghouseState", 0, 2),
        ("userRole", 0, 60),
        ("meta", 0, 20),
        ("unheardOf", 0, 20),
        ("userFills", 2000, 120),
        ("candleSnapshot", 5000, 104),
        ("fundingHistory", 500, 45),
        ("recentTrades", 1, 21),
        ("userFills", 0, 20),
    ],
)
def test_a_call_costs_what_the_documents_say(kind: str, rows: int, total: int):
    assert weight(kind) + surcharge(kind, [{}] * rows) == total


def test_an_answer_without_rows_has_no_surcharge():
    assert surcharge("userFills", None) == 0
    assert surcharge("meta", [{}] * 100) == 0
