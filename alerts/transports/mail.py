"""Email, handed in where the site's own mail is (``EMAIL_URL``)."""

import smtplib
from email.utils import parseaddr
from hashlib import sha256
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.validators import validate_email

from alerts.transports.deadline import Deadline
from alerts.transports.outgoing import TIMEOUT_S
from alerts.transports.transport import Entry, Message, Permanent, Temporary

MAIL_S = 40.0
"""Longest that a mail may take in all; ``TIMEOUT_S`` is for each of the server's answers."""


class Mail:
    """Text and HTML. The same delivery has the same Message-ID in each try."""

    kind = "email"
    title = "Email"
    entries = (Entry("to", "Address"),)
    needs_code = True

    def offered(self) -> str:
        """Always: outside production mail is written to the terminal."""
        return ""

    def clean(self, values: dict[str, str]) -> dict[str, Any]:
        """One address."""
        to = values.get("to", "").strip()
        try:
            validate_email(to)
        except ValidationError as error:
            raise ValidationError({"to": "This is not an email address."}) from error
        return {"to": to}

    def hint(self, secret: dict[str, Any]) -> str:
        """``t…r@example.org``."""
        return masked_mail(secret["to"])

    def service(self, secret: dict[str, Any]) -> str:
        """The site's one mail server."""
        return "smtp"

    def send(self, secret: dict[str, Any], message: Message) -> None:
        """Hand it in. What the server says of the site itself is no fault of the destination's."""
        try:
            with Deadline(MAIL_S) as deadline:
                mail = composed(secret["to"], message)
                deadline.watch(lambda: getattr(getattr(mail.connection, "connection", None), "sock", None))
                mail.send()
        except smtplib.SMTPRecipientsRefused as error:
            code, _ = next(iter(error.recipients.values()), (450, b""))
            if 500 <= code < 600:
                raise Permanent(f"The mail server refuses this address ({code}). Check it.") from error
            reason = f"The mail server does not take mail for this address now ({code})."
            raise Temporary(reason, is_down=False) from error
        except smtplib.SMTPDataError as error:
            if 500 <= error.smtp_code < 600:
                raise Permanent(
                    f"The mail server refused this message ({error.smtp_code}).", stops=False
                ) from error
            reason = f"The mail server does not take this message now ({error.smtp_code})."
            raise Temporary(reason, is_down=False) from error
        except smtplib.SMTPResponseException as error:
            raise Temporary(f"The site's mail server answered {error.smtp_code}.") from error
        except (smtplib.SMTPException, OSError) as error:
            raise Temporary("The site's mail server could not be reached.") from error


def composed(to: str, message: Message) -> EmailMultiAlternatives:
    """The mail. Its Message-ID is made of the key, so that mailboxes that know it show a repeated one once."""
    name = sha256(message.key.encode()).hexdigest()[:32]
    domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2]
    mail = EmailMultiAlternatives(
        message.title,
        message.text,
        to=[to],
        headers={"Message-ID": f"<{name}@{domain}>", "Auto-Submitted": "auto-generated"},
        connection=get_connection(timeout=TIMEOUT_S),
    )
    mail.attach_alternative(message.html, "text/html")
    return mail


def masked_mail(address: str) -> str:
    """``trader@example.org`` as ``t…r@example.org``."""
    name, _, domain = address.rpartition("@")
    return f"{name[:1]}…{name[-1:] if len(name) > 3 else ''}@{domain}"[:80]
