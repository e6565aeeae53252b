"""Books, trades, contexts and mids agree with each other and with the rules of the exchange."""

from collections import Counter
from decimal import Decimal
from typing import Any

import pytest

from exchange.simulator.happenings import BookChanged, Trades
from exchange.simulator.world import World
from tests.exchange.simulator.worlds import HOUR, busy


def universe(world: World, dex: str = "") -> list[dict[str, Any]]:
    return world.info({"type": "meta", "dex": dex})["universe"]


def allowed(price: str, decimals: int) -> bool:
    """At most five significant figures and so many decimals; whole numbers always."""
    value = Decimal(price).normalize()
    whole = value == value.to_integral()
    return whole or (len(value.as_tuple().digits) <= 5 and -int(value.as_tuple().exponent) <= decimals)


def test_every_price_in_a_book_and_on_the_tape_is_an_allowed_one() -> None:
    world, happened = busy()
    for row in universe(world):
        decimals = 6 - row["szDecimals"]
        for side in world.l2_book(row["name"])["levels"]:
            assert all(allowed(level["px"], decimals) for level in side)
    decimals_of = {row["name"]: 6 - row["szDecimals"] for dex in world.dexes() for row in universe(world, dex)}
    for h in happened:
        if isinstance(h, Trades) and h.coin in decimals_of:
            assert all(allowed(row["px"], decimals_of[h.coin]) for row in h.trades)


def test_books_have_20_levels_best_first_and_5_when_fast() -> None:
    world, _ = busy()
    for coin in ("BTC", "SUI", "@107", "flx:TSLA", "#14880"):
        bids, asks = ([Decimal(level["px"]) for level in side] for side in world.l2_book(coin)["levels"])
        assert len(bids) == len(asks) == 20
        assert bids == sorted(set(bids), reverse=True)
        assert asks == sorted(set(asks))
        assert bids[0] < asks[0]
        fast = world.l2_book(coin, fast=True)
        assert fast["fast"] is True
        assert [side[:5] for side in world.l2_book(coin)["levels"]] == fast["levels"]


def test_bbo_and_mid_are_the_top_of_the_book() -> None:
    world, _ = busy()
    for coin in ("BTC", "SUI", "@107", "xyz:TSLA"):
        bids, asks = world.l2_book(coin)["levels"]
        assert world.bbo(coin)["bbo"] == [bids[0], asks[0]]
        middle = (Decimal(bids[0]["px"]) + Decimal(asks[0]["px"])) / 2
        _, data = world.active_ctx(coin)
        assert Decimal(data["ctx"]["midPx"]) == middle == Decimal(world.fast_ctxs()[coin]["midPx"])


@pytest.mark.parametrize(("figures", "mantissa"), [(2, None), (3, None), (4, None), (5, 2), (5, 5)])
def test_an_aggregated_book_holds_whole_levels_and_names_the_spread(figures: int, mantissa: int | None) -> None:
    world, _ = busy()
    book = world.l2_book("BTC", figures, mantissa)
    width = Decimal(mantissa or 1) * 10 ** (5 - figures)
    prices = [Decimal(level["px"]) for side in book["levels"] for level in side]
    assert all(price % width == 0 for price in prices)
    bid, ask = (Decimal(top["px"]) for top in world.bbo("BTC")["bbo"])
    assert Decimal(book["spread"]) == ask - bid
    assert Decimal(book["levels"][0][0]["px"]) <= bid
    assert Decimal(book["levels"][1][0]["px"]) >= ask


def test_five_figures_without_a_mantissa_leave_the_book_as_it_is() -> None:
    world, _ = busy()
    assert world.l2_book("BTC", 5)["levels"] == world.l2_book("BTC")["levels"]


def test_a_book_that_trades_have_eaten_closes_again() -> None:
    world, _ = busy()
    for coin in world.coins():
        bid, ask = world.bbo(coin)["bbo"]
        if bid and ask:
            middle = float(world.active_ctx(coin)[1]["ctx"]["markPx"])
            assert (float(ask["px"]) - float(bid["px"])) / middle < 0.02, coin
            assert abs(float(ask["px"]) / middle - 1) < 0.03, coin


def test_a_delisted_coin_has_an_empty_book_and_nulls_but_keeps_its_place() -> None:
    world, _ = busy()
    place, name = next((i, row["name"]) for i, row in enumerate(universe(world)) if row.get("isDelisted"))
    meta, contexts = world.info({"type": "metaAndAssetCtxs"})
    context = contexts[place]
    assert len(meta["universe"]) == len(contexts)
    assert world.l2_book(name)["levels"] == [[], []]
    assert world.bbo(name)["bbo"] == [None, None]
    assert context["midPx"] is context["premium"] is context["impactPxs"] is None
    assert context["openInterest"] == "0.0"
    assert world.all_mids()[name] == context["prevDayPx"] == context["markPx"]
    assert world.recent_trades(name) == []


def test_trades_name_both_sides_and_the_same_account_is_never_both() -> None:
    _, happened = busy()
    rows = [row for h in happened if isinstance(h, Trades) for row in h.trades]
    assert all(row["users"][0] != row["users"][1] for row in rows)
    assert 0.2 < sum(row["side"] == "B" for row in rows) / len(rows) < 0.8
    assert any(set(row["hash"]) == set("0x") for row in rows)


def test_the_busiest_coin_trades_some_times_a_second_and_the_last_ones_hardly() -> None:
    world, happened = busy()
    counts = Counter(row["coin"] for h in happened if isinstance(h, Trades) for row in h.trades)
    seconds = (world.now_ms - world.start_ms) / 1000
    assert 2 < counts["BTC"] / seconds < 10
    assert counts["#14880"] / seconds < 0.2


def test_the_tape_keeps_thirty_oldest_first_and_rest_gives_ten_newest_first() -> None:
    world, _ = busy()
    tape = world.recent_trades("BTC")
    assert len(tape) == 30
    assert world.info({"type": "recentTrades", "coin": "BTC"}) == tape[:-11:-1]
    assert world.info({"type": "recentTrades", "coin": "NOPE"}) == []


def test_book_changes_are_told_once_a_block() -> None:
    _, happened = busy()
    changes = [(h.time, h.coin) for h in happened if isinstance(h, BookChanged)]
    assert len(changes) == len(set(changes))
    assert len({coin for _, coin in changes}) > 8


def test_positions_of_contexts_are_those_of_each_dex() -> None:
    world, _ = busy()
    frame = world.all_dexs_ctxs()["ctxs"]
    assert [dex for dex, _ in frame] == sorted(world.dexes())
    for dex, contexts in frame:
        assert contexts == world.info({"type": "metaAndAssetCtxs", "dex": dex})[1] == world.asset_ctxs(dex)["ctxs"]


def test_spot_contexts_are_not_positional() -> None:
    world, _ = busy()
    meta, contexts = world.info({"type": "spotMetaAndAssetCtxs"})
    pairs = [pair["name"] for pair in meta["universe"]]
    coins = [context["coin"] for context in contexts]
    assert set(pairs) < set(coins)
    assert coins[: len(pairs)] != pairs
    assert world.spot_ctxs() == contexts
    assert any(context["midPx"] is None for context in contexts), "some pairs are dead"


def test_a_day_of_volume_is_that_of_the_candles() -> None:
    world, _ = busy()
    body = {"coin": "ETH", "interval": "1h", "startTime": world.now_ms - 24 * HOUR}
    hours = world.info({"type": "candleSnapshot", "req": body})
    _, data = world.active_ctx("ETH")
    total = sum(float(row["v"]) for row in hours)
    assert total - float(hours[0]["v"]) <= float(data["ctx"]["dayBaseVlm"]) <= total * 1.0000001
    quarter = world.info({"type": "candleSnapshot", "req": body | {"interval": "15m"}})[0]
    assert data["ctx"]["prevDayPx"] == quarter["o"]


def test_mark_is_between_oracle_middle_and_last_trade() -> None:
    world, _ = busy()
    for row in universe(world):
        if not row.get("isDelisted"):
            _, data = world.active_ctx(row["name"])
            mark, oracle = Decimal(data["ctx"]["markPx"]), Decimal(data["ctx"]["oraclePx"])
            assert abs(mark / oracle - 1) < Decimal("0.02")
