"""Markets, candles, funding rates: for everybody, as on the pages. On the event loop, so without a query."""

from decimal import Decimal
from typing import Annotated, Any, Literal

from django.http import Http404, HttpRequest
from ninja import Query, Router, Schema
from pydantic import Field

from dashboard.api.problems import Problem, problem
from dashboard.api.values import Amount, CoinName, Ms, Text
from dashboard.history import NoHistory, history
from dashboard.mirror import mirror
from dashboard.pages.markets_query import KINDS
from dashboard.pages.markets_query import Query as Rows
from exchange.topics import INTERVALS

router = Router(tags=["Markets"])
NOT_YET = "No market is known yet."
FIGURES = ("mark", "change", "volume", "oi", "funding", "premium")


class Market(Schema):
    """Figures as last heard, to 15 digits: ``change`` of 24 h, ``funding`` and ``premium`` are fractions."""

    coin: CoinName
    label: Text
    dex: Text
    kind: Literal["perp", "spot"]
    category: Text
    delisted: bool
    max_leverage: Annotated[int, Field(description="0 for spot.")]
    mark: Amount | None
    change: Amount | None
    volume: Annotated[Amount | None, Field(description="24 h, USD.")]
    oi: Annotated[Amount | None, Field(description="Open interest, USD.")]
    funding: Amount | None
    premium: Amount | None


class Markets(Schema):
    """``received``: when the newest of it reached the feed."""

    rows: list[Market]
    received: Ms | None


class Asked(Schema):
    """As the address of the markets page says it."""

    q: Annotated[str, Field(max_length=64, description="Part of the name.")] = ""
    kind: Annotated[Literal[KINDS], Field(description="`favourites` is for browsers: their cookie.")] = "all"
    dex: Annotated[str, Field(max_length=64, description="A dex's name, or `first`.")] = ""
    category: Annotated[str, Field(max_length=64)] = ""
    sort: Literal["name", "mark", "change", "volume", "oi", "funding", "premium"] = "volume"
    dir: Literal["asc", "desc"] = "desc"
    delisted: bool = False


@router.get("/markets", response={200: Markets, 503: Problem}, auth=None)
async def markets(request: HttpRequest, asked: Query[Asked]) -> Any:
    """Every market with its figures, all at once."""
    snapshot = mirror.snapshot("markets")
    if snapshot is None or not snapshot.rows:
        return waiting(NOT_YET)
    query = Rows.of({**asked.model_dump(exclude={"delisted"}), **({"delisted": "1"} if asked.delisted else {})})
    chosen = query.select(snapshot.rows.values(), set())
    return {"rows": [market_row(row) for row in chosen], "received": snapshot.received}


def market_row(row: Any) -> dict[str, Any]:
    """Finished texts back as figures: the floats beside them are exact to 15 digits."""
    numbers = {name: figure(row[f"n_{name}"]) for name in FIGURES}
    return {name: row[name] for name in Market.model_fields if name not in numbers} | numbers


def figure(number: float | None) -> Decimal | None:
    """What is unknown stays unknown."""
    return None if number is None else Decimal(repr(number))


class Candle(Schema):
    """One bar: ``open_at`` to ``close_at``, volume in coins."""

    open_at: Ms
    close_at: Ms
    open: Amount
    high: Amount
    low: Amount
    close: Amount
    volume: Amount
    trades: int


class Candles(Schema):
    """Oldest first. ``as_of``: when they were read; ``problem``: why they are not newer, if so."""

    coin: CoinName
    interval: str
    rows: list[Candle]
    as_of: Ms
    problem: str


class Rate(Schema):
    """An hour's funding as a fraction of the position."""

    time: Ms
    rate: Amount
    premium: Amount


class Rates(Schema):
    """Oldest first, of a week. ``as_of``: when they were read; ``problem``: why they are not newer, if so."""

    coin: CoinName
    rows: list[Rate]
    as_of: Ms
    problem: str


@router.get("/candles", response={200: Candles, 404: Problem, 503: Problem}, auth=None)
async def candles(
    request: HttpRequest,
    coin: CoinName,
    interval: Literal[INTERVALS] = "1h",
    limit: Annotated[int, Field(ge=1, le=600)] = 600,
) -> Any:
    """The newest bars of a market."""
    known(coin)
    past = await history.bars(coin, interval, 600)
    rows = [
        {"open_at": bar.t, "close_at": bar.T, "open": bar.o, "high": bar.h, "low": bar.l, "close": bar.c}
        | {"volume": bar.v, "trades": bar.n}
        for bar in past.rows[-limit:]
    ]
    return {"coin": coin, "interval": interval, "rows": rows, "as_of": past.as_of, "problem": past.problem}


@router.get("/funding/rates", response={200: Rates, 404: Problem, 503: Problem}, auth=None)
async def rates(request: HttpRequest, coin: CoinName) -> Any:
    """A week of a market's funding, hour by hour."""
    if known(coin)["kind"] != "perp":
        return {"coin": coin, "rows": [], "as_of": 0, "problem": "Spot pairs have no funding."}
    past = await history.funding(coin)
    rows = [{"time": row.time, "rate": row.funding_rate, "premium": row.premium} for row in past.rows]
    return {"coin": coin, "rows": rows, "as_of": past.as_of, "problem": past.problem}


def known(coin: str) -> Any:
    """The market's row; NoHistory while none has been heard of, Http404 if there is no such."""
    snapshot = mirror.snapshot("markets")
    if snapshot is None or not snapshot.rows:
        raise NoHistory(NOT_YET)
    if coin not in snapshot.rows:
        raise Http404(f"No market is called “{coin[:40]}”.")
    return snapshot.rows[coin]


def waiting(text: str, retry_after: float = 10.0) -> Any:
    """503 that says when to come back."""
    seconds = round(max(1, min(60, retry_after)))
    response = problem(503, text, retry_after=seconds)
    response["Retry-After"] = str(seconds)
    return response
