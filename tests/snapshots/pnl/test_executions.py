"""All kinds of fills take one shape, in the order they happened, each of them once."""

import itertools
import random
from decimal import Decimal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from snapshots.pnl.executions import executions
from tests.snapshots.pnl.rows import CALM, OTHER, OWNER, PAIRS, D, Trader, as_slice, liquidation


def test_a_fee_on_a_spot_buy_is_in_coins_and_makes_the_balance_smaller():
    trader = Trader()
    trader.buy("@107", 10, 30, fee="0.007", fee_token="HYPE")
    trader.sell("@107", 5, 40, fee="0.2")
    buy, sell = executions(trader.fills, pairs=PAIRS)
    assert (buy.base, buy.quote, buy.kind) == ("HYPE", "USDC", "spot")
    assert buy.fee == D("0.21")  # 0.007 HYPE at 30
    assert buy.end == D("9.993")
    assert sell.start == buy.end
    assert sell.fee == D("0.2")


def test_without_the_pairs_a_spot_buys_fee_token_is_taken_for_the_coin():
    trader = Trader()
    trader.buy("@107", 10, 30, fee="0.007", fee_token="HYPE")
    (buy,) = executions(trader.fills)
    assert (buy.base, buy.quote, buy.fee) == ("HYPE", "USDC", D("0.21"))


def test_a_builder_dexs_money_is_its_collateral():
    trader = Trader()
    trader.buy("flx:TSLA", 1, 400, fee="0.18", fee_token="USDH")
    (row,) = executions(trader.fills)
    assert (row.dex, row.quote, row.fee) == ("flx", "USDH", D("0.18"))


@pytest.mark.parametrize(("user", "side"), [(OWNER, "victim"), (OWNER.upper(), "victim"), (OTHER, "counterparty")])
def test_only_the_liquidated_user_is_the_victim_of_a_liquidation(user, side):
    trader = Trader()
    trader.buy("BTC", 1, 100, liquidation=liquidation(user))
    (row,) = executions(trader.fills, owner=OWNER)
    assert row.liquidation == side


def test_settlements_dust_and_twap_slices_are_told_apart():
    trader = Trader()
    slice_ = as_slice(trader.buy("BTC", 1, 100))
    fills = [
        trader.sell("BTC", 1, 100, dir="Settlement"),
        trader.buy("PURR/USDC", 1, 1),
        trader.sell("PURR/USDC", 1, 1, dir="Spot Dust Conversion"),
    ]
    rows = executions(fills, [slice_])
    assert [row.how for row in rows if row.coin == "BTC"] == ["twap", "settlement"]
    assert [row.how for row in rows if row.coin != "BTC"] == ["order", "dust"]


def test_a_fill_that_comes_again_counts_once_and_one_that_shares_its_tid_counts_itself():
    trader = Trader()
    first = trader.buy("BTC", 1, 100)
    other = msgspec.structs.replace(first, side="A", oid=99, start_position=D(1))
    assert len(executions([first, other, first, other])) == 2


def test_slices_fill_the_holes_that_they_leave_in_the_fills():
    trader = Trader()
    fills = [trader.buy("BTC", 1, 100)]
    slices = [as_slice(trader.buy("BTC", 1, 110)), as_slice(trader.buy("BTC", 1, 120))]
    fills.append(trader.sell("BTC", 3, 130))
    rows = executions(fills, slices)
    assert [row.start for row in rows] == [0, 1, 2, 3]


@CALM
@given(st.lists(st.integers(-3, 3).filter(bool), min_size=1, max_size=40), st.randoms(use_true_random=False))
def test_fills_of_one_millisecond_come_out_as_one_chain_however_they_came_in(moves, rng: random.Random):
    trader = Trader()
    for move in moves:
        (trader.buy if move > 0 else trader.sell)("ETH", abs(move), 100, at=5)
    shuffled = list(trader.fills)
    rng.shuffle(shuffled)
    rows = executions([trader.buy("ETH", 1, 1, at=9), *shuffled])
    assert len(rows) == len(moves) + 1
    assert rows[0].start in {Decimal(0), *(fill.start_position for fill in trader.fills)}
    assert all(before.end == after.start for before, after in itertools.pairwise(rows))


def test_tails_of_binary_floats_do_not_break_the_chain():
    trader = Trader()
    first = trader.buy("AXS", "0.1", 1, at=5)
    second = trader.buy("AXS", "0.2", 1, at=5)
    second = msgspec.structs.replace(second, start_position=D("0.0999999999999999"))
    third = msgspec.structs.replace(trader.sell("AXS", "0.3", 1, at=5), start_position=D("0.30000000000000004"))
    assert [row.fill for row in executions([third, second, first])] == [first, second, third]
