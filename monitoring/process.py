"""What every command that runs until told to stop does around its work (docs/architecture.md, "Stopping")."""

import asyncio
import sys
from collections.abc import Mapping

from django.conf import settings

from monitoring import sentry
from monitoring.connections import close_at_the_end
from monitoring.garbage import settle
from monitoring.loops import Loops, Work
from monitoring.metrics.listener import Listener
from monitoring.metrics.loop import watch_loop
from monitoring.metrics.process import watch_process
from monitoring.shutdown import Shutdown, Stage, shutdown
from monitoring.shutdown_causes import listen_for_errors, listen_for_signals, listen_to_loop

WORK_SHARE = 0.4
"""Of the time there is to stop: for loops to end their rounds, and as much for requests to be answered."""


def prepare(name: str) -> Shutdown:
    """First of all: signals and errors that nobody catches are heard; reports and metrics say ``name``."""
    shutdown.drain_s = settings.CONFIG.shutdown_drain_seconds
    shutdown.total_s = settings.CONFIG.shutdown_timeout_seconds
    listen_for_signals(shutdown)
    listen_for_errors(shutdown)
    watch_process(name)
    if sentry.start(name):
        shutdown.register("error reports", sentry.flush, 2 * sentry.FLUSH_S)
    return shutdown


def begin_loops(loop: asyncio.AbstractEventLoop) -> Loops:
    """The loops of this process, and the steps that end them and then close its connections."""
    listen_to_loop(shutdown, loop)
    loops = Loops(shutdown)
    shutdown.register("loops", loops.end, WORK_SHARE * shutdown.left_s, Stage.WORK)
    loops.start("event loop", watch_loop)
    loops.start("garbage", settle)
    close_at_the_end(shutdown, loop)
    return loops


def run(works: Mapping[str, Work]) -> None:
    """Run loops, by name, until told to stop; ends the process."""
    asyncio.run(_run(works))
    leave()


async def _run(works: Mapping[str, Work]) -> None:
    loop, told = asyncio.get_running_loop(), asyncio.Event()
    loops = begin_loops(loop)
    shutdown.attach(loop, told.set)
    if settings.CONFIG.metrics_port:
        loops.start("metrics", Listener(settings.CONFIG.metrics_host, settings.CONFIG.metrics_port).run)
    for name, work in works.items():
        loops.start(name, work)
    shutdown.serving()
    await told.wait()
    await shutdown.finish()


def leave() -> None:
    """End with the exit code: 0, or 1 if anything went wrong, which the log has named."""
    sys.exit(shutdown.code)
