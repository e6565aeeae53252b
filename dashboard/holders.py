"""Whose a socket is: the key of a browser's session (text), or the number of a program's API token.

What a cookie says is always text, and a number always that of a row which was verified: so neither can be taken
for the other. Whoever is nobody has the empty text.
"""

from collections.abc import Iterable

from accounts.models import ApiToken, Session, Wallet

Holder = str | int


def users_of(holders: Iterable[Holder]) -> dict[Holder, int]:
    """The users of those that count now: running sessions, good tokens. A query for each kind that there is."""
    keys, tokens = apart(holders)
    found: dict[Holder, int] = {}
    if keys:
        running = Session.objects.active().filter(session_key__in=keys, user__is_active=True)
        found.update(running.values_list("session_key", "user_id"))
    if tokens:
        found.update(ApiToken.objects.reading(tokens).values_list("pk", "user_id"))
    return found


def who_sees(holders: Iterable[Holder], addresses: Iterable[str]) -> set[tuple[Holder, str]]:
    """Which of them have which of these accounts among the wallets of their users."""
    keys, tokens = apart(holders)
    wanted = {address for address in addresses if address}
    found: set[tuple[Holder, str]] = set()
    if keys and wanted:
        found |= Wallet.objects.seen_by(keys, wanted)
    if tokens and wanted:
        mine = ApiToken.objects.reading(tokens).filter(user__wallets__address__in=wanted)
        found |= set(mine.values_list("pk", "user__wallets__address"))
    return found


def apart(holders: Iterable[Holder]) -> tuple[set[str], set[int]]:
    """Keys that may be one of ours, and numbers of tokens."""
    keys: set[str] = set()
    tokens: set[int] = set()
    for one in holders:
        if isinstance(one, int):
            tokens.add(one)
        elif len(one) == 32 and one.isascii() and one.isalnum():
            keys.add(one)
    return keys, tokens
