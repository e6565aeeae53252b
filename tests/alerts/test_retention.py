"""What alerts did is kept as long as configured, with the rest of history."""

from dataclasses import replace

import pytest
from django.conf import settings
from django.core.management import call_command

from alerts.models import Alert, Delivery, Firing, Step
from snapshots.retention import DAY, prune
from tests.alerts.rows import D, alert, destination
from tests.snapshots.wires import NOON

pytestmark = pytest.mark.django_db
NAMES = ("steps of alerts", "messages of alerts", "firings")


def config(days: int):
    return replace(settings.CONFIG, retention_alerts_days=days)


def pruned(days: int = 365, **options) -> tuple[int, ...]:
    """Rows that went, in the order of NAMES."""
    found = {one.kind: one.rows for one in prune(NOON, config=config(days), **options)}
    return tuple(found[name] for name in NAMES)


def episode(one: Alert, arm: int, age: float, ended: bool = True, told: float | None = None, **message) -> Firing:
    """It began so many days ago, lasted an hour and was told of at its begin, or so many days ago."""
    at = NOON - round(age * DAY)
    end = at + 3_600_000 if ended else None
    firing = Firing.objects.create(
        alert=one, user=one.user, arm=arm, sentence="s", value=D(1),
        received_at=at, fired_at=at, decided_at=at, ended_at=end,
    )  # fmt: skip
    told_at = at if told is None else NOON - round(told * DAY)
    values = {"state": "sent", "not_before": told_at, "occasion": "fired"} | message
    Delivery.objects.create(
        alert=one, firing=firing, destination=one.destinations.get(),
        key=f"{one.pk}.{arm}", at=at, decided_at=told_at, **values,
    )  # fmt: skip
    return firing


def test_a_firing_of_which_its_user_is_still_reminded_stays_until_he_has_acknowledged_it(cast):
    one = alert(cast.alice, (destination(cast.alice),), remind_every=60_000)
    for arm in (1, 2):
        episode(one, arm, 400)
    Alert.objects.filter(pk=one.pk).update(arm=2, fired_at=1)
    assert pruned() == (0, 2, 1)
    assert Firing.objects.get().arm == 2
    Firing.objects.acknowledge_all(cast.alice, NOON)
    assert pruned() == (0, 0, 1)


@pytest.fixture
def rule(cast) -> Alert:
    return alert(cast.alice, (destination(cast.alice),))


def step(one: Alert, age: float, phase: str = "waiting") -> Step:
    at = NOON - round(age * DAY)
    return Step.objects.create(alert=one, at=at, what="armed", phase=phase, arm=0, decided_at=at)


def test_firings_and_their_messages_go_together_when_they_are_old(rule):
    old, new = episode(rule, 1, 400), episode(rule, 2, 300)
    assert pruned(dry_run=True) == (0, 1, 1)
    assert Firing.objects.count() == 2
    assert pruned() == (0, 1, 1)
    assert list(Firing.objects.all()) == [new]
    assert list(Delivery.objects.values_list("firing", flat=True)) == [new.pk]
    assert old.pk != new.pk
    assert pruned() == (0, 0, 0)


def test_what_goes_on_and_what_is_still_to_be_told_stays(rule):
    kept = [
        episode(rule, 1, 400, ended=False),
        episode(rule, 2, 400, state="waiting"),
        episode(rule, 3, 400, told=10),
    ]
    pruned()
    assert list(Firing.objects.order_by("pk")) == kept
    assert Delivery.objects.count() == 2  # the message of an episode that goes on is old, and goes


def test_steps_are_kept_for_a_month_and_the_last_before_it_says_how_the_alert_was(rule, cast):
    other = alert(cast.bob)
    for age in (90, 60, 40, 20, 1):
        step(rule, age)
    standing = step(other, 200)
    assert pruned(dry_run=True) == (2, 0, 0)
    assert pruned() == (2, 0, 0)
    assert Step.objects.filter(alert=rule).count() == 3
    assert list(Step.objects.filter(alert=other)) == [standing]
    assert Step.objects.by(other.pk, NOON - 35 * DAY) == standing


def test_fewer_days_are_fewer_for_steps_too_and_none_is_for_ever(rule):
    episode(rule, 1, 400)
    step(rule, 10), step(rule, 9), step(rule, 8)
    assert pruned(0) == (0, 0, 0)
    assert pruned(7) == (2, 1, 1)


def test_the_command_names_them(rule, capsys):
    episode(rule, 1, 400)
    call_command("prune", dry_run=True)
    assert "firings: " in (said := capsys.readouterr().out)
    assert "would be deleted" in said
