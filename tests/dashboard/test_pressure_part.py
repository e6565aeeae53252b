"""Buyers against sellers as pages and their scripts get it: from the record, from the tape, or a word why not."""

import re

import pytest
from asgiref.sync import sync_to_async
from django.db import DatabaseError

from dashboard.mirror import mirror
from dashboard.pages import pressure
from snapshots import coverage
from snapshots.minutes import MINUTE, sum_minutes
from snapshots.models import TradeSnapshot
from snapshots.models.trade import COLUMNS
from tests.dashboard.test_mirror import until
from tests.dashboard.test_pages import stage, text  # noqa: F401 - a fixture
from tests.snapshots import wires

pytestmark = pytest.mark.django_db(transaction=True)
PART = "/parts/pressure?coin=BTC&span=1h"


@pytest.fixture(autouse=True)
def nothing_kept():
    pressure._kept.clear()


def record(now: int) -> int:
    """Two hours ago it began; 3 bought and 1 sold in this hour, ten minutes of it missing. When it began."""
    minutes = (now - 120 * MINUTE) // MINUTE * MINUTE
    trades = [wires.trade(n, minutes + n * MINUTE + 5, side="BA"[n % 2], sz="0.1") for n in range(119)]
    rows = [dict(zip(COLUMNS, TradeSnapshot.values_of(trade, now), strict=True)) for trade in trades]
    TradeSnapshot.objects.bulk_create(TradeSnapshot(**row) for row in rows)
    sum_minutes(("BTC", trade.time) for trade in trades)
    coverage.cover("trades:BTC", minutes, minutes + 110 * MINUTE, now)
    coverage.gap("trades:BTC", minutes + 80 * MINUTE, minutes + 90 * MINUTE, "nobody was listening", now)
    return minutes


async def heard(stage) -> None:  # noqa: F811
    """The tape of BTC is here."""
    await mirror.wait("trades:BTC", 20.0)
    await until(lambda: mirror.snapshot("trades:BTC") and mirror.snapshot("trades:BTC").rows)


async def test_the_record_is_added_up_from_the_start_of_the_span(stage, async_client):  # noqa: F811
    begun = await sync_to_async(record)(stage.clock.now_ms())
    page = text(await async_client.get(PART))
    assert re.search(r"1 gap of 10 min: trades may be missing there", page)
    assert page.count('class="hole"') == 1
    bought, sold = (float(re.search(rf'data-{word}="([\d.]+)"', page)[1]) for word in ("bought", "sold"))
    assert 2.8 <= bought <= 3.1
    assert 2.8 <= sold <= 3.1
    assert "where the record begins" not in page
    page = text(await async_client.get("/parts/pressure?coin=BTC&span=24h"))
    assert f'since <span data-hour="{begun}">' in page
    assert "where the record begins" in page
    assert 'data-bought="6.0" data-sold="5.9"' in page


async def test_without_a_record_the_tape_counts_and_that_is_said(stage, async_client):  # noqa: F811
    await heard(stage)
    page = text(await async_client.get(PART))
    assert "only those on the tape count" in page
    assert 'data-bought="10.00000" data-sold="90000.00000"' in page
    assert "−89,990.0 BTC" in page
    assert "compared with" not in page


async def test_a_record_that_lags_behind_the_tape_says_so(stage, async_client):  # noqa: F811
    await sync_to_async(record)(stage.clock.now_ms() - 30 * MINUTE)
    await heard(stage)
    assert pressure.LATE in text(await async_client.get(PART))


async def test_a_database_that_does_not_answer_costs_the_page_only_this(stage, async_client, monkeypatch):  # noqa: F811
    def fails(*_):
        raise DatabaseError("gone")

    monkeypatch.setattr(pressure, "pressure_of", fails)
    response = await async_client.get(PART)
    assert response.status_code == 200
    assert "The record cannot be read just now." in text(response)


async def test_many_readers_share_what_was_read(stage, async_client, monkeypatch):  # noqa: F811
    asked = []
    monkeypatch.setattr(pressure, "pressure_of", lambda *words: asked.append(words))
    for _ in range(5):
        await async_client.get(PART)
    assert len(asked) == 1


@pytest.mark.parametrize("words", ["coin=BTC&span=2h", "coin=NONE&span=1h", ""])
async def test_what_does_not_exist_is_not_found(stage, async_client, words):  # noqa: F811
    assert (await async_client.get(f"/parts/pressure?{words}")).status_code == 404


def test_the_picture_ends_at_the_sum_and_breaks_no_scale():
    rows = {str(n): {"time": n * 1000, "side": "sell", "sz": "1,000.5"} for n in range(50)}
    shown = pressure.shown(pressure.of_tape(rows), {"label": "xyz:GOLD"}, "1h")
    assert (shown["delta"], shown["high"], shown["low"]) == ("−50,025.0 GOLD", "0", "−50,025.0")
    ys = [float(y) for y in re.findall(r"[ML][\d.]+ (-?[\d.]+)", shown["picture"]["line"])]
    assert (ys[0], ys[-1]) == (0.0, 120.0)
    assert ys == sorted(ys)
