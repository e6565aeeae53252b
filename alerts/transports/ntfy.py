"""ntfy: a topic at ntfy.sh or at a server of the user's, by Apprise."""

import re
from typing import Any
from urllib.parse import urlsplit

import requests

from alerts.transports.guard import wrong_url
from alerts.transports.provider import Entry, Provider, masked, said

TOPIC = re.compile(r"[A-Za-z0-9_-]{1,64}")
PUBLIC = "https://ntfy.sh"


class Ntfy(Provider):
    """Who knows a topic may write and read there: it is as good as a password."""

    kind = "ntfy"
    title = "ntfy"
    entries = (
        Entry("topic", "Topic", "A long one that nobody guesses, unless your server asks for a token."),
        Entry("server", "Server", f"Empty: {PUBLIC}.", is_optional=True),
        Entry(
            "token",
            "Access token",
            "Beginning with tk_, if the topic asks for one.",
            is_secret=True,
            is_optional=True,
        ),
    )
    needs_code = False

    def check(self, given: dict[str, str]) -> dict[str, str]:
        """A topic, and a server that may be reached."""
        server = given["server"] = given["server"].rstrip("/")
        return {
            "topic": "" if TOPIC.fullmatch(given["topic"]) else "Letters, digits, - and _, 64 at most.",
            "server": (wrong_url(server) or self._path(server)) if server else "",
        }

    def _path(self, server: str) -> str:
        parts = urlsplit(server)
        return "Only scheme, name and port." if parts.path or parts.query or parts.fragment else ""

    def hint(self, secret: dict[str, Any]) -> str:
        server = urlsplit(secret.get("server", PUBLIC)).hostname
        return f"{server}/{masked(secret['topic'])}"[:80]

    def plugin(self, secret: dict[str, Any]) -> Any:
        from apprise.plugins.ntfy import NotifyNtfy

        server = urlsplit(secret.get("server", PUBLIC))
        return NotifyNtfy(
            targets=[secret["topic"]],
            mode="private",
            host=server.hostname,
            port=server.port,
            secure=server.scheme == "https",
            include_image=False,
            **({"auth": "token", "token": secret["token"]} if secret.get("token") else {}),
        )

    def is_receipt(self, answer: requests.Response) -> bool:
        return "id" in said(answer)
