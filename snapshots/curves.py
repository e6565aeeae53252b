"""Curves of equity and of PnL, from what was stored: at most so many points, however long the record.

PnL is the change of equity less the money that was moved in or out: what the exchange calls PnL, too.
Where nothing was stored for longer than it ever is while the account is followed, there is a hole.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import connections

from snapshots.holdings import STORED_MS
from snapshots.models import Account, CashFlow, EquitySnapshot
from snapshots.pnl.flows import EXTERNAL, Flow, flow_of

POINTS = 500
"""Points of one account's curve; all accounts together have not many more."""
MOST_LOOKS = 6_000

NEWEST = """
WITH RECURSIVE point(number, moment) AS (
    SELECT 1, {first}
    UNION ALL SELECT number + 1, %s + (%s - %s) * (number + 1) / %s FROM point WHERE number < %s
)
SELECT DISTINCT (
    SELECT id FROM snapshots_equitysnapshot
    WHERE account_id = account.id AND time < point.moment AND time >= %s{heard} ORDER BY time DESC LIMIT 1
) FROM point CROSS JOIN snapshots_account account WHERE account.id IN ({accounts})
"""


@dataclass(frozen=True, slots=True)
class Point:
    """USD at ``time`` (Unix ms). None is a hole: nothing is known of then."""

    time: int
    equity: Decimal | None
    pnl: Decimal | None


@dataclass(frozen=True, slots=True)
class Curve:
    """``points`` in order; ``not_counted`` are the moved tokens whose worth nobody said."""

    points: tuple[Point, ...] = ()
    not_counted: tuple[str, ...] = ()


def curve_of(
    accounts: Sequence[Account], start: int, end: int, points: int = POINTS, as_of: int | None = None
) -> Curve:
    """All these accounts together from ``start`` to ``end`` (Unix ms), as received by ``as_of``. Three queries.

    An account counts from its first row on, from when its PnL is 0. One whose equity cannot be computed
    makes the sum unknown.
    """
    if not accounts or end <= start:
        return Curve()
    many = max(2, min(points, MOST_LOOKS // len(accounts)))
    rows = _rows([one.pk for one in accounts], start, end, many, as_of)
    owners = {one.pk: one.address for one in accounts}
    found = CashFlow.objects.of(owners).between(start, end).as_of(as_of).order_by("time", "pk")
    flows = {key: [flow_of(row.wire, owners[key]) for row in found if row.account_id == key] for key in owners}
    step = (end - start) / many
    moments = [start + round(step * (number + 1)) for number in range(many)]
    each = [_own(rows.get(key, []), flows[key], moments, step) for key in owners]
    unknown = sorted(
        {flow.token for some in flows.values() for flow in some if _is_moved(flow) and flow.usd is None}
    )
    return Curve(tuple(_together(moments, each, rows)), tuple(unknown))


Values = list[tuple[Decimal, Decimal] | None]
"""(equity, PnL) at each moment; None before the record begins."""
Own = tuple[Values, set[int]]
"""One account's values, and the numbers of the moments at which it has a hole."""


def _own(rows: Sequence[EquitySnapshot], flows: Sequence[Flow], moments: Sequence[int], step: float) -> Own:
    """Its last row before each moment; a row is good for as long as rows are apart while it is followed."""
    values: Values = []
    holes: set[int] = set()
    first: Decimal | None = None
    at = moved = 0
    sum_moved = Decimal(0)
    for number, moment in enumerate(moments):
        while at < len(rows) and rows[at].time < moment:
            at += 1
        row = rows[at - 1] if at else None
        if row is None:
            values.append(None)
            continue
        if row.equity is None or moment - row.time > max(STORED_MS, step):
            holes.add(number)
            values.append(None)
            continue
        if first is None:
            first = row.equity
            moved = sum(flow.time <= row.time for flow in flows)
        while moved < len(flows) and flows[moved].time <= row.time:
            sum_moved += _worth(flows[moved])
            moved += 1
        values.append((row.equity, row.equity - first - sum_moved))
    return values, holes


def _together(
    moments: Sequence[int], each: Sequence[Own], rows: Mapping[int, Sequence[EquitySnapshot]]
) -> Iterable[Point]:
    """The sum at each moment that somebody's record has reached."""
    began = min((some[0].time for some in rows.values() if some), default=None)
    last: list[Decimal] = [Decimal(0)] * len(each)
    for number, moment in enumerate(moments):
        if began is None or moment <= began:
            continue
        if any(number in holes for _, holes in each):
            yield Point(moment, None, None)
            continue
        known = [values[number] for values, _ in each]
        last = [one[1] if one else before for one, before in zip(known, last, strict=True)]
        yield Point(moment, sum((one[0] for one in known if one), Decimal(0)), sum(last, Decimal(0)))


def _rows(
    accounts: Sequence[int], start: int, end: int, points: int, as_of: int | None
) -> dict[int, list[EquitySnapshot]]:
    """Each account's last row before the end of each part of the time: one look into an index for each."""
    connection = connections[EquitySnapshot.objects.db]
    cast = "::bigint" if connection.vendor == "postgresql" else ""
    heard = "" if as_of is None else f" AND received_at <= {as_of:d}"
    of = ", ".join(["%s"] * len(accounts))
    sql = NEWEST.format(first=f"(%s + (%s - %s) / %s){cast}", accounts=of, heard=heard)
    span = [start, end, start, points]
    with connection.cursor() as cursor:
        cursor.execute(sql, [*span, *span, points, start, *accounts])
        numbers = [number for (number,) in cursor.fetchall() if number is not None]
    found: dict[int, list[EquitySnapshot]] = {}
    fields = ("account_id", "time", "equity")
    for row in EquitySnapshot.objects.filter(pk__in=numbers).only(*fields).order_by("time"):
        found.setdefault(row.account_id, []).append(row)
    return found


def _is_moved(flow: Flow) -> bool:
    return flow.line in EXTERNAL


def _worth(flow: Flow) -> Decimal:
    return flow.usd if _is_moved(flow) and flow.usd is not None else Decimal(0)
