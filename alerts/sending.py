"""Sends one message, in a thread of a deliverer: how it went is what comes back, never an exception."""

import logging
import time
from typing import Any

from alerts.message import message
from alerts.models import Delivery
from alerts.transports import Permanent, Temporary
from exchange import log_id

log = logging.getLogger(__name__)
access = logging.getLogger("access.delivery")


def send(transport: Any, parcel: list[Delivery], now: int) -> Exception | None:
    """The error, or None if the receiver has it. The lines of the log have the message's key as their id."""
    key, began = parcel[0].message or parcel[0].key, time.monotonic()
    with log_id.bound(key):
        error = attempt(transport, parcel, key, now)
        said = {"transport": parcel[0].destination.kind, "ms": round((time.monotonic() - began) * 1000)}
        said |= {"sent": error is None, "deliveries": len(parcel)}
        access.info("%s: %s", said["transport"], error or "sent", extra=said)
    return error


def attempt(transport: Any, parcel: list[Delivery], key: str, now: int) -> Exception | None:
    """Build the message, and hand it over."""
    try:
        transport.send(parcel[0].destination.secret, message(parcel, key, now))
    except (Temporary, Permanent) as error:
        return error
    except Exception:
        log.exception("delivery %s failed in a way that nobody thought of", key)
        return Temporary("Something went wrong on our side.", is_down=False)
    return None


def unusable(destination: Any, transport: Any) -> str:
    """Why nothing may be sent there, or nothing."""
    if transport is None:
        return f"There is no transport of the kind {destination.kind} any more."
    if destination.stopped_at is not None:
        return "The destination had been stopped."
    if destination.verified_at is None:
        return "The destination is not verified."
    return "" if destination.user.is_active else "The account is closed."
