"""Telegram: a bot writes to a chat, by Apprise."""

import html
import re
from typing import Any

import requests
from django.conf import settings

from alerts.transports.provider import Entry, Message, Permanent, Provider, Temporary, cut, said

TOKEN = re.compile(r"\d{5,}:[\w-]{30,}")
CHAT = re.compile(r"-?\d{1,20}|@\w{4,40}")


class Telegram(Provider):
    """The site's bot (``TELEGRAM_BOT_TOKEN``), or one of the user's."""

    kind = "telegram"
    title = "Telegram"
    entries = (
        Entry(
            "chat", "Chat", "Its number (write to the bot first; a bot like @userinfobot tells it), or @channel."
        ),
        Entry(
            "token",
            "Token of your bot",
            "From @BotFather. Empty: the bot of this site, if it has one.",
            is_secret=True,
            is_optional=True,
        ),
    )
    server = "telegram"

    def check(self, given: dict[str, str]) -> dict[str, str]:
        """A chat, and some bot."""
        wrong = {"chat": "" if CHAT.fullmatch(given["chat"]) else "A number, or a name beginning with @."}
        if given["token"] and not TOKEN.fullmatch(given["token"]):
            wrong["token"] = "This is no token of a bot."  # noqa: S105 - no password
        elif not given["token"] and not settings.CONFIG.telegram_bot_token:
            wrong["token"] = "This site has no bot: give the token of yours."  # noqa: S105
        return wrong

    def plugin(self, secret: dict[str, Any]) -> Any:
        from apprise import NotifyFormat
        from apprise.plugins.telegram import NotifyTelegram

        token = secret.get("token") or settings.CONFIG.telegram_bot_token
        return NotifyTelegram(token, [secret["chat"]], detect_owner=False, preview=False, format=NotifyFormat.HTML)

    def text(self, message: Message) -> tuple[str, str]:
        """HTML, in which nothing of it means anything."""
        title, body = super().text(message)
        return html.escape(title, quote=False), html.escape(cut(body, self.longest), quote=False)

    def judge(self, secret: dict[str, Any], answer: requests.Response) -> None:
        """Its own words say which refusals are the chat's."""
        body = said(answer)
        words = str(body.get("description", ""))[:150]
        if answer.status_code == 429:
            after = (
                body.get("parameters", {}).get("retry_after") if isinstance(body.get("parameters"), dict) else None
            )
            seconds = float(after) if isinstance(after, int | float) else None
            raise Temporary("Telegram asks for patience.", seconds, is_down=False)
        if answer.status_code in (400, 403) and any(
            word in words for word in ("chat", "blocked", "kicked", "user")
        ):
            raise Permanent(f"Telegram says: {words}. Write to the bot, and check the number of the chat.")
        super().judge(secret, answer)

    def is_sites(self, secret: dict[str, Any]) -> bool:
        return not secret.get("token")

    def is_receipt(self, answer: requests.Response) -> bool:
        return said(answer).get("ok") is True
