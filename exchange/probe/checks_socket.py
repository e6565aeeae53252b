"""The socket itself: acknowledgements, error texts, pongs, posts, and how it ends (API.md section 4)."""

from typing import Any

from exchange.decode import decode
from exchange.errors import BadFrame
from exchange.probe.check import Check, check
from exchange.probe.heard import echoes
from exchange.probe.listening import Frame, Line
from exchange.probe.outcome import NotSeen, assume
from exchange.probe.seen import Seen
from exchange.probe.streams import MARKET, STREAMS

CHECKS: list[Check] = []
CONNECTION = "API.md 4; exchange/connection.py"
RUDE, IDLE, DOOMED = "rude", "idle", "doomed"
"""Sockets of their own for what is refused, for silence, and for the name that kills."""
ANSWER = 10.0
DEATH = 5.0
IDLE_CLOSE = 60.0
IDLE_SLACK = 6.0
NO_CODE = 1006
DEFAULTS = {"nSigFigs": None, "mantissa": None, "fast": True}


async def ask(line: Line, message: dict[str, Any] | str, channel: str) -> Frame | None:
    """Send, and wait for the first frame of a channel after that."""
    after = len(line.frames)
    await line.send(message)
    return await line.wait_for(channel, after, ANSWER)


@check(CHECKS, "socket.ack", "A subscribe is acknowledged with its echo before its first data.", CONNECTION)
async def acknowledged(seen: Seen) -> str:
    heard = []
    for stream in STREAMS:
        try:
            heard.append(await seen.hear(stream.id))
        except NotSeen:
            continue
    told = [one for one in heard if one.frames and not one.refusal]
    if not told:
        raise NotSeen("no stream sent anything")
    missing = [one.stream.id for one in told if one.ack is None]
    assume(not missing, "an echo of each subscription", f"none of {', '.join(missing)}")
    late = [one.stream.id for one in told if one.early]
    assume(not late, "the acknowledgement first", f"data before it from {', '.join(late)}")
    return f"{len(told)} streams"


@check(
    CHECKS,
    "socket.defaults",
    "The echo of l2Book has its defaults filled in.",
    "API.md 4; exchange/subscriptions.py",
)
async def defaults(seen: Seen) -> None:
    heard = await seen.hear("l2Book.fast")
    if heard.ack is None:
        raise NotSeen("l2Book was not acknowledged")
    echo = heard.ack.data["subscription"]
    wrong = [key for key, value in DEFAULTS.items() if key not in echo or echo[key] != value]
    assume(not wrong, "nSigFigs, mantissa and fast in the echo", f"other {', '.join(wrong)}", echo)


@check(CHECKS, "socket.pong", "A ping is answered with a pong that has no data.", CONNECTION)
async def pong(seen: Seen) -> str:
    line = await seen.line(RUDE)
    after = len(line.frames)
    began = seen.clock.monotonic()
    await line.send({"method": "ping"})
    frame = await line.wait_for("pong", after, ANSWER)
    assume(frame, f"a pong within {ANSWER:.0f} s", "none")
    keys = sorted(frame.keys) if frame else []
    assume(keys == ["channel"], "the channel alone", f"{', '.join(keys)}", frame.text if frame else None)
    return f"after {seen.clock.monotonic() - began:.2f} s"


@check(CHECKS, "socket.plain", "No compression is agreed on, although it is offered.", CONNECTION)
async def plain(seen: Seen) -> None:
    line = await seen.line(MARKET)
    assume(not line.extensions, "no extension", line.extensions)


@check(CHECKS, "socket.readable", "Every frame is text that our decoder reads.", "API.md 4; exchange/decode.py")
async def readable(seen: Seen) -> str:
    line = await seen.line(MARKET)
    await seen.until()
    if not line.frames:
        raise NotSeen("no frames")
    bare = [frame.text for frame in line.frames if not frame.channel]
    for text in bare:
        try:
            decode(text, seen.began)
        except BadFrame as error:
            assume(False, "frames that our decoder reads", str(error))
    return f"a greeting: {bare[0][:40]}" if bare else f"{len(line.frames)} frames"


@check(CHECKS, "socket.end", "An unsubscribe is acknowledged, and the stream ends.", CONNECTION)
async def unsubscribed(seen: Seen) -> None:
    wish = {"type": "activeAssetCtx", "coin": seen.name("second")}
    async with seen.turn(RUDE):
        line = await seen.line(RUDE)
        await line.subscribe(wish)
        if await line.wait_for("activeAssetCtx", 0, ANSWER) is None:
            raise NotSeen("the stream never began")
        answer = await ask(line, {"method": "unsubscribe", "subscription": wish}, "subscriptionResponse")
    told = answer is not None and answer.data.get("method") == "unsubscribe" and echoes(answer.data, wish)
    assume(told, "an echo of the unsubscribe", "none" if answer is None else "another", answer and answer.data)
    after = len(line.frames)
    more = await line.wait_for("activeAssetCtx", after, 3.0)
    assume(more is None, "no frame afterwards", "another", more and more.data)


@check(CHECKS, "socket.post", "A post of an info request is answered with its id, type and data.", CONNECTION)
async def post(seen: Seen) -> None:
    line = await seen.line(RUDE)
    after = len(line.frames)
    payload = {"type": "l2Book", "coin": "noSuchThing"}
    await line.send({"method": "post", "id": 7, "request": {"type": "info", "payload": payload}})
    frame = await line.wait_for("post", after, ANSWER)
    assume(frame, f"a reply within {ANSWER:.0f} s", "none")
    wanted = {"id": 7, "response": {"type": "info", "payload": {"type": "l2Book", "data": None}}}
    assume(
        frame and frame.data == wanted, "the id and data null for an unknown coin", "another", frame and frame.data
    )


@check(CHECKS, "socket.wrong", "A wrong coin name ends the whole socket with 1006 and no word.", CONNECTION)
async def wrong_name(seen: Seen) -> str:
    line = await seen.line(DOOMED)
    after = len(line.frames)
    await line.subscribe({"type": "trades", "coin": "noSuchThing"})
    told = await line.wait_for("error", after, DEATH)
    assume(told is None, "not a word", "an error frame", told and told.data)
    assume(line.closed, f"the end of the socket within {DEATH:.0f} s", "none")
    code = line.closed.code if line.closed else 0
    assume(code == NO_CODE, f"code {NO_CODE}", f"{code}")
    return f"after {line.closed.after:.1f} s" if line.closed else ""


@check(CHECKS, "socket.idle", "A socket to which nothing was sent for 60 s is ended.", CONNECTION)
async def idle(seen: Seen) -> str:
    if seen.seconds < IDLE_CLOSE + IDLE_SLACK:
        raise NotSeen(f"the window is shorter than {IDLE_CLOSE + IDLE_SLACK:.0f} s; give --seconds 70")
    line = await seen.line(IDLE, pings=False)
    await seen.until()
    assume(line.closed, f"the end of the socket after {IDLE_CLOSE:.0f} s", f"none in {seen.seconds:.0f} s")
    after = line.closed.after if line.closed else 0.0
    assume(abs(after - IDLE_CLOSE) <= IDLE_SLACK, f"it after {IDLE_CLOSE:.0f} s", f"after {after:.1f} s")
    return f"after {after:.1f} s"
