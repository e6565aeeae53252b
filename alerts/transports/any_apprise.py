"""Any other service that Apprise knows, by its address: only where the admin trusts all users."""

import ast
import inspect
import logging
import sys
from functools import lru_cache
from typing import Any

from django.conf import settings

from alerts.transports.provider import Entry, Permanent, Provider, masked

SAFE = {
    "requests",
    "re",
    "json",
    "datetime",
    "time",
    "typing",
    "uuid",
    "hashlib",
    "hmac",
    "base64",
    "urllib",
    "html",
}
SAFE |= {"itertools", "os", "math", "random", "string", "enum", "contextlib", "collections", "dataclasses", "copy"}
SAFE |= {"__future__", "binascii", "functools", "logging", "locale", "email", "xml", "textwrap"}


class AnyApprise(Provider):
    """Offered with ``ALERTS_APPRISE_URLS``. Only plugins that speak HTTP, and so by way of the guard."""

    kind = "apprise"
    title = "Apprise address"
    entries = (
        Entry("url", "Address", "As in Apprise's documentation, such as gotify://host/token.", is_secret=True),
    )
    needs_code = False
    longest = 1500

    def offered(self) -> str:
        return "" if settings.CONFIG.alerts_apprise_urls else "Set ALERTS_APPRISE_URLS, if all users are trusted."

    def check(self, given: dict[str, str]) -> dict[str, str]:
        """Apprise has to know it, and it has to be HTTP."""
        made = _made(given["url"])
        if made is None:
            return {"url": "Apprise does not know such an address."}
        return {} if speaks_http(type(made)) else {"url": "Only services that are reached by HTTP can be used."}

    def hint(self, secret: dict[str, Any]) -> str:
        scheme, _, rest = secret["url"].partition("://")
        return f"{scheme}://{masked(rest)}"[:80]

    def plugin(self, secret: dict[str, Any]) -> Any:
        made = _made(secret["url"])
        if self.offered() or made is None or not speaks_http(type(made)):
            raise Permanent("Addresses of Apprise are not allowed here any more. Choose another way to be told.")
        return made


def _made(url: str) -> Any:
    import apprise

    logging.getLogger("apprise").setLevel(logging.ERROR)
    return apprise.Apprise.instantiate(url, suppress_exceptions=True)


@lru_cache
def speaks_http(plugin: type) -> bool:
    """Whether its module has ``requests``, and nothing else that could open a connection or run something."""
    module = sys.modules[plugin.__module__]
    if "requests" not in module.__dict__:
        return False
    tree = ast.parse(inspect.getsource(module))
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    names |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and not node.level}
    return all(name.partition(".")[0] in SAFE for name in names)
