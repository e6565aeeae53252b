"""Faults strike what they name, as often as they say, and the same way for the same seed."""

import json
from random import Random

import msgspec
import pytest

from exchange.simulator import faults as f
from exchange.simulator.stream_garble import garble

TRADES = [("trades", "BTC", b'{"channel":"trades","data":[{"coin":"BTC","tid":%d}]}' % n) for n in range(100)]
PONG = ("pong", "", b'{"channel":"pong"}')


class Time:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def faults(time: Time) -> f.Faults:
    return f.Faults(7, time)


def test_nothing_happens_to_frames_without_a_fault(faults: f.Faults):
    assert faults.frames(TRADES) is TRADES
    assert faults.latency() == 0


def test_it_drops_about_the_share_it_was_told(faults: f.Faults):
    faults.add(f.Drop(stream="trades", share=0.3))
    left = faults.frames(TRADES)
    assert 55 <= len(left) <= 85
    assert [frame for frame in TRADES if frame in left] == left


def test_the_same_seed_drops_the_same_frames(time: Time):
    def dropped(seed: int) -> list[f.Frame]:
        faults = f.Faults(seed, time)
        faults.add(f.Drop(share=0.5))
        return faults.frames(TRADES)

    assert dropped(1) == dropped(1)
    assert dropped(1) != dropped(2)


def test_faults_do_not_disturb_each_others_draws(time: Time):
    alone, beside = f.Faults(1, time), f.Faults(1, time)
    alone.add(f.Drop(share=0.5))
    beside.add(f.Drop(share=0.5), f.Duplicate(stream="bbo", share=0.5))
    assert alone.frames(TRADES) == beside.frames(TRADES)


def test_a_stall_of_everything_leaves_pongs_alone(faults: f.Faults):
    faults.add(f.Stall())
    assert faults.frames([*TRADES, PONG]) == [PONG]
    faults.add(f.Stall(stream="pong"))
    assert faults.frames([PONG]) == []


def test_a_fault_can_be_about_one_coin(faults: f.Faults):
    eth = ("trades", "ETH", b"{}")
    faults.add(f.Stall(stream="trades", about="ETH"))
    assert faults.frames([eth, TRADES[0]]) == [TRADES[0]]


def test_it_ends_after_its_seconds(faults: f.Faults, time: Time):
    faults.add(f.Stall(seconds=5))
    time.now = 4.9
    assert faults.frames(TRADES) == []
    assert len(faults.active()) == 1
    time.now = 5.0
    assert faults.frames(TRADES) == TRADES
    assert faults.active() == []


def test_it_duplicates(faults: f.Faults):
    faults.add(f.Duplicate())
    assert faults.frames(TRADES[:2]) == [TRADES[0], TRADES[0], TRADES[1], TRADES[1]]


def test_it_reorders_only_what_goes_out_together(faults: f.Faults):
    faults.add(f.Reorder(stream="trades"))
    shuffled = faults.frames([PONG, *TRADES])
    assert shuffled[0] == PONG
    assert shuffled[1:] != TRADES
    assert sorted(shuffled[1:]) == sorted(TRADES)


def test_it_garbles_some_frames(faults: f.Faults):
    faults.add(f.Garble(share=0.5))
    garbled = faults.frames(TRADES)
    assert len(garbled) == 100
    assert 25 <= sum(a != b for a, b in zip(garbled, TRADES, strict=True)) <= 75


def test_delays_add_up(faults: f.Faults):
    faults.add(f.Latency(delay=0.5), f.Latency(delay=0.25))
    assert faults.latency() == 0.75


def test_it_refuses_connections_and_subscriptions(faults: f.Faults):
    assert not faults.refuses_connection()
    faults.add(f.RefuseConnections(), f.RefuseSubscription(type="bbo"), f.SilentSubscription(type="trades"))
    assert faults.refuses_connection()
    assert faults.refuses("bbo")
    assert not faults.refuses("trades")
    assert faults.silences("trades")
    assert not faults.silences("bbo")


def test_it_lowers_the_number_of_users(faults: f.Faults):
    faults.add(f.LimitUsers(users=3))
    assert faults.users(10) == 3
    assert faults.users(2) == 2


def test_a_rest_fault_may_be_for_one_type(faults: f.Faults):
    faults.add(f.RestFault(answer="502", type="meta"))
    assert faults.rest("meta") == "502"
    assert faults.rest("l2Book") is None
    faults.add(f.RestFault(answer="429", share=0.5))
    assert {faults.rest("l2Book") for _ in range(40)} == {"429", None}


def test_clearing_ends_all(faults: f.Faults):
    faults.add(f.Stall(), f.RefuseConnections())
    faults.clear()
    assert faults.active() == []
    assert not faults.refuses_connection()


def test_faults_come_from_json_and_unknown_ones_are_refused():
    read = msgspec.json.Decoder(list[f.AnyFault])
    text = b'[{"kind":"drop","stream":"bbo","share":0.5},{"kind":"rest","answer":"429","seconds":3}]'
    assert read.decode(text) == [f.Drop(stream="bbo", share=0.5), f.RestFault(answer="429", seconds=3)]
    for wrong in (b'[{"kind":"sabotage"}]', b'[{"kind":"drop","shard":1}]', b'[{"kind":"rest","answer":"418"}]'):
        with pytest.raises(msgspec.ValidationError):
            read.decode(wrong)


def test_garbled_frames_are_text_or_marked_as_binary_and_come_in_all_kinds():
    draw = Random(1)
    frame = b'{"channel":"l2Book","data":{"coin":"BTC","time":1,"levels":[[{"px":"1.0"}],[]]}}'
    kinds = {"json": 0, "text": 0, "binary": 0, "changed": 0}
    for _ in range(5000):
        wrong = garble(draw, frame)
        if wrong.startswith(b"\0"):
            kinds["binary"] += 1
            continue
        wrong.decode()
        kinds["changed"] += wrong != frame
        try:
            json.loads(wrong)
            kinds["json"] += 1
        except (ValueError, RecursionError):
            kinds["text"] += 1
    assert min(kinds.values()) > 10, kinds
    assert kinds["changed"] > 4500


def test_garbling_what_is_not_json_still_gives_a_frame():
    draw = Random(2)
    for frame in (b"", b"not json", b"[]", b"{}", b"[" * 100_000):
        for _ in range(50):
            assert isinstance(garble(draw, frame), bytes)


def test_garbling_repeats_with_its_seed():
    frame = TRADES[0][2]
    assert [garble(Random(n), frame) for n in range(200)] == [garble(Random(n), frame) for n in range(200)]
