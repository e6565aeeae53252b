"""The web process: daphne with the mirror, the fan-out and the measuring beside it on one event loop.

Importing this installs Twisted's asyncio reactor (daphne does), so import it before anything of Twisted.
"""

import asyncio
import logging
import sys
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any

from channels.layers import get_channel_layer
from daphne.server import twisted_loop
from django.core.cache import cache

from accounts.usage import usage
from dashboard.consumer import fanout, toasts
from dashboard.hangups import hang_up_ended
from dashboard.metrics import watch_web
from dashboard.mirror import mirror
from dashboard.private import recheck
from dashboard.server import GOODBYE_S, SERVICE_RESTART, WebServer
from dashboard.upstream import upstream
from monitoring.metrics.loop import watch_loop
from monitoring.monitor import monitor

log = logging.getLogger(__name__)

Work = Callable[[], Coroutine[Any, Any, None]]


class WebRunner:
    """``run`` blocks until SIGINT or SIGTERM; ``beside`` are more loops of the process (``up``: the feed)."""

    def __init__(self, application: Any, host: str, port: int, beside: tuple[Work, ...] = ()) -> None:
        self.host, self.port, self.beside = host, port, beside
        self.tasks: list[asyncio.Task[None]] = []
        self.server = WebServer(
            application,
            endpoints=[f"tcp:port={port}:interface={_escaped(host)}"],
            on_stop=self._stop,
            ready_callable=self._ready,
            server_name="",
            verbosity=1,
        )

    def run(self) -> str:
        """Serve; why it could not listen, or nothing."""
        asyncio.set_event_loop(twisted_loop)
        self.server.run()
        return self.server.failure

    def _ready(self) -> None:
        """Listening, and the loop is about to run."""
        for host, port in self.server.listening_addresses:
            sys.stdout.write(f"Open http://{f'[{host}]' if ':' in host else host}:{port}/ (Ctrl-C stops)\n")
        sys.stdout.flush()
        watch_web()
        hang_ups = partial(hang_up_ended, fanout)
        rechecks = partial(recheck, fanout)
        works = (
            self._mirror,
            fanout.run,
            toasts.run,
            hang_ups,
            rechecks,
            partial(monitor.run, upstream),
            usage.run,
            watch_loop,
        )
        for work in (*works, *self.beside):
            task = twisted_loop.create_task(work())
            task.add_done_callback(self._ended)
            self.tasks.append(task)

    async def _mirror(self) -> None:
        await mirror.start(get_channel_layer(), cache)

    def _ended(self, task: asyncio.Task[None]) -> None:
        """A loop that ends by an error is no loop to go on without."""
        if not task.cancelled() and (error := task.exception()):
            log.critical("%s ended, stopping", task.get_coro(), exc_info=error)
            self.server.failure = f"{type(error).__name__}: {error}"
            self.server.stop()

    async def _stop(self) -> None:
        fanout.close_all(SERVICE_RESTART, "restarting, come back")
        for task in self.tasks:
            task.cancel()
        await asyncio.wait(self.tasks, timeout=GOODBYE_S / 2)
        await mirror.stop()


def _escaped(host: str) -> str:
    """A host as Twisted's endpoint descriptions want it: colons of IPv6 escaped."""
    return host.replace(":", r"\:")
