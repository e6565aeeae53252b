"""A list of more alerts than one page holds is sorted here, whole; one that fits is the script's to sort.

Only by what is stored: where a figure stands now, and how far it has to go, is known of one page's alerts alone.
"""

from collections.abc import Sequence

from dashboard.pages.alerts.rows import Line
from dashboard.pages.history.cells import Column
from dashboard.pages.history.order import Heading, Values, headings, ordered
from dashboard.pages.history.query import Query

COLUMNS = (
    Column("alert", "Alert"),
    Column("state", "State"),
    Column("now", "Now", is_number=True),
    Column("gap", "To go", is_number=True),
    Column("fired", "Last fired"),
    Column("tells", "Tells"),
)
VALUES: Values[Line] = {
    "alert": lambda line: line.head.casefold(),
    "state": lambda line: line.state,
    "fired": lambda line: line.alert.fired_at,
    "tells": lambda line: told(line).casefold() or None,
}


def told(line: Line) -> str:
    """Names of the destinations, as the list shows them."""
    return " ".join(destination.label for destination in line.alert.destinations.all())


def heads(query: Query, is_paged: bool) -> list[Heading]:
    """The head of the table: with addresses that sort it where a script cannot, since it has only a part."""
    return headings(COLUMNS, query, VALUES if is_paged or query.sort else ())


def behind(lines: Sequence[Line], query: Query) -> list[Line]:
    """Lines in the order that is asked for, from the one on that comes after the cursor (an alert's number)."""
    found = ordered(lines, query.sort, VALUES)
    at = next((n for n, line in enumerate(found) if str(line.alert.pk) == query.after), -1)
    return found[at + 1 :]
