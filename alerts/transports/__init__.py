"""All transports, by the kind of a Destination."""

from alerts.transports.any_apprise import AnyApprise
from alerts.transports.discord import Discord
from alerts.transports.mail import Mail
from alerts.transports.ntfy import Ntfy
from alerts.transports.outgoing import TIMEOUT_S
from alerts.transports.page import Page
from alerts.transports.push import Push
from alerts.transports.pushover import Pushover
from alerts.transports.sendgrid import SendGrid
from alerts.transports.slack import Slack
from alerts.transports.telegram import Telegram
from alerts.transports.transport import Entry, Message, Permanent, Temporary, Transport
from alerts.transports.twilio import Sms, WhatsApp
from alerts.transports.webhook import Webhook

TRANSPORTS: dict[str, Transport] = {
    one.kind: one
    for one in (
        Mail(),
        Telegram(),
        Discord(),
        Slack(),
        Webhook(),
        Page(),
        Push(),
        Ntfy(),
        Pushover(),
        Sms(),
        WhatsApp(),
        SendGrid(),
        AnyApprise(),
    )
}

__all__ = ["TIMEOUT_S", "TRANSPORTS", "Entry", "Message", "Permanent", "Temporary", "Transport"]
