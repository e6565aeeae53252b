"""Keep the garbage collector short.

While it looks for circles among all that lives, the process stands still: 100 to 500 ms for the 190,000 objects
of a web process, nearly all of which are modules, models, addresses and templates that stay for good. These are
taken out of its sight (``gc.freeze``) once they are loaded. What is frozen and let go later is
still freed, unless it is in a circle; circles that are garbage already are collected before.
"""

import asyncio
import gc

SETTLED_AFTER_S = (0, 60)
"""At the start, and when the first requests and events have loaded what is loaded late."""


def begin() -> None:
    """Begin to collect, now that the apps are loaded, which is quicker without looking through them."""
    gc.freeze()
    gc.enable()


async def settle() -> None:
    """A loop: freeze what has been loaded; then nothing more until cancelled."""
    for seconds in SETTLED_AFTER_S:
        await asyncio.sleep(seconds)
        gc.collect()
        gc.freeze()
    await asyncio.Event().wait()
