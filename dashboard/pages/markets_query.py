"""What of the markets table an address asks for, and in which order: ``?q=eth&kind=perp&sort=volume&dir=desc``.

``static/js/markets_query.js`` follows the same rules in the browser; a test compares the two.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

Row = Mapping[str, Any]

COLUMNS = {
    "name": "label",
    "mark": "n_mark",
    "change": "n_change",
    "volume": "n_volume",
    "oi": "n_oi",
    "funding": "n_funding",
    "apr": "n_funding",
    "premium": "n_premium",
}
"""Column → the field of the row that it is sorted by."""

KINDS = ("all", "favourites", "perps", "builders", "spot")
KNOWN: dict[str, Collection[str]] = {"sort": COLUMNS, "dir": ("asc", "desc"), "kind": KINDS, "delisted": ("1",)}
"""Parts of an address of which only these values mean something."""
FIRST_DEX = "first"
DEFAULT_SORT = "volume"


@dataclass(frozen=True, slots=True)
class Query:
    """Which rows, in which order. ``dex`` is a dex's name or ``first``; "" means any."""

    q: str = ""
    kind: str = "all"
    dex: str = ""
    category: str = ""
    sort: str = DEFAULT_SORT
    descending: bool = True
    delisted: bool = False
    misread: tuple[str, ...] = ()
    """Parts of the address that mean nothing, such as ``sort=nonsense``: they count as not given, and are said."""

    @classmethod
    def of(cls, given: Mapping[str, str]) -> "Query":
        """From an address."""
        known = {name: given[name] for name in KNOWN if given.get(name) in KNOWN[name]}
        sort = known.get("sort", DEFAULT_SORT)
        direction = known.get("dir") or ("asc" if sort == "name" else "desc")
        return cls(
            q=given.get("q", "").strip()[:64],
            kind=known.get("kind", "all"),
            dex=given.get("dex", "")[:64],
            category=given.get("category", "")[:64],
            sort=sort,
            descending=direction == "desc",
            delisted="delisted" in known,
            misread=tuple(f"{name}={given[name][:40]}" for name in KNOWN if given.get(name) and name not in known),
        )

    def address(self, **changes: Any) -> str:
        """``?…`` of this query with some parts changed; defaults are left out."""
        asked = replace(self, **changes)
        usual = asked.sort != "name"
        parts = {
            "q": asked.q,
            "kind": "" if asked.kind == "all" else asked.kind,
            "dex": asked.dex,
            "category": asked.category,
            "sort": "" if asked.sort == DEFAULT_SORT and asked.descending else asked.sort,
            "dir": "" if asked.descending == usual else ("desc" if asked.descending else "asc"),
            "delisted": "1" if asked.delisted else "",
        }
        return "?" + urlencode({name: value for name, value in parts.items() if value})

    def sorted_by(self, column: str) -> "Query":
        """The same rows by another column: numbers begin with the largest, names with A; again turns it round."""
        if column == self.sort:
            return replace(self, descending=not self.descending)
        return replace(self, sort=column, descending=column != "name")

    def wants(self, row: Row, favourites: Collection[str]) -> bool:
        """Whether the row belongs to it. A favourite is shown even if delisted, when favourites are asked for."""
        if row["delisted"] and not self.delisted and self.kind != "favourites":
            return False
        return (
            self._wants_kind(row, favourites)
            and (not self.dex or (row["kind"] == "perp" and (row["dex"] or FIRST_DEX) == self.dex))
            and (not self.category or row["category"] == self.category)
            and (not self.q or self.q.lower() in f"{row['label']} {row['coin']}".lower())
        )

    def _wants_kind(self, row: Row, favourites: Collection[str]) -> bool:
        match self.kind:
            case "favourites":
                return row["coin"] in favourites
            case "perps":
                return row["kind"] == "perp"
            case "builders":
                return row["kind"] == "perp" and row["dex"] != ""
            case "spot":
                return row["kind"] == "spot"
        return True

    def select(self, rows: Iterable[Row], favourites: Collection[str]) -> list[Row]:
        """The rows wanted, in order; those without a value come last whichever way it goes, ties by name."""
        field = COLUMNS[self.sort]
        wanted = sorted((row for row in rows if self.wants(row, favourites)), key=lambda row: row["label"])
        known = [row for row in wanted if row[field] is not None]
        known.sort(key=lambda row: row[field], reverse=self.descending)
        return known + [row for row in wanted if row[field] is None]
