"""Firings, deliveries and steps as rows of tables; destinations by their label and hint, never by their secret."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from itertools import pairwise
from typing import Any

from alerts import shown
from alerts.machine import WORDS
from alerts.metrics import Metric
from alerts.models import Delivery, Firing, Step
from alerts.named import readable, with_names
from alerts.rule import PHASES
from dashboard.pages.history.cells import Cell, Column
from dashboard.pages.history.times import Times, duration
from exchange.rows import NONE

FIRINGS = [
    Column("time", "Fired"),
    Column("text", "What it was"),
    Column("value", "Value", True),
    Column("length", "Lasted"),
    Column("status", "State"),
    Column("legs", "Latency", meaning="Exchange → received → decided → sent, in milliseconds"),
]
STATES = {"waiting": "", "claimed": "", "sent": "up", "failed": "warn"}


def amount(metric: Metric, value: Decimal | None) -> str:
    """As in messages, with commas: the page puts its reader's separators in their place."""
    return shown.value(metric, value, "") or NONE


def firing_cells(
    row: Firing,
    times: Times,
    names: Mapping[str, str],
    deliveries: Iterable[Delivery] = (),
    href: str = "",
) -> dict[str, Cell]:
    """One episode; ``names`` are those of the user's wallets by address."""
    rule = with_names(readable(row.sentence), names)
    rule, metric = rule[:1].upper() + rule[1:], row.alert.of
    is_over = row.end_value is not None and row.end_reason != "occurrence"
    tags = [(f"late by {duration(row.late_by)}", "warn")] if row.late_by else []
    return {
        "time": Cell(times.at(row.fired_at), title=times.exact(row.fired_at), tags=tuple(tags)),
        "text": Cell(row.text or rule, href=href, under=rule if row.text else ""),
        "value": Cell(amount(metric, row.value), under=f"→ {amount(metric, row.end_value)}" if is_over else ""),
        "length": Cell(lasted(row, times)),
        "status": status(row, times),
        "legs": Cell(legs(row, deliveries)),
    }


def lasted(row: Firing, times: Times) -> str:
    """How long the episode was, or is so far."""
    if row.ended_at is None:
        return f"{duration(times.now - row.fired_at)} so far"
    return "a moment" if row.end_reason == "occurrence" else duration(row.duration)


def status(row: Firing, times: Times) -> Cell:
    """Whether it goes on, and whether the user has seen it."""
    ended = {"": "open", "recovered": "recovered", "occurrence": "happened", "changed": "rule changed"}
    word = ended.get(row.end_reason, row.end_reason)
    seen = f"acknowledged {times.near(row.acknowledged_at)}" if row.acknowledged_at else "not acknowledged"
    return Cell(word, under=seen)


def legs(row: Firing, deliveries: Iterable[Delivery]) -> str:
    """``120 + 8 + 35 ms``: what each leg took; a leg of which nothing is known is a dash."""
    sent = [
        one.sent_at for one in deliveries if one.firing_id == row.pk and one.occasion == "fired" and one.sent_at
    ]
    moments = [row.exchange_at, row.received_at, row.decided_at, min(sent, default=None)]
    parts = [
        str(max(0, after - before)) if before is not None and after is not None else NONE
        for before, after in pairwise(moments)
    ]
    return f"{' + '.join(parts)} ms"


def delivery_rows(deliveries: Iterable[Delivery], times: Times) -> list[dict[str, Any]]:
    """The log: to whom, on what occasion, how far it is and what went wrong."""
    return [
        {
            "at": times.at(one.decided_at),
            "exact": times.exact(one.decided_at),
            "occasion": one.get_occasion_display() + (f" {one.number}" if one.number else ""),
            "label": one.destination.label,
            "kind": one.destination.kind,
            "hint": one.destination.hint,
            "state": one.get_state_display(),
            "tone": STATES[one.state],
            "sent": f"{times.at(one.sent_at)}, {later(one.sent_at - one.decided_at)}" if one.sent_at else "",
            "next": times.at(one.not_before) if one.state == "waiting" and one.not_before > times.now else "",
            "attempts": one.attempts,
            "error": one.error,
        }
        for one in deliveries
    ]


def later(ms: int) -> str:
    """``240 ms later`` · ``8 s later``."""
    return f"{ms} ms later" if ms < 10_000 else f"{duration(ms)} later"


def step_rows(metric: Metric, steps: Sequence[Step], times: Times) -> list[dict[str, str]]:
    """What the machine did, newest first."""
    return [
        {
            "at": times.at(one.at),
            "exact": times.exact(one.at),
            "what": WORDS.get(one.what, one.what),
            "value": amount(metric, one.value),
            "phase": PHASES.get(one.phase, one.phase),
        }
        for one in steps
    ]
