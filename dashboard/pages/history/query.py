"""What of a history an address asks for: ``?wallet=0x…&coin=BTC&from=2026-11-01&sort=-fee&after=<cursor>``."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from urllib.parse import urlencode

CURSOR = re.compile(r"(\d{1,15})-(\d{1,18})\Z")


@dataclass(frozen=True, slots=True)
class Query:
    """``start`` and ``end`` are dates in the user's zone, both included; ``words`` the filters of one page.

    ``after`` is the cursor of the last row of the page before: (time, id) or whatever the page pages by.
    """

    wallet: str = ""
    coin: str = ""
    start: date | None = None
    end: date | None = None
    words: tuple[tuple[str, str], ...] = ()
    sort: str = ""
    """By which column, ``-`` before it: the largest first; empty: as the page usually is."""
    after: str = ""
    misread: tuple[str, ...] = ()
    """Parts of the address that mean nothing: they count as not given, and are said."""

    @classmethod
    def of(
        cls, given: Mapping[str, str], known: Mapping[str, Collection[str] | None], sorts: Collection[str] = ()
    ) -> "Query":
        """From an address. ``known`` words of the page have these values; None: any text.

        ``sorts`` are the columns that the page may be sorted by.
        """
        misread: list[str] = []

        def refuse(name: str) -> None:
            misread.append(f"{name}={given[name][:40]}")

        dates: dict[str, date | None] = {}
        for name in ("from", "to"):
            dates[name] = _date(given.get(name, ""))
            if given.get(name) and dates[name] is None:
                refuse(name)
        words = []
        for name, values in known.items():
            value = given.get(name, "").strip()[:64]
            if value and (values is None or value in values):
                words.append((name, value))
            elif value:
                refuse(name)
        sort = given.get("sort", "").strip()
        if sort and sort.removeprefix("-") not in sorts:
            refuse("sort")
            sort = ""
        return cls(
            wallet=given.get("wallet", "").strip().lower()[:42],
            coin=given.get("coin", "").strip()[:64],
            start=dates["from"],
            end=dates["to"],
            words=tuple(words),
            sort=sort,
            after=given.get("after", "")[:200],
            misread=tuple(misread),
        )

    def word(self, name: str) -> str:
        """A filter of this page, or empty."""
        return dict(self.words).get(name, "")

    @property
    def cursor(self) -> tuple[int, int] | None:
        """``after`` as (time, id); None at the newest page."""
        found = CURSOR.match(self.after)
        return (int(found[1]), int(found[2])) if found else None

    @property
    def is_narrowed(self) -> bool:
        """Whether anything but the wallet was chosen."""
        return bool(self.coin or self.start or self.end or self.words)

    def address(self, **changes: Any) -> str:
        """``?…`` of this query with some parts changed (words too); any change goes back to the newest page."""
        fields = {
            name: changes.pop(name) for name in ("wallet", "coin", "start", "end", "sort") if name in changes
        }
        after = changes.pop("after", "")
        asked = replace(self, after=after, **fields)
        words = {**dict(self.words), **changes}
        parts = {
            "wallet": asked.wallet,
            "coin": asked.coin,
            "from": asked.start.isoformat() if asked.start else "",
            "to": asked.end.isoformat() if asked.end else "",
            **words,
            "sort": asked.sort,
            "after": asked.after,
        }
        return "?" + urlencode({name: value for name, value in parts.items() if value}, safe=":@/")


def _date(text: str) -> date | None:
    try:
        found = date.fromisoformat(text) if len(text) == 10 else None
    except ValueError:
        return None
    return found if found and 2000 <= found.year < 2100 else None
