"""The pages as the server renders them, from a real Board by way of the mirror."""

import asyncio
import re
from contextlib import contextmanager
from decimal import Decimal

import pytest
from django.core.cache import cache
from django.urls import reverse

from dashboard import history as histories
from dashboard.mirror import Mirror, mirror
from dashboard.pages import funding as funding_page
from dashboard.pages import market as market_page
from dashboard.pages.freshness import alarm, feed_now
from dashboard.pages.market import book_context
from exchange import events
from exchange.budget import Budget, Limits
from exchange.budget_memory import MemoryStore
from exchange.clock import SystemClock
from exchange.info import InfoClient
from exchange.wire.market import Book, Candle, Level, Trade
from tests.dashboard.test_mirror import Stage, until
from tests.exchange.info_server import info_server
from tests.exchange.market_events import context, spot_context, universe

pytestmark = pytest.mark.django_db
HOUR = 3_600_000


def levels(*prices: str) -> list[Level]:
    return [Level(Decimal(px), Decimal(2), 1) for px in prices]


def fill(stage: Stage) -> None:
    """Two dexes, a delisted perp, two spot pairs; of BTC a book, trades, the last one large, and a candle."""
    now = stage.clock.now_ms()
    market = stage.market
    market.apply(events.UniverseChanged(now, universe("<i>X")))
    for coin in ("BTC", "ETH", "MATIC", "xyz:SP500"):
        market.apply(events.CoinContext(now, coin, context()))
    market.apply(events.CoinContext(now, "@107", spot_context("@107")))
    market.apply(events.BookChanged(now, Book("BTC", now, (levels("99", "98"), levels("101", "102", "103")))))
    trades = [Trade("BTC", side, Decimal(100), Decimal(sz), now + i, i) for i, (side, sz) in enumerate(SIDES)]
    market.apply(events.Traded(now, "BTC", trades))
    hour = now // HOUR * HOUR
    market.apply(events.CandleChanged(now, Candle(hour, hour + HOUR - 1, "BTC", "1h", *[Decimal(100)] * 5, 3)))


SIDES = [("B", "1")] * 10 + [("A", "90000")]


@pytest.fixture
async def stage():
    """A feed's Board in the mirror that the pages read."""
    Mirror.__init__(mirror)
    stage = Stage()
    fill(stage)
    await mirror.start(stage.layer, stage.cache)
    await until(lambda: mirror.snapshot("markets") and "BTC" in mirror.snapshot("markets").rows)
    await until(lambda: feed_now(mirror.status()))
    yield stage
    await mirror.stop()
    for task in stage.tasks:
        task.cancel()
    await asyncio.gather(*stage.tasks, return_exceptions=True)
    Mirror.__init__(mirror)


@pytest.fixture
def patient(monkeypatch):
    """A page that waits for all it shows, on however slow a machine; everything of BTC is there to come."""
    monkeypatch.setattr(market_page, "FIRST_PAINT_S", 20.0)


@contextmanager
def exchange(monkeypatch, answer, limits: Limits | None = None, patience: float = 1.0):
    """History comes from a real server that answers so; gives the server."""
    with info_server() as server:
        server.will(answer)

        def connect() -> InfoClient:
            client = InfoClient(
                server.url,
                Budget(MemoryStore(), limits),
                SystemClock(),
                (2.0, 5.0 if answer != "silence" else 0.3),
                feature="pages",
            )
            client.tries, client.patience = 1, patience
            return client

        history = histories.History(connect)
        monkeypatch.setattr(market_page, "history", history)
        monkeypatch.setattr(funding_page, "history", history)
        cache.clear()
        yield server


def answers(body):
    """Three hourly candles, two hours of funding."""
    if body["type"] == "fundingHistory":
        now = SystemClock().now_ms() // HOUR * HOUR
        rates = ((now - HOUR, "-0.0001"), (now, "0.0000125"))
        return [{"coin": body["coin"], "fundingRate": r, "premium": "0.0001", "time": t} for t, r in rates]
    start = body["req"]["startTime"] // HOUR * HOUR
    bar = {"s": "BTC", "i": "1h", "o": "100", "c": "101", "h": "103", "l": "98", "v": "5", "n": 3}
    return [bar | {"t": start + i * HOUR, "T": start + (i + 1) * HOUR - 1} for i in range(3)]


def text(response) -> str:
    return re.sub(r"\s+", " ", response.content.decode())


async def test_the_table_has_every_market_that_trades_and_names_are_escaped(async_client, stage):
    page = text(await async_client.get("/markets/"))
    shown = re.findall(r'<tr data-coin="([^"]+)"', page)
    assert set(shown) == {"BTC", "ETH", "xyz:SP500", "xyz:BTC", "PURR/USDC", "@107", "&lt;i&gt;X"}
    assert "<i>X" not in page
    assert re.search(r'c-funding up" data-stream="contexts">\+0\.0013%<', page)
    assert re.search(r'c-volume" data-stream="spot">\$1\.00K<', page)
    assert re.search(r"snapshot of \d\d:\d\d:\d\d UTC", page)


def test_the_start_page_leads_strangers_to_an_account_and_nobody_else(client, cast):
    link = 'href="/account/signup/"'
    assert link in text(client.get("/"))
    client.force_login(cast.bob)
    assert link not in text(client.get("/"))


@pytest.mark.parametrize("name", ["sort=nonsense", "dir=up", "kind=x", "delisted=maybe"])
async def test_what_an_address_says_in_vain_is_said(async_client, stage, name):
    response = await async_client.get(f"/markets/?{name}&q=btc")
    assert response.status_code == 200
    assert f"Not understood in the address: {name}." in text(response)
    assert set(re.findall(r'<tr data-coin="([^"]+)"', text(response))) == {"BTC", "xyz:BTC"}


@pytest.mark.parametrize(
    "query",
    ["q=%00", "q=" + "x" * 5000, "q=%ff%fe", "dex=%3Cscript%3E", "category=nope", "sort=&dir=&q=", "q=a&q=b"],
)
async def test_no_query_breaks_the_table(async_client, stage, query):
    response = await async_client.get(f"/markets/?{query}")
    assert response.status_code == 200
    assert "<script>" not in text(response)


async def test_an_unknown_dex_shows_nothing_and_stays_chosen(async_client, stage):
    page = text(await async_client.get("/markets/?dex=nope"))
    assert '<option value="nope" selected>nope</option>' in page
    assert "No market fits." in page


async def test_favourites_come_from_the_cookie_whatever_is_in_it(async_client, stage):
    async_client.cookies["favourites"] = "BTC|%40107|nonsense|%ZZ||" + "y" * 3000
    page = text(await async_client.get("/markets/?kind=favourites"))
    assert set(re.findall(r'<tr data-coin="([^"]+)"', page)) == {"BTC", "@107"}


async def test_a_market_has_its_figures_book_tape_and_history(async_client, stage, monkeypatch, patient):
    with exchange(monkeypatch, answers):
        page = text(await async_client.get("/markets/BTC/"))
    assert "<h1>BTC</h1>" in page
    assert [float(px) for px in re.findall(r'class="px">([\d.]+)<svg', page)] == [103, 102, 101, 99, 98]
    assert page.count('<tr class="sell large">') == 1
    assert "3 candles of 1h · high 103 · low 98" in page
    assert "O 100.0 H 103.0 L 98.0 C 101.0</span><span>+1.00%</span></p>" in page
    [picture] = re.findall(r'<svg class="picture".*?</svg>', page)  # marks of age have such lines, too
    assert len(re.findall(r"z(?=[M\"])", picture)) == 3
    assert page.count("<tr data-t=") == 2
    assert re.search(r'<td class="num down">−0\.0100%</td>', page)


async def test_a_market_of_which_no_book_and_no_trade_has_come_says_so(async_client, stage, monkeypatch):
    with exchange(monkeypatch, answers):
        full, blank = [text(await async_client.get(f"/markets/{coin}/")) for coin in ("BTC", "ETH")]
    assert "data-none hidden>Nobody offers anything." in full
    assert "data-none>The order book has not come yet." in blank
    assert "data-none hidden>No trade has been heard here yet." in full
    assert "data-none>No trade has been heard here yet." in blank


def test_a_book_that_has_come_without_an_order_is_told_from_one_that_has_not():
    empty = {"asks": [], "bids": [], "spread": "—", "spread_pct": "—"}
    assert [book_context(book)["none"] for book in (None, empty)] == [
        "The order book has not come yet.",
        "Nobody offers anything.",
    ]


@pytest.mark.parametrize("coin", ["@107", "PURR/USDC", "xyz:SP500"])
async def test_names_with_odd_letters_have_their_page(async_client, stage, monkeypatch, coin):
    with exchange(monkeypatch, answers):
        response = await async_client.get(f"/markets/{coin}/")
    assert response.status_code == 200
    assert f'data-coin="{coin}"' in text(response)


async def test_a_delisted_market_watches_nothing_that_cannot_come(async_client, stage, monkeypatch):
    with exchange(monkeypatch, answers):
        page = text(await async_client.get("/markets/MATIC/"))
    assert "MATIC is delisted" in page
    assert 'data-streams="prices contexts"' in page


async def test_an_interval_that_is_none_is_said_and_the_usual_shown(async_client, stage, monkeypatch):
    with exchange(monkeypatch, answers) as server:
        page = text(await async_client.get("/markets/BTC/?interval=7m"))
    assert "There are no candles of “7m”: 1h is shown." in page
    assert {asked["req"]["interval"] for asked in server.asked if "req" in asked} == {"1h"}


async def test_an_unknown_market_is_a_404_with_what_may_have_been_meant(async_client, stage):
    response = await async_client.get("/markets/btc/")
    assert response.status_code == 404
    assert 'href="/markets/BTC/"' in text(response)
    assert (await async_client.get("/markets/%3Cb%3E/")).status_code == 404
    assert (await async_client.get("/nothing/")).status_code == 404


async def test_before_the_feed_has_spoken_pages_wait_and_say_so(async_client):
    Mirror.__init__(mirror)
    response = await async_client.get("/markets/BTC/")
    assert response.status_code == 503
    assert "Waiting for the exchange" in text(response)
    table = await async_client.get("/markets/")
    assert table.status_code == 200
    assert "Waiting for the first data" in text(table)
    assert "Waiting for the first data" in text(await async_client.get("/"))


async def test_before_any_number_came_no_page_calls_its_numbers_old(async_client):
    """The feed runs and the exchange is away; with a number of before, the same page says how old it is."""
    Mirror.__init__(mirror)
    feed = {"now": 1_000_000, "connected": False, "since": 940_000}
    status = {"age": 0, "feed": feed, "streams": {}}
    assert alarm(status, ("prices",), has_numbers=False) == "Waiting for the exchange: nothing live has come yet."
    since = "Reconnecting to the exchange since 00:15:40 UTC."
    assert alarm(status, ("prices",)) == f"{since} The numbers shown are older."
    feed["connected"] = True
    assert alarm(status, ("prices",), has_numbers=False) == "Waiting for the exchange: no live prices yet."
    for path in ("/", "/markets/", "/markets/BTC/", "/search/?q=btc"):
        page = text(await async_client.get(path))
        assert "numbers shown are older" not in page, path
        assert "&quot;has_numbers&quot;:false" in page, path


NO_ANSWER, NO_BUDGET = "The exchange does not answer.", "The budget for the exchange is used up for the moment."


@pytest.mark.parametrize(
    ("answer", "limits", "problem"),
    [
        ((500, b"null"), None, NO_ANSWER),
        (b"<html>", None, NO_ANSWER),
        ("silence", None, NO_ANSWER),
        (answers, Limits(weight=1), NO_BUDGET),
    ],
)
async def test_history_that_cannot_be_had_says_why(
    async_client, stage, monkeypatch, patient, answer, limits, problem
):
    with exchange(monkeypatch, answer, limits):
        page = await async_client.get("/markets/BTC/")
        candles = await async_client.get("/api/candles?coin=BTC&interval=1h")
        funding = await async_client.get("/parts/funding?coin=BTC")
    assert page.status_code == 200
    assert f'<p class="range only-without-script">{problem}</p>' in text(page)
    assert f"data-funding-missing>{problem}" in text(page)
    assert (candles.status_code, candles.json()["error"]) == (503, problem)
    assert 1 <= int(candles.headers["Retry-After"]) <= 60
    assert (funding.status_code, text(funding)) == (503, problem)


async def test_older_history_is_served_with_the_problem(async_client, stage, monkeypatch):
    with exchange(monkeypatch, answers) as server:
        first = (await async_client.get("/api/candles?coin=BTC&interval=1m")).json()
        server.will((500, b"null"))
        monkeypatch.setattr(histories, "INTERVAL_MS", {"1m": 1})  # every millisecond has a new bar
        later = (await async_client.get("/api/candles?coin=BTC&interval=1m")).json()
    assert first["problem"] == ""
    assert later == first | {"problem": NO_ANSWER}


@pytest.mark.parametrize(
    ("query", "status"),
    [("coin=BTC&interval=7m", 400), ("coin=BTC", 400), ("interval=1h&coin=nope", 404), ("", 400)],
)
async def test_candles_of_nothing_are_refused_with_a_reason(async_client, stage, query, status):
    response = await async_client.get(f"/api/candles?{query}")
    assert response.status_code == status
    assert response.json()["error"]


@pytest.mark.parametrize("path", ["/", "/markets/", "/markets/BTC/"])
async def test_head_and_caching(async_client, stage, monkeypatch, path):
    """Numbers are never served out of a cache without asking; HEAD says what GET would."""
    with exchange(monkeypatch, answers):
        got = await async_client.get(path)
        head = await async_client.head(path)
    assert (head.status_code, head.content) == (got.status_code, b"")
    for response in (got, head):
        assert response.headers["Cache-Control"] == "private, no-cache"
        assert "default-src 'self'" in response.headers["Content-Security-Policy"]


async def test_pages_only_answer_to_reading(async_client, stage):
    for name in ("theme", "favourite"):
        assert (await async_client.get(reverse(name))).status_code == 405


async def test_theme_and_favourites_without_script_lead_back_to_our_own_pages_alone(async_client, stage):
    response = await async_client.post("/theme", {"theme": "light", "next": "/markets/?q=a"})
    assert (response.status_code, response.url) == (302, "/markets/?q=a")
    assert 'data-theme="light"' in text(await async_client.get("/"))
    response = await async_client.post("/favourites", {"coin": "BTC", "next": "https://elsewhere.example/"})
    assert response.url == "/"
    assert response.cookies["favourites"].value == "BTC"


async def test_the_page_for_our_own_errors_needs_nothing_that_could_be_broken(rf):
    from dashboard.pages.errors import server_error

    response = server_error(rf.get("/", headers={"cookie": "theme=light"}))
    assert response.status_code == 500
    assert 'data-theme="light" data-simulated' in text(response)
    assert "Something broke on our side" in text(response)
