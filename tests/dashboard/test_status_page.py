"""The status page: who may read it, what it says in each state, and that it needs neither database nor Redis."""

import re
from dataclasses import replace

import pytest
from asgiref.sync import sync_to_async
from django.test import AsyncClient

from dashboard.mirror import Mirror
from dashboard.pages.status import page as status_page
from dashboard.pages.status import words
from dashboard.pages.status.drawn import HIGH, bars, curve
from dashboard.pages.status.services import day_name
from exchange.board import Board
from exchange.clock import ManualClock
from exchange.events import Connected, StreamState
from exchange.market import Market
from monitoring.health import UNMEASURED, Service
from monitoring.line import DOWN, SERVICES, UP, Line
from monitoring.models import Heartbeat, Incident
from monitoring.monitor import monitor
from monitoring.told import Told
from monitoring.uptime import DAY_MS, STEP_MS, Count, Latency, Uptime, UptimeReader

NOW = 1_796_000_000_000
TODAY = NOW // DAY_MS * DAY_MS
SECRET = "OperationalError('connection to db-7.internal refused')"
LEDGER = {"feature": "feed", "limit": "weight", "used": 84, "waited": 4_000, "refused": 2, "corrected": 0}
BUDGET = {"limits": {"weight": {"used": 842, "most": 1200}}, "ledger": [LEDGER]}
ACCOUNTS = {
    "followed": {"polled": 1},
    "slots": 0,
    "accounts": [{"address": "0x" + "ab" * 20, "how": "polled", "why": "no slot is free", "at": NOW - 61_000}],
}


def measured(**lines: tuple[str, str]):
    """All services are up, but for these (state, reason)."""
    found = {}
    for name in SERVICES:
        state, reason = lines.get(name, (UP, ""))
        detail = SECRET if state == DOWN else ""
        found[name] = Line(name, state, reason, 1.5 if state == UP else None, detail, {"lag": 7})
    beats = {"feed": Heartbeat(name="feed", at=NOW - 1_000, detail={"feed": {}, "accounts": ACCOUNTS})}
    database = Service(True, lines.get("database", (UP, ""))[0] == UP)
    asides = {"budget": BUDGET, "breakers": {"feed socket": "open"}, "buffers": {"waitingTrades": 12}}
    return replace(
        UNMEASURED,
        at=NOW,
        uptime=90_000,
        database=database,
        lines=found,
        told=Told(NOW, beats=beats),
        asides=asides,
    )


def past(**days: Count) -> Uptime:
    """A day of each service, an incident that is over and one that is not."""
    over = Incident(
        service="redis", began_at=NOW - 100_000, last_at=0, ended_at=NOW - 30_000, worst=DOWN,
        reason="it does not answer", detail=SECRET,
    )  # fmt: skip
    goes_on = Incident(service="feed", began_at=NOW - 5_000, last_at=0, worst="degraded", reason="few words")
    found = {name: {TODAY: days.get(name, Count(up=8640))} for name in SERVICES}
    return Uptime(NOW, found, {"database": [Latency(NOW - STEP_MS, 2.0, 9.0)]}, [goes_on, over])


@pytest.fixture
def site(monkeypatch):
    """Everything is measured and up; the record is known; nobody has heard of the feed."""
    monkeypatch.setattr(monitor, "clock", ManualClock(NOW))
    monkeypatch.setattr(monitor, "measured", measured())
    reader = UptimeReader(monitor.clock)
    reader.known = past()
    monkeypatch.setattr(status_page, "reader", reader)
    monkeypatch.setattr(status_page, "mirror", Mirror())
    return monitor


async def asked(path: str = "/status/", user=None) -> str:
    client = AsyncClient()
    if user:
        await client.aforce_login(user)
    answer = await client.get(path)
    assert answer.status_code == 200
    return re.sub(r"\s+", " ", answer.content.decode())


def section(html: str, name: str) -> str:
    """The words of one section."""
    part = html.split(f'data-section="{name}"')[1].split("</section>")[0]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", part))


async def test_anybody_reads_it_without_a_query_and_no_detail_is_in_it(site):
    """Without the mark ``django_db`` any query raises."""
    site.measured = measured(redis=(DOWN, "it does not answer"))
    for path in ("/status/", "/parts/status"):
        html = await asked(path)
        assert "Redis: it does not answer" in html
        for inside in (SECRET, "db-7", "Budget at the exchange", "0xabab", "feed socket"):
            assert inside not in html
        assert "style=" not in html


@pytest.mark.django_db(transaction=True)
async def test_staff_read_details_budget_breakers_accounts_and_buffers(site, cast):
    site.measured = measured(redis=(DOWN, "it does not answer"))
    html = await asked(user=cast.ada)
    assert "db-7.internal" in html
    assert "842 of 1200" in section(html, "budget")
    assert "feed weight 84 4.0 s 2 0" in section(html, "budget")
    assert "0xabab…abab polled 61 s no slot is free" in section(html, "accounts")
    assert "Breaker: feed socket open" in section(html, "inside")
    assert "waitingTrades 12" in section(html, "inside")
    assert "db-7" not in await asked(user=cast.alice)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("setting", "page", "part", "is_linked"),
    [
        ("public", (200, 200, 200), (200, 200, 200), (True, True, True)),
        ("signed-in", (302, 200, 200), (403, 200, 200), (False, True, True)),
        ("staff", (302, 404, 200), (403, 403, 200), (False, False, True)),
    ],
)
async def test_who_may_read_it_is_configured(site, cast, settings, setting, page, part, is_linked):
    settings.CONFIG = replace(settings.CONFIG, status_page=setting)
    found = []
    for user in (None, cast.alice, cast.ada):
        client = AsyncClient()
        if user:
            await client.aforce_login(user)
        codes = [(await client.get(path)).status_code for path in ("/status/", "/parts/status")]
        found.append((*codes, 'href="/status/"' in (await client.get("/")).content.decode()))
    assert found == list(zip(page, part, is_linked, strict=True))


async def test_nothing_can_be_sent_to_it(site):
    assert (await AsyncClient().post("/status/")).status_code == 405
    assert (await AsyncClient().post("/parts/status")).status_code == 405


@pytest.mark.parametrize(
    ("lines", "words_of_it", "trouble"),
    [
        ({}, "Everything works", ""),
        (
            {"redis": (DOWN, "it does not answer"), "feed": ("unknown", "it is not heard")},
            "Working, with limits Redis: it does not answer",
            "degraded",
        ),
        ({"feed": ("unknown", "it is not heard")}, "Working, with limits Feed: it is not heard", "degraded"),
        (
            {"database": (DOWN, "it does not answer")},
            "Out of order Database: it does not answer",
            "unhealthy",
        ),
    ],
)
async def test_the_first_line_and_the_foot_of_every_page_say_how_it_is(site, lines, words_of_it, trouble):
    site.measured = measured(**lines)
    assert words_of_it in section(await asked(), "overall")
    found = re.search(r'<strong class="trouble">(\w+)</strong>', await asked("/"))
    assert (found[1] if found else "") == trouble


async def test_whoever_measures_no_more_is_not_well(site):
    await site.clock.advance(6)
    assert "Out of order nobody has measured for a while" in section(await asked(), "overall")


async def test_before_the_first_measurement_it_says_so(site):
    site.measured = None
    html = await asked()
    assert "Not measured yet" in section(html, "overall")
    assert "nobody has measured yet" in section(html, "services")


async def test_while_the_database_is_away_the_record_is_shown_as_it_was_or_said_to_be_missing(site):
    site.measured = measured(database=(DOWN, "it does not answer"))
    html = await asked()
    assert "The database cannot be asked: the record is shown as it was at" in html
    assert "99.54%" not in html
    status_page.reader.known = None
    html = await asked()
    assert "The record of the past is not available: the database cannot be asked." in html
    assert "Not known while the database is away." in section(html, "incidents")
    assert '<svg class="bars"' not in html


async def test_the_past_is_told_in_words_and_figures_too(site):
    status_page.reader.known = past(redis=Count(up=8600, down=40), feed=Count(up=100, degraded=20))
    services = section(await asked(), "services")
    assert "99.54% of 1 d" in services
    assert f"{day_name(TODAY)} 99.54% up, 0.46% down" in services
    assert "83.33% up, 16.67% degraded" in services
    assert "24 h, worst 9.0 ms" in services


async def test_incidents_say_how_bad_how_long_and_whether_they_go_on(site):
    told = section(await asked(), "incidents")
    assert "Degraded Feed few words" in told
    assert "– now 5 s" in told
    assert "Down Redis it does not answer" in told
    assert "1 min 10 s" in told


async def test_a_first_day_without_anything_says_that_nothing_is_on_record(site):
    status_page.reader.known = Uptime(NOW, {}, {}, [])
    html = await asked()
    assert "None on record." in section(html, "incidents")
    assert "Nothing has arrived from the feed yet." in section(html, "streams")


async def test_streams_are_told_with_their_age_what_replaces_them_and_when_they_are_silent(site, monkeypatch):
    clock = ManualClock(NOW)
    market = Market()
    market.apply(Connected(NOW, "market"))
    for name, state, at in (
        ("prices", "live", NOW - 400),
        ("contexts", "fallback", NOW - 20_000),
        ("spot", "live", NOW - 99_000),
        ("market:BTC", "fallback", NOW),
    ):
        market.apply(StreamState(NOW, name, state, "why"))
        market.streams[name].last_received = at
    mirror = Mirror()
    board = Board(market, clock, "simulated", 7)
    changes = [[one.topic, one.seq, one.full, one.frame] for one in board.collect()]
    mirror.take({"type": "board.changes", "epoch": 7, "changes": changes})
    monkeypatch.setattr(status_page, "mirror", mirror)
    told = section(await asked(), "streams")
    assert re.search(r"prices Live 0\.\d s 5\.0 s —", told)
    assert "contexts Replaced 20 s 2 min a slower source" in told
    assert re.search(r"spot Silent 99 s 60 s —", told)
    assert re.search(r"market:BTC Replaced \d+\.\d s 45 s contexts", told)
    assert "why" not in told
    assert re.search(r"Feed heard 0\.\d s ago", told)
    mirror._heard -= 60
    told = section(await asked(), "streams")
    assert re.search(r"The feed has not been heard for 60 s", told)
    assert " Live " not in told


def test_a_short_outage_is_not_overlooked_and_never_rounded_away():
    drawn = bars({TODAY: Count(up=8639, down=1)}, NOW)
    assert drawn["down"].endswith("h3v4.0h-3z")  # not a hair of 0.003
    assert drawn["up"]
    assert drawn["none"].count("M") == 89
    assert words.percent(8639.9 / 8640) == "99.99%"
    assert bars({TODAY: Count(down=10)}, NOW)["down"].endswith(f"v{HIGH:.1f}h-3z")


def test_a_curve_breaks_where_nothing_was_measured():
    points = [Latency(NOW - n * STEP_MS, 2.0, 4.0) for n in (5, 4, 2)]
    drawn = curve(points, NOW)
    assert drawn["mean"].count("M") == 2
    assert drawn["most"] == 4.0
    assert curve([], NOW) is None


@pytest.mark.django_db(transaction=True)
async def test_the_record_is_read_from_the_database_when_it_is_not_known(site):
    status_page.reader.known = None
    await sync_to_async(Incident.objects.create)(
        service="disk", began_at=NOW - 9_000, last_at=NOW, ended_at=None, worst=DOWN, reason="99 MB are free"
    )
    assert "Down Disk 99 MB are free" in section(await asked(), "incidents")
