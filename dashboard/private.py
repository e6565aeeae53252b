"""Private topics: an account may be joined by those who have it among their wallets, as long as they have it.

Asked of the database at each join, by the session of the socket's cookie: so it does not matter when the session
was opened, and one that ended before the socket did sees nothing. Every few seconds all who hold an account are
asked about again: a wallet may be taken out of the list, and the word that a session has ended may be lost.
"""

import asyncio
from collections.abc import Iterable

from django.db import connection

from accounts.models import Wallet
from dashboard.fanout import Fanout
from dashboard.link import tend

EVERY = 10.0
NOT_YOURS = "this account is not among your wallets"
PREFIX = "account:"


def address_of(topic: str) -> str:
    """The address whose topic this is, or nothing."""
    return topic.removeprefix(PREFIX) if topic.startswith(PREFIX) else ""


async def seen_by(sessions: Iterable[str], addresses: Iterable[str]) -> set[tuple[str, str]]:
    """Which of these sessions may see which of these accounts."""
    keys = {key for key in sessions if len(key) == 32 and key.isascii() and key.isalnum()}
    wanted = {address for address in addresses if address}
    return await asyncio.to_thread(_seen_by, keys, wanted) if keys and wanted else set()


def _seen_by(keys: set[str], addresses: set[str]) -> set[tuple[str, str]]:
    try:
        return Wallet.objects.seen_by(keys, addresses)
    finally:
        connection.close()


async def recheck(fanout: Fanout) -> None:
    """Take accounts away from sockets that may not see them any more, until cancelled."""

    async def turn() -> None:
        await asyncio.sleep(EVERY)
        await recheck_once(fanout)

    await tend("asking who may see which account", turn)


async def recheck_once(fanout: Fanout) -> None:
    """The same, once. If the database cannot be asked nobody loses anything: it is asked again soon."""
    held = [(one, topic) for one in fanout.browsers for topic in one.topics if address_of(topic)]
    seen = await seen_by((one.session for one, _ in held), (address_of(topic) for _, topic in held))
    for browser, topic in held:
        if (browser.session, address_of(topic)) not in seen and topic in browser.topics:
            fanout.leave(browser, topic)
            fanout.say([browser], {"error": NOT_YOURS, "topic": topic})
            await fanout.mirror.release(topic, browser)
