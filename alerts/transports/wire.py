"""Wire: what Apprise's plugins speak through, so that no forbidden address is reached and each answer is known.

A plugin calls ``requests`` by that name in its own module, and says afterwards only whether it worked. Here that
name, in the modules of the plugins that are used and nowhere else, is replaced by a ``Wire``: it sends through
``alerts.transports.outgoing``, and what is no receipt is raised as Temporary or Permanent past the plugin.
"""

import logging
import sys
import threading
from collections.abc import Callable
from typing import Any

import requests

from alerts.transports import outgoing
from alerts.transports.transport import Temporary

OURS = ("params", "data", "headers", "files", "auth", "json")
"""What a plugin may say of a request; time limits, redirects and certificates are not its business."""
Judge = Callable[[requests.Response], None]
_local = threading.local()
_lock = threading.Lock()


class Wire:
    """Stands for the module ``requests``; all that sends nothing is the module's own."""

    def __getattr__(self, name: str) -> Any:
        return getattr(requests, name)

    def request(self, method: str, url: str, **more: Any) -> requests.Response:
        """Send it, and raise what the judge of this thread makes of the answer."""
        answer = outgoing.ask(method.upper(), url, **{name: more[name] for name in OURS if more.get(name)})
        _local.judge(answer)
        return answer

    def get(self, url: str, **more: Any) -> requests.Response:
        """See ``request``."""
        return self.request("GET", url, **more)

    def post(self, url: str, data: Any = None, **more: Any) -> requests.Response:
        """See ``request``."""
        return self.request("POST", url, data=data, **more)

    def put(self, url: str, data: Any = None, **more: Any) -> requests.Response:
        """See ``request``."""
        return self.request("PUT", url, data=data, **more)

    def Session(self, *args: Any, **kwargs: Any) -> Any:  # noqa: N802 - the library's name
        """A way round the guard: refused."""
        raise Temporary("This service cannot be used here.", is_down=False)


WIRE = Wire()


def notify(plugin: Any, title: str, body: str, judge: Judge) -> None:
    """Have an Apprise plugin send something; Temporary or Permanent unless the server has it.

    A plugin may ask for several things, one for each target: all within the time that a receiver has.
    """
    _connect(plugin)
    plugin.request_rate_per_sec = 0  # deliveries have their own rate, and a thread is not to sleep
    _local.judge = judge
    with outgoing.together():
        is_sent = plugin.notify(title=title, body=body)
    if not is_sent:
        raise Temporary("The service did not confirm the message.")


def _connect(plugin: Any) -> None:
    """Put the wire into the plugin's module. Its log has addresses with tokens in them, below warnings."""
    module = sys.modules[type(plugin).__module__]
    if module.__dict__.get("requests") is not WIRE:
        with _lock:
            logging.getLogger("apprise").setLevel(logging.ERROR)
            module.__dict__["requests"] = WIRE
