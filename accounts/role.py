"""What an address is on the exchange: account, API wallet, sub-account, vault, or never seen.

``userRole`` costs 60 of 1200 a minute, so an answer is kept for a day, and all people together may ask a few
times a minute, half of them by signing up, so that strangers do not keep out those who add a wallet. Who gets
no answer now goes on without: the role is a hint, and the list offers to ask again.
"""

import logging
from dataclasses import dataclass

from django.core.cache import cache

from accounts.models import Wallet
from accounts.network import network
from exchange.errors import ExchangeError

log = logging.getLogger(__name__)

DAY_S = 24 * 3600
MOST_A_MINUTE = 6
MOST_BY_SIGN_UP = 3
PATIENCE_S = 1.0
TIMEOUT_S = (2.0, 4.0)

EXPLANATIONS = {
    Wallet.Role.AGENT: "This is an API wallet: it signs orders for an account and owns nothing, so its own page "
    "would stay empty. It can also be revoked at any time.",
    Wallet.Role.SUB_ACCOUNT: "This is a sub-account. It has no key of its own; its master signs for it. It can be "
    "watched like any account.",
    Wallet.Role.VAULT: "This is a vault: many people’s money, traded by its leader. Nobody holds a key of it. It "
    "can be watched like any account.",
    Wallet.Role.MISSING: "The exchange has never seen this address. It stays empty until it is used; check that "
    "it is the one you mean.",
}


@dataclass(frozen=True, slots=True)
class Known:
    """``role`` is one of ``Wallet.Role``, ``master`` who is behind an agent or sub-account, in lower case."""

    role: str = Wallet.Role.UNKNOWN
    master: str = ""

    @property
    def explanation(self) -> str:
        """What people should know about such an address before they follow it, or nothing."""
        return EXPLANATIONS.get(self.role, "")


def role_of(address: str, most: int = MOST_A_MINUTE) -> Known:
    """What the exchange calls ``address`` (stored form); blocks some seconds at most. Unknown without answer.

    Nor is it asked if that was done ``most`` times within the minute.
    """
    known = cache.get(_key(address))
    if known is None:
        known = _ask(address, most)
        if known.role:
            # an address that was never used may be used in a moment
            cache.set(_key(address), known, 60 if known.role == Wallet.Role.MISSING else DAY_S)
    return known


def _ask(address: str, most: int) -> Known:
    cache.add("roles-asked", 0, 60)
    try:
        if cache.incr("roles-asked") > most:
            cache.decr("roles-asked")
            return Known()
    except ValueError:  # the minute ended between the two
        return Known()
    try:
        client = network().info("roles")
        client.tries, client.timeout, client.patience = 1, TIMEOUT_S, PATIENCE_S
        answer = client.user_role(address)
    except ExchangeError as error:
        log.warning("the role of an address stays unknown: %s", error)
        return Known()
    if answer.role not in Wallet.Role.values:
        return Known()
    return Known(answer.role, (answer.owner or "").lower())


def _key(address: str) -> str:
    return f"role.{address}"
