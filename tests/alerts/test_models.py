"""What is stored: limits, what an alert may be, edits beside the evaluator, secrets, the queue of deliveries."""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import time
from decimal import Decimal
from importlib import import_module
from types import SimpleNamespace

import pytest
from cryptography.fernet import InvalidToken
from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction

from accounts.models import Wallet
from alerts.metrics import METRICS
from alerts.models import Alert, Delivery, Destination, Firing, TooManyAlerts
from alerts.rule import BELOW
from alerts.waiting import reminder_due
from tests.alerts.rows import START, S, alert, decided, destination

D = Decimal
ADDRESS = "0x" + "c1" * 20


@pytest.fixture
def few(settings):
    """At most three alerts of a free user."""
    settings.CONFIG = replace(settings.CONFIG, alerts_free=3)


@pytest.mark.django_db
def test_a_user_has_as_many_alerts_as_his_tier_allows(cast, few):
    for _ in range(3):
        alert(cast.bob)
        alert(cast.alice)
    with pytest.raises(TooManyAlerts, match="The Free tier has at most 3 alerts"):
        alert(cast.bob)
    alert(cast.alice)


@pytest.mark.django_db
def test_on_a_lower_tier_alerts_go_on_and_can_be_edited_but_not_be_resumed_beyond_its_limit(cast, settings):
    going, *paused = [alert(cast.bob, is_active=number == 0) for number in range(4)]
    settings.CONFIG = replace(settings.CONFIG, alerts_free=2)
    going.edit(START, note="still here")
    assert Alert.objects.active().get() == going
    paused[0].edit(START, is_active=True)
    paused[0].edit(START, is_active=True)
    with pytest.raises(ValidationError, match=r"at most 2 alerts\. Pause one first"):
        paused[1].edit(START, is_active=True)
    going.edit(START, is_active=False)
    paused[1].edit(START, is_active=True)


@pytest.mark.django_db(transaction=True)
def test_several_requests_at_once_do_not_go_over_the_limit(cast, few):
    def add(_: int) -> bool:
        try:
            alert(cast.bob)
        except TooManyAlerts:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(4) as threads:
        assert sorted(threads.map(add, range(6))) == [False] * 3 + [True] * 3
    assert Alert.objects.count() == 3


WRONG = [
    ({"metric": "weather"}, "metric"),
    ({"coin": ""}, "coin"),
    ({"address": ADDRESS}, "address"),
    ({"metric": "equity", "coin": ""} | {"address": "0x" + "99" * 20}, "address"),
    ({"metric": "equity", "coin": "", "address": "hello"}, "address"),
    ({"metric": "equity", "coin": "BTC"}, "coin"),
    ({"threshold": D("NaN")}, "threshold"),
    ({"metric": "funding_sign", "threshold": D(5)}, "threshold"),
    ({"hysteresis": D(-1)}, "hysteresis"),
    ({"window": 60_000}, "window"),
    ({"metric": "change", "window": 59_999}, "window"),
    ({"metric": "change", "window": 8 * 86_400_000}, "window"),
    ({"metric": "move", "window": 60_000, "side": BELOW}, "side"),
    ({"hold": -1}, "hold"),
    ({"cooldown": 31 * 86_400_000}, "cooldown"),
    ({"remind_every": 1000}, "remind_every"),
    ({"metric": "fill", "threshold": D(0), "remind_every": 60_000}, "remind_every"),
    ({"metric": "trade", "threshold": D(1), "escalate_after": 60_000}, "escalate_after"),
    ({"quiet_start": time(22)}, "quiet_end"),
    ({"side": 0}, "side"),
    ({"expires_at": 8_008_330_166_496_327}, "expires_at"),
    ({"snoozed_until": 0}, "snoozed_until"),
]


@pytest.mark.django_db
@pytest.mark.parametrize(("values", "field"), WRONG)
def test_what_makes_no_sense_is_refused_field_by_field(cast, values, field):
    with pytest.raises(ValidationError) as wrong:
        alert(cast.alice, **values)
    assert list(wrong.value.message_dict) == [field]


@pytest.mark.django_db
def test_an_alert_on_an_account_needs_a_wallet_of_its_user(cast):
    Wallet.objects.create(user=cast.alice, address=ADDRESS)
    rule = {"metric": "equity", "coin": "", "address": ADDRESS.upper().replace("X", "x")}
    assert alert(cast.alice, **rule).address == ADDRESS
    with pytest.raises(ValidationError, match="Add this address to your wallets first"):
        alert(cast.bob, **rule)


@pytest.mark.django_db
def test_nobody_escalates_to_anothers_destination(cast):
    with pytest.raises(ValidationError, match="not a destination of yours"):
        alert(cast.bob, escalate_to=destination(cast.alice), escalate_after=60_000)


@pytest.mark.django_db
def test_a_stored_alert_is_only_changed_where_the_evaluator_is_not_disturbed(cast):
    stale = alert(cast.alice)
    decided(stale, 99, 101)
    stale.edit(START, note="mine")
    assert (stale.phase, stale.arm, stale.version) == ("fired", 1, 2)
    with pytest.raises(TypeError, match="edit"):
        stale.save()
    with pytest.raises(ValidationError):
        stale.edit(START, hold=-5)
    stale.refresh_from_db()
    assert (stale.hold, stale.version) == (0, 2)


@pytest.mark.django_db
def test_an_alert_that_was_over_begins_anew_when_it_is_edited(cast):
    one = alert(cast.alice, repeats=False)
    decided(one, 99, 101, 99)
    one.refresh_from_db()
    assert one.phase == "done"
    one.edit(START + 9 * S, repeats=True)
    decided(one, 99, 101, start=10)
    assert list(Firing.objects.order_by("arm").values_list("arm", flat=True)) == [1, 2]


@pytest.mark.django_db
def test_who_lets_it_fire_also_if_it_is_so_already_is_told_at_once(cast):
    one = alert(cast.alice)
    decided(one, 101)
    one.refresh_from_db()
    assert one.phase == "already"
    one.edit(START + 9 * S, note="it stays as it is")
    assert one.phase == "already"
    one.edit(START + 9 * S, needs_crossing=False)
    decided(one, 101, start=10)
    assert Firing.objects.filter(alert=one).count() == 1


@pytest.mark.django_db
def test_a_remark_on_an_alert_that_is_over_does_not_begin_it_anew(cast):
    one = alert(cast.alice, repeats=False)
    decided(one, 99, 101, 99)
    one.edit(START + 9 * S, note="good", snoozed_until=START + 60 * S)
    assert one.phase == "done"


EDITS = {
    "another condition": ({"remind_every": 60 * S}, {"threshold": D(200)}, True),
    "another note": ({"remind_every": 60 * S}, {"note": "x"}, False),
    "reminders that are asked for later": ({}, {"remind_every": 60 * S}, True),
}


@pytest.mark.django_db
@pytest.mark.parametrize("edit", EDITS)
def test_who_makes_another_alert_of_it_is_not_reminded_of_what_it_said_before(cast, edit):
    before, after, is_seen = EDITS[edit]
    one = alert(cast.alice, **before)
    decided(one, 99, 101, 99)
    one.refresh_from_db()
    one.edit(START + 9 * S, **after)
    assert (one.acknowledged, is_seen) == (1 if is_seen else 0, one.acknowledged == one.arm)


@pytest.mark.django_db
def test_reminders_that_would_have_come_during_a_pause_are_not_made_up_for(cast):
    one = alert(cast.alice, remind_every=60 * S)
    decided(one, 99, 101)
    one.edit(START + 2 * S, is_active=False)
    one.edit(START + 200 * S, is_active=True)
    assert (one.reminders, reminder_due(one.rule, one.state)) == (3, START + 241 * S)


@pytest.mark.django_db
def test_nobody_is_reminded_of_what_had_recovered_before_reminders_outlived_that(cast):
    past, present, other = (alert(cast.alice, remind_every=60 * S) for _ in range(3))
    decided(past, 99, 101, 99)
    decided(present, 99, 101)
    migration = import_module("alerts.migrations.0005_reminders")
    migration.end_what_is_past(apps, SimpleNamespace(connection=connection))
    assert [Alert.objects.get(pk=one.pk).acknowledged for one in (past, present, other)] == [1, 0, 0]


@pytest.mark.django_db
def test_reminders_that_were_stored_for_what_happens_at_one_moment_are_taken_away_and_it_can_be_saved_again(cast):
    old, other = alert(cast.alice, metric="trade", threshold=D(1)), alert(cast.alice)
    asked = {"remind_every": 60 * S, "escalate_after": 60 * S, "escalate_to": destination(cast.alice)}
    Alert.objects.update(**asked)
    old.refresh_from_db()
    assert (old.rule.remind_every, old.rule.escalate_after) == (0, 0)
    with pytest.raises(ValidationError):
        old.edit(START, cooldown=60 * S)
    migration = import_module("alerts.migrations.0006_nothing_to_remind_of")
    assert set(migration.OCCURRENCES) == {name for name, metric in METRICS.items() if metric.is_occurrence}
    migration.take_reminders_from_what_happens(apps, SimpleNamespace(connection=connection))
    old.edit(START, cooldown=60 * S)
    assert (old.remind_every, old.escalate_after, old.escalate_to) == (0, 0, None)
    assert Alert.objects.filter(pk=other.pk, **asked).exists()


@pytest.mark.django_db
def test_the_database_itself_refuses_a_second_firing_of_an_episode_or_occurrence(cast):
    one = alert(cast.alice)
    known = {"alert": one, "user": cast.alice, "sentence": "s", "received_at": 1, "fired_at": 1, "decided_at": 1}
    Firing.objects.create(arm=1, **known)
    Firing.objects.create(arm=2, identity="trade:1", **known)
    for again in ({"arm": 1}, {"arm": 3, "identity": "trade:1"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Firing.objects.create(**known, **again)


@pytest.mark.django_db
def test_a_secret_is_unreadable_in_the_database_and_survives_a_change_of_the_key(cast, settings):
    one = destination(cast.alice, secret={"url": "https://hooks.example.org/T0KEN"})
    with connection.cursor() as cursor:
        cursor.execute("SELECT secret FROM alerts_destination")
        (stored,) = cursor.fetchone()
    assert "T0KEN" not in stored
    old, settings.SECRET_KEY = settings.SECRET_KEY, "another key"
    settings.SECRET_KEY_FALLBACKS = [old]
    assert Destination.objects.get(pk=one.pk).secret == {"url": "https://hooks.example.org/T0KEN"}
    settings.SECRET_KEY_FALLBACKS = []
    with pytest.raises(InvalidToken):
        Destination.objects.get(pk=one.pk)


@pytest.mark.django_db
def test_an_empty_secret_is_empty(cast):
    one = destination(cast.alice, secret={})
    assert Destination.objects.get(pk=one.pk).secret == {}
    assert json.dumps(one.secret) == "{}"


def waiting(user, count: int) -> None:
    one = alert(user, (destination(user),), tells_recovery=False)
    decided(one, *[99, 101] * count)
    assert Delivery.objects.count() == count


@pytest.mark.django_db(transaction=True)
def test_each_delivery_is_claimed_by_one_deliverer_only(cast):
    waiting(cast.alice, 30)
    now = START + 3600 * S

    def deliverer(name: int) -> list[int]:
        try:
            taken = []
            while part := Delivery.objects.claim(str(name), now, now + 60 * S, 4):
                taken += [one.pk for rows in part for one in rows]
            return taken
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as threads:
        taken = [pk for some in threads.map(deliverer, range(4)) for pk in some]
    assert len(taken) == len(set(taken)) == 30


@pytest.mark.django_db
def test_a_claim_whose_holder_died_is_due_again_with_the_same_key(cast):
    waiting(cast.alice, 1)
    now = START + 3600 * S
    ((first,),) = Delivery.objects.claim("one", now, now + 60 * S, 9)
    assert Delivery.objects.claim("two", now + 59 * S, now + 120 * S, 9) == []
    ((again,),) = Delivery.objects.claim("two", now + 60 * S, now + 120 * S, 9)
    assert (again.key, again.attempts, again.holder) == (first.key, 2, "two")


@pytest.mark.django_db
def test_what_waits_for_quiet_hours_to_end_is_not_due(cast):
    waiting(cast.alice, 1)
    Delivery.objects.update(not_before=START + 999 * S)
    assert not Delivery.objects.due(START + 998 * S).exists()
    assert Delivery.objects.due(START + 999 * S).exists()


@pytest.mark.django_db
def test_selections(cast):
    mine, other = alert(cast.alice, tags=",risk,btc,"), alert(cast.bob)
    paused = alert(cast.alice, is_active=False)
    assert list(Alert.objects.of(cast.alice)) == [paused, mine]
    assert list(Alert.objects.active().order_by("pk")) == [mine, other]
    assert list(Alert.objects.tagged("Risk")) == [mine]
    assert Alert.objects.unseen().count() == 3


@pytest.mark.django_db
def test_an_alert_whose_wallet_is_gone_can_still_be_paused_and_snoozed_but_not_changed(cast):
    wallet = Wallet.objects.create(user=cast.alice, address=ADDRESS)
    one = alert(cast.alice, metric="equity", coin="", address=ADDRESS)
    wallet.delete()
    one.edit(START, is_active=False, snoozed_until=START + S)
    assert not one.is_active
    with pytest.raises(ValidationError):
        one.edit(START, threshold=D(5))
    with pytest.raises(ValidationError):
        one.edit(START, tags="x" * 301)
