"""Public trades that are recorded, and for which times the record is complete; the user's wallets."""

from typing import Annotated, Any, Literal

from django.db.models import Q
from django.http import HttpRequest
from ninja import Query, Router, Schema
from pydantic import Field

from accounts.models import Wallet
from dashboard.api.paging import Page, Paged, Spanned, cut, page, scope_for
from dashboard.api.problems import Problem
from dashboard.api.values import MOST_ID, Address, Amount, AnAddress, CoinName, Ms, Text, row_of
from snapshots.models import Coverage, TradeSnapshot
from snapshots.models.trade import LARGE
from snapshots.record_lost import STREAMS

router = Router(tags=["Record"])


class WalletRow(Schema):
    """An account that you follow: ``own`` if you have proven to hold its key."""

    address: Address
    kind: Literal["own", "watched"]
    role: str
    master: str | None
    label: str
    colour: Text


class Wallets(Schema):
    """In the order of your list."""

    rows: list[WalletRow]


@router.get("/wallets", response=Wallets, tags=["Wallets"])
def wallets(request: HttpRequest) -> Any:
    """Your wallets; one query."""
    return {"rows": list(Wallet.objects.of(request.user).values(*WalletRow.model_fields))}


class Trade(Schema):
    """A public trade; ``side`` is of who took the order that was there: B bought, A sold."""

    time: Ms
    tid: int
    coin: CoinName
    side: Annotated[str, Field(examples=["B"])]
    px: Amount
    sz: Amount
    notional: Annotated[int, Field(description="px × sz in whole USD, rounded down.")]
    buyer: str | None
    seller: str | None


class AskedTrades(Spanned):
    """Without a coin: large ones alone."""

    coin: Annotated[CoinName, Field(description="A recorded coin; all its stored trades.")] = ""
    least: Annotated[
        int | None, Field(ge=LARGE, le=MOST_ID, description=f"Worth at least so many USD, {LARGE} or more.")
    ] = None


@router.get("/trades", response=Page[Trade])
def trades(request: HttpRequest, asked: Query[AskedTrades]) -> Any:
    """Recorded trades, newest first: the tape of a coin, or large ones of all; one query."""
    rows = TradeSnapshot.objects.all()
    if asked.coin:
        rows = rows.coin(asked.coin)
    if asked.least is not None or not asked.coin:
        rows = rows.large(asked.least or LARGE)
    if asked.since is not None:
        rows = rows.filter(time__gte=asked.since)
    if asked.until is not None:
        rows = rows.filter(time__lt=asked.until)
    found, following = cut(
        list(rows.page(asked.limit + 1, asked.cursor)), asked.limit, lambda row: (row.time, row.tid)
    )
    return page((row_of(row, Trade) for row in found), following)


class Span(Schema):
    """``start`` <= time < ``end`` of a stream; a ``start`` of 0: from the very beginning."""

    id: int
    stream: Annotated[str, Field(examples=["trades:BTC"])]
    start: Ms
    end: Ms
    state: Literal["covered", "gap"]
    reason: str


class AskedCoverage(Paged):
    """Of the user's wallets and of recorded coins."""

    wallet: Annotated[AnAddress | None, Field(description="Streams of one of your wallets alone.")] = None
    coin: Annotated[CoinName, Field(description="Trades of one coin alone.")] = ""


@router.get("/coverage", response={200: Page[Span], 404: Problem})
def coverage(request: HttpRequest, asked: Query[AskedCoverage]) -> Any:
    """For which times a stored stream is complete, newest first; of what it does not name nothing is claimed."""
    chosen = scope_for(request, asked.wallet).chosen
    mine = [f"{stream}{wallet.address}" for wallet in chosen for stream in STREAMS.values()]
    if asked.coin:
        wanted = Q(stream=f"trades:{asked.coin}") | (Q(stream__in=mine) if asked.wallet else Q(pk__in=[]))
    else:
        wanted = Q(stream__in=mine) | (Q(pk__in=[]) if asked.wallet else Q(stream__startswith="trades:"))
    rows = Coverage.objects.filter(wanted)
    if asked.cursor is not None:
        start, number = asked.cursor
        rows = rows.filter(start__lte=start).exclude(Q(start=start) & Q(pk__gte=number))
    found = list(rows.order_by("-start", "-pk")[: asked.limit + 1])
    shown, following = cut(found, asked.limit, lambda row: (row.start, row.pk))
    return page((row_of(row, Span) for row in shown), following)
