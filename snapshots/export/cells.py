"""One value as a file has it, and back: no digit is lost, and no cell is a formula to a spreadsheet.

In CSV nothing is null; a text that begins as a formula would has an apostrophe before it, and so has one that
begins with an apostrophe, and an empty one where there might be nothing. A line break in a text is ``\\n``, so
that each row is one line. In JSON amounts are text: read as numbers they would lose digits.
"""

import json
import re
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

FORMULA = tuple("=+-@\t\r\n＝＋－＠'")
NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?\Z", re.ASCII)
PLAIN = re.compile(r"-?\d+(\.\d+)?\Z", re.ASCII)
WHOLE = re.compile(r"-?\d+\Z", re.ASCII)
ESCAPED = {r"\n": "\n", r"\r": "\r", r"\\": "\\"}
ESCAPE = re.compile(r"\\(n|r|\\)")
TRUTH = {"true": True, "false": False}

Write = Callable[[Any], str]


class Kind(NamedTuple):
    """How a kind of column is written in CSV and in JSON, and read from either; none of these sees None.

    What cannot be read raises ValueError or TypeError.
    """

    csv: Write
    json: Write
    of_csv: Callable[[str], Any]
    of_json: Callable[[Any], Any]


def plain(amount: Decimal) -> str:
    """All digits without an exponent. Zero has no sign: Postgres knows none."""
    return f"{amount:f}" if amount else f"{amount:f}".lstrip("-")


compact = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode
"""JSON in its one form: keys in order, no spaces."""


def quoted(text: str) -> str:
    """A CSV cell (RFC 4180)."""
    return '"' + text.replace('"', '""') + '"' if '"' in text or "," in text else text


def safe(text: str) -> str:
    """A text that no spreadsheet takes for a formula; numbers stay what they are."""
    if text.startswith(FORMULA) and not NUMBER.match(text):
        text = f"'{text}"
    if "\\" in text or "\n" in text or "\r" in text:
        text = text.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r")
    return quoted(text)


def of_safe(cell: str) -> str:
    """What ``safe`` made a cell of."""
    text = ESCAPE.sub(lambda found: ESCAPED[found[0]], cell) if "\\" in cell else cell
    return text[1:] if text.startswith("'") else text


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is no text")
    return value


def _amount(text: Any) -> Decimal:
    if not PLAIN.match(_text(text)):
        raise ValueError(f"{text!r} is no amount")
    return Decimal(text)


def _whole(text: str) -> int:
    if not WHOLE.match(text):
        raise ValueError(f"{text!r} is no whole number")
    return int(text)


def _typed(kind: type) -> Callable[[Any], Any]:
    def checked(value: Any) -> Any:
        if type(value) is not kind:
            raise TypeError(f"{value!r} is no {kind.__name__}")
        return value

    return checked


def _truth(text: str) -> bool:
    if text not in TRUTH:
        raise ValueError(f"{text!r} is neither true nor false")
    return TRUTH[text]


def _moment(text: Any) -> datetime:
    return datetime.fromisoformat(_text(text))


def _word(value: bool) -> str:
    return "true" if value else "false"


KINDS = {
    "text": Kind(safe, compact, of_safe, _text),
    "amount": Kind(plain, lambda amount: f'"{plain(amount)}"', _amount, _amount),
    "integer": Kind(str, str, _whole, _typed(int)),
    "boolean": Kind(_word, _word, _truth, _typed(bool)),
    "json": Kind(lambda value: quoted(compact(value)), compact, json.loads, lambda value: value),
    "time": Kind(datetime.isoformat, lambda moment: f'"{moment.isoformat()}"', _moment, _moment),
}
