"""Provider: the common part of the transports that go through a plugin of Apprise."""

import logging
from abc import ABC, abstractmethod
from typing import Any

import requests
from django.core.exceptions import ValidationError

from alerts.transports import outgoing, wire
from alerts.transports.transport import Entry, Message, Permanent, Temporary

log = logging.getLogger(__name__)


class Provider(ABC):
    """A subclass says what differs: ``plugin``, and perhaps how it words a message and reads an answer."""

    kind = ""
    title = ""
    entries: tuple[Entry, ...] = ()
    needs_code = True
    server = ""
    """Behind all destinations of this kind, if it is one."""
    longest = 3000
    """Signs of text that it takes."""

    def offered(self) -> str:
        """Always, unless a subclass needs something of the site."""
        return ""

    def clean(self, values: dict[str, str]) -> dict[str, Any]:
        """All entries, stripped, as ``check`` has them; ValidationError by entry."""
        given = {one.name: values.get(one.name, "").strip() for one in self.entries}
        wrong = {one.name: "This is needed." for one in self.entries if not (given[one.name] or one.is_optional)}
        wrong |= {name: why for name, why in self.check(given).items() if why and name not in wrong}
        if wrong:
            raise ValidationError(wrong)
        return {name: value for name, value in given.items() if value}

    def check(self, given: dict[str, str]) -> dict[str, str]:
        """What is wrong with what was typed, by entry; it may be put right in place."""
        return {}

    def hint(self, secret: dict[str, Any]) -> str:
        """The first entry, with its middle hidden."""
        return masked(secret[self.entries[0].name])

    def service(self, secret: dict[str, Any]) -> str:
        """See Transport."""
        return self.server

    @abstractmethod
    def plugin(self, secret: dict[str, Any]) -> Any:
        """Apprise's, made for this destination."""

    def text(self, message: Message) -> tuple[str, str]:
        """Title and body, as this service wants them escaped. The title is the first line of the text."""
        return message.title, cut(message.text.partition("\n\n")[2], self.longest)

    def send(self, secret: dict[str, Any], message: Message) -> None:
        """See Transport."""
        title, body = self.text(message)
        wire.notify(self.plugin(secret), title, body, lambda answer: self.judge(secret, answer))

    def judge(self, secret: dict[str, Any], answer: requests.Response) -> None:
        """Return if it is a receipt; Temporary, Permanent."""
        if answer.status_code in (401, 403) and self.is_sites(secret):
            log.error("%s refuses the site's own key: check the configuration", self.title)
            raise Temporary(f"The site's access to {self.title} was refused. Its admin has to mend that.")
        outgoing.judge(answer)
        if not self.is_receipt(answer):
            raise Temporary(f"{self.title} gave an answer that makes no sense.")

    def is_sites(self, secret: dict[str, Any]) -> bool:
        """Whether the key is the site's: then a refusal of it is no fault of the destination's."""
        return False

    def is_receipt(self, answer: requests.Response) -> bool:
        """Whether a good status also has the body that a good answer has."""
        return True


def said(answer: requests.Response) -> dict[str, Any]:
    """The JSON object of an answer; empty if it is none."""
    try:
        body = answer.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def cut(text: str, longest: int) -> str:
    """At the end of a line, if it is too long; the last line, the address of the alert, stays."""
    if len(text) <= longest:
        return text
    *lines, last = text.split("\n")
    kept = "\n".join(lines)[: max(0, longest - len(last) - 3)].rpartition("\n")[0]
    return f"{kept}\n…\n{last}"[-longest:]


def masked(text: str) -> str:
    """``1234567890`` as ``12…90``."""
    return f"{text[:2]}…{text[-2:]}" if len(text) > 6 else "…"


__all__ = ["Entry", "Message", "Permanent", "Provider", "Temporary", "cut", "masked", "said"]
