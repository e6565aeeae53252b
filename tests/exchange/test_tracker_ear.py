"""The tracker's ear: frames, words of the exchange and silence, without a socket."""

from random import Random

import pytest

from exchange import account_events as said
from exchange import events
from exchange.account_views import AccountView
from exchange.budget import Budget
from exchange.budget_memory import MemoryStore
from exchange.clock import ManualClock
from exchange.controls import Ack, ErrorText, Pong
from exchange.link import Link
from exchange.session import Session
from exchange.subscriptions import Subscription
from exchange.tracker_account import Followed
from exchange.tracker_ear import SOCKET_SILENT_SECONDS, TrackerEar
from exchange.tracker_slots import Slots
from exchange.wire import account as wire
from exchange.wire.fills import Fill
from tests.exchange.test_tracker_parts import NOW, OPENER, A, B, fill


class Stand:
    """An ear that follows one account, on a session that was never opened."""

    def __init__(self) -> None:
        self.clock = ManualClock(NOW)
        budget = Budget(MemoryStore(), None, self.clock)
        ignore = lambda *_: None  # noqa: E731 - nothing is heard over this link
        self.link = Link("ws://127.0.0.1:9", budget, self.clock, Random(1), ignore, ignore, 100.0)
        self.session = self.link.session = Session("accounts-1", 0.0)
        self.followed = {A: Followed(AccountView(A), 0.0, NOW)}
        self.slots = Slots(10)
        self.ear = TrackerEar(self.followed, self.slots, self.link, self.clock)
        self.slots.take(A)
        self.followed[A].has_slot = True

    def send(self, now: float = 0.0) -> list[Subscription]:
        """Send what is wanted."""
        self.session.want(self.ear.subscriptions(now))
        sent = [subscription for subscription, _ in self.session.take(999, now)]
        for subscription in sent:
            self.slots.asked(subscription, now)
        return sent

    def word(self, text: str, now: float = 0.0) -> None:
        self.ear.controlled(self.session, ErrorText(text), now)

    def open(self) -> None:
        self.send()
        self.ear.controlled(self.session, Ack("subscribe", {"type": OPENER, "user": A}), 0.0)
        self.send()


@pytest.fixture
def stand() -> Stand:
    return Stand()


def states(user: str = A) -> said.AccountStates:
    return said.AccountStates(NOW, user, [("", wire.ClearinghouseState([], NOW))], is_all=True)


def fills(*rows: Fill) -> said.UserFills:
    return said.UserFills(NOW, A, list(rows), is_snapshot=True)


def test_an_answered_opener_opens_the_slot_and_what_happened_before_is_to_be_read(stand) -> None:
    assert stand.send() == [Subscription(OPENER, user=A)]
    stand.ear.controlled(stand.session, Ack("subscribe", {"type": OPENER, "user": A}), 0.0)
    assert "userFillsByTime" in stand.followed[A].wanted
    assert Subscription("userFills", user=A) in stand.send()
    stand.session.waiting_for_pong = True
    stand.ear.controlled(stand.session, Pong(), 0.0)
    assert not stand.session.waiting_for_pong


def test_a_user_in_capitals_is_the_same_and_those_that_nobody_follows_are_nobody(stand) -> None:
    capitals = states("0x" + "A" * 40)
    assert stand.ear.heard(capitals, 0.0) == [states()]
    assert stand.ear.heard(states(B), 0.0) == []
    assert stand.ear.heard(events.Unknown(NOW, "news"), 0.0) == []


def test_rows_that_were_heard_before_are_heard_no_more(stand) -> None:
    assert stand.ear.heard(fills(fill(NOW)), 0.0) == [said.UserFills(NOW, A, [fill(NOW)], is_snapshot=False)]
    assert stand.ear.heard(fills(fill(NOW)), 0.0) == []
    assert stand.ear.heard(fills(fill(NOW), fill(NOW, 2)), 0.0)[0].fills == [fill(NOW, 2)]


def test_words_about_users_frames_and_subscriptions_are_understood(stand) -> None:
    stand.send()
    stand.word(f'Already subscribed: {{"type":"{OPENER}","user":"{A}"}}')
    assert stand.slots.held[A].is_open
    stand.send()
    stand.word('Error parsing JSON into valid websocket request: {"method":"subscribe","subscription":'
               f'{{"type":"userHistoricalOrders","user":"{A}"}}}}')  # fmt: skip
    assert Subscription("userHistoricalOrders", user=A) not in stand.ear.subscriptions(1.0)
    stand.word("Cannot send more than 2000 messages per minute.", now=5.0)
    assert stand.session.paused_until == 65.0
    stand.word("Cannot track more than 0 total users.")
    assert A in stand.slots.held, "its slot was granted"
    stand.word("something new")
    assert sum(stand.ear.errors.values()) == 5


def test_a_refused_account_loses_its_slot_and_is_said_to_be(stand) -> None:
    stand.send()
    stand.word("Cannot track more than 0 total users.")
    assert not stand.slots.held
    assert not stand.followed[A].has_slot
    (change,) = stand.ear.judge(1.0)
    assert (change.how, change.why) == ("refused", "the exchange says: Cannot track more than 0 total users.")


def test_a_name_that_may_have_killed_the_socket_waits_until_it_has_spoken(stand) -> None:
    stand.slots.dexes = ("", "xyz")
    stand.open()
    named = Subscription("openOrders", user=A, dex="xyz")
    assert named in stand.session.asked
    stand.ear.lost(stand.session)
    stand.slots.held[A].is_open = True
    assert named not in stand.ear.subscriptions(1.0)
    assert Subscription("openOrders", user=A) in stand.ear.subscriptions(1.0)
    stand.ear.heard(said.OpenOrders(NOW, A, "xyz", []), 1.0)
    assert named in stand.ear.subscriptions(1.0)
    stand.ear.lost(None)


def test_a_socket_that_says_nothing_to_open_slots_is_dropped_and_silent_streams_are_renewed(stand) -> None:
    stand.open()
    stand.ear.judge(SOCKET_SILENT_SECONDS)
    assert ("subscribe", Subscription(OPENER, user=A)) not in stand.session.outbox
    stand.ear.judge(SOCKET_SILENT_SECONDS * 2)
    assert ("subscribe", Subscription(OPENER, user=A)) in stand.session.outbox


def test_without_a_socket_it_is_said_why(stand) -> None:
    stand.link.session = None
    (change,) = stand.ear.judge(0.0)
    assert (change.how, change.why) == ("waiting", "no socket: not connected yet")
    stand.followed[A].view.how, stand.followed[A].view.why = change.how, change.why
    assert stand.ear.judge(0.0) == []
    stand.ear.leave(B)
