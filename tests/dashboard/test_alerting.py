"""The leader evaluates alerts on the very events of the exchange, and the market waits for none of it."""

import asyncio
from decimal import Decimal

import pytest
from asgiref.sync import sync_to_async

from accounts.models import Wallet
from alerts.models import Alert, Evaluation, Firing
from alerts.rule import ABOVE, DONE
from dashboard.alerting import HOLE_MS
from exchange.simulator import cast as actors
from exchange.simulator.faults import RestFault, Stall
from exchange.topics import Topic
from exchange.wire.market import Candle
from tests.alerts.rows import alert
from tests.dashboard.alert_stage import PATIENCE_S, evaluating, near, noted

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow, pytest.mark.timeout(240)]
D = Decimal
make = sync_to_async(alert)


def all_are_counted() -> bool:
    """One that may fire once is over when it has recovered, and is watched no more."""
    return Evaluation.objects.get().rules == Alert.objects.exclude(phase=DONE).count()


async def test_an_alert_that_is_made_while_the_feed_runs_counts_at_once_and_fires_once(cast):
    async with evaluating() as stage:
        await stage.live()
        made = [await make(cast.alice, **rule, repeats=False) for rule in near(stage.mark())]
        await stage.until(noted, *made)
        await stage.until(Firing.objects.exists)
        await asyncio.sleep(3)
        firings = [row async for row in Firing.objects.select_related("alert")]
        for firing in firings:
            assert (firing.fired_at, firing.value) in stage.marks["BTC"]  # two may be heard in one millisecond
            assert firing.alert.rule.is_true(firing.value)
            assert firing.late_by == 0
        assert len({firing.alert_id for firing in firings}) == len(firings)
        evaluation = await Evaluation.objects.aget()
        assert (evaluation.number, evaluation.trouble) == (stage.alerting.number, "")
        await stage.until(all_are_counted)
        assert stage.clock.now_ms() - evaluation.seen_until < 10_000


async def test_what_alerts_need_is_read(cast):
    await sync_to_async(Wallet.objects.put)(cast.alice, actors.TRADER)
    one = await make(cast.alice, metric="fill", coin="", address=actors.TRADER, threshold=D(0))
    await sync_to_async(Wallet.objects.all().delete)()
    await make(cast.alice, metric="trade", coin="SOL", threshold=D(1))
    await make(cast.alice, metric="spread", coin="ETH", threshold=D(50))
    async with evaluating() as stage:
        await stage.live()
        await stage.until(lambda: stage.alerting.addresses == {actors.TRADER})
        assert sorted(stage.alerting.coins) == ["ETH", "SOL"]
        wanted = {Topic.parse("trades:SOL"), Topic.parse("book:ETH")}
        await stage.until(lambda: wanted <= stage.alerting.demand.wanted())
        await stage.until(Firing.objects.filter(alert__metric="trade").exists)
        await stage.until(Firing.objects.filter(alert=one).exists)


async def test_a_change_over_an_hour_is_known_within_seconds_and_so_is_one_that_is_made_later(cast):
    early = await make(cast.alice, metric="change", window=3_600_000, threshold=D(90))
    async with evaluating() as stage:
        await stage.live()

        def is_known(one: Alert) -> bool:
            slot = stage.alerting.evaluator.watch.slots.get(one.figure)
            return slot is not None and slot.value is not None

        await stage.until(is_known, early)
        late = await make(
            cast.alice, metric="move", coin="ETH", window=7 * 86_400_000, threshold=D(90), side=ABOVE
        )
        await stage.until(is_known, late)
        bars = await asyncio.to_thread(
            lambda: list(stage.alerts_info.candles("BTC", "1m", stage.clock.now_ms() - 3_660_000))
        )
        slot = stage.alerting.evaluator.watch.slots[early.figure]
        assert abs(slot.value - (bars[-1].c / bars[0].o - 1) * 100) < D("0.5")
        rows = stage.alerting.changes_of("BTC")
        assert list(rows) == ["change:3600000"]
        assert abs(rows["change:3600000"]["n_value"] - float(slot.value)) < 0.2
        assert rows["change:3600000"]["value"][0] in "+−"
        assert list(stage.alerting.changes_of("ETH")) == [f"move:{7 * 86_400_000}"]
        assert stage.alerting.changes_of("SOL") == {}


async def test_a_condition_that_is_true_while_the_stream_is_stale_does_not_fire(cast):
    hold = 15_000
    async with evaluating() as stage:
        await stage.live()
        one = await make(cast.alice, threshold=D(1), needs_crossing=False, hold=hold)
        await stage.until(Alert.objects.filter(pk=one.pk, phase="holding").exists)
        stage.exchange.faults.add(Stall(), RestFault(answer="500"))
        slot = stage.alerting.evaluator.watch.slots[one.figure]
        await stage.until(lambda: slot.value is None)
        await asyncio.sleep(hold / 1000)
        assert not await Firing.objects.aexists()
        again = stage.clock.now_ms()
        stage.exchange.faults.clear()
        await stage.until(Firing.objects.exists)
        assert (await Firing.objects.aget()).fired_at >= again + hold


def highest(stage, since: int) -> tuple[str, Candle]:
    """A coin and the closed bar in which it was highest since then, and higher than in the first one."""
    for coin in ("BTC", "ETH", "SOL", "HYPE"):
        bars = list(stage.alerts_info.candles(coin, "1m", since - 60_000))
        top = max(bars[:-1], key=lambda bar: bar.h)
        if top.h > max(bars[0].h, bars[1].h, bars[-1].h) and top.h > bars[-1].c:
            return coin, top
    raise AssertionError("all fell")


def waiting(user, since: int, **rule) -> Alert:
    """An alert that has been watched up to then, and was waiting; so far an evaluator was."""
    one = alert(user, **rule)
    Alert.objects.filter(pk=one.pk).update(phase="waiting", since=since, seen_at=since, seen_version=one.version)
    Evaluation.objects.update_or_create(name="main", defaults={"seen_until": since})
    return one


async def test_what_was_crossed_while_nobody_evaluated_is_found_in_candles_and_told_as_late(cast):
    async with evaluating(run=False) as stage:
        since = stage.clock.now_ms() - 20 * 60_000
        coin, top = await asyncio.to_thread(highest, stage, since)
        one = await sync_to_async(waiting)(cast.alice, since, coin=coin, threshold=top.h)
        stage.start()
        await stage.until(Firing.objects.filter(end_reason="recovered").exists)
        firing = await Firing.objects.filter(alert=one).afirst()
        assert top.t <= firing.fired_at <= top.T
        assert firing.value == top.h
        assert abs(firing.late_by - (firing.decided_at - firing.fired_at)) < 1000
        assert firing.late_by > 10_000


async def test_an_exchange_that_answers_no_question_about_the_past_holds_up_nothing(cast):
    async with evaluating(run=False) as stage:
        since = stage.clock.now_ms() - 600_000
        one = await sync_to_async(waiting)(cast.alice, since, threshold=D(1))
        await make(cast.alice, metric="change", window=3_600_000, threshold=D(90))
        stage.exchange.faults.add(RestFault(answer="timeout", type="candleSnapshot"))
        stage.start()
        began = stage.clock.monotonic()
        await stage.until(Firing.objects.filter(alert=one).exists)
        assert stage.clock.monotonic() - began < PATIENCE_S / 2
        await stage.until(lambda: stage.alerting.windows.failures)
        assert stage.alerting.failures == 0


async def test_an_evaluator_that_fails_is_built_anew_and_nothing_that_happens_meanwhile_is_lost(cast):
    async with evaluating() as stage:
        await stage.live()
        await make(cast.alice, metric="trade", coin="BTC", threshold=D(1))
        first = stage.alerting.evaluator
        await stage.until(lambda: len(first.watch))
        await stage.until(Firing.objects.exists)
        first.coins.rows = None
        await stage.until(lambda: stage.alerting.evaluator is not first and stage.alerting.is_live)
        count = await Firing.objects.acount()
        await stage.until(lambda: Firing.objects.count() > count)
        assert not first.watch.oldest


async def test_after_a_long_silence_candles_say_what_was(cast):
    async with evaluating() as stage:
        await stage.live()
        first = stage.alerting.evaluator
        await stage.until(lambda: stage.alerting._priced_at)
        stage.alerting._priced_at -= HOLE_MS
        await stage.until(lambda: stage.alerting.evaluator is not first and stage.alerting.is_live)
        second = stage.alerting.evaluator
        await stage.until(lambda: second.round_at)
        await asyncio.sleep(3)
        assert stage.alerting.evaluator is second
        assert stage.alerting.failures == 0
