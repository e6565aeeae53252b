"""A position's life, fill by fill: what was entered, what came back, and what is still open."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from snapshots.pnl.chain import node
from snapshots.pnl.executions import ZERO, Execution

DUST_USD = Decimal(1)
"""Worth below which a spot balance counts as none: base-token fees leave such dust, which the exchange sells."""


@dataclass(slots=True, eq=False)
class Part:
    """A fill, or the half of a flip that belongs to one position; ``move`` is signed, fees are shared by size.

    ``gain`` is the price PnL that it realised, before fees: of the coins that it closed, at average entry.
    """

    execution: Execution
    start: Decimal
    end: Decimal
    move: Decimal
    fee: Decimal
    builder_fee: Decimal
    gain: Decimal = ZERO

    @property
    def cash(self) -> Decimal:
        """Money in (positive) or out for the coins, before fees."""
        return -self.move * self.execution.fill.px


def split(row: Execution) -> Iterator[Part]:
    """The fill as one part, or as two if the position changed sides (from and to more than dust)."""
    builder_fee = row.fill.builder_fee or ZERO
    if row.start * row.end >= 0 or is_flat(row.start, row) or is_flat(row.end, row):
        yield Part(row, row.start, row.end, row.moved, row.fee, builder_fee)
        return
    share = abs(row.start / row.moved)
    fee, built = row.fee * share, builder_fee * share
    yield Part(row, row.start, ZERO, -row.start, fee, built)
    yield Part(row, ZERO, row.end, row.end, row.fee - fee, builder_fee - built)


class Position:
    """One position from its first known fill on. ``cost`` is what the open size was entered for, positive.

    ``cost`` is None while the entry is not known: from then on the exchange's ``closedPnl`` of the next
    closing fill tells it (entry = price less profit a coin).
    """

    def __init__(self, part: Part, is_cut_off: bool, dust_cost: Decimal = ZERO) -> None:
        self.sign = 1 if (part.start if is_cut_off else part.move) > 0 else -1
        self.cut_off = is_cut_off
        self.holes = False
        self.opened = part.execution.time
        self.closed: int | None = None
        self.size = part.start if self.cut_off else ZERO
        self.cost: Decimal | None = None if self.cut_off else dust_cost
        self.entered, self.paid_in = abs(self.size), ZERO
        self.left, self.paid_out = ZERO, ZERO
        self.peak = abs(self.size)
        self.fees = self.builder_fees = ZERO
        self.realised = ZERO
        self.parts: list[Part] = []
        self.take(part)

    @property
    def entry(self) -> Decimal | None:
        """Average price of everything entered, None while it is not known."""
        known = self.cost is not None and not self.holes
        return self.paid_in / self.entered if known and self.entered else None

    @property
    def exit(self) -> Decimal | None:
        """Average price of everything that was closed."""
        return self.paid_out / self.left if self.left else None

    @property
    def profit(self) -> Decimal | None:
        """Price PnL of what was closed; from flat to flat it is the very money of the fills."""
        if self.closed is not None and not self.holes and self.parts[0].start == 0 and self.size == 0:
            return sum((part.cash for part in self.parts), ZERO)
        return self.realised if self.left or self.cost is not None else None

    def take(self, part: Part) -> None:
        """Apply the next fill."""
        self.parts.append(part)
        self.fees += part.fee
        self.builder_fees += part.builder_fee
        price, moved = part.execution.fill.px, abs(part.move)
        if part.move * self.sign > 0:
            self._enter(moved, price)
        elif moved and part.start:
            self._leave(part, min(moved, abs(part.start)), price)
        self.size = part.end
        self.peak = max(self.peak, abs(part.end))

    def lose_count(self, size: Decimal) -> None:
        """Fills are missing: the size is what the next fill says, the entry is unknown until something closes."""
        self.size, self.cost = size, None

    def end(self, time: int) -> None:
        """It is flat: over."""
        self.closed = time

    def _enter(self, moved: Decimal, price: Decimal) -> None:
        self.entered += moved
        self.paid_in += moved * price
        if self.cost is not None:
            self.cost += moved * price

    def _leave(self, part: Part, moved: Decimal, price: Decimal) -> None:
        held = abs(part.start)
        if self.cost is None:
            self._learn_entry(part, moved, price, held)
        known = self.cost or ZERO
        cost = known if moved == held else known * moved / held
        part.gain = self.sign * (price * moved - cost)
        self.realised += part.gain
        self.left += moved
        self.paid_out += moved * price
        self.cost = known - cost

    def _learn_entry(self, part: Part, moved: Decimal, price: Decimal, held: Decimal) -> None:
        """From the exchange's own profit of this fill, which is before fees and on the closing size alone."""
        entry = price - self.sign * part.execution.fill.closed_pnl / moved
        self.cost = entry * held
        self.paid_in = self.cost  # nothing was closed before, or there are holes and no entry is said


def positions(executions: Iterable[Execution]) -> list[list[Position]]:
    """All positions in executions as ``executions()`` orders them: of each coin a list, oldest first."""
    coins: dict[str, list[Execution]] = defaultdict(list)
    for execution in executions:
        coins[execution.coin].append(execution)
    return [_of_coin(rows) for rows in coins.values()]


def is_flat(size: Decimal, row: Execution) -> bool:
    """Whether a size counts as none at the price of ``row``."""
    if row.kind == "spot":
        return abs(size) * row.price < DUST_USD
    return node(size) == 0


def _of_coin(rows: Sequence[Execution]) -> list[Position]:
    lives: list[Position] = []
    held: Position | None = None
    for row in rows:
        if held is not None and node(held.size) != node(row.start):
            held = _after_hole(held, row)
        for part in split(row):
            if held is None and lives and _is_dust(part):
                lives[-1].take(part)
                continue
            if held is None:
                held = _begun(part, lives)
                lives.append(held)
            else:
                held.take(part)
            if is_flat(held.size, row):
                held.end(row.time)
                held = None
    return lives


def _is_dust(part: Part) -> bool:
    """A sale of what a spot trip left over: it belongs to that trip."""
    return part.execution.kind == "spot" and part.move < 0 and is_flat(part.start, part.execution)


def _begun(part: Part, lives: Sequence[Position]) -> Position:
    """A new position; dust that the last one left is in it at its cost."""
    if _is_dust(part) or not is_flat(part.start, part.execution):
        return Position(part, is_cut_off=True)
    left = lives[-1] if lives else None
    return Position(part, is_cut_off=False, dust_cost=left.cost or ZERO if left and part.start else ZERO)


def _after_hole(held: Position, row: Execution) -> Position | None:
    """The position goes on if it is still on the same side; else nobody saw how it ended."""
    held.holes = True
    if is_flat(row.start, row) or row.start * held.size <= 0:
        return None
    held.lose_count(row.start)
    return held
