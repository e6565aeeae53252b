"""The official Python SDK talks to the simulated exchange as it would to the real one."""

import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from hyperliquid.info import Info
from hyperliquid.utils.error import ServerError
from hyperliquid.utils.types import Cloid

from exchange.simulator import cast
from tests.exchange.simulator.server_client import running

DAY = 86_400_000


@pytest.fixture(scope="module")
def place() -> Iterator[dict[str, Any]]:
    with running(speed=10) as place:
        yield place


@pytest.fixture(scope="module")
def info(place: dict[str, Any]) -> Iterator[Info]:
    info = Info(place["url"], perp_dexs=["", place["dexes"][1]], timeout=10)
    yield info
    info.disconnect_websocket()


def test_it_learns_all_names(info: Info, place: dict[str, Any]):
    assert info.name_to_asset("BTC") == 0
    assert {"BTC", "ETH"} <= set(info.name_to_coin)
    assert any(name.startswith(f"{place['dexes'][1]}:") for name in info.name_to_coin)
    assert any("/USDC" in name and coin.startswith("@") for name, coin in info.name_to_coin.items())


def test_it_reads_the_markets(info: Info, place: dict[str, Any]):
    now = place["start"]
    meta, contexts = info.meta_and_asset_ctxs()
    assert len(meta["universe"]) == len(contexts)
    assert info.meta()["universe"] == meta["universe"]
    assert float(info.all_mids()["BTC"]) > 0
    assert set(info.all_mids(place["dexes"][1])) <= set(info.name_to_coin)
    book = info.l2_snapshot("BTC")
    assert float(book["levels"][0][0]["px"]) < float(book["levels"][1][0]["px"])
    candles = info.candles_snapshot("BTC", "1h", now - DAY, now)
    assert [candle["t"] for candle in candles] == sorted(candle["t"] for candle in candles)
    assert len(candles) in (24, 25)
    funding = info.funding_history("BTC", now - DAY)
    assert len(funding) in (24, 25)
    assert info.perp_dexs()[0] is None
    spot_meta, spot_contexts = info.spot_meta_and_asset_ctxs()
    assert info.spot_meta()["tokens"] == spot_meta["tokens"]
    assert {pair["name"] for pair in spot_meta["universe"]} <= {context["coin"] for context in spot_contexts}


def test_an_unknown_coin_is_a_server_error(info: Info):
    info.name_to_coin["NOSUCH"] = "NOSUCH"
    with pytest.raises(ServerError):
        info.funding_history("NOSUCH", 0)


ACCOUNTS = [cast.TRADER, cast.UNIFIED, cast.SPOT_TRADER, cast.MARKET_MAKER, cast.EMPTY, cast.MISSING]


@pytest.mark.parametrize("user", ACCOUNTS)
def test_it_reads_an_account(info: Info, place: dict[str, Any], user: str):
    start = place["start"] - 7 * DAY
    assert set(info.user_state(user)) >= {"marginSummary", "assetPositions", "withdrawable", "time"}
    assert "balances" in info.spot_user_state(user)
    assert len(info.portfolio(user)) == 8
    assert "role" in info.user_role(user)
    assert "nRequestsUsed" in info.user_rate_limit(user)
    assert "userCrossRate" in info.user_fees(user)
    assert isinstance(info.query_user_abstraction_state(user), str)
    assert isinstance(info.user_staking_summary(user), dict)
    assert isinstance(info.query_referral_state(user), dict)
    lists = [
        info.open_orders(user), info.frontend_open_orders(user), info.user_fills(user),
        info.user_fills_by_time(user, start), info.user_funding_history(user, start),
        info.user_non_funding_ledger_updates(user, start), info.historical_orders(user),
        info.user_twap_slice_fills(user), info.user_vault_equities(user), info.extra_agents(user),
        info.user_staking_delegations(user), info.user_staking_rewards(user), info.delegator_history(user),
    ]  # fmt: skip
    assert all(isinstance(rows, list) for rows in lists)
    assert isinstance(info.query_sub_accounts(user), list | None)
    assert info.query_order_by_oid(user, 1) == {"status": "unknownOid"}
    assert info.query_order_by_cloid(user, Cloid.from_int(1)) == {"status": "unknownOid"}


SUBSCRIPTIONS: list[tuple[dict[str, Any], str, bool]] = [
    ({"type": "allMids"}, "allMids", True),
    ({"type": "l2Book", "coin": "BTC"}, "l2Book", True),
    ({"type": "trades", "coin": "BTC"}, "trades", True),
    ({"type": "bbo", "coin": "BTC"}, "bbo", True),
    ({"type": "candle", "coin": "BTC", "interval": "1m"}, "candle", True),
    ({"type": "activeAssetCtx", "coin": "BTC"}, "activeAssetCtx", True),
    ({"type": "activeAssetCtx", "coin": "PURR/USDC"}, "activeSpotAssetCtx", True),
    ({"type": "activeAssetData", "user": cast.TRADER, "coin": "BTC"}, "activeAssetData", True),
    ({"type": "userFills", "user": cast.MARKET_MAKER}, "userFills", True),
    ({"type": "userFundings", "user": cast.TRADER}, "userFundings", True),
    ({"type": "userNonFundingLedgerUpdates", "user": cast.TRADER}, "userNonFundingLedgerUpdates", True),
    ({"type": "orderUpdates", "user": cast.MARKET_MAKER}, "orderUpdates", True),
    ({"type": "userEvents", "user": cast.MARKET_MAKER}, "user", True),
    ({"type": "webData2", "user": cast.TRADER}, "", False),
]
"""Every type that the SDK knows, the channel its frames have, and whether any come."""


def test_its_websocket_hears_every_type_it_knows(info: Info):
    heard: dict[int, set[str]] = {number: set() for number in range(len(SUBSCRIPTIONS))}
    everything = threading.Event()
    wanted = {number for number, (_, _, comes) in enumerate(SUBSCRIPTIONS) if comes}

    def hear(number: int, message: Any) -> None:
        heard[number].add(message["channel"])
        if all(heard[one] for one in wanted):
            everything.set()

    ids = []
    for number, (subscription, _, _) in enumerate(SUBSCRIPTIONS):
        ids.append(info.subscribe(dict(subscription), lambda message, number=number: hear(number, message)))
    complete = everything.wait(20)
    assert complete, [SUBSCRIPTIONS[number] for number in wanted if not heard[number]]
    for number, (_, channel, comes) in enumerate(SUBSCRIPTIONS):
        assert heard[number] == ({channel} if comes else set())
    for subscription, id_ in zip(SUBSCRIPTIONS[:-1], ids, strict=False):
        assert info.unsubscribe(dict(subscription[0]), id_)
    time.sleep(0.1)
    assert info.ws_manager
    assert info.ws_manager.ws.keep_running
