"""/info answers with the limits, orders and quirks of API.md sections 6 and 7."""

from typing import Any

import pytest

from exchange.simulator import cast
from exchange.simulator.answers import TYPES, Malformed, Null500
from exchange.simulator.profile import SMALL
from exchange.simulator.world import World
from tests.exchange.simulator.worlds import HOUR, busy

STRANGER = "0x" + "12" * 20
COMPLETE = {
    "user": cast.TRADER,
    "startTime": 0,
    "coin": "BTC",
    "oid": 1,
    "tokenId": "",
    "vaultAddress": cast.VAULT,
    "builder": cast.VAULT,
    "req": {"coin": "BTC", "interval": "1d", "startTime": 0},
}


def ask(kind: str, **fields: Any) -> Any:
    return busy()[0].info({"type": kind, **fields})


@pytest.mark.parametrize("kind", sorted(TYPES))
def test_every_type_answers_a_complete_body_also_for_an_address_never_seen(kind: str) -> None:
    token = busy()[0].info({"type": "spotMeta"})["tokens"][1]["tokenId"]
    for user in (cast.TRADER, STRANGER, cast.TRADER.upper().replace("0X", "0x")):
        ask(kind, **(COMPLETE | {"user": user, "tokenId": token}))


NEEDS = {
    "l2Book": "coin",
    "recentTrades": "coin",
    "candleSnapshot": "req",
    "fundingHistory": "coin",
    "tokenDetails": "tokenId",
    "userFillsByTime": "startTime",
    "userFunding": "startTime",
    "userNonFundingLedgerUpdates": "startTime",
    "userTwapSliceFillsByTime": "startTime",
    "orderStatus": "oid",
    "activeAssetData": "coin",
    "vaultDetails": "vaultAddress",
    "perpAnnotation": "coin",
    "maxBuilderFee": "builder",
    "userFills": "user",
    "clearinghouseState": "user",
}


@pytest.mark.parametrize(("kind", "field"), NEEDS.items())
def test_a_missing_field_is_malformed(kind: str, field: str) -> None:
    with pytest.raises(Malformed):
        ask(kind, **{key: value for key, value in COMPLETE.items() if key != field})


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"type": "nope"},
        {"type": 3},
        {"type": "clearinghouseState", "user": "0x12"},
        {"type": "userFills", "user": "0x" + "g" * 40},
        {"type": "userFills", "user": cast.TRADER, "aggregateByTime": "yes"},
        {"type": "fundingHistory", "coin": "BTC", "startTime": "0"},
        {"type": "fundingHistory", "coin": "BTC", "startTime": -1},
        {"type": "fundingHistory", "coin": "BTC", "startTime": True},
        {"type": "candleSnapshot", "req": {"coin": "BTC", "interval": "2m", "startTime": 0}},
        {"type": "l2Book", "coin": ["BTC"]},
    ],
)
def test_what_cannot_be_read_is_malformed(body: dict[str, Any]) -> None:
    with pytest.raises(Malformed):
        busy()[0].info(body)


def test_a_body_that_is_no_object_is_malformed() -> None:
    with pytest.raises(Malformed):
        busy()[0].info([])  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("metaAndAssetCtxs", {"dex": "nope"}),
        ("fundingHistory", {"coin": "nope", "startTime": 0}),
        ("fundingHistory", {"coin": "@107", "startTime": 0}),
        ("candleSnapshot", {"req": {"coin": "nope", "interval": "1m", "startTime": 0}}),
        ("tokenDetails", {"tokenId": "0x0"}),
        ("activeAssetData", {"user": cast.TRADER, "coin": "@107"}),
    ],
)
def test_what_does_not_exist_is_500_null(kind: str, fields: dict[str, Any]) -> None:
    with pytest.raises(Null500):
        ask(kind, **fields)


def test_an_unknown_coin_has_no_book_but_is_no_error() -> None:
    assert ask("l2Book", coin="nope") is None
    assert ask("l2Book", coin="BTC", nSigFigs=3)["spread"]


def test_user_fills_are_the_newest_2000_newest_first() -> None:
    rows = ask("userFills", user=cast.MARKET_MAKER)
    assert rows == busy()[0].truth(cast.MARKET_MAKER).fills[:-2001:-1]


def test_fills_by_time_are_oldest_first_and_only_the_newest_10000_exist() -> None:
    truth = busy()[0].truth(cast.MARKET_MAKER).fills
    rows = ask("userFillsByTime", user=cast.MARKET_MAKER, startTime=0)
    assert rows == truth[-10_000:][:2000]
    assert len(truth) > 10_000
    assert ask("userFillsByTime", user=cast.MARKET_MAKER, startTime=0, reversed=True) == truth[:-2001:-1]


def test_pages_that_begin_at_the_last_time_reach_every_fill_that_is_kept() -> None:
    truth = busy()[0].truth(cast.MARKET_MAKER).fills[-10_000:]
    seen: dict[tuple[int, int], dict[str, Any]] = {}
    start = 0
    while True:
        page = ask("userFillsByTime", user=cast.MARKET_MAKER, startTime=start)
        seen |= {(row["time"], row["tid"]): row for row in page}
        if len(page) < 2000:
            break
        start = page[-1]["time"]
    assert list(seen.values()) == truth


def test_aggregated_fills_keep_sizes_and_lose_rows() -> None:
    raw = ask("userFills", user=cast.TRADER)
    merged = ask("userFills", user=cast.TRADER, aggregateByTime=True)
    assert len(merged) < len(raw)
    assert sum(float(row["sz"]) for row in merged) == pytest.approx(sum(float(row["sz"]) for row in raw))
    by_time = ask("userFillsByTime", user=cast.TRADER, aggregateByTime=True, startTime=0)
    assert by_time == merged[::-1]


def test_funding_history_comes_500_rows_at_a_time_oldest_first_just_after_each_hour() -> None:
    world, _ = busy()
    rows = ask("fundingHistory", coin="BTC", startTime=0)
    times = [row["time"] for row in rows]
    assert len(rows) == 500
    assert times == sorted(times)
    assert all(1 <= t % HOUR <= 118 for t in times)
    assert times[0] < world.start_ms - 30 * 24 * HOUR
    recent = ask("fundingHistory", coin="BTC", startTime=times[-1])
    assert recent[0] == rows[-1], "paging by the last time repeats that row"
    last = ask("fundingHistory", coin="BTC", startTime=world.now_ms - 3 * HOUR, endTime=world.now_ms)
    assert len(last) == 3, "the hour since the start is there too"
    assert {row["time"] // HOUR for row in last} == set(
        range(last[0]["time"] // HOUR, last[0]["time"] // HOUR + 3)
    )


def test_funding_rates_follow_the_formula() -> None:
    for row in ask("fundingHistory", coin="ETH", startTime=0):
        premium = float(row["premium"])
        rate = (premium + max(-0.0005, min(0.0005, 0.0001 - premium))) / 8
        assert float(row["fundingRate"]) == pytest.approx(rate, abs=2e-10)


def test_user_funding_has_500_rows_oldest_first() -> None:
    world, _ = busy()
    rows = ask("userFunding", user=cast.TRADER, startTime=0)
    assert rows == world.truth(cast.TRADER).fundings[:500]
    assert ask("userFunding", user=cast.TRADER, startTime=rows[-1]["time"] + 1, endTime=0) == []


def test_a_delisted_coin_has_no_funding() -> None:
    gone = next(row["name"] for row in ask("meta")["universe"] if row.get("isDelisted"))
    assert ask("fundingHistory", coin=gone, startTime=0) == []


def test_predicted_fundings_are_of_the_first_dex_and_name_the_hour_already_past() -> None:
    world, _ = busy()
    rows = ask("predictedFundings")
    assert all(":" not in coin for coin, _ in rows)
    for _, venues in rows:
        named = dict(venues)
        assert set(named) == {"HlPerp", "BinPerp", "BybitPerp"}
        assert named["HlPerp"]["nextFundingTime"] == world.now_ms // HOUR * HOUR
        assert named["BinPerp"]["nextFundingTime"] > world.now_ms


@pytest.mark.parametrize(
    ("user", "role"),
    [
        (cast.TRADER, {"role": "user"}),
        (cast.VAULT, {"role": "vault"}),
        (cast.AGENT, {"role": "agent", "data": {"user": cast.TRADER}}),
        (cast.SUB_ACCOUNT, {"role": "subAccount", "data": {"master": cast.TRADER}}),
        (cast.EMPTY, {"role": "user"}),
        (cast.MISSING, {"role": "missing"}),
    ],
)
def test_each_kind_of_address_has_its_role(user: str, role: dict[str, Any]) -> None:
    assert ask("userRole", user=user) == role


@pytest.mark.parametrize("user", [cast.MISSING, cast.AGENT, cast.EMPTY])
def test_who_holds_nothing_has_zeroed_states_and_empty_lists(user: str) -> None:
    state = ask("clearinghouseState", user=user)
    assert state["marginSummary"]["accountValue"] == state["withdrawable"] == "0.0"
    assert state["assetPositions"] == ask("userFills", user=user) == ask("openOrders", user=user) == []
    assert ask("userFunding", user=user, startTime=0) == ask("userVaultEquities", user=user) == []
    assert ask("spotClearinghouseState", user=user)["balances"] == []
    assert ask("subAccounts", user=user) is None
    assert ask("extraAgents", user=user) == []


def test_a_pooled_account_keeps_its_money_in_the_spot_state() -> None:
    """Equity is the spot total plus unrealised profit (API.md section 8)."""
    world, _ = busy()
    spot = ask("spotClearinghouseState", user=cast.UNIFIED)
    usdc = next(row for row in spot["balances"] if row["coin"] == "USDC")
    state = ask("clearinghouseState", user=cast.UNIFIED)
    open_profit = sum(float(row["position"]["unrealizedPnl"]) for row in state["assetPositions"])
    assert "tokenToAvailableAfterMaintenance" in spot
    assert "portfolioMarginEnabled" not in spot
    assert state["withdrawable"] == "0.0"
    assert float(usdc["hold"]) == pytest.approx(float(state["marginSummary"]["totalMarginUsed"]), rel=0.2)
    hype = next(row for row in spot["balances"] if row["coin"] == "HYPE")
    worth = float(usdc["total"]) + open_profit + float(hype["total"]) * float(world.fast_ctxs()["@107"]["markPx"])
    curve = dict(ask("portfolio", user=cast.UNIFIED))["day"]["accountValueHistory"]
    assert float(curve[-1][1]) == pytest.approx(worth, abs=0.05)


def test_portfolio_margin_may_borrow_and_is_marked() -> None:
    spot = ask("spotClearinghouseState", user=cast.PORTFOLIO)
    assert spot["portfolioMarginEnabled"] is True
    assert 0 < float(spot["portfolioMarginRatio"]) < 1
    usdc = next(row for row in spot["balances"] if row["coin"] == "USDC")
    assert usdc["total"].startswith("-")
    assert usdc["borrowed"] == usdc["total"].lstrip("-")
    assert ask("userAbstraction", user=cast.PORTFOLIO) == "portfolioMargin"
    for row in ask("clearinghouseState", user=cast.PORTFOLIO)["assetPositions"]:
        at = row["position"]["liquidationPx"]
        assert at is None or float(at) > 0


def test_historical_orders_are_newest_first_and_an_oid_may_come_twice() -> None:
    rows = ask("historicalOrders", user=cast.MARKET_MAKER)
    oids = [row["order"]["oid"] for row in rows]
    assert oids == sorted(oids, reverse=True)
    assert len(set(oids)) < len(oids) == 2000


def test_an_order_is_found_by_number_and_by_client_id() -> None:
    row = next(r for r in ask("historicalOrders", user=cast.TRADER) if r["order"]["cloid"])
    found = ask("orderStatus", user=cast.TRADER, oid=row["order"]["oid"])
    assert found["order"]["order"]["oid"] == row["order"]["oid"]
    assert ask("orderStatus", user=cast.TRADER, oid=row["order"]["cloid"]) == found
    assert ask("orderStatus", user=cast.TRADER, oid=5) == {"status": "unknownOid"}


def test_followers_share_the_vault() -> None:
    details = ask("vaultDetails", vaultAddress=cast.VAULT, user=cast.UNIFIED)
    assert details["followers"][0]["user"] == "Leader"
    assert details["followerState"]["user"] == cast.UNIFIED
    equity = float(ask("clearinghouseState", user=cast.VAULT)["marginSummary"]["accountValue"])
    assert sum(float(row["vaultEquity"]) for row in details["followers"]) == pytest.approx(equity, abs=0.01)
    (mine,) = ask("userVaultEquities", user=cast.UNIFIED)
    assert mine["equity"] == details["followerState"]["vaultEquity"]
    assert ask("vaultDetails", vaultAddress=cast.TRADER) is None


def test_sub_accounts_are_listed_in_both_versions() -> None:
    (one,) = ask("subAccounts", user=cast.TRADER)
    (two,) = ask("subAccounts2", user=cast.TRADER)
    assert one["subAccountUser"] == two["subAccountUser"] == cast.SUB_ACCOUNT
    assert two["dexToClearinghouseState"][0] == ["", one["clearinghouseState"]]


def test_two_dexes_share_a_name_and_differ_in_collateral() -> None:
    metas = ask("allPerpMetas")
    named = {row["name"] for meta in metas for row in meta["universe"]}
    assert {"xyz:TSLA", "flx:TSLA"} <= named
    assert len({meta["collateralToken"] for meta in metas}) == 2
    assert ask("perpDexs")[0] is None
    assert [row["name"] for row in ask("perpDexs")[1:]] == busy()[0].dexes()[1:]


def test_fees_show_the_rates_that_are_paid() -> None:
    fees = ask("userFees", user=cast.MARKET_MAKER)
    assert float(fees["userAddRate"]) < 0
    today = fees["dailyUserVlm"][-1]
    assert float(today["userAdd"]) > 0
    assert len(fees["dailyUserVlm"]) == 15


def test_dust_is_converted_at_midnight_with_tid_zero() -> None:
    midnight = 1_795_564_800_000
    world = World(start_ms=midnight - 60_000, profile=SMALL)
    account = world.state.accounts[cast.SPOT_TRADER]
    account.balance(1).total, account.balance(1).cost = 216_600, 100
    account.orders.clear()
    world.advance(midnight + 2000)
    row = next(r for r in world.truth(cast.SPOT_TRADER).fills[::-1] if r["coin"] == "PURR/USDC" and r["tid"] == 0)
    assert (row["dir"], row["sz"], row["fee"], row["closedPnl"]) == (
        "Spot Dust Conversion",
        "0.002166",
        "0.0",
        "0.0",
    )
    assert row["startPosition"] == row["sz"]
    assert set(row["hash"]) == {"0", "x"}
    assert account.balance(1).total == 0
