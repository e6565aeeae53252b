"""Hooks that make one thing otherwise: of an answer, of a frame, of a subscription."""

import asyncio
import json
from typing import Any

from aiohttp import web

from tests.exchange.probe.deviating import Answer, Frame, Talk

Body = dict[str, Any]


def of(kind: str, change: Any, when: Any = None) -> Any:
    """A REST hook: change the JSON of good answers to bodies of this type."""

    def hook(body: Body, answer: Answer) -> None:
        if body.get("type") == kind and answer.status == 200 and (when is None or when(body)):
            answer.edit(change)

    return hook


def answering(status: int, text: str, when: Any) -> Any:
    """A REST hook: another answer to some bodies."""

    def hook(body: Body, answer: Answer) -> None:
        if when(body):
            answer.status, answer.text = status, text

    return hook


def on(channel: str, change: Any) -> Any:
    """A socket hook: change the data of a channel's frames; what ``change`` returns, if anything, is the data."""

    def hook(talk: Talk, frame: Frame) -> list[Frame | str] | None:
        if frame.get("channel") == channel:
            changed = change(talk, frame["data"]) if "data" in frame else None
            if changed is not None:
                frame["data"] = changed
        return None

    return hook


def without(test: Any) -> Any:
    """A socket hook: lose frames."""

    def hook(talk: Talk, frame: Frame) -> list[Frame | str] | None:
        return [] if test(talk, frame) else None

    return hook


def channel(*names: str) -> Any:
    return lambda talk, frame: frame["channel"] in names


def three_of_four(*names: str) -> Any:
    return lambda talk, frame: frame["channel"] in names and talk.count(frame["channel"]) % 4


def is_about(type: str) -> Any:
    return lambda frame: (
        isinstance(frame.get("subscription"), dict)
        and frame["method"] == "subscribe"
        and frame["subscription"].get("type") == type
    )


def nobody(body: Body) -> bool:
    return "noSuchThing" in body.values()


def floats(row: Body, *keys: str) -> None:
    for key in keys:
        row[key] = float(row[key])


def times(rows: list[Body], key: str, factor: float) -> None:
    for row in rows:
        row[key] = int(row[key] * factor)


def contexts_moved(answer: Any) -> Any:
    """Only live ones change places, so that the delisted keep their nulls."""
    meta, contexts = answer
    live = [i for i, asset in enumerate(meta["universe"]) if not asset.get("isDelisted")]
    moved = dict(zip(live, live[1:] + live[:1], strict=True))
    return [meta, [contexts[moved.get(i, i)] for i in range(len(contexts))]]


def one_tick_wrong(book: Any) -> None:
    for level in book["levels"][0]:
        level["px"] = level["px"] + ("001" if "." in level["px"] else ".001")


def set_key(row: Any, key: str, value: Any) -> None:
    row[key] = value


def gzip(request: web.Request, answer: Answer) -> None:
    answer.headers["Content-Encoding"] = "gzip"


def header(request: web.Request, answer: Answer) -> None:
    answer.headers["X-RateLimit-Remaining"] = "1180"


def get_allowed(request: web.Request, answer: Answer) -> None:
    if request.method == "GET":
        answer.status, answer.text = 200, "{}"


def refuse(type: str, text: str) -> Any:
    """An inward hook: a subscription is refused; the outward one never sees it."""

    def hook(talk: Talk, frame: Frame) -> bool:
        if not is_about(type)(frame):
            return False
        talk.heard.setdefault("tasks", []).append(
            asyncio.create_task(talk.say({"channel": "error", "data": text + json.dumps(frame)}))
        )
        return True

    return hook


def late_ack(talk: Talk, frame: Frame) -> list[Frame | str] | None:
    """The echo of webData3 comes after its first data."""
    if frame["channel"] == "subscriptionResponse" and frame["data"]["subscription"]["type"] == "webData3":
        talk.heard["late"] = frame
        return []
    if frame["channel"] == "webData3" and "late" in talk.heard:
        return [frame, talk.heard.pop("late")]
    return None


def no_ack(type: str) -> Any:
    return without(
        lambda talk, frame: (
            frame["channel"] == "subscriptionResponse" and frame["data"]["subscription"]["type"] == type
        )
    )


def bare_echo(talk: Talk, data: Any) -> None:
    if data["subscription"]["type"] == "l2Book":
        data["subscription"].pop("nSigFigs", None)


def deeper(talk: Talk, book: Any) -> None:
    if book.get("fast"):
        for side, step in zip(book["levels"], (-1, 1), strict=True):
            last = side[-1]
            for i in range(1, 4):
                side.append({**last, "px": str(float(last["px"]) * (1 + step * i / 1000))})


def replay_cut(talk: Talk, rows: Any) -> Any:
    return rows[-3:] if talk.count(f"trades {rows[0]['coin']}") == 0 else None


def told_again(talk: Talk, rows: Any) -> Any:
    """The last trade of a coin is told a second time with the next ones."""
    key = f"last {rows[0]['coin']}"
    again = [talk.heard[key]] if key in talk.heard else []
    talk.heard[key] = rows[-1]
    return rows + again


def whole_again(talk: Talk, data: Any) -> Any:
    talk.heard.setdefault("whole", data)
    return talk.heard["whole"]


def quotes_off(talk: Talk, data: Any) -> None:
    for level in data["bbo"]:
        if level:
            level["px"] = str(float(level["px"]) * 1.01)


def flat_candle(talk: Talk, data: Any) -> None:
    data["v"] = "0.0"


def snapshot_unflagged(talk: Talk, data: Any) -> None:
    data.pop("isSnapshot", None)


def drop_dex(talk: Talk, data: Any) -> None:
    data["ctxs"][-1][1].pop()


def backwards(rows: Any) -> Any:
    return rows[::-1]


def spot_lost(answer: Any) -> Any:
    meta, contexts = answer
    return [meta, [one for one in contexts if one["coin"] != meta["universe"][-1]["name"]]]
