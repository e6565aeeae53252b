"""The rows of a history table as HTML, made in one go: a template for each cell would take longer than the query.

On a phone each row becomes a card, so every cell carries its column's name; roles keep it a table for readers.
"""

from collections.abc import Iterable, Mapping, Sequence

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from dashboard.pages.history.cells import Cell, Column

NOTHING = Cell("—")


def lines_html(columns: Sequence[Column], rows: Iterable[Mapping[str, Cell]]) -> SafeString:
    """All rows; every value is escaped."""
    return mark_safe("\n".join(_line(columns, row) for row in rows))  # noqa: S308


def _line(columns: Sequence[Column], row: Mapping[str, Cell]) -> str:
    cells = "".join(_cell(column, row.get(column.name, NOTHING)) for column in columns)
    return f'<tr role="row">{cells}</tr>'


def _cell(column: Column, cell: Cell) -> str:
    classes = f"c-{column.name}{' num' if column.is_number else ''}"
    title = f' title="{escape(cell.title)}"' if cell.title else ""
    title += f' data-v="{cell.order}"' if cell.order is not None else ""
    return f'<td role="cell" class="{classes}" data-label="{escape(column.text)}"{title}>{_inside(cell)}</td>'


def _inside(cell: Cell) -> str:
    text = escape(cell.text)
    if cell.href:
        text = f'<a href="{escape(cell.href)}">{text}</a>'
    if cell.tone:
        text = f'<span class="{escape(cell.tone)}">{text}</span>'
    tags = "".join(f' <span class="tag {escape(tone)}">{escape(word)}</span>' for word, tone in cell.tags)
    under = f"<small>{escape(cell.under)}</small>" if cell.under else ""
    return f"{text}{tags}{under}"
