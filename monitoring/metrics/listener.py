"""``/metrics`` of processes that serve no pages: ``feed`` and ``deliver``, on ``METRICS_PORT`` if that is set."""

import asyncio
import logging

from aiohttp import web
from django.conf import settings
from prometheus_client import CONTENT_TYPE_LATEST

from accounts.proxies import believe, networks
from monitoring.metrics.access import may_read
from monitoring.metrics.page import PATH
from monitoring.metrics.registry import text

log = logging.getLogger(__name__)

PASSED_ON = ("Authorization", "X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host", "X-Forwarded-Port")


class Listener:
    """One per process. ``port`` is where it listens, 0 while it does not."""

    def __init__(self, host: str, port: int) -> None:
        self.host, self.wanted, self.port = host, port, 0

    async def run(self) -> None:
        """Listen until cancelled. A port that is taken is said, and no reason to stop."""
        application = web.Application()
        application.router.add_get(PATH, answer, allow_head=False)
        runner = web.AppRunner(application, access_log=None, handle_signals=False, shutdown_timeout=1.0)
        try:
            await runner.setup()
            await self._listen(runner)
            await asyncio.get_running_loop().create_future()
        finally:
            self.port = 0
            await runner.cleanup()

    async def _listen(self, runner: web.AppRunner) -> None:
        try:
            await web.TCPSite(runner, self.host, self.wanted).start()
        except OSError as error:
            log.error("metrics cannot be read: %s", error)
            return
        self.port = runner.addresses[0][1]
        log.info("metrics are at http://%s:%s%s", self.host, self.port, PATH)


async def answer(request: web.Request) -> web.Response:
    """The same to the same people as the page of the web process."""
    meta = {f"HTTP_{name.upper().replace('-', '_')}": request.headers.get(name) for name in PASSED_ON}
    meta = {name: value for name, value in meta.items() if value is not None}
    meta["REMOTE_ADDR"] = request.remote or ""
    believe(meta, networks(settings.TRUSTED_PROXIES))
    if not may_read(meta):
        raise web.HTTPNotFound
    return web.Response(
        body=await text(), headers={"Content-Type": CONTENT_TYPE_LATEST, "Cache-Control": "no-store"}
    )
