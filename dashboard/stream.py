"""``/api/v1/stream``: the socket of the pages for programs, opened by a token and only as long as that counts.

Only the header ``Authorization`` counts. A cookie does not, so that no page of another site can open this in
somebody's browser, and the origin need not be asked; nor does the address, which logs keep. All of it is reading:
it takes the scope ``read``. Opening it is counted like a request, and so is each message.
"""

import asyncio
import logging
from typing import Any
from urllib.parse import unquote

from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import Error

from accounts.bearer import NOT_ENOUGH, TOKEN, UNKNOWN
from accounts.models import ApiToken
from accounts.rate_middleware import limit_of, limiter
from dashboard.consumer import NOT_UNDERSTOOD, TOO_MANY, Conversation, Request
from dashboard.fanout import Browser, Fanout
from dashboard.hangups import SESSION_ENDED, hang_up
from dashboard.link import tend
from dashboard.toasts import in_thread

log = logging.getLogger(__name__)

NO_SCOPE = 4403
TRY_AGAIN_LATER = 1013
MOST_STREAMS = 10
"""Of one token, in one process."""
EVERY = 10.0
NOBODY = "send Authorization: Bearer with an API token"
IN_THE_ADDRESS = "a token in the address counts for nothing: revoke it, send another as Authorization: Bearer"

Refused = tuple[int, str] | None
"""Code and reason (123 bytes at most) to close with, or nothing."""


class Stream(Conversation):
    """A program's socket."""

    key = tier = ""

    async def knock(self, browser: Browser) -> Refused:
        """By the token of the header. One that is revoked while this is asked is found by ``recheck_once``."""
        if TOKEN.search(unquote(self.scope.get("query_string", b"").decode("latin-1"))):
            return NOT_UNDERSTOOD, IN_THE_ADDRESS
        token = token_of(self.scope)
        if not token:
            return SESSION_ENDED, NOBODY
        try:
            row = await sync_to_async(ApiToken.objects.verify)(token)
        except Error as error:
            log.warning("cannot see whose token this is: %s", error)
            return TRY_AGAIN_LATER, "the database is away, come back"
        if row is None:
            return SESSION_ENDED, UNKNOWN
        if not row.can_read:
            return NO_SCOPE, NOT_ENOUGH.format(scope="read")
        if sum(one.holder == row.pk for one in self.fanout.browsers) >= MOST_STREAMS:
            return TOO_MANY, f"at most {MOST_STREAMS} streams of a token at once"
        browser.holder, self.key, self.tier = row.pk, f"user:{row.user_id}", row.user.tier
        return await self.past_limit()

    async def obey(self, request: Request) -> None:
        """As a browser is obeyed, within the tier's limit."""
        if refused := await self.past_limit():
            self.hang_up(*refused)
        else:
            await super().obey(request)

    async def past_limit(self) -> Refused:
        """Count one more request of the user, unless there have been too many."""
        if not settings.CONFIG.rate_limit_enabled:
            return None
        found = await limiter().take(self.key, limit_of(self.tier))
        if found.admitted:
            return None
        return TOO_MANY, f"at most {found.limit} requests in 60 seconds, come back in {found.reset} seconds"


def token_of(scope: dict[str, Any]) -> str:
    """What the header shows, or nothing."""
    given = dict(scope.get("headers", ())).get(b"authorization", b"").decode("latin-1")
    kind, _, token = given.partition(" ")
    return token.strip() if kind.lower() == "bearer" else ""


async def recheck(fanout: Fanout) -> None:
    """Close the sockets of tokens that count no more, until cancelled: expired, of a user who lost the tier, or
    revoked without a word of it."""

    async def turn() -> None:
        await asyncio.sleep(EVERY)
        await recheck_once(fanout)

    await tend("asking which tokens count", turn)


async def recheck_once(fanout: Fanout) -> None:
    """The same, once. If the database cannot be asked nobody is sent away: it is asked again soon."""
    held = {one.holder for one in fanout.browsers if isinstance(one.holder, int)}
    if held:
        hang_up(fanout, held - await in_thread(ApiToken.objects.still_reading, held))
