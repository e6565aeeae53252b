"""``POST /info``: the weighing, the error answers and the wrong answers of REST (API.md sections 1, 2)."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import msgspec
from aiohttp import web

from exchange.clock import Clock
from exchange.simulator.answers import Malformed, Null500
from exchange.simulator.faults import Faults
from exchange.simulator.limits import Visitor
from exchange.simulator.server_weights import surcharge, weight
from exchange.simulator.world import World

UNPROCESSABLE = "Failed to deserialize the JSON body into the target type"
BAD_GATEWAY = "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>nginx</body>\r\n</html>\r\n"
HEADERS = {"Access-Control-Allow-Origin": "*"}


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer: JSON ``data`` when the status is 200, else the body as text."""

    status: int
    data: Any = None
    text: str = "null"
    kind: str = "application/json"


class Desk:
    """Answers info calls, whether they come by REST or as a socket's post."""

    def __init__(self, world: World, faults: Faults, clock: Clock) -> None:
        self._world, self._faults, self._clock = world, faults, clock
        self.closing = asyncio.Event()

    async def answer(self, body: Any, visitor: Visitor) -> Answer:
        """Weigh the call, answer it, and charge for the rows of the answer."""
        kind = body.get("type") if isinstance(body, dict) else None
        if not isinstance(kind, str):
            return Answer(422, text=UNPROCESSABLE, kind="text/plain")
        if (late := self._faults.latency()) > 0:
            await self._clock.sleep(late)
        if wrong := self._faults.rest(kind):
            return await self._wrong(wrong)
        if not visitor.spend(self._clock.monotonic(), weight(kind)):
            return Answer(429)
        try:
            data = self._world.info(body)
        except Malformed:
            return Answer(422, text=UNPROCESSABLE, kind="text/plain")
        except Null500:
            return Answer(500)
        visitor.spend(self._clock.monotonic(), surcharge(kind, data), surcharge=True)
        return Answer(200, data)

    async def _wrong(self, how: str) -> Answer:
        if how == "timeout":
            await self.closing.wait()
        if how in ("502", "timeout"):
            return Answer(502, text=BAD_GATEWAY, kind="text/html")
        if how == "garbage":
            return Answer(200, data=msgspec.Raw(b'{"universe":[{"name":"BT'))
        return Answer(int(how))


async def handle(request: web.Request, desk: Desk, visitor_of: Callable[[web.Request], Visitor]) -> web.Response:
    """One request to ``/info``."""
    if request.method != "POST":
        return web.Response(status=405, headers=HEADERS)
    if request.content_type != "application/json":
        expected = "Expected request with `Content-Type: application/json`"
        return web.Response(status=415, text=expected, headers=HEADERS)
    try:
        body = msgspec.json.decode(await request.read())
    except (msgspec.DecodeError, RecursionError) as error:
        why = f"Failed to parse the request body as JSON: {error}"
        return web.Response(status=400, text=why, headers=HEADERS)
    answer = await desk.answer(body, visitor_of(request))
    content = answer.text.encode() if answer.status != 200 else msgspec.json.encode(answer.data)
    return web.Response(status=answer.status, body=content, content_type=answer.kind, headers=HEADERS)
