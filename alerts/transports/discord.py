"""Discord: a webhook of a channel, by Apprise."""

import re
from typing import Any

import requests

from alerts.transports.provider import Entry, Message, Provider, Temporary, said

ADDRESS = re.compile(r"https://(?:\w+\.)?discord(?:app)?\.com/api/(?:v\d+/)?webhooks/(\d{1,25})/([\w-]{20,})/?")
MEANING = re.compile(r"([\\*_~`|>#@<\[\]])")


class Discord(Provider):
    """Whoever knows the webhook's address may write there, so nothing has to be verified."""

    kind = "discord"
    title = "Discord"
    entries = (Entry("url", "Webhook", "Channel settings, Integrations, Webhooks, Copy URL.", is_secret=True),)
    needs_code = False
    server = "discord"
    longest = 1500

    def check(self, given: dict[str, str]) -> dict[str, str]:
        """The address as Discord copies it."""
        good = ADDRESS.fullmatch(given["url"])
        return {"url": "" if good else "An address beginning with https://discord.com/api/webhooks/ is needed."}

    def hint(self, secret: dict[str, Any]) -> str:
        return f"webhook …{ADDRESS.fullmatch(secret['url'])[1][-4:]}"

    def plugin(self, secret: dict[str, Any]) -> Any:
        from apprise import NotifyFormat
        from apprise.plugins.discord import NotifyDiscord

        number, token = ADDRESS.fullmatch(secret["url"]).groups()
        return NotifyDiscord(number, token, avatar=False, format=NotifyFormat.TEXT)

    def text(self, message: Message) -> tuple[str, str]:
        """Signs that mean something to Discord are escaped, and an @ calls nobody."""
        title, body = super().text(message)
        return escaped(title), escaped(body)

    def judge(self, secret: dict[str, Any], answer: requests.Response) -> None:
        """Its patience is in the body, with fractions of a second."""
        if answer.status_code == 429:
            after = said(answer).get("retry_after")
            seconds = float(after) if isinstance(after, int | float) else None
            raise Temporary("Discord asks for patience.", seconds, is_down=False)
        super().judge(secret, answer)


def escaped(text: str) -> str:
    """Without mark-up and mentions; addresses of the site stay what they are."""
    parts = re.split(r"(https?://\S+)", text)
    return "".join(
        part if index % 2 else MEANING.sub(r"\\\1", part).replace("@", "@\u200b")
        for index, part in enumerate(parts)
    )
