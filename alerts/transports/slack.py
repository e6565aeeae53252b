"""Slack: an incoming webhook of a channel, by Apprise."""

import html
import re
from typing import Any

import requests

from alerts.transports.provider import Entry, Message, Provider

ADDRESS = re.compile(
    r"https://hooks\.slack(?:-gov)?\.com/services/([A-Z0-9]{5,})/([A-Z0-9]{5,})/([A-Za-z0-9]{20,})/?"
)


class Slack(Provider):
    """Whoever knows the webhook's address may write there, so nothing has to be verified."""

    kind = "slack"
    title = "Slack"
    entries = (Entry("url", "Webhook", "Of an app with incoming webhooks: Copy URL.", is_secret=True),)
    needs_code = False
    server = "slack"

    def check(self, given: dict[str, str]) -> dict[str, str]:
        """The address as Slack copies it."""
        good = ADDRESS.fullmatch(given["url"])
        return {"url": "" if good else "An address beginning with https://hooks.slack.com/services/ is needed."}

    def hint(self, secret: dict[str, Any]) -> str:
        return f"webhook of {ADDRESS.fullmatch(secret['url'])[2][:3]}…"

    def plugin(self, secret: dict[str, Any]) -> Any:
        from apprise import NotifyFormat
        from apprise.plugins.slack import NotifySlack

        a, b, c = ADDRESS.fullmatch(secret["url"]).groups()
        return NotifySlack(
            token_a=a, token_b=b, token_c=c, include_image=False, include_footer=False, format=NotifyFormat.TEXT
        )

    def text(self, message: Message) -> tuple[str, str]:
        """With & < > escaped no mention and no link can be made. Of the title the plugin does that itself."""
        title, body = super().text(message)
        return title, html.escape(body, quote=False)

    def is_receipt(self, answer: requests.Response) -> bool:
        return answer.content == b"ok"
