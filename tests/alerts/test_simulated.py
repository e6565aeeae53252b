"""From the simulated exchange's sockets to firings, and the same events again through preview."""

import asyncio

import pytest
from asgiref.sync import sync_to_async
from django.db import connection

from alerts.evaluate import Evaluator
from alerts.figure import Seen
from alerts.models import Alert, Firing
from alerts.preview import preview
from alerts.rule import BELOW
from exchange.market import Market
from tests.alerts.rows import D, alert
from tests.exchange.feed_rig import rig

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
COINS = ("BTC", "ETH", "HYPE")


@pytest.fixture(autouse=True)
async def hang_up():
    yield
    await sync_to_async(lambda: connection.close())()


def path(heard, coin: str) -> list[Seen]:
    """What a coin's mark was after each event, and when the evaluator says that it was."""
    market, found = Market(), []
    for at, event in heard:
        market.apply(event)
        state = market.coins.get(coin)
        if state is not None and state.mark is not None and (not found or found[-1].value != state.mark):
            found.append(Seen(at, state.mark))
    return found


def make(user, marks) -> None:
    """On both sides of the price, near enough to be crossed again and again."""
    for coin, mark in marks.items():
        for step in (D("0.0001"), D("0.0003")):
            alert(user, coin=coin, threshold=mark * (1 + step), hysteresis=D("0.01"))
            alert(user, coin=coin, threshold=mark * (1 - step), side=BELOW, hold=3000)
            alert(user, coin=coin, threshold=mark, side=BELOW, cooldown=10_000)


async def test_what_fired_live_is_what_preview_says_of_the_same_events(cast):
    async with rig(start=False) as feed:
        evaluator = Evaluator(feed.market, feed.clock)
        await evaluator.start()
        apply, heard = feed.market.apply, []

        def hear(event) -> None:
            # Time may have gone on, by a look for changed rules, while the event waited for its turn.
            heard.append((max(event.received_at, evaluator.watch.now), event))
            apply(event)
            evaluator.take(event)

        feed.market.apply = hear
        work = asyncio.create_task(evaluator.run())
        feed.start()
        try:
            await feed.until(lambda: all(c in feed.market.coins and feed.market.coins[c].mark for c in COINS))
            await sync_to_async(make)(cast.alice, {coin: feed.market.coins[coin].mark for coin in COINS})
            await feed.until(lambda: len(evaluator.watch) == 18)
            began = feed.clock.now_ms()
            await feed.until(lambda: feed.clock.now_ms() > began + 240_000)
        finally:
            await feed.close()
        end = evaluator.heard_at
        async with asyncio.timeout(60):
            while evaluator.watch.oldest is not None:
                await asyncio.sleep(0.01)
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)
        assert evaluator.failures == evaluator.thread.failures == 0
        total = await sync_to_async(compare)(heard, end)
    assert total > 10


def compare(heard, end: int) -> int:
    """All firings of all alerts against preview; how many those were."""
    total = 0
    for one in Alert.objects.order_by("pk"):
        live = list(
            Firing.objects.filter(alert=one, fired_at__lte=end).order_by("arm").values_list("fired_at", "value")
        )
        past = path(heard, one.coin)
        if any(seen.at == one.seen_at for seen in past):
            continue  # in the very millisecond in which the alert was learned: nobody can say what came first
        found = preview(one.rule, past, one.seen_at, end + 1)
        assert [(episode.began, episode.value) for episode in found.episodes] == live
        total += len(live)
    return total
