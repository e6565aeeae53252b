"""Pages of a list, each going on after the last row before, (time, number): rows that come meanwhile move nothing.

All rows that were there when the first page was asked for come exactly once; newer ones are not in this reading.
"""

from collections.abc import Iterable
from typing import Annotated, Any, Generic, TypeVar

from ninja import Schema
from pydantic import Field

from dashboard.api.values import CURSOR, MOST_ROWS, AnAddress, CoinName, Ms
from dashboard.pages.history.scope import Scope, scope_of
from snapshots.models.history import HistoryQuerySet

T = TypeVar("T")


class Page(Schema, Generic[T]):
    """``next``: what to send as ``after`` for the rows that follow; null at the end."""

    rows: list[T]
    next: Annotated[str | None, Field(examples=["1795500800123-17"])] = None


class Paged(Schema):
    """How much, and from where on."""

    limit: Annotated[int, Field(ge=1, le=MOST_ROWS, description="Rows at once.")] = 100
    after: Annotated[
        str | None,
        Field(pattern=CURSOR, description="The `next` of the page before.", examples=["1795500800123-17"]),
    ] = None

    @property
    def cursor(self) -> tuple[int, int] | None:
        """(time, number) of the last row that is known."""
        if self.after is None:
            return None
        time, number = self.after.split("-")
        return int(time), int(number)


class Spanned(Paged):
    """Rows of a time."""

    since: Annotated[Ms | None, Field(description="Rows at or after this moment.")] = None
    until: Annotated[Ms | None, Field(description="Rows before this moment.")] = None


class OfWallets(Spanned):
    """Rows of the user's wallets."""

    wallet: Annotated[AnAddress | None, Field(description="One of your wallets; all of them without.")] = None
    coin: Annotated[CoinName, Field(description="One coin, as the exchange writes it.")] = ""


def scope_for(request: Any, wallet: str | None) -> Scope:
    """As history pages have it: the user's wallets or one of them; NotYours. Two queries."""
    return scope_of(request, (wallet or "").lower())


def history_page(rows: HistoryQuerySet, scope: Scope, asked: Spanned) -> tuple[list[Any], str | None]:
    """A page of stored history, newest first, and what the next one goes on from; one query."""
    within = rows.between(asked.since, asked.until)
    found = list(within.page(scope.numbers, asked.limit + 1, asked.cursor))
    return cut(found, asked.limit, lambda row: (row.time, row.pk))


def cut(found: list[Any], limit: int, cursor_of: Any) -> tuple[list[Any], str | None]:
    """At most ``limit`` rows, and the cursor of the last one if there are more."""
    shown = found[:limit]
    return shown, "-".join(map(str, cursor_of(shown[-1]))) if len(found) > limit else None


def page(rows: Iterable[Any], following: str | None) -> dict[str, Any]:
    """The answer."""
    return {"rows": list(rows), "next": following}
