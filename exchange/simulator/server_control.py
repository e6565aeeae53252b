"""``/control``: telling a simulated exchange in another process to misbehave, as JSON.

``GET`` and ``POST`` both answer with the state: ``{"now_ms", "sockets", "faults": [...], "limits": {...},
"usage": {"peak", "rejected", "total"}, "disconnected"}``. A ``POST`` may hold any of

- ``"add": [{"kind": "drop", "stream": "trades", "share": 0.1, "seconds": 5}, ...]`` (see ``faults.py``)
- ``"clear": true`` to behave again (before anything is added)
- ``"limits": {"users": 15, ...}`` to change single limits (see ``limits.py``)
- ``"disconnect": {"share": 1.0, "code": 1000, "most": 1}``; without a code the sockets end without a close frame

Only loopback addresses are answered; a body that does not fit is answered 400 with the reason.
"""

import dataclasses
import ipaddress
from typing import Any, Protocol

import msgspec
from aiohttp import web

from exchange.simulator.faults import AnyFault, Faults
from exchange.simulator.limits import Limits, Usage
from exchange.simulator.sockets import Socket
from exchange.simulator.world import World


class Controlled(Protocol):
    """What is controlled: ``server.SimulatedExchange``, as far as it is needed here."""

    world: World
    faults: Faults
    usage: Usage
    sockets: dict[Socket, None]
    limits: Limits

    async def disconnect(self, share: float = 1.0, code: int | None = None, most: int | None = None) -> int: ...


class Disconnect(msgspec.Struct, forbid_unknown_fields=True):
    """Which share of the sockets ends, how many at most, and how."""

    share: float = 1.0
    code: int | None = None
    most: int | None = None


class Order(msgspec.Struct, forbid_unknown_fields=True):
    """What a ``POST`` asks for."""

    add: list[AnyFault] = []
    clear: bool = False
    limits: dict[str, float] = {}
    disconnect: Disconnect | None = None


def add_routes(app: web.Application, exchange: Controlled) -> None:
    """Put ``/control`` into ``app``."""

    async def control(request: web.Request) -> web.Response:
        if not ipaddress.ip_address(request.remote or "0.0.0.0").is_loopback:  # noqa: S104 - no address, no entry
            return web.Response(status=403)
        disconnected = 0
        if request.method == "POST":
            try:
                disconnected = await _obey(exchange, await request.read())
            except (msgspec.DecodeError, TypeError) as error:
                return web.Response(status=400, text=str(error))
        return _json(_state(exchange) | {"disconnected": disconnected})

    app.router.add_get("/control", control)
    app.router.add_post("/control", control)


async def _obey(exchange: Controlled, body: bytes) -> int:
    order = msgspec.json.decode(body, type=Order)
    limits = dataclasses.replace(exchange.limits, **order.limits)  # type: ignore[arg-type]
    exchange.limits = limits
    if order.clear:
        exchange.faults.clear()
    exchange.faults.add(*order.add)
    if order.disconnect is None:
        return 0
    wanted = order.disconnect
    return await exchange.disconnect(wanted.share, wanted.code, wanted.most)


def _state(exchange: Controlled) -> dict[str, Any]:
    return {
        "now_ms": exchange.world.now_ms,
        "sockets": len(exchange.sockets),
        "faults": exchange.faults.active(),
        "limits": dataclasses.asdict(exchange.limits),
        "usage": exchange.usage.as_dict(),
    }


def _json(content: dict[str, Any]) -> web.Response:
    return web.Response(body=msgspec.json.encode(content), content_type="application/json")
