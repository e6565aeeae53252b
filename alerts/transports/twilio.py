"""SMS and WhatsApp by Twilio, from the site's own numbers, by Apprise."""

import re
from typing import Any

import requests
from django.conf import settings

from alerts.transports.provider import Entry, Message, Permanent, Provider, cut, said

NUMBER = re.compile(r"\+[1-9]\d{6,14}")
NEVER = {
    21211: "This is no number that can be called",
    21214: "This number cannot be reached",
    21217: "This is no number that can be called",
    21408: "The site may not send to this country",
    21610: "You have asked this number for silence; send it START to take that back",
    21612: "This number cannot be reached",
    21614: "This is no mobile number",
    63003: "This number has no WhatsApp",
    63024: "This number has no WhatsApp",
}
"""Twilio's codes that mean that this number will never get anything."""


class Sms(Provider):
    """Offered if ``TWILIO_ACCOUNT_SID``, ``TWILIO_AUTH_TOKEN`` and a number of the site's are set."""

    kind = "sms"
    title = "SMS"
    entries = (Entry("to", "Number", "With + and the country, such as +4915112345678."),)
    server = "twilio"
    longest = 300
    mode = ""

    @property
    def source(self) -> str:
        """The number that it comes from."""
        return settings.CONFIG.twilio_sms_from

    def offered(self) -> str:
        config = settings.CONFIG
        if config.twilio_account_sid and config.twilio_auth_token and self.source:
            return ""
        return f"Set TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN and TWILIO_{self.kind.upper()}_FROM."

    def check(self, given: dict[str, str]) -> dict[str, str]:
        """Blanks and the like do not count."""
        given["to"] = re.sub(r"[\s()./-]", "", given["to"])
        return {"to": "" if NUMBER.fullmatch(given["to"]) else "A number with + and the country is needed."}

    def hint(self, secret: dict[str, Any]) -> str:
        return f"{secret['to'][:3]}…{secret['to'][-3:]}"

    def plugin(self, secret: dict[str, Any]) -> Any:
        from apprise.plugins.twilio import NotifyTwilio

        config = settings.CONFIG
        return NotifyTwilio(
            config.twilio_account_sid, config.twilio_auth_token, self.source, [self.mode + secret["to"]]
        )

    def text(self, message: Message) -> tuple[str, str]:
        """The title, the value, and the address: an SMS is short."""
        return "", cut("\n".join([message.title, *message.text.split("\n")[2:4], message.url]), self.longest)

    def judge(self, secret: dict[str, Any], answer: requests.Response) -> None:
        """Its codes say which refusals are the number's."""
        if answer.status_code == 400 and (why := NEVER.get(said(answer).get("code"))):
            raise Permanent(f"{why} (Twilio {said(answer)['code']}).")
        super().judge(secret, answer)

    def is_sites(self, secret: dict[str, Any]) -> bool:
        return True

    def is_receipt(self, answer: requests.Response) -> bool:
        return str(said(answer).get("sid", "")).startswith(("SM", "MM"))


class WhatsApp(Sms):
    """The same, from a sender that Twilio has approved for WhatsApp."""

    kind = "whatsapp"
    title = "WhatsApp"
    longest = 1500
    mode = "w:"

    @property
    def source(self) -> str:
        return settings.CONFIG.twilio_whatsapp_from
