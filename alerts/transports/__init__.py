"""All transports, by the kind of a Destination."""

from alerts.transports.page import PageTransport
from alerts.transports.transport import Entry, Message, Permanent, Temporary, Transport

TIMEOUT_S = 10.0
"""Longest that a receiver may take."""
TRANSPORTS: dict[str, Transport] = {}
TRANSPORTS["page"] = PageTransport()

__all__ = ["TIMEOUT_S", "TRANSPORTS", "Entry", "Message", "Permanent", "Temporary", "Transport"]
