"""Cells and lines: everything that can be stored comes back, and nothing is a formula."""

import csv
from datetime import UTC
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as some

from snapshots.export.cells import NUMBER, of_safe, plain, safe
from snapshots.export.lines import CsvLines, JsonLines, link
from snapshots.export.tables import TABLES, Column

TEXTS = some.text(some.characters(exclude_categories=["Cs"]), max_size=30) | some.sampled_from(
    [
        "",
        "'",
        "''",
        "=1+1",
        "+1",
        "-1.5",
        "-a",
        "@x",
        "\t=1",
        "\\n",
        "\\\\n",
        'a"b',
        "a,b",
        "1e5",
        "=",
        "\r\n",
        "＝1",
    ]
)
AMOUNTS = some.decimals(allow_nan=False, allow_infinity=False)
JSON = some.recursive(
    some.none() | some.booleans() | some.integers() | TEXTS,
    lambda inner: some.lists(inner, max_size=3) | some.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=6,
)
VALUES = {
    "text": TEXTS,
    "amount": AMOUNTS,
    "integer": some.integers(),
    "boolean": some.booleans(),
    "json": JSON,
    "time": some.datetimes(timezones=some.just(UTC)),
}
COLUMNS = [Column(kind, kind, False) for kind in VALUES] + [Column(f"no_{kind}", kind, True) for kind in VALUES]
ROWS = some.tuples(*VALUES.values(), *(some.none() | values for values in VALUES.values()))


def same(left: object, right: object) -> bool:
    """Amounts are the same with the same digits; zero without its sign."""
    if isinstance(left, Decimal) and isinstance(right, Decimal):
        return plain(left) == plain(right)
    return type(left) is type(right) and left == right


@pytest.mark.parametrize("form", [CsvLines(COLUMNS), JsonLines(COLUMNS)], ids=["csv", "jsonl"])
@given(row=ROWS)
def test_every_row_is_one_line_and_comes_back(form, row):
    line = form.sealed(form.body(row), link("before", form.body(row)))
    assert line.count(b"\n") == 1
    assert line.endswith(b"\n")
    body, chain = form.opened(line)
    assert chain == link("before", body)
    read = form.values(body)
    assert all(map(same, row, read)), (row, read)
    assert form.body(read) == body


@given(TEXTS)
def test_no_text_begins_as_a_formula_unless_it_is_a_number(text):
    (cell,) = next(csv.reader([safe(text)]), [""]) or [""]
    assert not cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")) or NUMBER.match(
        cell
    )
    assert of_safe(cell) == text


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("=1+1", "'=1+1"),
        ("-5", "-5"),
        ("-5.25e3", "-5.25e3"),
        ("-cmd|' /C calc'!A0", "'-cmd|' /C calc'!A0"),
        ("+1 2", "'+1 2"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("@107", "'@107"),
        ("'quoted", "''quoted"),
        ("two\nlines", r"two\nlines"),
        ("BTC", "BTC"),
    ],
)
def test_formulas_get_an_apostrophe(text, cell):
    assert safe(text) == cell


@pytest.mark.parametrize(
    "body", [b"a,b", b"", b'"open', b",".join([b"x"] * len(COLUMNS)), b'{"text":1', b"{", b"\xff" * 3]
)
@pytest.mark.parametrize("form", [CsvLines(COLUMNS), JsonLines(COLUMNS)], ids=["csv", "jsonl"])
def test_what_is_no_row_is_refused(form, body):
    with pytest.raises((ValueError, TypeError)):
        form.values(body)


def test_every_field_of_every_history_has_a_column():
    assert [column.name for column in TABLES["trades"].columns] == [
        *("at", "coin", "time", "tid", "side", "px", "sz", "notional", "buyer", "seller", "received_at")
    ]
    for table in TABLES.values():
        fields = {field.name for field in table.model._meta.concrete_fields}
        assert fields - {column.name for column in table.columns} <= {"id", "user", "digest"}
