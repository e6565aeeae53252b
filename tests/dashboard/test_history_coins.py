"""Names and prices of coins on history pages, from a real Board by way of the mirror."""

import asyncio
from decimal import Decimal

import pytest

from dashboard.mirror import Mirror, mirror
from dashboard.pages.history.coins import Coins
from dashboard.pages.history.statistics import at_present_prices
from exchange import events
from tests.dashboard.test_mirror import Stage, until
from tests.exchange.market_events import context, spot_context, universe


@pytest.fixture
async def board():
    """One perp, a perp of a builder dex, two spot pairs, of which one has a price."""
    Mirror.__init__(mirror)
    stage = Stage()
    now = stage.clock.now_ms()
    stage.market.apply(events.UniverseChanged(now, universe()))
    stage.market.apply(events.CoinContext(now, "BTC", context()))
    stage.market.apply(events.CoinContext(now, "@107", spot_context("@107", "31.5")))
    await mirror.start(stage.layer, stage.cache)
    await until(lambda: mirror.snapshot("markets") and "@107" in mirror.snapshot("markets").rows)
    yield stage
    await mirror.stop()
    for task in stage.tasks:
        task.cancel()
    await asyncio.gather(*stage.tasks, return_exceptions=True)
    Mirror.__init__(mirror)


async def test_a_pair_is_called_by_its_tokens_and_found_by_any_of_its_names(board):
    coins = Coins()
    assert (coins.label("@107"), coins.base("@107"), coins.pairs["@107"]) == (
        "HYPE/USDC",
        "HYPE",
        ("HYPE", "USDC"),
    )
    assert [coins.named(text) for text in ("hype/usdc", "@107", "btc", "xyz:sp500")] == [
        "@107",
        "@107",
        "BTC",
        "xyz:SP500",
    ]
    assert coins.base("xyz:SP500") == "SP500"
    assert coins.href("xyz:SP500") == "/markets/xyz:SP500/"


async def test_a_token_is_worth_the_mark_of_its_pair_with_dollars(board):
    coins = Coins()
    assert coins.price("HYPE") == Decimal("31.5")
    assert coins.price("USDC") == 1
    assert coins.price("PURR") is None  # nobody has said a price of its pair
    said = at_present_prices({"HYPE", "USDC", "USDH"}, coins)
    assert said in (
        "HYPE counts 31.5 USD, the last price that was heard; USDH has no price here and is left out",
        "HYPE counts 31.5 USD, its price now; USDH has no price here and is left out",
    )


def test_without_a_feed_a_coin_keeps_its_own_name_and_has_no_price():
    Mirror.__init__(mirror)
    coins = Coins()
    assert (coins.label("@107"), coins.named("hype"), coins.href("@107")) == ("@107", "hype", "")
    assert coins.price("HYPE") is None
    assert not coins.is_live
