"""What makes a process stop: signals, and errors that nobody caught, wherever they come up."""

import asyncio
import logging
import os
import signal
import sys
import threading
from types import FrameType, TracebackType
from typing import Any

from django.db import InterfaceError, OperationalError
from redis.exceptions import RedisError
from websockets.exceptions import ConnectionClosed

from monitoring.shutdown import FAILED, Shutdown, State

log = logging.getLogger(__name__)

AWAY = (OSError, RedisError, OperationalError, InterfaceError, ConnectionClosed)
"""A server that is away, which a restart would not mend: pages go on meanwhile."""
OF_A_CONNECTION = ("transport", "protocol", "socket", "asyncgen")
"""What asyncio says is wrong with one connection of many, or with a reader that has left."""


def listen_for_signals(shutdown: Shutdown) -> None:
    """SIGINT and SIGTERM stop in order; a second one ends at once, as the first while there is no loop yet."""
    told: list[int] = []

    def hear(number: int, _frame: FrameType | None) -> None:
        told.append(number)
        if len(told) > 1:
            os.write(2, f"told again to stop: ended while {shutdown.doing or 'starting'}\n".encode())
            shutdown.end(128 + number)
        elif shutdown.is_attached:
            shutdown.begin(signal.Signals(number).name)
        else:
            raise SystemExit(0)

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, hear)


def listen_for_errors(shutdown: Shutdown) -> None:
    """What no thread catches. In the main thread the loop is over by then: what is left is done in another."""

    def in_main(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            sys.__excepthook__(kind, error, trace)
            return
        log.critical("nobody caught this", exc_info=(kind, error, trace))
        shutdown.begin(f"uncaught {error!r}", FAILED)
        if shutdown.state is not State.STOPPED:
            shutdown.drain_s = 0.0
            asyncio.run(shutdown.finish())

    def in_thread(what: threading.ExceptHookArgs) -> None:
        if what.exc_type is SystemExit:
            return
        name = what.thread.name if what.thread else "a thread"
        trace = (what.exc_type, what.exc_value or what.exc_type(), what.exc_traceback)
        log.critical("the thread %s ended", name, exc_info=trace)
        shutdown.begin(f"the thread {name} ended: {what.exc_value!r}", FAILED)

    sys.excepthook, threading.excepthook = in_main, in_thread


def listen_to_loop(shutdown: Shutdown, loop: asyncio.AbstractEventLoop) -> None:
    """What no task or callback catches. Of one connection, or of a server that is away, it is only logged."""

    def hear(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        loop.default_exception_handler(context)
        error = context.get("exception")
        if error is None or isinstance(error, AWAY) or any(name in context for name in OF_A_CONNECTION):
            return
        shutdown.begin(f"{context['message']}: {error!r}", FAILED)

    loop.set_exception_handler(hear)
