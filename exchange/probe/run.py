"""One run of the probe: all checks at once over shared evidence, one report."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from exchange.budget import Budget
from exchange.clock import Clock
from exchange.probe.check import DIFFERS, Check, Verdict, verdict_of
from exchange.probe.seen import Network, Seen


@dataclass(frozen=True, slots=True)
class Report:
    """What came of a run: a verdict for each check; ``took`` seconds, ``weight`` spent on REST."""

    network: Network
    verdicts: list[Verdict]
    took: float
    weight: int

    @property
    def exit_code(self) -> int:
        """0 if nothing differs, else 1. (2 is for a run that never began.)"""
        return int(any(verdict.kind == DIFFERS for verdict in self.verdicts))

    @property
    def counts(self) -> Counter[str]:
        """How many checks came to each verdict."""
        return Counter(verdict.kind for verdict in self.verdicts)


async def probe(
    network: Network, clock: Clock, budget: Budget, checks: Sequence[Check], seconds: float = 60.0
) -> Report:
    """Run the checks; raises ``asking.Unreachable`` if nobody answers at all."""
    seen = Seen(network, clock, budget, seconds)
    began = clock.monotonic()
    try:
        await seen.begin()
        verdicts = await asyncio.gather(*(verdict_of(check, seen) for check in checks))
    finally:
        await seen.end()
    return Report(network, verdicts, clock.monotonic() - began, seen.allowance.weight)
