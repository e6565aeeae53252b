"""A question to a wallet: asked of one browser, for one purpose, answered once, within minutes.

The cache holds the question under its nonce and the session holds the nonce. Who deletes the question from
the cache may use it, so that of two answers at the same moment one wins, in whatever process.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from urllib.parse import urlsplit

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest

from accounts.address import checksummed
from accounts.ethereum.message import Message, NotAMessage, read
from accounts.ethereum.signature import BadSignature, signer

VALID_FOR = timedelta(minutes=5)
KEPT_FOR = timedelta(minutes=15)
"""Longer than it is valid, so that a late answer is told that it is late."""
SESSION_KEY = "wallet_nonce"
CHAIN_IDS = {"mainnet": 42161, "testnet": 421614, "simulated": 1337}
"""Where the money of each network comes from: Arbitrum One, Arbitrum Sepolia; nowhere, if it is made up."""


class Purpose(StrEnum):
    """What a signature is good for, and for nothing else."""

    SIGN_IN = "sign-in"
    LINK = "link"
    OWN = "own"
    CONFIRM = "confirm"


STATEMENTS = {
    Purpose.SIGN_IN: "Sign in to Hyperliquid Dashboard. This moves no money and allows no transaction.",
    Purpose.LINK: "Let this wallet sign in as {name}. This moves no money and allows no transaction.",
    Purpose.OWN: "List this wallet as mine in the account {name}. This moves no money and allows no transaction.",
    Purpose.CONFIRM: "Confirm that it is me, {name}. This moves no money and allows no transaction.",
}

WRONG = {
    "domain": "The message is for another site ({theirs}); this one is {ours}. Somebody may be deceiving you.",
    "uri": "The message is for another site ({theirs}); this one is {ours}. Somebody may be deceiving you.",
    "chain_id": "The message is for another chain ({theirs} instead of {ours}).",
}
EDITED = "The message was changed before it came back, so the signature does not count. Start again."
EXPIRED = "The message has expired: it may be signed within five minutes. Start again."
USED = "The message was used before, or was not made here. Each can be used once; start again."
ELSEWHERE = "The message was made for another browser, or for an earlier attempt in this one. Start again."
OTHER_ACCOUNT = "The message was made for another account than the one that is signed in. Start again."
OTHER_SIGNER = (
    "The signature is from another wallet than {address}. Choose that account in the wallet and try again."
)


class Refused(Exception):
    """The answer does not count; the text says why, for people."""


@dataclass(frozen=True, slots=True)
class Challenge:
    """What was asked. ``user_id`` is who was signed in, None for nobody."""

    message: Message
    purpose: Purpose
    user_id: int | None


def ask(request: HttpRequest, address: str, purpose: Purpose, now: datetime) -> Challenge:
    """A new question to ``address``; the session's earlier one is forgotten. Host headers are not looked at."""
    origin = settings.CONFIG.origin
    message = Message(
        domain=urlsplit(origin).netloc,
        address=checksummed(address),
        statement=STATEMENTS[purpose].format(name=_name(request)),
        uri=origin,
        chain_id=CHAIN_IDS[settings.CONFIG.hyperliquid_network],
        nonce=secrets.token_hex(16),
        issued_at=now.replace(microsecond=0),
        expires_at=now.replace(microsecond=0) + VALID_FOR,
    )
    challenge = Challenge(message, purpose, request.user.pk)
    cache.set(_key(message.nonce), challenge, KEPT_FOR.total_seconds())
    request.session[SESSION_KEY] = message.nonce
    return challenge


def settle(request: HttpRequest, text: str, signature: str, now: datetime) -> Challenge:
    """The question that ``text``, signed, answers: from now on used. Raises Refused."""
    try:
        answered = read(text)
    except NotAMessage:
        raise Refused(EDITED) from None
    challenge = cache.get(_key(answered.nonce))
    if challenge is None:
        raise Refused(EXPIRED if answered.expires_at < now else USED)
    if challenge.user_id != request.user.pk:
        raise Refused(OTHER_ACCOUNT)
    if request.session.get(SESSION_KEY) != answered.nonce:
        raise Refused(ELSEWHERE)
    del request.session[SESSION_KEY]
    if not cache.delete(_key(answered.nonce)):
        raise Refused(USED)
    _check(challenge.message, answered, signature, now)
    return challenge


def _check(asked: Message, answered: Message, signature: str, now: datetime) -> None:
    for name in asked.differences(answered):
        ours, theirs = getattr(asked, name), getattr(answered, name)
        raise Refused(WRONG.get(name, EDITED).format(ours=ours, theirs=theirs))
    if asked.expires_at < now:
        raise Refused(EXPIRED)
    try:
        signed_by = signer(asked.text(), signature)
    except BadSignature as error:
        raise Refused(str(error)) from None
    if signed_by != asked.address.lower():
        raise Refused(OTHER_SIGNER.format(address=asked.address))


def _key(nonce: str) -> str:
    return f"wallet-challenge.{nonce}"


def _name(request: HttpRequest) -> str:
    """EIP-4361 wants a statement in ASCII; a name that is not is left out."""
    name = request.user.get_username()
    return name if name.isascii() else "that is signed in"
