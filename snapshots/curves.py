"""Curves of equity and of PnL, from what was stored: at most so many points, however long the record.

PnL is the change of equity less the money that was moved in or out: what the exchange calls PnL, too.
Where nothing was stored for longer than it ever is while the account is followed, there is a hole.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import pairwise

from snapshots.holdings import STORED_MS
from snapshots.models import Account, CashFlow, EquitySnapshot
from snapshots.models.equity import Worth
from snapshots.pnl.executions import ZERO
from snapshots.pnl.flows import EXTERNAL, Flow, flow_of
from snapshots.pnl.returns import growth

POINTS = 500
MOST_LOOKS = 4_000
"""Points of one account's curve; for several accounts together so many rows are looked for at most."""


@dataclass(frozen=True, slots=True)
class Point:
    """USD at ``time`` (Unix ms). None is a hole: nothing is known of then."""

    time: int
    equity: Decimal | None
    pnl: Decimal | None


@dataclass(frozen=True, slots=True)
class Curve:
    """``points`` in order; ``not_counted`` are the moved tokens whose worth nobody said.

    ``begins``: the time of a point → the addresses that are counted in it and in none before. The equity steps
    there, though nobody earned anything. Who is in the first point is in none of them. ``counted`` are the
    addresses whose record has begun.
    """

    points: tuple[Point, ...] = ()
    not_counted: tuple[str, ...] = ()
    begins: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    counted: frozenset[str] = frozenset()

    def growth(self) -> list[Decimal]:
        """What 1 at the first known point has become at each: what changed equity and is no PnL was moved."""
        known = [(one.time, one.equity, one.pnl) for one in self.points if one.equity is not None]
        moved = [(b[0], b[1] - a[1] - (b[2] or ZERO) + (a[2] or ZERO)) for a, b in pairwise(known)]
        return growth([(time, equity) for time, equity, _ in known], moved)


def curve_of(
    accounts: Sequence[Account], start: int, end: int, most: int = POINTS, as_of: int | None = None
) -> Curve:
    """All these accounts together from ``start`` to ``end`` (Unix ms), as received by ``as_of``. Two queries.

    An account counts from its first row on, from when its PnL is 0. One whose equity cannot be computed
    makes the sum unknown.
    """
    if not accounts or end <= start:
        return Curve()
    many = max(2, min(most, MOST_LOOKS // len(accounts)))
    owners = {one.pk: one.address for one in accounts}
    since = start - STORED_MS  # the row that is good at the start is older than it
    found = CashFlow.objects.of(owners).between(since, end).as_of(as_of).order_by("time", "pk")
    flows = {key: [flow_of(row.wire, owners[key]) for row in found if row.account_id == key] for key in owners}
    step = (end - start) / many
    moments = [start + round(step * (number + 1)) for number in range(many)]
    rows = EquitySnapshot.objects.last(list(owners), moments, since, as_of)
    each = [_own(rows.get(key, []), flows[key], moments, step) for key in owners]
    unknown = sorted(
        {flow.token for some in flows.values() for flow in some if _is_moved(flow) and flow.usd is None}
    )
    points = tuple(_together(moments, each, rows))
    own = dict(zip(owners.values(), each, strict=True))
    counted = frozenset(address for address, (values, _) in own.items() if any(values))
    return Curve(points, tuple(unknown), _begins(points, moments, own), counted)


Values = list[tuple[Decimal, Decimal] | None]
"""(equity, PnL) at each moment; None before the record begins."""
Own = tuple[Values, set[int]]
"""One account's values, and the numbers of the moments at which it has a hole."""


def _own(rows: Sequence[Worth], flows: Sequence[Flow], moments: Sequence[int], step: float) -> Own:
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


def _together(moments: Sequence[int], each: Sequence[Own], rows: Mapping[int, Sequence[Worth]]) -> Iterable[Point]:
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


def _begins(
    points: Sequence[Point], moments: Sequence[int], each: Mapping[str, Own]
) -> dict[int, tuple[str, ...]]:
    """Who comes in at which of the points that are drawn."""
    drawn = [point.time for point in points if point.equity is not None]
    found: dict[int, tuple[str, ...]] = {}
    for address, (values, _) in each.items():
        first = next((moment for moment, value in zip(moments, values, strict=True) if value), None)
        time = next((time for time in drawn if first is not None and time >= first), None)
        if time is not None and time != drawn[0]:
            found[time] = (*found.get(time, ()), address)
    return found


def _is_moved(flow: Flow) -> bool:
    return flow.line in EXTERNAL


def _worth(flow: Flow) -> Decimal:
    return flow.usd if _is_moved(flow) and flow.usd is not None else Decimal(0)
