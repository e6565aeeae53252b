"""Where an alert's figure stands among the rows that pages get live, and how far it is from the threshold.

``static/js/alert_live.js`` reads the same ``Live`` and computes the same; floats draw, the evaluator decides. What
looks at a window stands in ``changes:<coin>``, or with every market if it is 24 hours of a price.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from decimal import ROUND_HALF_UP, Context, Decimal
from math import inf
from typing import Any

from alerts.metrics.metric import COIN, PERCENT, POSITION, SIGN, TIMES, Metric
from alerts.models import Alert
from alerts.rule import ABOVE
from exchange import figures
from exchange.rows import BOOK_KEY, NONE

DAY = 86_400_000
OF_COIN = {
    "mark": ("markets", "mark", "n_mark", 1.0),
    "mid": ("market", "mid", "mid", 1.0),
    "oracle": ("market", "oracle", "oracle", 1.0),
    "last": ("trades", "px", "px", 1.0),
    "change": ("markets", "change", "n_change", 100.0),
    "move": ("markets", "change", "n_change", 100.0),
    "funding": ("markets", "funding", "n_funding", 100.0),
    "funding_apr": ("markets", "apr", "n_funding", 100.0 * figures.HOURS_A_YEAR),
    "funding_sign": ("markets", "funding", "n_funding", 1.0),
    "open_interest": ("markets", "oi", "n_oi", 1.0),
    "volume": ("markets", "volume", "n_volume", 1.0),
    "premium": ("markets", "premium", "n_premium", 100.0),
    "spread": ("book", "spread_pct", "spread_pct", 1.0),
}
"""Topic, text, number, and how many of the metric's unit the number is."""
OF_ACCOUNT = {
    "equity": ("equity", "n_equity", 1.0),
    "unrealized_pnl": ("upnl", "n_upnl", 1.0),
    "margin_usage": ("usage", "n_usage", 100.0),
    "leverage": ("", "n_notional", 1.0),
    "liquidation_distance": ("distance", "n_distance", 100.0),
    "position_pnl": ("upnl", "n_upnl", 1.0),
    "position_leverage": ("leverage", "leverage", 1.0),
    "position_value": ("value", "n_value", 1.0),
}
EXACT = Context(prec=400, rounding=ROUND_HALF_UP)
"""As the script rounds: half up, of what the float really is."""
NUMBER = re.compile(r"[+-]?[\d,]*\.?\d+")


@dataclass(frozen=True, slots=True)
class Live:
    """``topics`` to join; rows with ``key`` (``position:`` alone: every position); ``most``: of several values
    the highest counts. ``flat``: what is said without a position. ``stream``: whose silence makes it stale."""

    topics: tuple[str, ...]
    key: str
    text: str
    number: str
    times: float
    stream: str = ""
    how: str = ""
    most: bool = False
    flat: str = ""

    @property
    def stream_kind(self) -> str:
        """What its cell is marked by when it is stale."""
        return self.stream.partition(":")[0]

    @property
    def as_json(self) -> str:
        """For the script."""
        return json.dumps(asdict(self), separators=(",", ":"))


def live_of(alert: Alert, kind: str, addresses: Sequence[str]) -> Live | None:
    """``kind`` of the market: perp or spot; ``addresses`` of all the user's wallets. None: no row has it."""
    metric = alert.of
    if metric.is_occurrence:
        return None
    if metric.scope == COIN:
        return _of_coin(alert, metric, kind)
    text, number, times = OF_ACCOUNT[metric.name]
    topics = tuple(f"account:{address}" for address in ([alert.address] if alert.address else addresses))
    most = alert.side == ABOVE
    if metric.scope != POSITION:
        how = "n_equity" if metric.name == "leverage" else ""
        return Live(topics, "summary", text, number, times, how=how, most=most)
    flat = "safe" if metric.name == "liquidation_distance" else "0"
    return Live(topics, f"position:{alert.coin}", text, number, times, most=most, flat=flat)


def _of_coin(alert: Alert, metric: Metric, kind: str) -> Live:
    streams = {"prices": "prices", "contexts": "spot" if kind == "spot" else "contexts"}
    if metric.is_windowed and (alert.window != DAY or metric.name not in OF_COIN):
        key = f"{metric.name}:{alert.window}"
        return Live((f"changes:{alert.coin}",), key, "value", "n_value", 1.0, stream=streams[metric.source])
    topic, text, number, times = OF_COIN[metric.name]
    place = topic if topic == "markets" else f"{topic}:{alert.coin}"
    key = {"trades": "", "book": BOOK_KEY}.get(topic, alert.coin)
    stream = streams.get(metric.source, place)
    how = {"move": "size", "funding_sign": "sign"}.get(metric.name, "")
    return Live((place,), key, text, number, times, stream=stream, how=how)


Rows = Mapping[str, Mapping[str, Any]]


def value_of(live: Live, held: Mapping[str, Rows]) -> tuple[str, float | None]:
    """The figure as text and number, from the rows of each topic; a dash and None while one is not known."""
    found: list[tuple[str, float]] = []
    for topic in live.topics:
        rows = held.get(topic)
        if rows is None or (topic.startswith("account:") and not rows.get("summary", {}).get("positions_at")):
            return NONE, None
        chosen = list(_chosen(live, rows))
        if not chosen and live.flat:
            chosen = [("no position", inf if live.flat == "safe" else 0.0)]
        found += [one for one in chosen if one[1] is not None]
        if not chosen or any(number is None for _, number in chosen):
            return NONE, None
    if not found:
        return NONE, None
    return (max if live.most else min)(found, key=lambda one: one[1])


def _chosen(live: Live, rows: Rows) -> Iterable[tuple[str, float | None]]:
    """Of the trades the newest counts; of positions one, or each."""
    if not live.key:
        newest = max(rows.values(), key=lambda row: row["time"], default=None)
        return [] if newest is None else [_read(live, newest)]
    if live.key == "position:":
        return [_read(live, row) for key, row in rows.items() if key.startswith("position:")]
    return [_read(live, rows[live.key])] if live.key in rows else []


def _read(live: Live, row: Mapping[str, Any]) -> tuple[str, float | None]:
    raw, text = row.get(live.number), str(row.get(live.text, NONE))
    if raw is None:
        return ("none", inf) if live.flat == "safe" else (NONE, None)
    number = float(raw) * live.times if isinstance(raw, int | float) else parsed(raw)
    if number is None:
        return NONE, None
    if live.how == "n_equity":
        equity = row.get("n_equity")
        if equity is None:
            return NONE, None
        number = number / equity if equity > 0 else inf if number else 0.0
        text = f"{number:.2f}×" if number < inf else "no equity"
    if live.how == "size":
        number = abs(number)
    if live.how == "sign":
        number = float((number > 0) - (number < 0))
    return text, number


def parsed(text: str) -> float | None:
    """The first number of ``86,412.5``, ``0.0012%`` or ``20× cross``."""
    found = NUMBER.search(text.replace("−", "-"))
    return float(found[0].replace(",", "")) if found else None


def distance(metric: Metric, side: int, threshold: float, value: float | None) -> tuple[str, bool]:
    """How far it is, in words, and whether the condition holds: of prices and dollars in per cent of the value."""
    if value is None:
        return "", False
    holds = value >= threshold if side == ABOVE else value <= threshold
    if metric.unit == SIGN:
        return ("so now" if holds else "not so now"), holds
    gap, unit = abs(threshold - value), {PERCENT: " points", TIMES: "×"}.get(metric.unit, "%")
    if unit == "%":
        if not value:
            return ("past it" if holds else ""), holds
        gap = gap / abs(value) * 100
    if gap == inf:
        return ("past it" if holds else "far away"), holds
    digits = 0 if gap >= 1000 else 1 if gap >= 100 else 2 if gap >= 0.1 else 4
    text = f"{Decimal(gap).quantize(Decimal(1).scaleb(-digits), context=EXACT):,f}{unit}"
    return (f"past it by {text}" if holds else f"{text} away"), holds
