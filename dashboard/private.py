"""Private topics: an account may be joined by those who have it among their wallets, as long as they have it.

Asked of the database at each join, by the session of the socket's cookie or its token: so it does not matter when
that began, and one that ended before the socket did sees nothing. Every few seconds all who hold an account are
asked about again: a wallet may be taken out of the list, and the word that a session has ended may be lost.
"""

import asyncio
from collections.abc import Iterable

from django.db import connection

from dashboard.fanout import Fanout
from dashboard.holders import Holder, who_sees
from dashboard.link import tend

EVERY = 10.0
NOT_YOURS = "this account is not among your wallets"
PREFIX = "account:"


def address_of(topic: str) -> str:
    """The address whose topic this is, or nothing."""
    return topic.removeprefix(PREFIX) if topic.startswith(PREFIX) else ""


async def seen_by(holders: Iterable[Holder], addresses: Iterable[str]) -> set[tuple[Holder, str]]:
    """Which of these sessions and tokens may see which of these accounts."""
    known, wanted = {one for one in holders if one}, {address for address in addresses if address}
    return await asyncio.to_thread(_seen_by, known, wanted) if known and wanted else set()


def _seen_by(holders: set[Holder], addresses: set[str]) -> set[tuple[Holder, str]]:
    try:
        return who_sees(holders, addresses)
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
    seen = await seen_by((one.holder for one, _ in held), (address_of(topic) for _, topic in held))
    for browser, topic in held:
        if (browser.holder, address_of(topic)) not in seen and topic in browser.topics:
            fanout.leave(browser, topic)
            fanout.say([browser], {"error": NOT_YOURS, "topic": topic})
            await fanout.mirror.release(topic, browser)
