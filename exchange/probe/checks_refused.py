"""What a socket refuses: error frames, their texts, and that the socket lives on (API.md sections 2 and 4)."""

import json
from typing import Any

from exchange.probe.check import Check, check
from exchange.probe.checks_socket import ANSWER, CONNECTION, RUDE, ask
from exchange.probe.heard import echoes
from exchange.probe.outcome import NotSeen, assume
from exchange.probe.seen import Seen

CHECKS: list[Check] = []


async def refused(seen: Seen, message: dict[str, Any] | str, text: str) -> str:
    """Assume that a message gets an error frame with this text, and that the socket stays open."""
    async with seen.turn(RUDE):
        line = await seen.line(RUDE)
        if line.closed:
            raise NotSeen("the socket had ended before")
        frame = await ask(line, message, "error")
    assume(frame, f"an error frame {text!r}", "no error frame")
    told = frame.data if frame else None
    assume(isinstance(told, str) and text in told, f"an error text with {text!r}", "another", told)
    assume(line.closed is None, "an open socket afterwards", f"its end with {line.closed and line.closed.code}")
    return str(told)[:60]


@check(CHECKS, "socket.twice", "A second like subscription is an error frame: Already subscribed.", CONNECTION)
async def twice(seen: Seen) -> str:
    wish = {"type": "bbo", "coin": seen.name("second")}
    async with seen.turn(RUDE):
        line = await seen.line(RUDE)
        after = len(line.frames)
        await line.subscribe(wish)
        first = await line.wait_for("subscriptionResponse", after, ANSWER)
    if first is None or not echoes(first.data, wish):
        raise NotSeen("the first subscription was not acknowledged")
    return await refused(seen, {"method": "subscribe", "subscription": wish}, "Already subscribed")


@check(CHECKS, "socket.absent", "Ending what was never begun is an error frame: Already unsubscribed.", CONNECTION)
async def absent(seen: Seen) -> str:
    wish = {"type": "trades", "coin": seen.name("second")}
    return await refused(seen, {"method": "unsubscribe", "subscription": wish}, "Already unsubscribed")


@check(
    CHECKS, "socket.type", "An unknown type of subscription is an error frame with the frame in it.", CONNECTION
)
async def unknown_type(seen: Seen) -> str:
    message = json.dumps({"method": "subscribe", "subscription": {"type": "noSuchThing"}})
    return await refused(seen, message, "Error parsing JSON into valid websocket request: {")


@check(CHECKS, "socket.json", "What is no JSON is an error frame, and the socket stays.", CONNECTION)
async def not_json(seen: Seen) -> str:
    return await refused(seen, "{", "Error parsing JSON into valid websocket request")


@check(
    CHECKS, "limit.users", "One user too many is refused with: Cannot track more than N total users.",
    "API.md 2; exchange/budget.py", opt_in="limits",
)  # fmt: skip
async def users(seen: Seen) -> str:
    line = await seen.line(RUDE)
    for number in range(1, seen.allowance.budget.limits.users + 2):
        user = f"0x{number:040x}"
        async with seen.turn(RUDE):
            after = len(line.frames)
            await line.send({"method": "subscribe", "subscription": {"type": "webData3", "user": user}})
            refusal = await line.wait_for("error", after, 1.0)
        if refusal is not None:
            text = str(refusal.data)
            assume("Cannot track more than" in text, "Cannot track more than N total users.", "another", text)
            return text
    raise NotSeen(f"{number} users were accepted; the limit we keep is {number - 1}")
