"""Asks the configured exchange whether it still is what this code takes it to be (docs/probe.md)."""

import asyncio
from contextlib import AsyncExitStack

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from dashboard import network
from exchange.budget import Budget, Limits
from exchange.budget_memory import MemoryStore
from exchange.clock import Clock, FastClock, SystemClock
from exchange.networks import Addresses
from exchange.probe.asking import Unreachable
from exchange.probe.registry import NoSuchCheck, select
from exchange.probe.report import as_json, as_table
from exchange.probe.run import Report, probe
from exchange.probe.seen import Network
from exchange.simulator import cast
from exchange.simulator.server import SimulatedExchange
from exchange.simulator.world import World

COULD_NOT_RUN = 2
HLP = "0xdfc24b077bc1425ad1dea75bcb6f8158e10df303"
"""The exchange's own vault: public, documented, always busy."""
WARM_UP_MS = 120_000
"""A simulated exchange of our own has traded for so long when it is asked."""

Place = tuple[Addresses, Clock, Budget]


class Command(BaseCommand):
    """Exit code 0: nothing differs; 1: something does; 2: nobody answered, or there is no such check."""

    help = "Check each assumption about the configured exchange, read-only and within its limits."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--seconds", type=float, default=60.0, help="how long sockets are listened to")
        parser.add_argument("--json", action="store_true", help="print JSON in place of the table")
        parser.add_argument(
            "--only", nargs="+", default=[], metavar="ID", help="checks, or what their ids begin with"
        )
        parser.add_argument("--user", default="", help="the public address of an account to look at")
        parser.add_argument("--limits", action="store_true", help="also try the limits that use up slots")

    def handle(self, *args, **options) -> None:
        try:
            report = asyncio.run(self._run(options))
        except (NoSuchCheck, Unreachable) as why:
            self.stderr.write(f"The probe could not run: {why}")
            raise SystemExit(COULD_NOT_RUN) from why
        self.stdout.write(as_json(report) if options["json"] else as_table(report))
        raise SystemExit(report.exit_code)

    async def _run(self, options) -> Report:
        checks = select(options["only"], {"limits"} if options["limits"] else ())
        is_simulated = settings.CONFIG.hyperliquid_network == "simulated"
        somebody, vault = (cast.TRADER, cast.VAULT) if is_simulated else (HLP, HLP)
        async with AsyncExitStack() as stack:
            where, clock, budget = await self._place(stack)
            asked = Network(where.api, where.socket, options["user"].lower() or somebody, vault)
            return await probe(asked, clock, budget, checks, options["seconds"])

    async def _place(self, stack: AsyncExitStack) -> Place:
        """The configured exchange; a simulated one without an address is started here, until ``stack`` ends."""
        if network.is_configured():
            return network.addresses(), SystemClock(), network.budget()
        world = World(settings.CONFIG.simulator_seed)
        world.advance(world.start_ms + WARM_UP_MS)
        clock = FastClock(world.now_ms, settings.CONFIG.simulator_speed)
        exchange = await stack.enter_async_context(SimulatedExchange(world, clock))
        return Addresses(exchange.url, exchange.ws_url), clock, Budget(MemoryStore(), Limits(), clock)
