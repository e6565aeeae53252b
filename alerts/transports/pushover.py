"""Pushover, by Apprise."""

import re
from typing import Any

import requests
from django.conf import settings

from alerts.transports.provider import Entry, Permanent, Provider, masked, said

KEY = re.compile(r"[A-Za-z0-9]{30}")


class Pushover(Provider):
    """With the application of the site (``PUSHOVER_APP_TOKEN``), or one of the user's."""

    kind = "pushover"
    title = "Pushover"
    entries = (
        Entry("user", "User key", "On the first page of pushover.net.", is_secret=True),
        Entry(
            "token",
            "Application token",
            "Of an application of yours. Empty: that of this site, if it has one.",
            is_secret=True,
            is_optional=True,
        ),
    )
    server = "pushover"
    longest = 900

    def check(self, given: dict[str, str]) -> dict[str, str]:
        """Two keys of 30 signs."""
        token, sites = given["token"], settings.CONFIG.pushover_app_token
        wrong = {"user": "" if KEY.fullmatch(given["user"]) else "30 letters and digits."}
        if token and not KEY.fullmatch(token):
            wrong["token"] = "30 letters and digits."  # noqa: S105 - no password
        elif not token and not sites:
            wrong["token"] = "This site has no application there: give the token of yours."  # noqa: S105
        return wrong

    def hint(self, secret: dict[str, Any]) -> str:
        return masked(secret["user"])

    def plugin(self, secret: dict[str, Any]) -> Any:
        from apprise.plugins.pushover import NotifyPushover

        return NotifyPushover(secret["user"], secret.get("token") or settings.CONFIG.pushover_app_token)

    def judge(self, secret: dict[str, Any], answer: requests.Response) -> None:
        """It names the key that it does not like."""
        body = said(answer)
        if answer.status_code == 400 and body.get("user") == "invalid":
            raise Permanent("Pushover does not know this user key. Give the one on its first page.")
        if answer.status_code == 400 and body.get("token") == "invalid":
            answer.status_code = 401
        super().judge(secret, answer)

    def is_sites(self, secret: dict[str, Any]) -> bool:
        return not secret.get("token")

    def is_receipt(self, answer: requests.Response) -> bool:
        return said(answer).get("status") == 1
