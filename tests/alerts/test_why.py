"""Why it did, or did not, fire: one scenario for each reason, against what the ledger says."""

from decimal import Decimal

import pytest

from alerts.models import Alert, Firing
from alerts.why import why
from tests.alerts.rows import START, S, alert, decided

D = Decimal
pytestmark = pytest.mark.django_db

REASONS = [
    # rule, values of each second, asked at this second, verdict
    ({}, (99, 101), 1, "fired"),
    ({}, (99, 101, 101), 2, "fired already"),
    ({}, (99, 98, 97), 2, "not true"),
    ({}, (101, 102), 1, "true from the start"),
    ({"hold": 5 * S}, (99, 101, 101), 2, "the minimum hold runs"),
    ({"hold": 5 * S}, (99, 101, None, None), 3, "not true"),
    ({"cooldown": 9 * S}, (99, 101, 99, 101), 3, "resting"),
    ({"snoozed_until": START + 99 * S}, (99, 101), 1, "resting"),
    ({"expires_at": START + S}, (99, 99, 101), 2, "over"),
    ({"repeats": False}, (99, 101, 99, 101), 3, "over"),
    ({"hysteresis": D(5)}, (90, 101, 97, 101), 3, "fired already"),
]


@pytest.mark.parametrize(("rule", "values", "second", "verdict"), REASONS)
def test_the_verdict_is_that_of_the_ledger(cast, rule, values, second, verdict):
    one = alert(cast.alice, **rule)
    decided(one, *values)
    one.refresh_from_db()
    moment = START + second * S
    found = why(one, moment)
    assert found.verdict == verdict
    began_then = Firing.objects.filter(fired_at=moment).exists()
    assert (verdict == "fired") == began_then
    is_open = [f for f in Firing.objects.all() if f.fired_at <= moment and (f.ended_at or moment + 1) > moment]
    assert (found.firing is not None) == bool(is_open)


def test_before_the_evaluator_noted_the_rule_it_says_so(cast):
    one = alert(cast.alice)
    assert why(one, START).verdict == "not noted yet"
    Alert.objects.filter(pk=one.pk).update(seen_version=1, seen_at=START)
    one.refresh_from_db()
    assert why(one, START).verdict == "no value has been seen yet"
    assert why(one, START - 1).verdict == "not noted yet"


def test_what_broke_a_hold_is_told_with_its_value(cast):
    one = alert(cast.alice, hold=5 * S)
    decided(one, 99, 101, 98)
    found = why(one, START + 3 * S)
    assert (found.since, found.value) == (START + 2 * S, D(98))
    assert "before the minimum hold was over" in found.reason
