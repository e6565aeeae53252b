"""Web push: a notification of a browser that may be closed, by way of the push service that its maker runs.

The message is encrypted for that browser (RFC 8291), so the service cannot read it, and signed by this site
(VAPID, RFC 8292). The service's address is a user's word, and guarded like that of a webhook.
"""

import base64
import binascii
import hashlib
import json
import time
from email.utils import parseaddr
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.conf import settings
from django.core.exceptions import ValidationError
from py_vapid import Vapid02

from alerts.transports import outgoing
from alerts.transports.brief import brief
from alerts.transports.guard import wrong_url
from alerts.transports.transport import Entry, Message, Permanent

TTL_S = 6 * 3600
"""How long the service keeps it for a browser that is not running; as long as alerts are told late."""
TOKEN_S = 3600
MOST_TITLE, MOST_TEXT = 120, 700
"""Letters. A service takes 4096 bytes, and a letter may take four of them."""
ADD_AGAIN = "Open the destinations in that browser, and add it again."


class Push:
    """``entries`` are filled in by the browser itself."""

    kind = "push"
    title = "Notification of a browser"
    entries = (
        Entry("endpoint", "Address at the push service"),
        Entry("p256dh", "The browser's public key"),
        Entry("auth", "Its secret", is_secret=True),
    )
    needs_code = False

    def offered(self) -> str:
        """Needs the site's key."""
        return "" if settings.CONFIG.vapid_private_key else "An admin has to set VAPID_PRIVATE_KEY for this."

    def clean(self, values: dict[str, str]) -> dict[str, Any]:
        """A subscription as the Push API gives it."""
        found = {entry.name: values.get(entry.name, "").strip() for entry in self.entries}
        wrong = {}
        if why := wrong_url(found["endpoint"]):
            wrong["endpoint"] = why
        elif not (found["endpoint"].startswith("https://") or settings.CONFIG.alerts_allow_private):
            wrong["endpoint"] = "An address beginning with https:// is needed."
        if not _is_point(found["p256dh"]):
            wrong["p256dh"] = "This is no public key of P-256."
        if len(_decoded(found["auth"])) != 16:
            wrong["auth"] = "16 bytes in base64url are needed."
        if wrong:
            raise ValidationError(wrong)
        return found

    def hint(self, secret: dict[str, Any]) -> str:
        """The service's host and the end of the address."""
        return f"{urlsplit(secret['endpoint']).hostname}/…{secret['endpoint'][-4:]}"[-80:]

    def service(self, secret: dict[str, Any]) -> str:
        """All browsers of a maker share one."""
        return urlsplit(secret["endpoint"]).hostname or ""

    def send(self, secret: dict[str, Any], message: Message) -> None:
        """Any 2xx is a receipt; it says nothing of when the browser shows it."""
        shown = {"key": message.key, "url": message.url, "at": message.at}
        said = {"title": message.title[:MOST_TITLE], "text": brief(message)[:MOST_TEXT]}
        body = json.dumps(shown | said, ensure_ascii=False).encode()
        keys = {"p256dh": secret["p256dh"], "auth": secret["auth"]}
        # here, since it brings an HTTP client that loads slowly and that no process but this needs
        from pywebpush import WebPusher

        encrypted = WebPusher({"endpoint": secret["endpoint"], "keys": keys}).encode(body)["body"]
        answer = outgoing.ask("POST", secret["endpoint"], data=encrypted, headers=headers(secret, message.key))
        if answer.status_code in (404, 410):
            raise Permanent(f"That browser takes no notifications from here any more. {ADD_AGAIN}")
        if answer.status_code in (401, 403):
            raise Permanent(f"That browser was added under another key of this site. {ADD_AGAIN}")
        outgoing.judge(answer)


def headers(secret: dict[str, Any], key: str) -> dict[str, str]:
    """``Topic``: what is tried again replaces what the browser has not seen yet."""
    parts = urlsplit(secret["endpoint"])
    until = (int(time.time()) // TOKEN_S + 2) * TOKEN_S
    topic = base64.urlsafe_b64encode(hashlib.sha256(key.encode()).digest()).decode()[:32]
    return {
        "Authorization": _token(settings.CONFIG.vapid_private_key, f"{parts.scheme}://{parts.netloc}", until),
        "Content-Type": "application/octet-stream",
        "Content-Encoding": "aes128gcm",
        "TTL": str(TTL_S),
        "Urgency": "high",
        "Topic": topic,
    }


def public_key() -> str:
    """What browsers call ``applicationServerKey``: base64url, or nothing if there is no key."""
    if not settings.CONFIG.vapid_private_key:
        return ""
    key = Vapid02.from_string(settings.CONFIG.vapid_private_key).public_key
    raw = key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


@lru_cache(maxsize=64)
def _token(key: str, audience: str, until: int) -> str:
    """The signature; services want the same one to be used for a while. ``until``: Unix seconds."""
    origin = urlsplit(settings.CONFIG.origin)
    is_known = origin.scheme == "https" and origin.port is None  # py_vapid takes no other address of a site
    whose = origin.geturl() if is_known else f"mailto:{parseaddr(settings.DEFAULT_FROM_EMAIL)[1]}"
    claims = {"aud": audience, "exp": until, "sub": whose}
    signed: str = Vapid02.from_string(key).sign(claims)["Authorization"]
    return signed


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4), b"-_", validate=True)
    except (binascii.Error, ValueError):
        return b""


def _is_point(text: str) -> bool:
    raw = _decoded(text)
    if len(raw) != 65:
        return False
    try:
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), raw)
    except ValueError:
        return False
    return True
