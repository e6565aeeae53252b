"""What can be set about a feed. Times are seconds of its clock."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FeedSettings:
    """``tick``: between turns of the loop; ``pace``: frames sent a second (20 in 100 ms, API.md section 4, S);
    ``universe_every`` and ``audit_every``: between readings of all names, and between comparisons with REST;
    ``seed`` makes its delays repeatable.
    """

    tick: float = 0.1
    pace: float = 200.0
    universe_every: float = 3600.0
    audit_every: float = 300.0
    seed: int | None = None
