"""Shutdown: how every command stops, in one order, within one time limit (docs/architecture.md, "Stopping").

    from monitoring.shutdown import shutdown
    shutdown.register("sentry", flush, 2.0)

``begin`` starts it, from any thread; ``monitoring.shutdown_causes`` calls it for signals and for errors that
nobody caught. Then readiness drops, and the steps run one after the other, each with a limit of its own: those of
the command (traffic, then work), what others registered, and the connections last. A step that fails or hangs
does not keep the others from running, but the exit code is 1 then and the reason names it. When all of it takes
too long, a thread that needs no event loop ends the process.
"""

import asyncio
import logging
import os
import threading
from collections.abc import Callable
from enum import StrEnum

from exchange.clock import Clock, SystemClock
from monitoring.shutdown_step import Handler, Stage, Step

__all__ = ["Shutdown", "Stage", "State", "shutdown"]

log = logging.getLogger(__name__)

LAST_WORDS_S = 1.0
FAILED = 1


class State(StrEnum):
    """Where a process stands. Requests are to come only while it is serving."""

    STARTING = "starting"
    SERVING = "serving"
    DRAINING = "draining"
    STOPPED = "stopped"


class Shutdown:
    """One per process: ``from monitoring.shutdown import shutdown``.

    ``drain_s`` is how long requests are still taken after readiness has dropped, ``total_s`` how long all may
    take. ``reasons`` say why it stops and what went wrong then, ``code`` is the exit code. ``end`` ends the
    process at once, without anything that Python does at an end.
    """

    def __init__(self, clock: Clock, end: Callable[[int], object] = os._exit) -> None:
        self.clock, self.end = clock, end
        self.state = State.STARTING
        self.drain_s, self.total_s = 0.0, 25.0
        self.reasons: list[str] = []
        self.code = 0
        self.doing = ""
        self._steps: list[Step] = []
        self._wake: Callable[[], object] | None = None
        self._has_begun = self._hangs = False
        self._lock = threading.RLock()  # a signal's handler may come while its own thread holds it

    def register(self, name: str, handler: Handler, seconds: float, stage: Stage = Stage.HANDLERS) -> None:
        """Have ``handler`` run when the process stops, for ``seconds`` at most; without ``stage``, after all loops
        have ended and their buffers are written, and while database and Redis can still be reached."""
        self._steps.append(Step(name, handler, seconds, stage))

    def attach(self, loop: asyncio.AbstractEventLoop, wake: Callable[[], object]) -> None:
        """From now on ``wake`` is called on ``loop`` once the process is to stop; it has to see to ``finish``."""

        def call() -> None:
            try:
                loop.call_soon_threadsafe(wake)
            except RuntimeError:
                if not loop.is_closed():
                    raise
                log.warning("stop: the event loop has ended already")  # who ended it sees to the rest

        self._wake = call
        if self._has_begun:
            call()

    @property
    def is_attached(self) -> bool:
        """Whether there is a loop that stops in order; before, there is nothing to bring in order."""
        return self._wake is not None

    def serving(self) -> None:
        """The process is ready, unless it has been told to stop already."""
        if self.state is State.STARTING:
            self.state = State.SERVING

    def begin(self, reason: str, code: int = 0) -> None:
        """Stop; from any thread, any number of times. The highest exit code of all reasons is the process's."""
        with self._lock:
            self.reasons.append(reason)
            self.code = max(self.code, code)
            if self._has_begun:
                return
            self._has_begun = True
            self.state = State.DRAINING
        watchdog = threading.Timer(self.total_s, self._took_too_long)
        watchdog.daemon = True
        watchdog.start()
        if self._wake:
            self._wake()

    @property
    def left_s(self) -> float:
        """What is there for all steps together, once nothing comes in any more."""
        return self.total_s - self.drain_s

    async def finish(self) -> None:
        """Run all steps. Ends the process itself if something hangs that would keep it from ending."""
        began = self.clock.monotonic()
        self.state = State.DRAINING
        log.log(self._level, "stopping: %s", "; ".join(self.reasons))
        if self.drain_s and self.is_attached:
            self.doing = "draining"
            await self.clock.sleep(self.drain_s)
            log.info("stop: draining took %.0f ms", self.drain_s * 1000)
        while self._steps:
            step = min(self._steps, key=lambda one: one.stage)
            self._steps.remove(step)
            await self._run(step)
        self.state, self.doing = State.STOPPED, "ending"
        took = self.clock.monotonic() - began
        log.log(self._level, "stopped in %.2f s, exit code %s: %s", took, self.code, "; ".join(self.reasons))
        if self._hangs:
            self.end_now("")

    @property
    def _level(self) -> int:
        return logging.CRITICAL if self.code else logging.INFO

    async def _run(self, step: Step) -> None:
        self.doing, began = step.name, self.clock.monotonic()
        work = asyncio.ensure_future(step.call())
        limit = asyncio.ensure_future(self.clock.sleep(step.seconds))
        await asyncio.wait({work, limit}, return_when=asyncio.FIRST_COMPLETED)
        limit.cancel()
        if not work.done():
            work.cancel()
            self._hangs = True
            self.fail(f"{step.name} was not done after {step.seconds:g} s")
        elif work.cancelled() or (error := work.exception()):
            self.fail(f"{step.name} failed: {'cancelled' if work.cancelled() else repr(error)}")
        else:
            log.info("stop: %s took %.0f ms", step.name, (self.clock.monotonic() - began) * 1000)

    def fail(self, what: str) -> None:
        """Something went wrong while stopping: the rest goes on, the exit code says so."""
        log.error("stop: %s", what)
        self.begin(what, FAILED)

    def leave_behind(self, what: str) -> None:
        """Something goes on that holds nothing and is not worth waiting for: it does not keep the process."""
        log.warning("stop: %s", what)
        self._hangs = True

    def _took_too_long(self) -> None:
        """In the watchdog's thread, whatever the event loop does."""
        self.code = max(self.code, FAILED)
        self.end_now(f"not stopped after {self.total_s:g} s, {self.doing or 'nothing'} was under way: ended")

    def end_now(self, words: str) -> None:
        """End without waiting for anything but a second for the log: its lock may be what hangs."""

        def say() -> None:
            if words:
                log.critical("%s (%s)", words, "; ".join(self.reasons))
            logging.shutdown()

        speaker = threading.Thread(target=say, daemon=True)
        speaker.start()
        speaker.join(LAST_WORDS_S)
        self.end(self.code)


shutdown = Shutdown(SystemClock())
