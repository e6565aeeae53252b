"""How well trips went: win rate, profit factor, expectancy, extremes."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from snapshots.pnl.entries import RateOf, usdc_only
from snapshots.pnl.executions import ZERO
from snapshots.pnl.trips import Trip


@dataclass(frozen=True, slots=True)
class Statistics:
    """Of whole trips alone (over, and every fill known); amounts in USD, net of fees and funding.

    ``win_rate`` is a fraction; ``profit_factor`` what was won for each dollar lost, None if nothing was lost;
    ``expectancy`` the average net of a trip. ``left_out`` counts trips that are open, cut off, have holes or
    are in a token without a price. A net of exactly 0 is neither won nor lost.
    """

    trips: int
    won: int
    lost: int
    left_out: int
    net: Decimal
    gross_won: Decimal
    gross_lost: Decimal
    largest_win: Decimal | None
    largest_loss: Decimal | None
    average_duration: int | None

    @property
    def win_rate(self) -> Decimal | None:
        return Decimal(self.won) / self.trips if self.trips else None

    @property
    def profit_factor(self) -> Decimal | None:
        return self.gross_won / self.gross_lost if self.gross_lost else None

    @property
    def expectancy(self) -> Decimal | None:
        return self.net / self.trips if self.trips else None

    @property
    def average_win(self) -> Decimal | None:
        return self.gross_won / self.won if self.won else None

    @property
    def average_loss(self) -> Decimal | None:
        """Negative, as it was."""
        return -self.gross_lost / self.lost if self.lost else None


def statistics(trips: Sequence[Trip], rate_of: RateOf = usdc_only) -> Statistics:
    """Figures of all whole trips; ``rate_of`` gives USD of one token of the market's money."""
    counted = [(trip, rate) for trip in trips if trip.is_whole and (rate := rate_of(trip.quote)) is not None]
    nets = [net * rate for trip, rate in counted if (net := trip.net) is not None]
    wins, losses = [net for net in nets if net > 0], [net for net in nets if net < 0]
    lengths = [length for trip, _ in counted if (length := trip.duration) is not None]
    return Statistics(
        trips=len(nets),
        won=len(wins),
        lost=len(losses),
        left_out=len(trips) - len(nets),
        net=sum(nets, ZERO),
        gross_won=sum(wins, ZERO),
        gross_lost=-sum(losses, ZERO),
        largest_win=max(wins, default=None),
        largest_loss=min(losses, default=None),
        average_duration=sum(lengths) // len(lengths) if lengths else None,
    )
