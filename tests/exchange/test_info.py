"""InfoClient over a real HTTP server: what it asks, what it makes of answers, when it tries again."""

import threading
from decimal import Decimal

import pytest

from exchange.budget import Budget, Limits, Priority
from exchange.budget_memory import MemoryStore
from exchange.clock import FastClock, ManualClock
from exchange.errors import (
    BudgetExhausted,
    CallFailed,
    ExchangeDown,
    ExchangeError,
    NoSuchName,
    RateLimited,
    Refused,
    UnexpectedReply,
    Unreachable,
)
from exchange.info import InfoClient
from tests.exchange.info_server import info_server

USER = "0x" + "ab" * 20
META = {
    "universe": [{"name": "BTC", "szDecimals": 5, "maxLeverage": 40}],
    "marginTables": [],
    "collateralToken": 0,
}
XYZ = {"universe": [{"name": "xyz:A", "szDecimals": 2, "maxLeverage": 5}], "collateralToken": 0}
SPOT = {
    "universe": [{"tokens": [1, 0], "name": "@107", "index": 107, "isCanonical": False}],
    "tokens": [
        {"name": "USDC", "szDecimals": 8, "weiDecimals": 8, "index": 0, "tokenId": "0x0", "isCanonical": True},
        {"name": "HYPE", "szDecimals": 2, "weiDecimals": 8, "index": 1, "tokenId": "0x1", "isCanonical": True},
    ],
}


@pytest.fixture(scope="module")
def shared_server():
    with info_server() as server:
        yield server


@pytest.fixture
def server(shared_server):
    shared_server.asked.clear()
    return shared_server


@pytest.fixture
def client(server) -> InfoClient:
    return InfoClient(server.url, clock=FastClock(1_795_502_940_000, speed=500))


def test_it_sends_the_type_and_only_the_fields_that_are_given(server, client) -> None:
    server.will(META)
    assert client.meta().universe[0].name == "BTC"
    client.meta("xyz")
    assert server.asked == [{"type": "meta"}, {"type": "meta", "dex": "xyz"}]


TRANSIENT = [(429, b"null", RateLimited), *((status, b"<html>", ExchangeDown) for status in (502, 503, 504))]


@pytest.mark.parametrize(("status", "body", "error"), TRANSIENT)
def test_it_tries_again_when_the_failure_passes_by_itself(server, client, status, body, error) -> None:
    server.will((status, body), (status, body), META)
    assert client.meta().universe
    assert len(server.asked) == 3


@pytest.mark.parametrize(("status", "body", "error"), TRANSIENT)
def test_it_gives_up_after_three_tries_and_says_so(server, client, status, body, error) -> None:
    server.will((status, body))
    with pytest.raises(error) as caught:
        client.meta()
    assert len(server.asked) == 3
    assert caught.value.status == status
    assert "3 times" in str(caught.value)
    assert '"type": "meta"' in str(caught.value)


def test_it_waits_as_long_as_it_is_told_to(server) -> None:
    clock = FastClock(1_795_502_940_000, speed=500)
    server.will((429, b"null", {"Retry-After": "17"}), META)
    began = clock.now_ms()
    assert InfoClient(server.url, clock=clock).meta().universe
    assert clock.now_ms() - began >= 17_000


DATED = "Wed, 25 Nov 2026 12:00:00 GMT"
AFTER = [("120", 120), (DATED, 60), ("soon", None), ("-5", None), ("²", None), ("9" * 400, float("inf"))]


@pytest.mark.parametrize(("header", "seconds"), AFTER)
def test_nobody_is_kept_waiting_in_a_call_but_is_told_when_to_ask_again(server, header, seconds) -> None:
    server.will((429, b"null", {"Retry-After": header}))
    clock = ManualClock(1_795_607_940_000)
    with pytest.raises(RateLimited) as caught:
        InfoClient(server.url, clock=clock, tries=1).meta()
    assert caught.value.retry_after == seconds
    if seconds:
        server.asked.clear()
        with pytest.raises(RateLimited):
            InfoClient(server.url, clock=clock).meta()
        assert len(server.asked) == 1


PERMANENT = [
    (422, b"Failed to deserialize the JSON body into the target type", Refused),
    (400, b"bad", Refused),
    (415, b"Expected request", Refused),
    (405, b"", Refused),
    (500, b"null", NoSuchName),
    (500, b"oops", UnexpectedReply),
    (302, b"", UnexpectedReply),
    (418, b"teapot", UnexpectedReply),
    (200, b'{"universe":[{"name":"BT', UnexpectedReply),
    (200, b"<html>", UnexpectedReply),
    (200, b'{"universe":null}', UnexpectedReply),
    (200, b"[" * 100_000, UnexpectedReply),
    (200, b"null", UnexpectedReply),
]


@pytest.mark.parametrize(("status", "body", "error"), PERMANENT)
def test_it_does_not_try_again_when_repeating_is_no_use(server, client, status, body, error) -> None:
    server.will((status, body))
    with pytest.raises(error) as caught:
        client.meta()
    assert len(server.asked) == 1
    assert caught.value.tries == 1
    assert caught.value.advice
    assert caught.value.advice in str(caught.value)


def test_a_price_that_is_no_number_is_refused(server, client) -> None:
    server.will({"BTC": "NaN"})
    with pytest.raises(UnexpectedReply, match="not a usable number"):
        client.all_mids()


def test_a_server_that_does_not_answer_in_time_is_unreachable(server) -> None:
    server.will("silence", META)
    client = InfoClient(server.url, clock=FastClock(0, speed=500), timeout=(1, 0.1))
    assert client.meta()
    assert len(server.asked) == 2


def test_a_server_that_is_not_there_is_unreachable() -> None:
    client = InfoClient("http://127.0.0.1:9", clock=FastClock(0, speed=500), tries=2)
    with pytest.raises(Unreachable, match=r"no answer \(tried 2 times\)") as caught:
        client.meta()
    assert caught.value.status is None
    assert isinstance(caught.value, (CallFailed, ExchangeError))


def test_one_try_is_one_try(server) -> None:
    server.will((502, b""))
    with pytest.raises(ExchangeDown, match="tried once"):
        InfoClient(server.url, tries=1).meta()
    assert len(server.asked) == 1


def test_null_is_none_where_the_exchange_says_so(server, client) -> None:
    server.will(b"null")
    assert client.l2_book("NOPE") is None


# Paging ------------------------------------------------------------------------------------------


def fill(tid: int, time: int) -> dict:
    fixed = {"coin": "BTC", "px": "1.0", "sz": "1.0", "side": "B", "startPosition": "0.0", "dir": "Open Long"}
    money = {"closedPnl": "0.0", "hash": "0x0", "oid": 1, "crossed": True, "fee": "0.0", "feeToken": "USDC"}
    return fixed | money | {"tid": tid, "time": time}


def ranged(rows: list[dict], size: int):
    """A server side that returns ``size`` rows from ``startTime`` on, as the exchange does."""

    def answer(body: dict) -> list[dict]:
        end = body.get("endTime", 10**14)
        return [row for row in rows if body["startTime"] <= row["time"] <= end][:size]

    return answer


def test_it_pages_through_fills_that_share_a_millisecond_and_loses_none(server, client) -> None:
    rows = [fill(tid, 1000 + tid // 7) for tid in range(6100)]
    server.will(ranged(rows, 2000))
    assert [f.tid for f in client.user_fills_by_time(USER, 0)] == list(range(6100))
    starts = [body["startTime"] for body in server.asked]
    assert starts[1] == rows[1999]["time"]  # without +1
    assert starts == sorted(starts)


def test_a_page_of_one_single_millisecond_does_not_hang(server, client) -> None:
    rows = [fill(tid, 1000) for tid in range(2500)] + [fill(9999, 1001)]
    server.will(ranged(rows, 2000))
    assert [f.tid for f in client.user_fills_by_time(USER, 0)] == [*range(2000), 9999]


def test_a_server_that_ignores_the_start_does_not_hang(server, client) -> None:
    server.will([fill(tid, 5 + tid) for tid in range(2000)])
    assert len(list(client.user_fills_by_time(USER, 1_000_000))) == 2000


def test_pages_are_asked_for_only_as_they_are_read(server, client) -> None:
    server.will(ranged([fill(tid, tid) for tid in range(5000)], 2000))
    fills = client.user_fills_by_time(USER, 0)
    assert next(fills).tid == 0
    assert len(server.asked) == 1


def test_it_pages_funding_payments_by_coin_and_hour(server, client) -> None:
    delta = {"type": "funding", "usdc": "-1.0", "szi": "1.0", "fundingRate": "0.0000125", "nSamples": None}
    rows = [
        {"time": hour * 3_600_000, "hash": "0x0", "delta": delta | {"coin": f"C{coin}"}}
        for hour in range(40)
        for coin in range(20)
    ]
    server.will(ranged(rows, 500))
    got = list(client.user_funding(USER, 0))
    assert len(got) == 800
    assert got[0].payment.usdc == Decimal("-1.0")
    assert got[0].payment.coin == "C0"


def test_it_pages_ledger_slices_and_funding_rates(server, client) -> None:
    rows = [{"time": n, "hash": "0x0", "delta": {"type": "deposit", "usdc": f"{n}.0"}} for n in range(1200)]
    server.will(ranged(rows, 500))
    assert [row.known.usdc for row in client.ledger_updates(USER, 0)] == [Decimal(n) for n in range(1200)]
    slices = [{"fill": fill(n, n // 2), "twapId": 7} for n in range(2100)]
    server.will(lambda body: [s for s in slices if s["fill"]["time"] >= body["startTime"]][:2000])
    assert len(list(client.user_twap_slice_fills_by_time(USER, 0))) == 2100
    rates = [
        {"coin": "BTC", "fundingRate": "0.1", "premium": "0.1", "time": hour * 3_600_000} for hour in range(700)
    ]
    server.will(ranged(rates, 500))
    assert len(list(client.funding_history("BTC", 0, 10**13))) == 700
    assert len(list(client.funding_history("BTC", 0))) == 700


def test_candles_come_oldest_first_and_nest_their_request(server, client) -> None:
    bar = {"s": "BTC", "i": "1m", "o": "1.0", "c": "1.0", "h": "1.0", "l": "1.0", "v": "1.0", "n": 1}
    server.will([bar | {"t": n * 60_000, "T": n * 60_000 + 59_999} for n in (2, 1, 0)])
    assert [candle.t for candle in client.candles("BTC", "1m", 30_000, 150_000)] == [0, 60_000, 120_000]
    assert [candle.t for candle in client.candles("BTC", "1m", 30_000)] == [0, 60_000, 120_000]
    request = {"coin": "BTC", "interval": "1m", "startTime": 30_000}
    assert server.asked == [
        {"type": "candleSnapshot", "req": request | {"endTime": 150_000}},
        {"type": "candleSnapshot", "req": request},
    ]


# Universe ----------------------------------------------------------------------------------------


def by_type(**answers):
    return lambda body: answers[body["type"] + (f"_{body['dex']}" if "dex" in body else "")]


def test_the_universe_has_every_name_of_every_dex_and_of_spot(server, client) -> None:
    server.will(
        by_type(
            perpDexs=[None, {"name": "xyz"}],
            allPerpMetas=[META, XYZ],
            spotMeta=SPOT,
            perpCategories=[["xyz:A", "stocks"]],
        )
    )
    universe = client.universe()
    assert list(universe.coins) == ["BTC", "xyz:A", "@107"]
    assert universe.coins["xyz:A"].dex == "xyz"
    assert universe.coins["xyz:A"].category == "stocks"
    assert universe.coins["@107"].label == "HYPE/USDC"


@pytest.mark.parametrize("metas", [(422, b"unknown"), [META]], ids=["unknown type", "another number of dexes"])
def test_the_universe_reads_dex_by_dex_if_it_must(server, client, metas) -> None:
    server.will(
        by_type(
            perpDexs=[None, {"name": "xyz"}], allPerpMetas=metas, spotMeta=SPOT, perpCategories=(422, b"?"),
            meta=META, meta_xyz=XYZ,
        )
    )  # fmt: skip
    universe = client.universe()
    assert list(universe.coins) == ["BTC", "xyz:A", "@107"]
    assert universe.coins["xyz:A"].category == ""


# Budget ------------------------------------------------------------------------------------------


def budgeted(server, weight: int = 1200, patience: float = 0.0) -> InfoClient:
    clock = FastClock(1_795_502_940_000)
    budget = Budget(MemoryStore(), Limits(weight=weight, interactive_share=0.0), clock)
    return InfoClient(server.url, budget, clock, feature="page", patience=patience)


def test_a_call_reserves_the_worst_and_corrects_to_what_it_was(server) -> None:
    client = budgeted(server)
    server.will(lambda body: [fill(n, n) for n in range(41)])
    list(client.user_fills_by_time(USER, 0))
    assert client.budget.usage()["weight"][0] == 20 + 3  # 41 rows are three twenties
    line = client.budget.ledger()[0]
    assert (line.feature, line.used, line.corrected) == ("page", 23, 120 - 23)


def test_a_failed_call_costs_its_base_weight(server) -> None:
    client = budgeted(server)
    server.will((422, b"no"))
    with pytest.raises(Refused):
        client.historical_orders(USER)
    assert client.budget.usage()["weight"][0] == 20


def test_nothing_is_sent_when_the_budget_is_empty(server) -> None:
    client = budgeted(server, weight=30)
    server.will(META)
    client.meta()
    with pytest.raises(BudgetExhausted) as caught:
        client.meta()
    assert len(server.asked) == 1
    assert 59 < caught.value.retry_after <= 61


def test_a_feature_of_its_own_shares_connection_and_budget(server) -> None:
    client = budgeted(server)
    server.will(META)
    recorder = client.on_behalf_of("recorder", Priority.BACKGROUND)
    recorder.meta()
    client.call("meta", dict, feature="once", priority=Priority.BACKGROUND)
    assert recorder.session is client.session
    assert [line.feature for line in client.budget.ledger()] == ["once", "recorder"]


def test_a_short_range_reserves_little(server) -> None:
    client = budgeted(server, weight=25)
    server.will([])
    assert list(client.candles("BTC", "1m", 0, 600_000)) == []
    assert client.budget.ledger()[0].corrected == 1


def test_threads_may_share_a_client(server) -> None:
    client = budgeted(server)
    server.will(META)
    threads = [threading.Thread(target=client.meta) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert client.budget.usage()["weight"][0] == 400
    assert len(server.asked) == 20


def test_the_error_of_a_long_call_is_short(server, client) -> None:
    server.will((422, b"x" * 10_000))
    with pytest.raises(Refused) as caught:
        client.call("meta", dict, coin="y" * 10_000)
    assert len(str(caught.value)) < 500
