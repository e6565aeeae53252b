"""Long answers: sent no faster than the browser reads them, and cut off where they fail or nobody reads on.

Daphne takes whatever it is given and keeps it until the browser has it: a download of a million rows to a
slow reader would stand in memory whole. And an answer that fails midway it leaves open for ever.
"""

import asyncio
from typing import Any

from dashboard.lines import FULL, queued

LOOK_S = (0.001, 0.05)
"""How long from one look at the socket to the next: at first, and at last for one who reads slowly."""
STALLED_S = 60.0
"""A browser that has read nothing for so long does not want it any more."""


async def taken(protocol: Any, patience: float = STALLED_S) -> None:
    """Until the browser has read most of what it was sent; one that stalls for ``patience`` seconds is cut off."""
    await asyncio.sleep(0)  # else an answer that never waits would not notice that its reader has gone
    channel = getattr(protocol, "channel", None)
    transport = getattr(channel, "transport", None)
    least, wait, clock = None, LOOK_S[0], asyncio.get_running_loop().time
    while transport is not None and transport.connected:
        left = queued(transport) - transport.offset
        if left <= FULL:
            return
        if least is None or left < least:
            least, since = left, clock()
        elif clock() - since > patience:
            transport.abortConnection()
            return
        await asyncio.sleep(wait)
        wait = min(2 * wait, LOOK_S[1])


def cut_off(protocol: Any, _: BaseException) -> None:
    """The application failed: a page that says so or, if an answer has begun, a transfer that visibly breaks."""
    if not protocol._response_started:
        protocol.basic_error(500, b"Internal Server Error", "Exception inside application.")
    elif protocol.channel is not None:
        protocol.channel.transport.abortConnection()
