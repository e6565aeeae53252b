"""Alerts as a JSON text and back: nothing is lost, nothing comes in half, what is wrong is named with its line."""

import json
from datetime import time

import pytest

from accounts.models import Wallet
from alerts.copies import RULE
from alerts.models import Alert
from alerts.portable import bring, dump
from alerts.portable_text import Broken
from tests.alerts.rows import START, D, alert, destination

pytestmark = pytest.mark.django_db
HEAD = '{"format": "hyperliquid-dashboard alerts", "version": 1, "alerts": '
HERS = "0x" + "c3" * 20


def rules(user) -> list[dict]:
    """All that the user said of his alerts, in their order."""
    rows = Alert.objects.filter(user=user).order_by("pk")
    return [
        {name: getattr(row, name) for name in RULE if name != "escalate_to"}
        | {"to": [each.label for each in row.destinations.all()], "escalates": str(row.escalate_to or "")}
        for row in rows
    ]


def problems(user, text: str) -> list[str]:
    """What is wrong with the text; nothing of it may be there afterwards."""
    with pytest.raises(Broken) as found:
        bring(user, text)
    assert not Alert.objects.filter(user=user).exists()
    return [str(problem) for problem in found.value.problems]


def test_everything_said_of_an_alert_comes_back(cast):
    for user in (cast.alice, cast.bob):
        Wallet.objects.put(user, HERS)
        destinations = destination(user), destination(user, "phone")
    mail, phone = cast.alice.destinations.order_by("id")
    alert(cast.alice, (mail, phone), threshold=D("0.000000012345678901"), note="Ünïcode “note”\n2", tags=",a,b c,")
    alert(cast.alice, (mail,), metric="funding_sign", side=-1, threshold=D(-1), repeats=False, is_active=False)
    alert(
        cast.alice, metric="liquidation_distance", coin="", address=HERS, side=-1, threshold=D(10), hold=90_000,
        hysteresis=D("0.5"), cooldown=61_001, needs_crossing=False, tells_recovery=False, tells_no_data=True,
        remind_every=600_000, escalate_after=5_400_000, escalate_to=phone, expires_at=START + 123,
        snoozed_until=START + 7, quiet_start=time(22), quiet_end=time(6, 30),
    )  # fmt: skip
    alert(cast.alice, metric="change", window=300_000, side=-1, threshold=D("-2.5"))
    alert(cast.alice, metric="fill", coin="@107", threshold=D(0))
    text = dump(Alert.objects.filter(user=cast.alice).order_by("pk"))
    assert "secret" not in text
    assert "@example.org" not in text
    assert len(bring(cast.bob, text)) == 5
    assert rules(cast.bob) == rules(cast.alice)
    assert {destination.pk for destination in destinations} >= set(
        Alert.destinations.through.objects.filter(alert__user=cast.bob).values_list("destination", flat=True)
    )


def test_a_new_alert_begins_as_one_that_nobody_has_seen(cast):
    made = alert(cast.alice)
    Alert.objects.filter(pk=made.pk).update(phase="fired", arm=7, seen_version=1, seen_at=START)
    (copy,) = bring(cast.bob, dump(Alert.objects.filter(user=cast.alice)))
    copy.refresh_from_db()
    assert (copy.phase, copy.arm, copy.seen_version, copy.version) == ("new", 0, 0, 1)


def test_each_wrong_field_is_named_with_its_alert_and_line(cast):
    text = (
        HEAD
        + """[
  {"metric": "mark", "coin": "BTC", "threshold": "1"},
  {"metric": "mark", "coin": "BTC", "threshold": "a lot",
   "hold": "5 parsecs", "side": "beside"},

  {"metric": "change", "coin": "", "threshold": 5, "window": "30 d", "colour": "red",
   "destinations": ["nowhere"]}
]}"""
    )
    assert problems(cast.alice, text) == [
        "Alert 2 (line 3), field “side”: “above” or “below” is needed.",
        "Alert 2 (line 3), field “threshold”: A number is needed, such as 64250.5",
        "Alert 2 (line 3), field “hold”: '5 parsecs' is no span of time",
        "Alert 3 (line 6), field “colour”: There is no such field.",
        "Alert 3 (line 6), field “destinations”: You have no destination called “nowhere”.",
        "Alert 3 (line 6), field “coin”: Which coin?",
        "Alert 3 (line 6), field “window”: From one minute to seven days.",
    ]


HOSTILE = {
    "not json at all": "Line 1, column 1: Expecting value.",
    '{"format": "hyperliquid-dashboard alerts",\n "alerts": [}': "Line 2, column 13: Expecting value.",
    "": "Line 1, column 1: Expecting value.",
    "[]": "This is no file of alerts: its “format” is not “hyperliquid-dashboard alerts”.",
    '{"format": "else"}': "This is no file of alerts: its “format” is not “hyperliquid-dashboard alerts”.",
    '{"format": "hyperliquid-dashboard alerts", "version": 2, "alerts": []}': "Only version 1 is understood.",
    HEAD + "[], " + '"more": 1}': "Unknown: “more”.",
    HEAD + "{}}": "“alerts” is no list.",
    HEAD + "[1]}": "Alert 1 (line 1) is no object.",
    HEAD + '[{"metric": "mark", "metric": "mid"}]}': "“metric” stands twice in one object.",
    HEAD + '[{"threshold": NaN}]}': "NaN is no number.",
    HEAD + f'[{{"threshold": {"9" * 400}}}]}}': f"{'9' * 20}… is too long for a number.",
    HEAD
    + "[" * 100_000
    + "]" * 100_000
    + "}": "This is no file of alerts: it holds zero bytes, or is nested too deeply.",
    HEAD + '[{"note": "\x00"}]}': "This is no file of alerts: it holds zero bytes, or is nested too deeply.",
    " " * 8_000_001: "The file is larger than 8 MB.",
}


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: text[:40])
def test_a_broken_or_hostile_text_is_refused_with_the_reason(cast, text):
    assert problems(cast.alice, text) == [HOSTILE[text]]


FIELDS = {
    '"coin": 5': "field “coin”: A text is needed.",
    '"coin": "' + "x" * 70 + '"': "field “coin”: At most 64 letters.",
    '"coin": null': "field “coin”: A text is needed.",
    '"coin": "BTC", "repeats": 1': "field “repeats”: true or false is needed.",
    '"coin": "BTC", "tags": "a"': "field “tags”: A list of texts is needed.",
    '"coin": "BTC", "tags": [["a"]]': "field “tags”: A text is needed.",
    '"coin": "BTC", "expires": "tomorrow"': "field “expires”:",
    '"coin": "BTC", "expires": "2287-01-01T00:00:00.000Z"': "field “expires”: That is no moment.",
    '"coin": "BTC", "quiet_from": "25:00"': "field “quiet_from”:",
    '"coin": "BTC", "hold": "2 d"': "field “hold”: Too long.",
    '"coin": "BTC", "wallet": "0x1"': "field “wallet”: This metric is about a coin alone.",
    '"coin": "BTC", "escalate_to": "boss"': "field “escalate_to”: You have no destination of this name.",
    '"coin": "BTC", "destinations": "mail"': "field “destinations”: It is no list of names.",
    '"coin": "BTC", "hysteresis": "1e400"': "field “hysteresis”: A number is needed",
    '"coin": "BTC", "note": "' + "n" * 2001 + '"': "field “note”: At most 2000 letters.",
}


@pytest.mark.parametrize("fields", FIELDS, ids=lambda text: text[:40])
def test_a_value_of_another_kind_is_refused_where_it_stands(cast, fields):
    said = problems(cast.alice, HEAD + '[{"metric": "mark", ' + fields + "}]}")
    assert said[0].startswith(f"Alert 1 (line 1), {FIELDS[fields]}")


def test_somebody_elses_destination_is_none(cast):
    destination(cast.bob, "his")
    text = HEAD + '[{"metric": "mark", "coin": "BTC", "destinations": ["his"]}]}'
    assert problems(cast.alice, text) == [
        "Alert 1 (line 1), field “destinations”: You have no destination called “his”."
    ]


def test_more_than_the_tier_allows_does_not_come_in_at_all(cast):
    most = 20  # of the free tier
    entries = [{"metric": "mark", "coin": "BTC", "threshold": str(n)} for n in range(most + 1)]
    said = problems(cast.bob, HEAD + json.dumps(entries) + "}")
    assert said == ["The Free tier has at most 20 alerts. You have 0, and the file brings 21."]
    assert len(bring(cast.bob, HEAD + json.dumps(entries[:most]) + "}")) == most


def test_lines_are_right_whatever_stands_before_the_list(cast):
    first = '\ufeff{\n "alerts" :\n [\n {"metric": "[{\\"alerts\\": ["}\n ,\n {} ],\n'
    text = first + ' "version": 1, "format": "hyperliquid-dashboard alerts"}'
    assert [said.partition(",")[0] for said in problems(cast.alice, text)] == [
        "Alert 1 (line 4)",
        "Alert 2 (line 6)",
    ]
