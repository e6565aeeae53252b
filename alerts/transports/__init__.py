"""All transports, by the kind of a Destination."""

from alerts.transports.transport import Entry, Message, Permanent, Temporary, Transport

TIMEOUT_S = 10.0
"""Longest that a receiver may take."""
TRANSPORTS: dict[str, Transport] = {}

__all__ = ["TIMEOUT_S", "TRANSPORTS", "Entry", "Message", "Permanent", "Temporary", "Transport"]
