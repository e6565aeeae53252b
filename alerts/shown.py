"""Values, moments and lines as a person reads them in a message: his zone, his separators, nothing harmful."""

import unicodedata
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from alerts.metrics.metric import PERCENT, SIGN, TIMES, USD, Metric
from exchange import figures
from exchange.spans import UNITS

SEPARATORS = {"comma": str.maketrans(",.", ".,"), "space": str.maketrans(",.", "\u202f,")}
"""By ``User.numbers``: what becomes of 1,234.56. The blank is one at which no line breaks."""
MOST_DIGITS = 8
"""Significant ones of a price or a share; the data for programs have them all."""


def value(metric: Metric, amount: Decimal | None, numbers: str) -> str:
    """``100,123.5`` · ``$1,234.56`` · ``−12.34 %`` · ``3.5×`` · ``negative``; nothing if there is no value."""
    if amount is None:
        return ""
    if metric.unit == SIGN:
        return "positive" if amount > 0 else "negative" if amount < 0 else "zero"
    if metric.unit == USD:
        text = figures.money(amount)
    else:
        digits = 4 if metric.unit in (PERCENT, TIMES) else MOST_DIGITS
        text = figures.exact(_rounded(amount, digits)).replace("-", "−")
        text += {PERCENT: " %", TIMES: "×"}.get(metric.unit, "")
    return separated(text, numbers)


def separated(text: str, numbers: str) -> str:
    """A figure with the separators that the user has chosen."""
    return text.translate(SEPARATORS.get(numbers, {}))


def _rounded(amount: Decimal, digits: int) -> Decimal:
    """So many significant digits, and all those before the point."""
    if not amount:
        return amount
    step = Decimal(1).scaleb(min(0, amount.adjusted() + 1 - digits))
    return amount.quantize(step, context=figures.ROUNDING)


def moment(ms: int, zone: str) -> str:
    """``25 Nov 2026, 14:03:05 CET``."""
    local = datetime.fromtimestamp(ms // 1000, ZoneInfo(zone))
    return f"{local.day} {local:%b %Y, %H:%M:%S %Z}"


def about(ms: int) -> str:
    """A span in its two largest units: ``1 h 30 min``, ``4 s``; below a second ``350 ms``."""
    parts = []
    for unit, size in UNITS if ms < 1000 else UNITS[:-1]:
        count, ms = divmod(ms, size)
        if count or parts:
            parts.append(f"{count} {unit}" if count else "")
        if len(parts) == 2:
            break
    return " ".join(part for part in parts if part) or "0 s"


def clean(text: str) -> str:
    """Without what is invisible or turns the direction of writing; lines stay lines."""
    return "".join(
        sign
        for sign in text
        if sign == "\n" or (unicodedata.category(sign)[0] != "C" and sign not in "\u2028\u2029")
    )


def one_line(text: str, longest: int = 300) -> str:
    """``clean``, on one line, and not longer than this: fit for the head of a mail."""
    line = " ".join(clean(text.replace("\r", " ")).split())
    return line if len(line) <= longest else line[: longest - 1] + "…"
