"""The server of ``board_server`` with all that watches who is connected, on the test's database: run as a process.

What a web process asks for every ten seconds is asked for here many times a second.
"""

from tests.dashboard.board_server import Stand  # first: it sets Django up

# isort: split
import asyncio
from dataclasses import replace
from functools import partial

from daphne.server import twisted_loop
from django.conf import settings

from dashboard import private, stream
from dashboard.consumer import fanout, toasts
from dashboard.fanout import Fanout
from dashboard.hangups import hang_up_ended

OFTEN_S = 0.2


class Programs(Stand):
    """Who is connected is looked after; ``look`` says whether tokens are asked about as time goes by."""

    looks = True

    def ready(self) -> None:
        stream.EVERY = private.EVERY = OFTEN_S
        once = stream.recheck_once

        async def recheck_if_told(fanout: Fanout) -> None:
            if self.looks:
                await once(fanout)

        stream.recheck_once = recheck_if_told
        super().ready()
        loops = (toasts.run, *(partial(one, fanout) for one in (hang_up_ended, private.recheck, stream.recheck)))
        self.tasks += [twisted_loop.create_task(loop()) for loop in loops]

    def look(self, looks: bool) -> None:
        self.looks = looks
        self.say(looks)

    def limit(self, most: int) -> None:
        """Requests of the api tier from now on; 0: no limit."""
        settings.CONFIG = replace(settings.CONFIG, rate_limit_enabled=most > 0, rate_limit_api=most or 1)
        self.say(most)


if __name__ == "__main__":
    asyncio.set_event_loop(twisted_loop)
    Programs(plain=False).server.run()
