"""Answers of REST: each type's keys, number formats and times, and that our own types read it."""

from itertools import islice
from typing import Any

import msgspec

from exchange.probe.check import Check
from exchange.probe.outcome import Differs, NotSeen, short
from exchange.probe.rest_types import ACCOUNT_TYPES, MARKET_TYPES, RestType
from exchange.probe.seen import Seen
from exchange.probe.shape import findings

CHECKS: list[Check] = []
MOST_NOTES = 6


def judge_shape(shape: Any, value: Any) -> str:
    """Raise ``Differs`` at the first problem; the notes are what is new."""
    new: dict[str, str] = {}
    problems = []
    for finding in findings(shape, value):
        if finding.novel:
            new.setdefault(_any_row(finding.path), short(finding.came)[:40])
        else:
            problems.append(finding)
    if problems:
        first = problems[0]
        more = f" (and {len(problems) - 1} more places)" if len(problems) > 1 else ""
        raise Differs(f"{first.expected} at {first.path or 'the top'}", f"{short(first.came)}{more}")
    return "; ".join(f"new: {path} = {came}" for path, came in islice(new.items(), MOST_NOTES))


def _any_row(path: str) -> str:
    """A path without the numbers of rows, so that one novelty is told once."""
    return "".join("[]" if part.isdigit() else part for part in _split(path))


def _split(path: str) -> list[str]:
    return [piece for part in path.split("[") for piece in part.split("]")]


def read_with(wire: Any, text: str) -> None:
    """Read an answer with the type that the dashboard uses; raise ``Differs`` if that fails."""
    try:
        msgspec.json.decode(text, type=wire)
    except msgspec.DecodeError as error:
        raise Differs("an answer that our type reads", f"one it refuses ({error})", text) from error


async def look_at(kind: RestType, seen: Seen) -> str:
    """Ask, compare key by key, and read with our own type."""
    for need in kind.needs:
        seen.name(need)
    reply = await seen.desk.reply(kind.body(seen.names, seen.began))
    if reply.status != 200:
        raise Differs("status 200", str(reply.status), reply.text)
    notes = judge_shape(kind.shape, reply.data)
    read_with(kind.wire, reply.text)
    if reply.data in ([], None):
        raise NotSeen("an empty answer shows no rows")
    return notes


def _check(kind: RestType, section: str) -> Check:
    async def run(seen: Seen) -> str:
        return await look_at(kind, seen)

    return Check(
        f"rest.{kind.id}",
        f"{kind.id} has the known keys and formats, and our types read it.",
        f"API.md {section}; {kind.leans_on}",
        run,
    )


CHECKS.extend(_check(kind, "6") for kind in MARKET_TYPES)
CHECKS.extend(_check(kind, "7") for kind in ACCOUNT_TYPES)
