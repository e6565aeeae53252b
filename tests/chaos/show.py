"""A stage under load, on which faults are shown: what flips, what comes back, what pages say, what is lost."""

import os
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

from dashboard.pages.status.words import NAMES
from exchange.simulator.cast import MARKET_MAKER
from tests.alerts.receivers import Receiver, http
from tests.chaos.crowd import ALWAYS, Crowd, Look
from tests.chaos.exchange_witness import ExchangeWitness
from tests.chaos.faults import Fault
from tests.chaos.ledger import Ledger
from tests.chaos.stage import Stage
from tests.chaos.watcher import Watcher
from tests.chaos.writer import Writer, Written

BROWSERS = int(os.environ.get("CHAOS_BROWSERS", "40"))
FLIPS_S = HEALS_S = float(os.environ.get("CHAOS_PATIENCE", "20"))
"""Within so many seconds health must say what is broken, and that it is well again: 10, if nothing runs beside."""
ANSWERS_S = 3.0
"""Pages answer within so many seconds, whatever is broken."""
SETTLES_S = 180.0
"""A message whose deliverer was killed while it sent it waits two minutes for the next."""
UNDER_WAY_S, GIVEN_UP_S = 2.0, 9.0
"""What was asked as something stopped to answer is given up a few seconds later, when that is certain."""
SEEN_S = 6.0
"""Where pages are read from is decided and said by two measurements, each of them every two seconds."""
STRAY_S = 3.0
"""A machine that is busy with all this lets a line stumble for a moment; what a fault takes along stays away."""
DROPPED_S = 6.0
"""A load balancer needs a moment to see that a web process is gone."""


class Show:
    """``stage`` with everybody who looks at it. ``measured``: fault → (flipped after s, well after s)."""

    def __init__(self, stage: Stage, receiver: Receiver) -> None:
        self.stage, self.receiver = stage, receiver
        self.watcher = Watcher(stage.web_ports, stage.cookies["admin"])
        self.crowd = Crowd(stage.url, stage.cookies, BROWSERS)
        self.witness = ExchangeWitness(stage.exchange_port, MARKET_MAKER)
        self.ledger = Ledger(stage, receiver, self.witness)
        self.writer = Writer(stage.url, stage.cookies["trader"])
        self.measured: dict[str, tuple[float, float]] = {}
        self.healing: dict[str, float] = {}
        """Line → seconds after the end of the last fault at which it last said that something is wrong."""

    def open(self) -> None:
        """Let the load begin, and wait until all is well."""
        for work in (self.watcher, self.crowd, self.witness):
            self.stage.background.spawn(work.run())
        self.within(SETTLES_S, self.watcher.is_well, "health", self.watcher.words)
        self.within(SETTLES_S, lambda: self.crowd.all_hear(0), "frames for everybody", self.stage.words)
        self.ledger.begin(round(time.time() * 1000))

    def suffer(self, faults: Sequence[Fault]) -> None:
        """Break them together; then everything that must hold of each."""
        self.within(SETTLES_S, self.watcher.is_well, "health before", self.watcher.words)
        self.ledger.prepare()
        began = time.monotonic()
        flipped = self._break(faults)
        ended = time.monotonic()
        heals = HEALS_S + max(fault.backs_off for fault in faults)
        self.within(heals, self.watcher.is_well, f"end of {names(faults)}", self.watcher.words)
        healed = time.monotonic()
        self.measured[names(faults)] = (flipped, healed - ended)
        self.healing = {line: round(at - ended, 1) for line, at in self.watcher.last_ill(began).items()}
        self.within(SETTLES_S, lambda: self.crowd.all_hear(healed), "frames for everybody", self.stage.words)
        self.ledger.is_told()  # once each, so far; those of a broken deliverer take two minutes
        strangers = self._strangers(faults, began, healed)
        assert not strangers, f"{names(faults)} took along {strangers}"
        bad = self._bad_looks(faults, began, healed)
        assert not bad, f"{len(bad)} pages, of them {[replace(one, at=one.at - began) for one in bad[:5]]}"
        if any(fault.forgets for fault in faults):
            self.ledger.begin(round(time.time() * 1000))

    def settle(self) -> list[str]:
        """Once everything has fired and was told, what is lost or doubled."""
        self.within(SETTLES_S, self.ledger.is_told, "firings and messages", self.ledger.owed)
        return list(self.ledger.differences())

    def _break(self, faults: Sequence[Fault]) -> float:
        with ExitStack() as broken:
            for fault in faults:
                broken.enter_context(fault.breaks(self.stage))
            pool = broken.enter_context(ThreadPoolExecutor(1))
            writing = [pool.submit(self.writer.write) for fault in faults if fault.is_written_in]
            lines = {fault.line for fault in faults if fault.line}
            flipped = self.within(
                FLIPS_S, lambda: all(map(self.watcher.says, lines)), f"word of {names(faults)}", self.watcher.words
            )
            time.sleep(max(fault.lasts for fault in faults))
            assert all(map(self.watcher.says, lines)), f"forgotten: {self.watcher.words()}"
            titles = {NAMES[line][0] for line in lines}
            assert all(titles <= ill for ill in self.watcher.ill_on_pages()), self.watcher.ill_on_pages()
            for written in writing:
                self._is_read(written.result(), any(fault.is_late for fault in faults))
        return flipped

    def _is_read(self, written: Written, is_late: bool) -> None:
        """Who wrote has read it; now that health says where pages are read from, everybody else does."""
        assert not (is_late and written.was_there), "pages were not read where this was broken"
        self.within(SEEN_S, lambda: self.writer.others_see(written), "sight of it for others", self.watcher.words)

    def _strangers(self, faults: Sequence[Fault], began: float, ended: float) -> dict[str, str]:
        """Lines that said that something is wrong with them, and had no reason to; with what they said."""
        may = {line for fault in faults for line in (fault.line, *fault.takes)}
        first: dict[tuple[int, str], float] = {}
        found: dict[str, str] = {}
        for one in self.watcher.since(began):
            for line in one.ill - may:
                if one.at - first.setdefault((one.port, line), one.at) > STRAY_S and one.at <= ended:
                    found[line] = str(one.services[line])
        return found

    def _bad_looks(self, faults: Sequence[Fault], began: float, ended: float) -> list[Look]:
        """Pages that did not answer as they must."""
        hidden = {path for fault in faults for path in fault.hides}
        looks = [one for one in self.crowd.looks if began <= one.at <= ended and one.path not in hidden]
        if any(fault.drops_requests for fault in faults):
            looks = [one for one in looks if one.code or one.at > began + DROPPED_S]
        return [
            one for one in looks if not is_good(one, GIVEN_UP_S if one.at < began + UNDER_WAY_S else ANSWERS_S)
        ]

    def within(self, seconds: float, happened: Callable[[], object], what: str, words: Callable[[], str]) -> float:
        """Wait for it; the seconds it took, less those for which this process did not get to run."""
        began, late = time.monotonic(), 0.0
        while not happened():
            asleep = time.monotonic()
            time.sleep(0.05)
            late += max(0.0, time.monotonic() - asleep - 0.06)
            assert time.monotonic() - began - late < seconds, f"no {what} within {seconds:g} s: {words()}"
        return time.monotonic() - began - late


def is_good(look: Look, seconds: float) -> bool:
    """Markets and the status page always come; what needs the thing that is away says so, and soon."""
    always = look.path.startswith(ALWAYS)
    codes = (200,) if always else (200, 503)
    return look.code in codes and look.took <= (ANSWERS_S if always else seconds)


def names(faults: Sequence[Fault]) -> str:
    """For people."""
    return ", ".join(fault.name for fault in faults)


@contextmanager
def opened(folder: Path) -> Iterator[Show]:
    """A stage with its load."""
    with http() as receiver, Stage(folder) as stage:
        show = Show(stage, receiver)
        show.open()
        yield show
