"""A sentence as the fields of an alert: the way back from ``alerts.sentence``."""

import re
from datetime import time
from decimal import Decimal
from typing import Any

from alerts.metrics import METRICS, Metric
from alerts.metrics.metric import COIN, POSITION, SIGN
from alerts.rule import ABOVE, BELOW
from alerts.sentence import MINE
from exchange.spans import SPAN, read_moment, read_span

NUMBER = r"-?\d+(?:\.\d+)?"
COMPARED = re.compile(
    rf"the (?P<what>.+?)(?: within (?P<window>{SPAN}))? is "
    rf"(?:at or (?P<side>above|below) (?P<level>{NUMBER})(?: (?:USD|%|times))?|(?P<sign>positive|negative))"
)
HAPPENS = re.compile(rf"there is (?P<what>.+?)(?: of at least (?P<level>{NUMBER}) USD)?")
PARTS: dict[str, tuple[str, Any]] = {
    "for (.+)": ("hold", read_span),
    "with hysteresis (.+)": ("hysteresis", Decimal),
    "resting (.+)": ("cooldown", read_span),
    "snoozed until (.+)": ("snoozed_until", read_moment),
    "expiring (.+)": ("expires_at", read_moment),
    "reminding each (.+)": ("remind_every", read_span),
    "escalated after (.+)": ("escalate_after", read_span),
}
WORDS: dict[str, dict[str, Any]] = {
    "each time": {"repeats": True},
    "once": {"repeats": False},
    "also if it is so already": {"needs_crossing": False},
    "without word of recovery": {"tells_recovery": False},
    "with word of missing data": {"tells_no_data": True},
}
QUIET = re.compile(r"quiet from (\d\d:\d\d) to (\d\d:\d\d)")


class NotUnderstood(ValueError):
    """A part of a sentence means nothing here; its text says which."""


def read(text: str) -> dict[str, Any]:
    """Fields for ``Alert``; those that a sentence does not name keep their defaults. NotUnderstood."""
    first, *parts = text.strip().split(", ")
    fields = _happens(first) if first.startswith("there is ") else _compares(first)
    for part in parts:
        fields |= _part(part)
    return fields


def _compares(text: str) -> dict[str, Any]:
    found = COMPARED.fullmatch(text)
    if not found:
        raise NotUnderstood(f"no comparison: {text!r}")
    for metric in _by_length(False):
        if found["what"].startswith(f"{metric.label} of ") and (metric.unit == SIGN) == bool(found["sign"]):
            subject = _subject(found["what"].removeprefix(f"{metric.label} of "), metric)
            if subject is None or metric.is_windowed != bool(found["window"]):
                continue
            fields = {"metric": metric.name, **subject}
            if found["window"]:
                fields["window"] = read_span(found["window"])
            above = (found["side"] or found["sign"]) in ("above", "positive")
            level = Decimal(found["level"]) if found["level"] else Decimal(1 if above else -1)
            return fields | {"side": ABOVE if above else BELOW, "threshold": level}
    raise NotUnderstood(f"no metric: {text!r}")


def _happens(text: str) -> dict[str, Any]:
    found = HAPPENS.fullmatch(text)
    for metric in _by_length(True):
        if found and found["what"].startswith(metric.label + " "):
            coin, _, whose = found["what"].removeprefix(metric.label + " ").partition(" of ")
            if (metric.scope == COIN) != bool(whose):
                fields = {"metric": metric.name, "coin": "" if coin == "any coin" else coin}
                fields |= {"threshold": Decimal(found["level"] or 0), "side": ABOVE}
                return fields | ({} if metric.scope == COIN else {"address": _address(whose)})
    raise NotUnderstood(f"nothing that happens: {text!r}")


def _subject(text: str, metric: Metric) -> dict[str, str] | None:
    """Coin and address; None if the words are those of another kind of metric."""
    if metric.scope == COIN:
        return {"coin": text} if " " not in text else None
    if metric.scope == POSITION:
        one = re.fullmatch(r"the position in (\S+) of (.+)", text)
        every = re.fullmatch(r"any position of (.+)", text)
        if one:
            return {"coin": one[1], "address": _address(one[2])}
        return {"coin": "", "address": _address(every[1])} if every else None
    if text == f"any of {MINE}":
        return {"address": ""}
    return {"address": text.removeprefix("account ")} if text.startswith("account ") else None


def _part(text: str) -> dict[str, Any]:
    if text in WORDS:
        return WORDS[text]
    if hours := QUIET.fullmatch(text):
        return {"quiet_start": time.fromisoformat(hours[1]), "quiet_end": time.fromisoformat(hours[2])}
    for pattern, (field, convert) in PARTS.items():
        if found := re.fullmatch(pattern, text):
            try:
                return {field: convert(found[1])}
            except (ValueError, ArithmeticError) as error:
                raise NotUnderstood(f"{text!r}: {error}") from error
    raise NotUnderstood(f"not understood: {text!r}")


def _address(words: str) -> str:
    return "" if words == MINE else words


def _by_length(is_occurrence: bool) -> list[Metric]:
    """The longest label first: one may begin like another."""
    fitting = [metric for metric in METRICS.values() if metric.is_occurrence == is_occurrence]
    return sorted(fitting, key=lambda metric: -len(metric.label))
