"""The text that a wallet signs (EIP-4361), composed here and read back to say what somebody changed in it."""

import re
from dataclasses import dataclass, fields
from datetime import UTC, datetime

FORM = "%Y-%m-%dT%H:%M:%SZ"
"""Times of the text: RFC 3339, UTC, whole seconds."""

READ = re.compile(
    r"(?P<domain>[^\s/]+) wants you to sign in with your Ethereum account:\n"
    r"(?P<address>0x[0-9a-fA-F]{40})\n\n"
    r"(?P<statement>[^\n]+)\n\n"
    r"URI: (?P<uri>\S+)\n"
    r"Version: 1\n"
    r"Chain ID: (?P<chain_id>[0-9]{1,20})\n"
    r"Nonce: (?P<nonce>[0-9a-zA-Z]{8,64})\n"
    r"Issued At: (?P<issued_at>[0-9TZ:-]{20})\n"
    r"Expiration Time: (?P<expires_at>[0-9TZ:-]{20})"
)


class NotAMessage(ValueError):
    """The text has not the form of the messages that are composed here."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message. ``address`` is written as EIP-55 has it, ``domain`` is a host with its port, times are UTC."""

    domain: str
    address: str
    statement: str
    uri: str
    chain_id: int
    nonce: str
    issued_at: datetime
    expires_at: datetime

    def text(self) -> str:
        """What the wallet shows and signs."""
        return (
            f"{self.domain} wants you to sign in with your Ethereum account:\n{self.address}\n\n"
            f"{self.statement}\n\n"
            f"URI: {self.uri}\nVersion: 1\nChain ID: {self.chain_id}\nNonce: {self.nonce}\n"
            f"Issued At: {self.issued_at:{FORM}}\nExpiration Time: {self.expires_at:{FORM}}"
        )

    def differences(self, other: "Message") -> list[str]:
        """Names of the fields in which the two differ, in the order of the text."""
        return [one.name for one in fields(self) if getattr(self, one.name) != getattr(other, one.name)]


def read(text: str) -> Message:
    """The message in ``text``; raises NotAMessage for any other text, a line more or less included."""
    found = READ.fullmatch(text)
    if not found:
        raise NotAMessage
    parts = found.groupdict()
    try:
        times = {name: _time(parts.pop(name)) for name in ("issued_at", "expires_at")}
    except ValueError:
        raise NotAMessage from None
    return Message(chain_id=int(parts.pop("chain_id")), **parts, **times)


def _time(text: str) -> datetime:
    return datetime.strptime(text, FORM).replace(tzinfo=UTC)
