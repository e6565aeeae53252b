"""Deadline: one end for all that a thread does with a receiver, in however many steps and however slowly it drips.

Limits of sockets count anew with each byte, so who sends one now and then could hold a thread for ever.
"""

import socket
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from typing import Any, Self

AGAIN_S = 0.2
"""A connection may have been made in the very moment of the end: it is looked for again."""


class Deadline:
    """``with Deadline(seconds)``: once they are over, what ``watch`` names is cut off, which wakes its reader."""

    def __init__(self, seconds: float) -> None:
        self.ends = time.monotonic() + seconds
        self._socket: Callable[[], Any] = lambda: None
        self._done = threading.Event()

    def __enter__(self) -> Self:
        threading.Thread(target=self._guard, name="deadline", daemon=True).start()
        return self

    def __exit__(self, *error: object) -> None:
        self._done.set()

    @property
    def is_over(self) -> bool:
        """Whether time is up."""
        return time.monotonic() >= self.ends

    def left(self) -> float:
        """Seconds. TimeoutError if there are none."""
        left = self.ends - time.monotonic()
        if left <= 0:
            raise TimeoutError("timed out")
        return left

    def watch(self, socket_now: Callable[[], Any]) -> None:
        """``socket_now`` says which socket is used at the moment, None: none is."""
        self._socket = socket_now

    def within(self, call: Callable[[], Any]) -> Any:
        """``call()``, which may hang, such as a look-up of a name: then its thread is left alone. TimeoutError."""
        future: Future[Any] = Future()

        def run() -> None:
            try:
                future.set_result(call())
            except BaseException as error:
                future.set_exception(error)

        threading.Thread(target=run, name="within a deadline", daemon=True).start()
        return future.result(self.left())

    def _guard(self) -> None:
        """In a thread of its own, until the work is done."""
        wait = max(0.0, self.ends - time.monotonic())
        while not self._done.wait(wait):
            wait = AGAIN_S
            sock = self._socket()
            if isinstance(sock, socket.socket):
                with suppress(OSError):
                    socket.socket.shutdown(sock, socket.SHUT_RDWR)  # that of TLS would wait for the other side
