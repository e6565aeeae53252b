"""The web process: daphne with the mirror, the fan-out and the measuring beside it on one event loop.

Importing this installs Twisted's asyncio reactor (daphne does), so import it before anything of Twisted.
"""

import asyncio
import logging
import sys
from collections.abc import Mapping
from functools import partial
from typing import Any

from channels.layers import get_channel_layer
from daphne.server import twisted_loop
from django.conf import settings
from django.core.cache import caches

from accounts.usage import usage
from dashboard import private, stream
from dashboard.consumer import fanout, spread_ms, toasts
from dashboard.endings import SERVICE_RESTART
from dashboard.hangups import hang_up_ended
from dashboard.metrics import watch_web
from dashboard.mirror import mirror
from dashboard.server import WebServer
from dashboard.settings_logging import log_format
from dashboard.upstream import spent, upstream
from monitoring.loops import Work
from monitoring.monitor import monitor
from monitoring.process import WORK_SHARE, begin_loops
from monitoring.replica import replica
from monitoring.sampler import sampler
from monitoring.schema import schema
from monitoring.shutdown import Stage, shutdown

log = logging.getLogger(__name__)
PORTS_S = SOCKETS_S = 3.0


class WebRunner:
    """``run`` blocks until told to stop; ``beside`` are more loops of the process (``up``: the feed), by name."""

    def __init__(self, application: Any, host: str, port: int, beside: Mapping[str, Work] | None = None) -> None:
        self.host, self.port, self.beside = host, port, beside or {}
        self.server = WebServer(
            application,
            endpoints=[f"tcp:port={port}:interface={_escaped(host)}"],
            on_stop=self._stop,
            ready_callable=self._ready,
            server_name="",
            signal_handlers=False,  # ours are those of monitoring.shutdown_causes
            verbosity=1,
        )

    def run(self) -> str:
        """Serve; why it could not listen, or nothing."""
        asyncio.set_event_loop(twisted_loop)
        self.server.run()
        return self.server.failure

    def _ready(self) -> None:
        """Listening, and the loop is about to run. Whoever reads lines of JSON gets one of these, too."""
        for host, port in self.server.listening_addresses:
            address = f"http://{f'[{host}]' if ':' in host else host}:{port}/"
            if log_format(settings.CONFIG) == "json":
                log.info("listening on %s", address)
            else:
                sys.stdout.write(f"Open {address} (Ctrl-C stops)\n")
        sys.stdout.flush()
        twisted_loop.call_soon(self._begin)

    def _begin(self) -> None:
        """On the loop: whatever is done in the background, and how it ends."""
        endings = self.server.endings
        shutdown.register("ports", endings.close_ports, PORTS_S, Stage.TRAFFIC)
        shutdown.register("requests", endings.requests_answered, WORK_SHARE * shutdown.left_s, Stage.TRAFFIC)
        shutdown.register("sockets", self._say_goodbye, SOCKETS_S, Stage.TRAFFIC)
        loops = begin_loops(twisted_loop)
        watch_web()
        shutdown.attach(twisted_loop, self.server.stop)
        monitor.listeners.append(sampler.take)
        works = {
            "fan-out": fanout.run,
            "notes": toasts.run,
            "ended sessions": partial(hang_up_ended, fanout),
            "private topics": partial(private.recheck, fanout),
            "streams": partial(stream.recheck, fanout),
            "measuring": partial(monitor.run, upstream, spent),
            "samples": sampler.run,
            "use": usage.run,
            "replica": replica.run,
            "mirror": self._mirror,
            "schema": partial(schema.run, shutdown.serving),
        }
        for name, work in {**works, **self.beside}.items():
            loops.start(name, work)

    async def _mirror(self) -> None:
        await mirror.start(get_channel_layer(), caches["board"])
        try:
            await asyncio.Event().wait()  # it turns by itself
        finally:
            await mirror.stop()

    async def _stop(self) -> None:
        """The reactor stops: because of a signal or an error, or because something else stopped it."""
        self.server.endings.begin()
        await shutdown.finish()

    async def _say_goodbye(self) -> None:
        fanout.close_all(SERVICE_RESTART, f"restarting, come back: spread_ms={spread_ms(fanout)}")
        await self.server.endings.sockets_closed()


def _escaped(host: str) -> str:
    """A host as Twisted's endpoint descriptions want it: colons of IPv6 escaped."""
    return host.replace(":", r"\:")
