"""The tracker's parts: who gets a slot, what was yielded before, what is asked next."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange import account_events as said
from exchange.account_views import AccountView, AccountViews
from exchange.following import POLLS, SUBSCRIPTIONS
from exchange.following import Slots as SlotCount
from exchange.subscriptions import Subscription, acknowledged
from exchange.tracker_account import ALL_DEXES, FILLS, MODE, ORDERS, PARTS, SPOT, STATES, VAULTS, Followed
from exchange.tracker_known import BY_CALL, OVERLAP_MS, Known
from exchange.tracker_slot import SILENT_SECONDS
from exchange.tracker_slots import FIRST_PAUSE, OPENING_SECONDS, RENEW_SECONDS, Slots
from exchange.wire import account as wire
from exchange.wire.fills import Fill

NOW = 1_700_000_000_000
A, B, C, D = ("0x" + letter * 40 for letter in "abcd")
OPENER = "allDexsClearinghouseState"


def opened(slots: Slots, *addresses: str, now: float = 0.0) -> None:
    """Slots of these accounts, granted."""
    for address in addresses:
        slots.take(address)
        slots.asked(Subscription(OPENER, user=address), now)
        assert slots.granted(address)


# Slots ----------------------------------------------------------------------------------------------


def test_the_first_of_the_ranked_get_slots_and_of_each_only_the_opener_is_sent_at_first() -> None:
    slots = Slots(2)
    assert slots.wanted([A, B, C], 0.0) == [A, B]
    slots.take(A)
    assert slots.subscriptions(0.0) == {Subscription(OPENER, user=A)}
    opened(slots, A)
    slots.dexes = ("", "xyz")
    sent = slots.subscriptions(0.0)
    assert {one.type for one in sent} == set(SUBSCRIPTIONS)
    assert {one.dex for one in sent if one.type == "openOrders"} == {None, "xyz"}
    assert not slots.granted(A)


def test_a_refusal_is_about_the_oldest_opener_without_an_answer() -> None:
    slots = Slots(10)
    for address in (A, B, C):
        slots.take(address)
        slots.asked(Subscription(OPENER, user=address), 0.0)
    slots.granted(A)
    assert slots.refuse("Cannot track more than 1 total users.", 1, 0.0) == B
    assert slots.refuse("Cannot track more than 1 total users.", 1, 0.0) == C
    assert slots.refuse("Cannot track more than 1 total users.", 1, 0.0) is None
    assert set(slots.held) == {A}
    assert slots.why_not(B) == "the exchange says: Cannot track more than 1 total users."
    assert slots.wanted([B, A, D], 1.0) == [A]
    assert slots.wanted([B, A, D], FIRST_PAUSE * 8) == [B, A, D]


def test_a_slot_that_the_exchange_granted_less_of_is_not_lost_for_those_who_have_one() -> None:
    slots = Slots(10)
    opened(slots, A, B)
    slots.take(C)
    slots.asked(Subscription(OPENER, user=C), 0.0)
    slots.refuse("full", None, 0.0)
    assert slots.most == 2
    assert slots.wanted([D, A, B], 1.0) == [D, A]


def test_openers_without_an_answer_and_silent_streams_are_asked_for_again() -> None:
    slots = Slots(10)
    slots.take(A)
    assert list(slots.to_renew(99.0)) == []
    slots.asked(Subscription(OPENER, user=A), 0.0)
    assert list(slots.to_renew(OPENING_SECONDS - 1)) == []
    assert list(slots.to_renew(OPENING_SECONDS)) == [Subscription(OPENER, user=A)]
    assert not slots._openers
    slots.granted(A)
    slots.heard(A, 11.0)
    assert slots.is_streamed(A, 12.0)
    assert not slots.is_streamed(A, 12.0 + SILENT_SECONDS)
    assert Subscription("userFills", user=A) in list(slots.to_renew(11.0 + RENEW_SECONDS))
    assert list(slots.to_renew(12.0 + RENEW_SECONDS)) == []


def test_after_the_socket_is_lost_every_slot_is_opened_anew() -> None:
    slots = Slots(10)
    opened(slots, A)
    slots.heard(A, 1.0)
    slots.lost()
    assert slots.subscriptions(2.0) == {Subscription(OPENER, user=A)}
    assert not slots.is_streamed(A, 2.0)
    assert slots.why_not(A) == "its streams are being opened"


def test_why_an_account_has_no_slot() -> None:
    slots = Slots(1)
    assert slots.why_not(B) == "it has no slot for its streams yet"
    opened(slots, A)
    assert slots.why_not(A) == "its streams say nothing"
    assert slots.why_not(B) == "all 1 slots for streams are taken by other accounts"
    slots.give_up(A)
    slots.heard(A, 0.0)
    assert not slots.is_streamed(A, 0.0)


def test_a_type_that_the_exchange_does_not_know_is_left_out_for_a_while() -> None:
    slots = Slots(1)
    opened(slots, A)
    slots.leave_out("userHistoricalOrders", 0.0)
    slots.leave_out(OPENER, 0.0)
    slots.dexes = ("", "xyz")
    types = [one.type for one in slots.subscriptions(1.0)]
    assert types.count("clearinghouseState") == 2
    assert not {"userHistoricalOrders", OPENER} & set(types)
    assert OPENER in {one.type for one in slots.subscriptions(9999.0)}


def test_an_acknowledgement_matches_whatever_defaults_the_exchange_adds() -> None:
    echo = {"type": "openOrders", "user": A.upper().replace("0X", "0x"), "dex": "", "aggregateByTime": False}
    assert acknowledged(echo) == Subscription("openOrders", user=A)
    assert SlotCount(3, 2).free == 0


def test_where_very_many_have_no_slot_some_slots_go_round() -> None:
    slots = Slots(10)
    many = [f"0x{number:040x}" for number in range(120)]
    assert len(slots.wanted(many[:109], 0.0)) == 10
    assert slots.glance(many, 0.0) == []
    assert slots.wanted(many, 0.0) == many[:7]
    opened(slots, *many[:7])
    assert slots.glance(many, 0.0) == many[7:10]
    assert Subscription(OPENER, user=many[7]) in slots.subscriptions(0.0)
    assert slots.glance(many, 0.0) == []
    for address in many[7:10]:
        slots.asked(Subscription(OPENER, user=address), 0.0)
        assert not slots.granted(address)
    slots.heard(many[8], 1.0)
    assert not slots.is_streamed(many[8], 1.0)
    assert slots.glance(many[9:], 1.0) == [many[10]]
    assert slots.glance(many[11:], 9.0) == many[11:13]
    slots.lost()
    assert not slots.glances


# What is known --------------------------------------------------------------------------------------


def fill(time: int, tid: int = 1, oid: int = 1) -> Fill:
    one = Decimal(1)
    return Fill("BTC", one, one, "B", time, one, "Open Long", one, "0x0", oid, True, one, tid, "USDC")


times = st.integers(NOW - OVERLAP_MS, NOW + 300_000)
rows = st.lists(st.builds(fill, times, st.integers(1, 3), st.integers(1, 2)), max_size=8)
steps = st.lists(st.tuples(st.sampled_from(["heard", "read"]), rows, st.integers(0, 60_000)), max_size=12)


@given(steps)
def test_whatever_comes_by_socket_and_by_rest_each_row_is_yielded_once_and_none_is_missing(steps) -> None:
    known, true, yielded, now = Known(BY_CALL["userFillsByTime"], NOW), set(), [], NOW
    for way, fresh, passed in steps:
        now += passed
        happened = [one for one in fresh if now - 10_000 <= one.time <= now]  # rows are told as they happen
        true.update(happened)
        if way == "heard":
            yielded += known.unseen(happened * 2)
        else:
            yielded += known.unseen(sorted((one for one in true if one.time >= known.reads_from), key=str))
            known.cover(now - 5_000)
            assert true <= set(yielded)
    assert len(yielded) == len(set(yielded))


def test_keys_of_rows_that_are_not_told_again_are_forgotten() -> None:
    known = Known(BY_CALL["userFillsByTime"], NOW)
    assert len(known.unseen([fill(NOW + n) for n in range(5)])) == 5
    known.cover(NOW + OVERLAP_MS + 3)
    assert len(known.keys) == 2
    assert known.unseen([fill(NOW), fill(NOW + 4)]) == []
    known.cover(NOW)
    assert known.end == NOW + OVERLAP_MS + 3


# What is asked next ---------------------------------------------------------------------------------


@pytest.fixture
def followed() -> Followed:
    return Followed(AccountView(A), added_at=0.0, added_ms=NOW)


def due(followed: Followed, now: float) -> list[str]:
    return [part for _, part in sorted(followed.due(now))]


def test_at_first_everything_is_asked_and_what_equity_is_made_of_before_all_else(followed) -> None:
    followed.has_slot = True
    parts = due(followed, 0.0)
    assert (set(parts[:2]), parts[2]) == ({MODE, VAULTS}, STATES)
    followed.look_back()  # as when its streams have begun
    assert set(due(followed, 0.0)[:4]) == {MODE, VAULTS, STATES, SPOT}
    followed.wanted.clear()
    followed.has_slot = False
    parts = due(followed, 0.0)
    assert parts[0] == STATES
    assert set(parts[1:4]) == {MODE, SPOT, VAULTS}
    assert set(parts) == set(PARTS) - set(BY_CALL)  # histories begin with it: nothing can have been missed yet
    for part in PARTS:
        followed.tell(part, 0.0)
    assert due(followed, 59.0) == []
    assert due(followed, 60.0) == [STATES, SPOT]
    assert set(due(followed, 7200.0)) == set(PARTS)


def test_an_account_that_is_looked_at_goes_before_others_and_is_asked_more_often(followed) -> None:
    other = Followed(AccountView(B), added_at=-9999.0, added_ms=NOW)
    followed.is_looked_at = True
    (first, _), *_ = sorted([*followed.due(0.0), *other.due(0.0)])
    assert first in [urgency for urgency, _ in followed.due(0.0)]
    for part in PARTS:
        followed.tell(part, 0.0)
    assert due(followed, 15.0) == [STATES, SPOT]


def test_what_a_slot_tells_is_not_asked_unless_it_falls_silent(followed) -> None:
    followed.has_slot = True
    for part in PARTS:
        followed.tell(part, 0.0)
    assert due(followed, 14.0) == []
    assert set(due(followed, 15.0)) == {STATES, SPOT}
    assert set(due(followed, 60.0)) == {STATES, SPOT, ORDERS}


def test_what_failed_is_asked_again_after_a_pause_that_grows_and_what_found_no_room_soon(followed) -> None:
    for part in PARTS:
        followed.tell(part, 0.0)
    followed.fail(FILLS, 0.0)
    assert (due(followed, 9.0), due(followed, 10.0)) == ([], [FILLS])
    followed.fail(FILLS, 10.0)
    assert (due(followed, 29.0), due(followed, 30.0)) == ([], [FILLS])
    followed.wait(FILLS, 30.0)
    assert due(followed, 40.0) == [FILLS]
    for _ in range(99):
        followed.fail(FILLS, 40.0)
    assert FILLS in due(followed, 640.0)
    followed.tell(FILLS, 640.0)
    assert FILLS not in due(followed, 641.0)


def test_asking_about_all_dexes_tells_of_those_in_use_too(followed) -> None:
    followed.tell(ALL_DEXES, 5.0)
    assert followed.told[STATES] == 5.0
    assert set(POLLS) == set(PARTS) - {ALL_DEXES}


def state(size: str, raw: str = "5", time: int = NOW) -> wire.ClearinghouseState:
    value = Decimal(1)
    held = [wire.AssetPosition(wire.Position("BTC", Decimal(size), position_value=value))] if size else []
    return wire.ClearinghouseState(held, time, wire.MarginSummary(value, value, Decimal(raw), value))


def test_only_what_trades_and_payments_change_counts_as_a_change(followed) -> None:
    views = AccountViews()
    views.by_address[A] = followed.view
    assert not followed.has_changed()
    views.apply(said.AccountStates(NOW, A, [("", state("1"))], is_all=True))
    views.apply(said.SpotState(NOW, A, wire.SpotState([wire.SpotBalance("USDC", Decimal(5), Decimal(0))])))
    followed.tell(STATES, 0.0)
    followed.tell(SPOT, 0.0)
    assert not followed.has_changed()
    views.apply(said.AccountStates(NOW, A, [("", state("1")), ("xyz", state("", "0"))], is_all=True))
    assert not followed.has_changed()
    views.apply(said.AccountStates(NOW, A, [("", state("2"))], is_all=True))
    assert followed.has_changed()
    assert followed.view.used_dexes() == ("",)
    views.apply(said.SpotState(NOW, A, wire.SpotState()))
    assert followed.has_changed()
    views.apply(said.SpotState(NOW, B, wire.SpotState()))
    assert views.get(B) is None
