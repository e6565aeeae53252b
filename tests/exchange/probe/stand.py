"""A simulated exchange for the probe's tests: small, warmed up, fast, and probes of it."""

from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass

from exchange.budget import Budget, Limits
from exchange.budget_memory import MemoryStore
from exchange.probe.registry import select
from exchange.probe.run import Report, probe
from exchange.probe.seen import Network
from exchange.simulator import cast
from exchange.simulator.limits import Limits as Allowed
from exchange.simulator.server import SimulatedExchange
from tests.exchange.patient_clock import PatientClock, threads_that_answer_soon
from tests.exchange.simulator import worlds

WARM_UP_MS = 180_000
SPEED = 10.0
SECONDS = 30.0
OURS = Limits(lease=3_000.0)
"""Leases that a busy machine does not lose while a minute passes in six seconds."""
AMPLE = Limits(10**9, 10**9, 10**9, 10**9, 10**9, 10**9, 10**9, lease=3_000.0)


@dataclass
class Stand:
    """An exchange and its clock."""

    exchange: SimulatedExchange
    clock: PatientClock

    async def probe(
        self,
        only: Collection[str] = (),
        at: tuple[str, str] | None = None,
        user: str = cast.TRADER,
        seconds: float = SECONDS,
        limits: Limits = OURS,
        options: Collection[str] = (),
    ) -> Report:
        """Probe it, or what stands in front of it ``at`` (REST address, socket address)."""
        url, ws_url = at or (self.exchange.url, self.exchange.ws_url)
        budget = Budget(MemoryStore(), limits, self.clock)
        network = Network(url, ws_url, user, cast.VAULT)
        return await probe(network, self.clock, budget, select(only, options), seconds)


@asynccontextmanager
async def stand(speed: float = SPEED, allowed: Allowed | None = None) -> AsyncIterator[Stand]:
    """A running exchange that everything may be asked of, unless ``allowed`` says less."""
    world = worlds.small(warm_up_ms=WARM_UP_MS)
    clock = PatientClock(world.now_ms, speed)
    with threads_that_answer_soon():
        async with SimulatedExchange(world, clock, allowed or Allowed.none()) as exchange:
            yield Stand(exchange, clock)
