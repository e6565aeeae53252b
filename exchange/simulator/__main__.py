"""``python -m exchange.simulator``: a simulated exchange in a process of its own.

Prints ``listening on http://HOST:PORT`` when it listens, and stops on SIGINT or SIGTERM; with
``--parent-pipe`` also when its standard input ends, so that it never outlives its parent.
"""

import argparse
import asyncio
import logging
import os
import signal
import sys
import threading

from exchange.clock import FastClock, SystemClock
from exchange.simulator.limits import Limits
from exchange.simulator.profile import MAINNET_LIKE, SMALL
from exchange.simulator.server import SimulatedExchange
from exchange.simulator.world import World

PROFILES = {"mainnet": MAINNET_LIKE, "small": SMALL}


def parse(arguments: list[str]) -> argparse.Namespace:
    """The command line; ``start`` becomes Unix ms."""
    parser = argparse.ArgumentParser(prog="python -m exchange.simulator", description="A simulated Hyperliquid.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--seed", type=int, default=7, help="the same seed gives the same markets")
    parser.add_argument("--speed", type=float, default=1.0, help="simulated seconds per second")
    parser.add_argument("--start", type=_moment, default="now", help="Unix milliseconds, or now")
    parser.add_argument("--profile", choices=PROFILES, default="mainnet")
    parser.add_argument("--no-limits", action="store_true", help="count what clients use, but refuse nothing")
    parser.add_argument("--parent-pipe", action="store_true", help="stop when standard input ends")
    return parser.parse_args(arguments)


def _moment(text: str) -> int:
    return SystemClock().now_ms() if text == "now" else int(text)


def _watch_parent(loop: asyncio.AbstractEventLoop, stop: asyncio.Event) -> None:
    while os.read(0, 4096):
        pass
    loop.call_soon_threadsafe(stop.set)


async def serve(options: argparse.Namespace) -> None:
    """Run until told to stop."""
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    world = World(options.seed, options.start, PROFILES[options.profile])
    clock = FastClock(options.start, options.speed)
    limits = Limits.none() if options.no_limits else Limits()
    async with SimulatedExchange(world, clock, limits, host=options.host, port=options.port) as exchange:
        sys.stdout.write(f"listening on {exchange.url}\n")
        sys.stdout.flush()
        if options.parent_pipe:
            threading.Thread(target=_watch_parent, args=(loop, stop), daemon=True).start()
        await stop.wait()


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    asyncio.run(serve(parse(sys.argv[1:])))
