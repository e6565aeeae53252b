"""Decides: runs the machines of touched alerts and writes what they did, all in one transaction.

Rows are read and locked in the same transaction that writes firings, deliveries, steps and new states, so neither
a crash nor a second evaluator nor a user who edits at the same time can have a decision half, twice or on an old
rule. ``guard`` is called last in it and raises if this process leads no more (the fencing number of its lease):
last, because it holds the lease's row, and a storm of firings must not keep the leader from renewing it.
"""

import logging
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from functools import partial

from django.db import Error, transaction

from alerts import bulk
from alerts.machine import Machine
from alerts.models import Alert, Firing, Step
from alerts.rule import NEW
from alerts.telling import deliveries
from alerts.verdict import TOO_LATE_MS, WRITTEN, Ended, Verdict
from alerts.work import Watched, Work

log = logging.getLogger(__name__)

Guard = Callable[[], None]
FIRED: Counter[str] = Counter()
"""``firings`` that this process has decided and committed."""
MOST_NAMED = 20

READ = 5000
"""Rows read by one statement: SQLite takes no more than 32,766 values."""


class Overtaken(Exception):
    """The guard said that this process leads no more."""


def no_guard() -> None:
    """For a process that is alone."""


def decide(batch: Iterable[Work], now: int, guard: Guard = no_guard) -> list[Watched]:
    """Decide each piece of work at ``now`` (Unix ms, our clock) and return where each alert stands.

    Raises Overtaken, or django.db.Error; then the same batch may be tried again, also if it was written after all.
    """
    work = {one.alert: one for one in batch}
    with transaction.atomic():
        alerts = _read(list(work))
        known = _known(work.values())
        verdicts = [_run(alert, work[alert.pk], known[alert.pk], now) for alert in alerts.values()]
        _write(verdicts, now)
        pass_guard(guard)
    return [watched_of(alerts.get(alert), alert) for alert in work]


def pass_guard(guard: Guard) -> None:
    """Overtaken, whatever the guard raises; but a database that is away may come back."""
    try:
        guard()
    except Error:
        raise
    except Exception as error:
        raise Overtaken(str(error)) from error


def watched_of(alert: Alert | None, number: int) -> Watched:
    """Where an alert stands; one that is gone, paused or over is not watched."""
    if alert is None:
        return Watched(number, None)
    return Watched(number, alert.figure, alert.rule, alert.state)


def _read(numbers: list[int]) -> dict[int, Alert]:
    """The rows, locked, always in the same order."""
    found: dict[int, Alert] = {}
    for start in range(0, len(numbers), READ):
        rows = (
            Alert.objects.watched()
            .select_related("user")
            .select_for_update(of=("self",), no_key=True)
            .order_by("pk")
        )
        found |= {alert.pk: alert for alert in rows.filter(pk__in=numbers[start : start + READ])}
    return found


def _known(work: Iterable[Work]) -> dict[int, set[str]]:
    """Occurrences that have been decided already, by alert: that fired, or that cooldown or a snooze held back.

    They come again after a restart, when the cooldown that held one back may be that of a later firing.
    """
    happened = [one for one in work if one.occurrences]
    known: dict[int, set[str]] = defaultdict(set)
    for start in range(0, len(happened), READ):
        part = happened[start : start + READ]
        names = {what.identity for one in part for what in one.occurrences}
        rows = Firing.objects.filter(alert__in=[one.alert for one in part], identity__in=names)
        for alert, identity in rows.values_list("alert", "identity"):
            known[alert].add(identity)
        moments = {what.at for one in part for what in one.occurrences}
        held_back = set(Step.objects.held_back([one.alert for one in part], moments))
        for one in part:
            known[one.alert] |= {what.identity for what in one.occurrences if (one.alert, what.at) in held_back}
    return known


def _run(alert: Alert, work: Work, known: set[str], now: int) -> Verdict:
    """One alert's machine over its work. Values of another figure than it now has are none of its business."""
    machine = Machine(alert.rule, alert.state, now - TOO_LATE_MS)
    verdict = Verdict(alert, machine, now)
    if alert.figure != work.figure:
        return verdict
    for what in work.occurrences:
        if what.identity not in known and what.at >= alert.seen_at:
            known.add(what.identity)
            verdict.occurred(what, machine.occur(what.at, what.value))
    # from before the rule counted; or older than the state, and so taken in already before a crash
    since = max(alert.since, alert.seen_at) if alert.phase == NEW else alert.since
    old = [seen for seen in work.seen if seen.at < since]
    machine.show(work.seen[len(old) :], old[-1].value if old else work.last)
    verdict.read()
    return verdict


def _write(verdicts: list[Verdict], now: int) -> None:
    """Everything that was decided, in as many statements as there are tables."""
    changed = [verdict for verdict in verdicts if verdict.has_changed]
    firings = [firing for verdict in changed for firing in verdict.firings]
    bulk.insert(firings)
    if firings:
        transaction.on_commit(partial(_say, firings))
    _end([ended for verdict in changed for ended in verdict.ended])
    bulk.insert(deliveries(verdicts, now), ignore_conflicts=True)
    bulk.insert(steps := [step for verdict in changed for step in verdict.steps])
    if late := [step for step in steps if step.what == "too late"]:
        transaction.on_commit(partial(_say_late, late))
    bulk.update(Alert, WRITTEN, [verdict.row() for verdict in changed])
    for verdict in changed:
        verdict.apply()


def _say(firings: list[Firing]) -> None:
    """Once they stand: their names, with which the keys of the messages about them begin."""
    FIRED["firings"] += len(firings)
    names = ", ".join(f"{one.alert_id}.{one.arm}" for one in firings[:MOST_NAMED])
    log.info("fired: %d (%s%s)", len(firings), names, ", …" if len(firings) > MOST_NAMED else "")


def _say_late(steps: list[Step]) -> None:
    """What is found out so late stands here and in the alert's ledger, and is told to nobody."""
    said = ", ".join(f"alert {one.alert_id} at {one.at}" for one in steps[:MOST_NAMED])
    log.warning("too late to be told: %d (%s%s)", len(steps), said, ", …" if len(steps) > MOST_NAMED else "")


def _end(ended: list[Ended]) -> None:
    """Episodes that began in an earlier batch."""
    known = Firing.objects.open().filter(alert__in=[one.alert for one in ended]) if ended else []
    keys = {(firing.alert_id, firing.arm): firing.pk for firing in known}
    rows = [(*one.row, keys[one.alert, one.arm]) for one in ended if (one.alert, one.arm) in keys]
    bulk.update(Firing, ("ended_at", "end_value", "end_reason"), rows)
