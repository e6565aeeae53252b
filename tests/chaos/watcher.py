"""Looks at the health of each web process, as a signed-in member of the staff, again and again."""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp

EVERY_S = 0.4
PATIENCE_S = 2.0
LATELY_S = 2 * PATIENCE_S
ILL = ("degraded", "down")
"""States of a line that say that something is wrong; ``unknown`` says that it cannot be found out."""


@dataclass(frozen=True, slots=True)
class Sample:
    """What one process said at ``at`` (s, monotonic). ``states`` of lines by name; ``took`` seconds."""

    at: float
    port: int
    code: int
    status: str
    states: Mapping[str, str]
    took: float
    services: Mapping[str, Any]

    @property
    def ill(self) -> set[str]:
        """Lines that something is wrong with."""
        return {name for name, state in self.states.items() if state in ILL}

    def complaints(self) -> dict[str, str]:
        """The lines that are not well, with their reasons."""
        lines = {name: line for name, line in self.services.items() if state_of(line) not in ("up", "not used")}
        return {name: f"{state_of(line)}: {line.get('reason')}" for name, line in lines.items()}


def state_of(line: Mapping[str, Any]) -> str:
    """As staff are told it. What is public says whether our servers are down, and too little of the rest."""
    if "state" in line:
        return line["state"]
    if "available" not in line:
        return "unknown"
    return "up" if line["connected"] or not line["available"] else "down"


class Watcher:
    """``samples`` are all, oldest first."""

    def __init__(self, ports: list[int], cookie: str) -> None:
        self.ports, self.headers = ports, {"Cookie": f"sessionid={cookie}"}
        self.samples: list[Sample] = []

    async def run(self) -> None:
        """Until cancelled."""
        timeout = aiohttp.ClientTimeout(total=PATIENCE_S)
        async with (
            aiohttp.ClientSession(timeout=timeout) as session,
            asyncio.TaskGroup() as all_of,
        ):
            for port in self.ports:
                all_of.create_task(self._watch(session, port))

    async def _watch(self, session: aiohttp.ClientSession, port: int) -> None:
        """While who asks cannot be found out, there is what everybody is told."""
        while True:
            if not await self._ask(session, port, self.headers):
                await self._ask(session, port, {})
            await asyncio.sleep(EVERY_S)

    async def _ask(self, session: aiohttp.ClientSession, port: int, headers: dict[str, str]) -> bool:
        began = time.monotonic()
        try:
            async with session.get(f"http://127.0.0.1:{port}/api/health", headers=headers) as answer:
                report = await answer.json()
        except (aiohttp.ClientError, TimeoutError, ValueError):
            return False  # a process that is away says nothing; whether it may be is for others to judge
        self._take(port, answer.status, report, time.monotonic() - began)
        return True

    def _take(self, port: int, code: int, report: Mapping[str, Any], took: float) -> None:
        services = report["services"]
        states = {name: state_of(line) for name, line in services.items()}
        self.samples.append(Sample(time.monotonic(), port, code, report["status"], states, took, services))

    def now(self, ports: list[int] | None = None) -> list[Sample]:
        """The newest sample of each process that has answered lately."""
        newest = {one.port: one for one in self.samples[-200:]}
        soon = time.monotonic() - LATELY_S
        return [one for one in newest.values() if one.at > soon and (ports is None or one.port in ports)]

    def since(self, at: float) -> list[Sample]:
        """Everything heard from then on."""
        return [one for one in self.samples if one.at >= at]

    def last_ill(self, since: float) -> dict[str, float]:
        """When (s, monotonic) each line last said that something is wrong, or could not say."""
        return {name: one.at for one in self.since(since) for name in one.complaints()}

    def says(self, line: str) -> bool:
        """Whether all that answer say that something is wrong with this line."""
        now = self.now()
        return bool(now) and all(line in one.ill for one in now)

    def is_well(self) -> bool:
        """Whether all processes answer, and say that all is well."""
        now = self.now()
        return len(now) == len(self.ports) and all(one.status == "healthy" and not one.ill for one in now)

    def words(self) -> str:
        """For a test that fails."""
        return "\n".join(f"{one.port} {one.code} {one.status} {one.complaints()}" for one in self.now())
