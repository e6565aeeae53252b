"""Webhook: JSON to a server of the user's, signed, so that it is known to come from here and be no replay."""

import hashlib
import hmac
import json
import secrets
import time
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError

from alerts.transports import outgoing
from alerts.transports.guard import wrong_url
from alerts.transports.transport import Entry, Message

SHORTEST_KEY = 16


class Webhook:
    """``POST`` of ``Message.data`` with the headers of ``headers``. See docs/alerts.md on how to verify them."""

    kind = "webhook"
    title = "Webhook"
    entries = (
        Entry("url", "Address", "It gets each message as JSON by POST, and has to answer 2xx within 10 s."),
        Entry(
            "key",
            "Signing key",
            "Your server checks signatures with it: at least 16 signs. Empty: one is made, and shown once.",
            is_secret=True,
            is_optional=True,
        ),
    )
    needs_code = False

    def offered(self) -> str:
        """Always."""
        return ""

    def clean(self, values: dict[str, str]) -> dict[str, Any]:
        """Address and key; the key is made if none was given."""
        url, key = values.get("url", "").strip(), values.get("key", "").strip()
        wrong = {"url": why} if (why := wrong_url(url)) else {}
        if key and len(key) < SHORTEST_KEY:
            wrong["key"] = f"At least {SHORTEST_KEY} signs, or none."
        if wrong:
            raise ValidationError(wrong)
        return {"url": url, "key": key or secrets.token_urlsafe(32)}

    def hint(self, secret: dict[str, Any]) -> str:
        """The host: the path may be a secret."""
        return f"{urlsplit(secret['url']).hostname}/…"[:80]

    def service(self, secret: dict[str, Any]) -> str:
        """Each is a server of its own."""
        return ""

    def send(self, secret: dict[str, Any], message: Message) -> None:
        """Any 2xx is a receipt."""
        body = json.dumps(message.data | {"key": message.key}, separators=(",", ":")).encode()
        outgoing.judge(
            outgoing.ask("POST", secret["url"], data=body, headers=headers(secret["key"], message.key, body))
        )


def headers(key: str, delivery: str, body: bytes, now: int | None = None) -> dict[str, str]:
    """``now`` is Unix seconds. What is signed is the timestamp, a point and the body as it is sent."""
    timestamp = str(round(time.time()) if now is None else now)
    signed = hmac.new(key.encode(), f"{timestamp}.".encode() + body, hashlib.sha256).hexdigest()
    return {
        "Content-Type": "application/json",
        "User-Agent": "hyperliquid-dashboard",
        "Idempotency-Key": delivery,
        "X-Alert-Timestamp": timestamp,
        "X-Alert-Signature": f"v1={signed}",
    }
