"""Email by SendGrid, with the site's key, by Apprise."""

from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from alerts.transports.mail import masked_mail
from alerts.transports.provider import Entry, Message, Provider


class SendGrid(Provider):
    """Offered if ``SENDGRID_API_KEY`` is set."""

    kind = "sendgrid"
    title = "Email by SendGrid"
    entries = (Entry("to", "Address"),)
    server = "sendgrid"
    longest = 100_000

    def offered(self) -> str:
        return "" if settings.CONFIG.sendgrid_api_key else "Set SENDGRID_API_KEY."

    def check(self, given: dict[str, str]) -> dict[str, str]:
        """One address."""
        try:
            validate_email(given["to"])
        except ValidationError:
            return {"to": "This is not an email address."}
        return {}

    def hint(self, secret: dict[str, Any]) -> str:
        return masked_mail(secret["to"])

    def plugin(self, secret: dict[str, Any]) -> Any:
        from apprise import NotifyFormat
        from apprise.plugins.sendgrid import NotifySendGrid

        config = settings.CONFIG
        sender = config.sendgrid_from or config.email_from
        return NotifySendGrid(config.sendgrid_api_key, sender, [secret["to"]], format=NotifyFormat.HTML)

    def text(self, message: Message) -> tuple[str, str]:
        """The HTML."""
        return message.title, message.html

    def is_sites(self, secret: dict[str, Any]) -> bool:
        return True
