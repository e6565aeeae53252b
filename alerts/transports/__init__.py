"""All transports, by the kind of a Destination."""

from alerts.transports.mail import Mail
from alerts.transports.outgoing import TIMEOUT_S
from alerts.transports.page import Page
from alerts.transports.push import Push
from alerts.transports.transport import Entry, Message, Permanent, Temporary, Transport
from alerts.transports.webhook import Webhook

TRANSPORTS: dict[str, Transport] = {
    one.kind: one
    for one in (
        Mail(),
        Webhook(),
        Page(),
        Push(),
    )
}

__all__ = ["TIMEOUT_S", "TRANSPORTS", "Entry", "Message", "Permanent", "Temporary", "Transport"]
