"""Portfolio pages: live rows from a real Board, stored ones otherwise, the past as it was known, nobody else's."""

import asyncio
import json
import re
from decimal import Decimal

import pytest
from django.core.cache import cache
from django.test import Client

from accounts.models import Wallet
from dashboard.mirror import Mirror, mirror
from dashboard.pages import portfolio as page_module
from dashboard.pages.history.scope import now_ms
from exchange import account_events as said
from exchange.wire import account as wire
from exchange.wire.orders import Order
from snapshots.models import Account, BackfillProgress, CashFlow, EquitySnapshot, PositionSnapshot
from tests.borrowed import in_thread
from tests.dashboard.test_mirror import Stage, until
from tests.snapshots.pnl.rows import ledger

pytestmark = pytest.mark.django_db
THREADS = pytest.mark.django_db(transaction=True)
"""What is stored in one thread is read in another."""
HERS, HIS = "0x" + "c3" * 20, "0x" + "d4" * 20
NIGHT = 1_763_938_980_000
"""2025-11-23 23:03 UTC, which is 2025-11-24 00:03 in Berlin."""
MINUTE = 60_000


@pytest.fixture
def alice(cast) -> Client:
    """Alice, who lives in Berlin, with two wallets; Bob has another one."""
    cast.alice.timezone = "Europe/Berlin"
    cast.alice.save()
    Wallet.objects.put(cast.alice, HERS, label="Hers")
    Wallet.objects.put(cast.alice, "0x" + "e5" * 20, label="Second <b>")
    Wallet.objects.put(cast.bob, HIS, label="His")
    browser = Client()
    browser.force_login(cast.alice)
    Mirror.__init__(mirror)
    return browser


def store(address: str, time: int, worth: str | None, reason: str = "", **sizes: str) -> None:
    account = Account.objects.known([address], NIGHT)[address]
    lines = [["perp", "", worth, "account value of the perps with unrealised PnL"]] if worth else []
    EquitySnapshot.objects.create(
        account=account, time=time, received_at=time, mode="default", equity=worth and Decimal(worth), lines=lines,
        reason=reason, unrealized_pnl=Decimal("-1.5"), margin_used=Decimal(100),
    )  # fmt: skip
    for coin, size in sizes.items():
        sent = wire.Position(
            coin, Decimal(size), wire.Leverage("cross", 20), Decimal(84000), Decimal("42050.5"), Decimal("-50.5"),
            Decimal("-0.024"), None, Decimal(2100), 40, wire.CumulativeFunding(Decimal(3), Decimal(3), Decimal(0)),
        )  # fmt: skip
        PositionSnapshot.of_wire(account.pk, "", sent, time, time).save()


def text(response) -> str:
    return re.sub(r"\s+", " ", response.content.decode())


def cells(page: str, field: str) -> list[str]:
    """Texts of the cells of one field, without those of the blank rows."""
    shown = re.sub(r"<template>.*?</template>", "", page)
    return re.findall(rf'data-f="{field}"[^>]*>([^<]*)<', shown)


def test_a_wallet_shows_what_was_stored_and_says_how_old_it_is(alice):
    store(HERS, NIGHT, "5000.129", BTC="0.5")
    page = text(alice.get(f"/wallets/{HERS}/"))
    assert cells(page, "equity") == ["$5,000.13", "$5,000.13"]
    assert cells(page, "upnl") == ["−$1.50", "−$50.50"]
    assert (cells(page, "liq"), cells(page, "funding"), cells(page, "side")) == (["none"], ["−$3.00"], ["long"])
    assert (cells(page, "mark"), cells(page, "size"), cells(page, "leverage")) == (
        ["84,101"],
        ["0.5"],
        ["20× cross"],
    )
    assert "stored, of 2025-11-24 00:03:00" in page
    assert '<span class="tag warn" data-old>old</span>' in page


def test_all_wallets_are_summed_and_those_without_a_figure_are_said(alice):
    store(HERS, NIGHT, "5000.10")
    page = text(alice.get("/portfolio/"))
    assert 'data-total="equity">$5,000.10<' in page
    assert "1 wallet without an equity" in page
    assert "Second &lt;b&gt;" in page
    assert "Second <b>" not in page
    store("0x" + "e5" * 20, NIGHT, "-0.20", ETH="-1")
    page = text(alice.get("/portfolio/"))
    assert 'data-total="equity">$4,999.90<' in page
    assert cells(page, "side") == ["short"]
    assert "without an equity" not in page


def test_an_equity_that_cannot_be_computed_says_why_and_is_no_zero(alice):
    store(HERS, NIGHT, None, "cannot compute: the account mode 'new' is not known")
    page = text(alice.get(f"/wallets/{HERS}/"))
    assert cells(page, "equity") == ["—", "—"]
    assert "cannot compute: the account mode &#x27;new&#x27; is not known" in page


def test_a_past_moment_is_answered_from_what_had_been_received_and_is_marked(alice):
    store(HERS, NIGHT, "100", BTC="1")
    store(HERS, NIGHT + MINUTE, "200", BTC="2")
    page = text(alice.get(f"/wallets/{HERS}/?at=2025-11-24T00:03&range=1d"))  # on Alice's clock
    assert cells(page, "equity")[0] == "$100.00"
    assert cells(page, "size") == ["1"]
    assert "As of 2025-11-24 00:03:00 (Europe/Berlin)." in page
    assert 'data-addresses=""' in page, "nothing of the past moves"
    assert 'href="?range=1d"' in page
    assert cells(text(alice.get(f"/wallets/{HERS}/?at=2025-11-24T00:04")), "size") == ["2"]
    before = text(alice.get(f"/wallets/{HERS}/?at=2025-11-24T00:02"))
    assert cells(before, "equity")[0] == "—"
    assert "nothing received by then" in before
    assert "The record begins later: 24 Nov 2025 00:03." in before


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("at=yesterday", "at=yesterday"),
        ("at=9999-12-31T23:59", "it has not come yet"),
        ("at=0001-01-01T00:00", "at=0001"),
        ("at=1e99", "at=1e99"),
        ("range=9d", "range=9d"),
        ("curve=%3Cb%3E", "curve=&lt;b&gt;"),
    ],
)
def test_what_an_address_says_in_vain_is_said(alice, query, words):
    response = alice.get(f"/portfolio/?{query}")
    assert response.status_code == 200
    assert "Not understood in the address" in text(response)
    assert words in text(response)


def test_the_curve_is_drawn_and_is_there_for_the_script(alice):
    for minute in range(0, 60, 10):
        store(HERS, NIGHT + minute * MINUTE, str(100 + minute))
    address = f"/wallets/{HERS}/?at=2025-11-24T01:00&range=1d"
    for curve, high in (("equity", "$150.00"), ("pnl", "+$50.00")):
        page = text(alice.get(f"{address}&curve={curve}"))
        assert re.search(r'class="line" d="M[\d.]+ [\d.]+L', page)
        assert f"high {high}" in page
        assert '<script id="curve-data" type="application/json">[[' in page
    assert "Return +50.00%, max drawdown 0.00%." in page
    assert "No curve yet" in text(alice.get(f"/wallets/{HERS}/?at=2025-11-24T00:03"))


def test_the_curve_of_all_wallets_is_broken_where_more_is_counted_from_then_on(alice):
    for minute in range(0, 60, 10):
        store(HERS, NIGHT + minute * MINUTE, "100")
    for minute in range(30, 60, 10):
        store("0x" + "e5" * 20, NIGHT + minute * MINUTE, "5000")
    page = text(alice.get("/portfolio/?at=2025-11-24T01:00&range=1d"))
    (line,) = re.findall(r'class="line" d="([^"]+)"', page)
    assert line.count("M") == 2
    assert page.count('class="begins"') == 1
    assert (
        "The line is broken where more is counted from then on: Second &lt;b&gt; (from 24 Nov 2025 00:33)." in page
    )
    (points,) = re.findall(r'<script id="curve-data" type="application/json">(.*?)</script>', page)
    assert [point[2] for point in json.loads(points) if len(point) > 2] == ["Second <b>"]
    profit = text(alice.get("/portfolio/?at=2025-11-24T01:00&range=1d&curve=pnl"))
    assert re.findall(r'class="line" d="([^"]+)"', profit)[0].count("M") == 1
    assert "broken" not in profit, "nobody's profit steps"
    one = text(alice.get(f"/wallets/{HERS}/?at=2025-11-24T01:00&range=1d"))
    assert re.findall(r'class="line" d="([^"]+)"', one)[0].count("M") == 1


def test_a_reading_of_the_past_that_failed_says_why_and_when_it_is_tried_again(alice):
    store(HERS, NIGHT, "100")
    account = Account.objects.get(address=HERS)
    why = "status 429 (tried once): null"
    BackfillProgress.objects.create(
        account=account, stream="fills", state="failed", error=why, retry_at=NIGHT + MINUTE
    )
    page = text(alice.get(f"/wallets/{HERS}/"))
    assert "Will be tried again" in page
    assert f"0 rows read · {why} · again at 24 Nov 2025 00:04" in page


def test_what_a_bridge_does_not_count_is_said_once_with_its_number(alice):
    store(HERS, NIGHT, "100")
    store(HERS, NIGHT + 10 * MINUTE, "100")
    account = Account.objects.get(address=HERS)
    for number in range(3):
        CashFlow.of_wire(account.pk, ledger("brandNew", time=NIGHT + MINUTE + number), NIGHT).save()
    page = text(alice.get(f"/wallets/{HERS}/bridge/?day=2025-11-24"))
    assert page.count("brandNew: not known, not counted (3 times)") == page.count("brandNew") == 1


def test_a_strangers_wallet_is_offered_to_be_added_and_nothing_of_it_is_told(alice):
    store(HIS, NIGHT, "777.77", BTC="3")
    for path in (f"/wallets/{HIS}/", f"/wallets/{HIS}/bridge/"):
        response = alice.get(path)
        assert response.status_code == 404
        assert f'href="/wallets/add/?address={HIS}"' in text(response)
        assert "777" not in text(response)
    assert "777" not in text(alice.get("/portfolio/"))


def test_a_wallet_in_the_query_leads_to_its_page(alice):
    response = alice.get(f"/portfolio/?wallet={HERS}&at=2025-11-24T00:03")
    assert (response.status_code, response.url) == (302, f"/wallets/{HERS}/?at=2025-11-24T00%3A03")
    assert alice.get("/portfolio/?wallet=//elsewhere.example").status_code == 200
    assert alice.get(f"/wallets/{HERS.upper().replace('X', 'x')}/").status_code == 200


def test_without_a_wallet_the_page_says_what_to_do(cast):
    browser = Client()
    browser.force_login(cast.charlie)
    page = text(browser.get("/portfolio/"))
    assert "No wallet yet" in page
    assert 'href="/wallets/"' in page


@pytest.mark.parametrize(
    ("path", "queries"),
    [
        ("/portfolio/?range=all", 11),
        (f"/wallets/{HERS}/?range=all", 11),
        (f"/wallets/{HERS}/?at=2025-11-24T00:04&range=all", 9),
        (f"/wallets/{HERS}/bridge/?day=2025-11-24", 14),
    ],
)
def test_the_number_of_queries_does_not_depend_on_how_much_there_is(
    cast, alice, path, queries, django_assert_num_queries
):
    store(HERS, NIGHT, "5", BTC="1")
    store(HERS, NIGHT + 1000, "5", BTC="1")
    alice.get("/wallets/")  # that she was here is noted once a while
    with django_assert_num_queries(queries):
        alice.get(path)
    for number in range(10):
        address = f"0x{number:040x}"
        Wallet.objects.put(cast.alice, address)
        for minute in range(20):
            store(address, NIGHT + minute * MINUTE, "5", BTC="1", ETH="2")
            store(HERS, NIGHT + (number * 20 + minute + 1) * MINUTE, "5", BTC="1")
    with django_assert_num_queries(queries):
        alice.get(path)


@pytest.fixture
async def stage(monkeypatch):
    """A feed's Board, with one account, in the mirror that the pages read."""
    monkeypatch.setattr(page_module, "FIRST_PAINT_S", 3.0)
    Mirror.__init__(mirror)
    stage = Stage()
    await mirror.start(stage.layer, stage.cache)
    await until(lambda: mirror.status()["feed"])
    yield stage
    await mirror.stop()
    for task in stage.tasks:
        task.cancel()
    await asyncio.gather(*stage.tasks, return_exceptions=True)
    Mirror.__init__(mirror)


def hold(stage: Stage, size: str) -> None:
    """The exchange says what Alice's wallet has: a position, an order with a stop on it, a balance."""
    now = stage.clock.now_ms()
    position = wire.Position("BTC", Decimal(size), entry_px=Decimal(100), position_value=Decimal(200))
    state = wire.ClearinghouseState(
        [wire.AssetPosition(position)], now, wire.MarginSummary(Decimal("1000.5")), withdrawable=Decimal(7)
    )
    stop = Order("BTC", "A", Decimal(80), Decimal(1), 2, now, order_type="Stop Market", trigger_px=Decimal(90))
    order = Order(
        "BTC", "B", Decimal(95), Decimal(1), 1, NIGHT, Decimal(2), tif="Gtc", reduce_only=True, children=[stop]
    )
    for event in (
        said.Following(now, HERS, "streamed"),
        said.AccountMode(now, HERS, "default"),
        said.AccountStates(now, HERS, [("", state)], True),
        said.SpotState(now, HERS, wire.SpotState([wire.SpotBalance("USDC", Decimal("0.25"), Decimal(0))])),
        said.OpenOrders(now, HERS, "", [order]),
        said.VaultDeposits(now, HERS, []),
    ):
        stage.board.accounts.apply(event)


@THREADS
async def test_live_rows_are_painted_first_from_the_very_rows_of_the_topic(async_client, cast, stage):
    await in_thread(Wallet.objects.put, cast.alice, HERS, label="Hers")
    await in_thread(store, HERS, NIGHT, "1")
    hold(stage, "-2")
    await async_client.aforce_login(cast.alice)
    page = text(await async_client.get(f"/wallets/{HERS}/"))
    assert cells(page, "equity")[0] == "$1,000.75"
    assert cells(page, "side") == ["short", "buy"]
    assert cells(page, "words") == ["Limit · Gtc · reduce only · 50.0% filled"]
    assert cells(page, "hanging") == ["Stop Market: 90.000"]
    assert cells(page, "token") == ["USDC"]
    assert "23 Nov 2025 23:03" in page
    assert re.search(r"data-followed>streamed", page)
    assert f'data-addresses="{HERS}"' in page


@THREADS
async def test_wallets_whose_first_point_is_still_to_come_are_said_beside_the_curve(async_client, cast, stage):
    other = "0x" + "e5" * 20
    for address in (HERS, other):
        await in_thread(Wallet.objects.put, cast.alice, address)
    for minutes in (120, 60, 1):
        await in_thread(store, other, now_ms() - minutes * MINUTE, "500")
    hold(stage, "-2")
    await async_client.aforce_login(cast.alice)
    words = "<strong>1 wallet not in the curve yet</strong>: the first point is stored within 15 minutes."
    assert words in text(await async_client.get("/portfolio/"))
    await in_thread(store, HERS, now_ms() - 2 * MINUTE, "1000")
    assert "not in the curve yet" not in text(await async_client.get("/portfolio/"))


@THREADS
async def test_what_was_stored_stays_until_it_is_heard_what_the_wallet_is_worth(
    async_client, cast, stage, monkeypatch
):
    monkeypatch.setattr(page_module, "FIRST_PAINT_S", 0.2)
    await in_thread(Wallet.objects.put, cast.alice, HERS)
    await in_thread(store, HERS, NIGHT, "321")
    now = stage.clock.now_ms()
    stage.board.accounts.apply(said.AccountStates(now, HERS, [("", wire.ClearinghouseState([], now))], True))
    await async_client.aforce_login(cast.alice)
    assert cells(text(await async_client.get(f"/wallets/{HERS}/")), "equity")[0] == "$321.00"


@THREADS
async def test_a_wallet_without_a_stream_says_why_and_all_of_them_say_how_many(async_client, cast, stage):
    await in_thread(Wallet.objects.put, cast.alice, HERS, label="Hers")
    hold(stage, "-2")
    why = "all 10 slots for streams are taken by other accounts"
    stage.board.accounts.apply(said.Following(stage.clock.now_ms(), HERS, "polled", why))
    await async_client.aforce_login(cast.alice)
    assert 'polled<span class="only-without-script">, as of' in text(await async_client.get(f"/wallets/{HERS}/"))
    assert f"</span> · {why}</span>" in text(await async_client.get(f"/wallets/{HERS}/"))
    assert f"Not streamed: 1 ({why})" in text(await async_client.get("/portfolio/"))


@THREADS
async def test_a_feed_that_does_not_follow_leaves_what_was_stored(async_client, cast, stage, monkeypatch):
    monkeypatch.setattr(page_module, "FIRST_PAINT_S", 0.2)
    await in_thread(Wallet.objects.put, cast.alice, HERS)
    await in_thread(store, HERS, NIGHT, "321")
    await async_client.aforce_login(cast.alice)
    page = text(await async_client.get("/portfolio/"))
    assert 'data-total="equity">$321.00<' in page
    assert "stored, of 23 Nov 2025 23:03" in page
    cache.clear()
