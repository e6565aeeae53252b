"""One row of the markets table as HTML, made once when the row changes.

``templates/markets/_row.html`` is rendered once with a marker in place of each value; the text between
the markers is kept, and every row is those pieces joined with its escaped values.
"""

import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from django.template.loader import render_to_string
from django.utils.html import escape

Row = Mapping[str, Any]

TONES = {"+": "up", "−": "down"}
TEXTS = ("mark", "change", "volume", "oi", "funding", "apr", "premium")
TONED = ("change", "funding", "apr")
FIELDS = (
    "coin",
    "label",
    "href",
    "off",
    "pressed",
    "badge",
    "stream",
    *TEXTS,
    *(f"{name}_tone" for name in TONED),
)
_made: dict[tuple[str, bool], tuple[Row, str]] = {}


def tone(text: str) -> str:
    """The class of a signed figure: ``up``, ``down``, nothing for zero (``static/js/tone.js`` does the same)."""
    return TONES.get(text[:1], "") if re.search("[1-9]", text) else ""


def badge(row: Row) -> str:
    """The small word behind the name: leverage of a perp, what else it is."""
    if row["delisted"]:
        return "delisted"
    return f"{row['max_leverage']}×" if row["max_leverage"] else row["kind"]


def stream(row: Row) -> str:
    """The stream that carries a row's volume, open interest and funding."""
    return "spot" if row["kind"] == "spot" else "contexts"


def shown(row: Row, favourite: bool) -> dict[str, str]:
    """All values of ``_row.html``."""
    return {
        **{field: row[field] for field in FIELDS if field in row},
        "off": " off" if row["delisted"] else "",
        "pressed": "true" if favourite else "false",
        "badge": badge(row),
        "stream": stream(row),
        **{f"{name}_tone": tone(row[name]) for name in TONED},
    }


@cache
def pieces() -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The template taken apart: texts, and the names of the values between them."""
    html = render_to_string("markets/_row.html", {"row": {name: f"\x00{name}\x00" for name in FIELDS}})
    parts = re.split("\x00", re.sub(r">\s+<", "><", html).strip())
    return tuple(parts[::2]), tuple(parts[1::2])


def row_html(row: Row, favourite: bool) -> str:
    """The row's HTML; the one made last is kept as long as the very same row comes again."""
    key = (row["coin"], favourite)
    held = _made.get(key)
    if held is None or held[0] is not row:
        held = _made[key] = (row, fill(shown(row, favourite)))
    return held[1]


def fill(values: Mapping[str, str]) -> str:
    """``_row.html`` with these values, escaped."""
    texts, names = pieces()
    made = [texts[0]]
    for name, text in zip(names, texts[1:], strict=True):
        made += (escape(values[name]), text)
    return "".join(made)


def blank_html() -> str:
    """The row without values: what a script fills for markets that it learns of later."""
    return fill(dict.fromkeys(FIELDS, ""))
