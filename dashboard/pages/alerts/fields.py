"""Fields of the form as people fill them in: numbers, spans of time, moments in their zone, coins, tags.

A span is written ``5 min`` or ``1h30m``; nothing is 0. What cannot be read is said, and stays in its field.
"""

import re
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.core.exceptions import ValidationError

from alerts.sentence import number
from alerts.tags import joined
from dashboard.pages.history.coins import Coins
from dashboard.pages.moment import field_text, read_moment
from exchange.spans import FAR, span

PLAIN = re.compile(r"[+-]?(\d{1,24}(\.\d{0,18})?|\.\d{1,18})")
GROUPED = re.compile(r"[+-]?\d{1,3}([ ,\u00a0\u202f]\d{3})+(\.\d{0,18})?")
FACTORS = {"k": 1000, "m": 1_000_000, "b": 1_000_000_000}
SIZES = {
    **dict.fromkeys(("s", "sec", "second", "seconds"), 1000),
    **dict.fromkeys(("m", "min", "mins", "minute", "minutes"), 60_000),
    **dict.fromkeys(("h", "hour", "hours"), 3_600_000),
    **dict.fromkeys(("d", "day", "days"), 86_400_000),
    "ms": 1,
}
PART = re.compile(r"(\d{1,9})\s*([a-z]+)\s*")


def read_number(text: str) -> Decimal:
    """``64,250.5``, ``64 250.5``, ``−2``, ``1.5M``. ValidationError; a comma is never taken for a point."""
    plain = text.strip().replace("−", "-").removeprefix("$")
    unit = plain[-1:].lower()
    plain, factor = (plain[:-1].strip(), FACTORS[unit]) if unit in FACTORS else (plain, 1)
    if GROUPED.fullmatch(plain):
        plain = re.sub(r"[ ,\u00a0\u202f]", "", plain)
    if not PLAIN.fullmatch(plain):
        raise ValidationError(f"“{text[:40]}” is no number. Write it with a point: 64250.5", code="number")
    return Decimal(plain) * factor


def read_length(text: str) -> int:
    """ms of ``5 min`` or ``1h30m``. ValidationError."""
    words = text.strip().lower()
    if words in ("", "0"):
        return 0
    parts = PART.findall(words)
    if PART.sub("", words) or any(unit not in SIZES for _, unit in parts):
        raise ValidationError(
            f"“{text[:40]}” is no span of time. Write it as 30 s, 5 min, 2 h or 1 d.", code="span"
        )
    return sum(int(count) * SIZES[unit] for count, unit in parts)


class NumberField(forms.CharField):
    """A number with all its digits; empty is 0."""

    def __init__(self, **options: Any) -> None:
        super().__init__(required=False, max_length=60, **options)
        self.widget.attrs |= {"inputmode": "decimal", "autocomplete": "off", "spellcheck": "false"}

    def clean(self, value: Any) -> Decimal:
        text = super().clean(value)
        return read_number(text) if text else Decimal(0)

    def prepare_value(self, value: Any) -> Any:
        return number(value) if isinstance(value, Decimal) else value


class SpanField(forms.CharField):
    """A span of time in ms."""

    def __init__(self, **options: Any) -> None:
        super().__init__(required=False, max_length=60, **options)
        self.widget.attrs |= {"autocomplete": "off", "spellcheck": "false"}

    def clean(self, value: Any) -> int:
        return read_length(super().clean(value))

    def prepare_value(self, value: Any) -> Any:
        return (span(value) if value else "") if isinstance(value, int) else value


class MomentField(forms.CharField):
    """A moment in the zone of the user (``zone``, set by the form), Unix ms; None without one."""

    zone = ZoneInfo("UTC")

    def __init__(self, **options: Any) -> None:
        super().__init__(required=False, max_length=40, **options)
        self.widget = forms.DateTimeInput(attrs={"type": "datetime-local", "step": "1"})

    def clean(self, value: Any) -> int | None:
        text = super().clean(value)
        if not text:
            return None
        found = read_moment(text, self.zone)
        if found is None or not 0 < found < FAR:
            raise ValidationError("That is no date and time.", code="moment")
        return found

    def prepare_value(self, value: Any) -> Any:
        return field_text(value, self.zone) if isinstance(value, int) else value


class CoinField(forms.CharField):
    """A market by its name or label (``coins``, set by the form); unknown ones are refused, if any are known."""

    coins: Coins | None = None

    def __init__(self, **options: Any) -> None:
        super().__init__(required=False, max_length=64, **options)
        self.widget.attrs |= {"autocomplete": "off", "spellcheck": "false", "autocapitalize": "characters"}

    def clean(self, value: Any) -> str:
        text = super().clean(value)
        if not text or self.coins is None:
            return text
        name = self.coins.named(text)
        if self.coins.rows and name not in self.coins.rows:
            raise ValidationError(f"There is no market called “{text}”.", code="coin")
        return name

    def prepare_value(self, value: Any) -> Any:
        return self.coins.label(value) if self.coins and value else value


class TagsField(forms.CharField):
    """Tags between commas."""

    def __init__(self, **options: Any) -> None:
        super().__init__(required=False, max_length=600, **options)
        self.widget.attrs |= {"autocomplete": "off", "autocapitalize": "off"}

    def clean(self, value: Any) -> str:
        return joined(super().clean(value).split(","))
