"""What streams mean: replays, snapshots, whole states and changes (API.md sections 5 and 9)."""

import base64
import zlib
from collections.abc import Iterable, Iterator
from statistics import median
from typing import Any

import msgspec

from exchange.probe.check import Check, check
from exchange.probe.checks_rest import judge_shape
from exchange.probe.checks_rows import in_order
from exchange.probe.outcome import NotSeen, assume
from exchange.probe.seen import Seen
from exchange.probe.shapes_market import FAST_CONTEXTS

CHECKS: list[Check] = []
REPLAY = 30
REPLAY_SLACK = 10
FRESH_WITHIN = 10.0
ALIKE = 0.9
TAPE = "API.md 5, 9; exchange/market_tape.py"
FAST = "API.md 5; exchange/decode.py, exchange/market.py"

Contexts = dict[str, dict[str, Any]]


@check(CHECKS, "trades.replay", "trades begins with about 30 old rows, oldest first, without a flag.", TAPE)
async def replay(seen: Seen) -> str:
    first = (await seen.hear("trades")).data[0]
    assume(isinstance(first, list), "a bare list", "another", first)
    assume(abs(len(first) - REPLAY) <= REPLAY_SLACK, f"about {REPLAY} rows", f"{len(first)}")
    in_order(first, lambda row: int(row["time"]), newest_first=False)
    return f"{len(first)} rows"


@check(CHECKS, "trades.new", "After its replay, trades never repeats: (coin, time, tid) is new each time.", TAPE)
async def new_trades(seen: Seen) -> str:
    data = (await seen.hear("trades")).data
    keys = [(row["coin"], row["time"], row["tid"]) for rows in data for row in rows]
    if len(data) < 2:
        raise NotSeen("no trade in the window")
    twice = len(keys) - len(set(keys))
    assume(twice == 0, "each trade once", f"{twice} of {len(keys)} again")
    return f"{len(keys)} trades"


@check(CHECKS, "trades.builder", "Trades of a builder dex's perp say dex:COIN.", "API.md 3; exchange/topics.py")
async def builder_trades(seen: Seen) -> None:
    coins = {row["coin"] for rows in (await seen.hear("trades.builder")).data for row in rows}
    name = seen.names.builder_perp
    if not coins:
        raise NotSeen(f"no trade of {name}")
    assume(coins == {name}, name, ", ".join(sorted(coins)))


def inflate(data: str) -> Contexts:
    """The contexts of one ``fastAssetCtxs`` frame: base64 of raw deflate of JSON."""
    found: Contexts = msgspec.json.decode(zlib.decompress(base64.b64decode(data), -15))
    return found


def add_up(frames: Iterable[Contexts]) -> Iterator[Contexts]:
    """After each frame, all changes so far, one upon the other: what is absent stays as it was."""
    sum: Contexts = {}
    for contexts in frames:
        for coin, context in contexts.items():
            sum[coin] = sum.get(coin, {}) | context
        yield sum


@check(CHECKS, "fast.inflate", "fastAssetCtxs is base64 of raw deflate of {coin: {markPx?, midPx?}}.", FAST)
async def inflates(seen: Seen) -> str:
    data = (await seen.hear("fastAssetCtxs")).data
    notes = {judge_shape(FAST_CONTEXTS, inflate(one)) for one in data}
    return "; ".join(sorted(notes - {""}))


@check(CHECKS, "fast.first", "The first fastAssetCtxs frame has every live perp of every dex, and spot.", FAST)
async def fast_first(seen: Seen) -> str:
    first = inflate((await seen.hear("fastAssetCtxs")).data[0])
    metas = await seen.answer(type="allPerpMetas")
    live = [asset["name"] for meta in metas for asset in meta["universe"] if not asset.get("isDelisted")]
    lost = [name for name in live if name not in first]
    assume(not lost, "each live perp", f"not {len(lost)} of {len(live)}", lost[:5])
    assume(any(name.startswith("@") for name in first), "spot pairs too", "none")
    return f"{len(first)} coins"


@check(CHECKS, "fast.changes", "Later fastAssetCtxs frames are changes alone, and add up to the whole.", FAST)
async def fast_changes(seen: Seen) -> str:
    """A second subscriber's first frame, half-way through, must be what the first one's changes add up to then.

    After which of its frames that is, nobody can tell: the two sockets are not read at the same moment.
    """
    await seen.until(0.5)
    other = await seen.line("second")
    await other.subscribe({"type": "fastAssetCtxs"})
    fresh = await other.wait_for("fastAssetCtxs", 0, FRESH_WITHIN)
    heard = await seen.hear("fastAssetCtxs")
    if fresh is None or len(heard.data) < 3:
        raise NotSeen("too few frames")
    whole, frames = inflate(fresh.data), [inflate(data) for data in heard.data]
    sizes = [len(one) for one in frames]
    usual = median(sizes[1:])
    assume(usual < sizes[0], "fewer coins in the frames after the first", f"{usual:.0f} of {sizes[0]}")
    same = max(sum(then.get(coin) == context for coin, context in whole.items()) for then in add_up(frames))
    expected = "nearly all coins as the changes add up to"
    assume(same >= ALIKE * len(whole), expected, f"only {same} of {len(whole)} alike")
    return f"{same} of {len(whole)} alike, {usual:.0f} coins a frame"


@check(CHECKS, "mids.whole", "Each allMids frame is the whole map.", "API.md 5; exchange/fallback.py")
async def whole_mids(seen: Seen) -> None:
    data = (await seen.hear("allMids")).data
    sizes = [len(one["mids"]) for one in data]
    if len(sizes) < 2:
        raise NotSeen("only one frame")
    assume(min(sizes) >= ALIKE * max(sizes), "maps of one size", f"{min(sizes)} to {max(sizes)} names")


@check(CHECKS, "mids.dex", "allMids of a builder dex names the dex and its own coins alone.", "API.md 5; fallback")
async def dex_mids(seen: Seen) -> None:
    dex = seen.name("dex")
    for one in (await seen.hear("allMids.dex")).data:
        assume(one.get("dex") == dex, f"dex {dex}", f"{one.get('dex')}", one)
        odd = [name for name in one["mids"] if not name.startswith(f"{dex}:")]
        assume(not odd, f"names that begin with {dex}:", f"{len(odd)} others", odd[:3])


@check(CHECKS, "join.all", "allDexsAssetCtxs has each dex by name, with one context for each of its perps.",
       "API.md 5; exchange/market.py")  # fmt: skip
async def join_all(seen: Seen) -> str:
    contexts = (await seen.hear("allDexsAssetCtxs")).data[0]["ctxs"]
    dexes = [one["name"] if one else "" for one in await seen.answer(type="perpDexs")]
    metas = await seen.answer(type="allPerpMetas")
    sizes = {dex: len(meta["universe"]) for dex, meta in zip(dexes, metas, strict=False)}
    came = {dex: len(rows) for dex, rows in contexts}
    assume(
        came == sizes,
        "as many contexts as perps",
        "others",
        {d: [sizes.get(d), came.get(d)] for d in came | sizes},
    )
    order = [dex for dex, _ in contexts]
    assume(order == sorted(order), "dexes in alphabetical order", ", ".join(order))
    return f"{len(order)} dexes"


async def _flags(seen: Seen, id: str) -> list[Any]:
    data = (await seen.hear(id)).data
    first, later = data[0], data[1:]
    assume(first.get("isSnapshot") is True, "isSnapshot true on the first frame", f"{first.get('isSnapshot')}")
    flagged = [one for one in later if one.get("isSnapshot")]
    assume(not flagged, "no isSnapshot on later frames", f"{len(flagged)} of {len(later)} with it", flagged[:1])
    return later


for _id in ("userFills", "userFundings", "userNonFundingLedgerUpdates", "userTwapSliceFills", "userTwapHistory"):

    async def _run(seen: Seen, id: str = _id) -> str:
        later = await _flags(seen, id)
        return "" if later else "no later frame in the window"

    _sentence = f"{_id} begins with a snapshot that is flagged; later frames are not."
    CHECKS.append(Check(f"snapshot.{_id}", _sentence, "API.md 5; account tracking", _run))


@check(CHECKS, "user.lower", "Frames name the user in small letters.", "API.md 1, 5; account tracking")
async def lower(seen: Seen) -> None:
    user = seen.name("user")
    named = (await seen.hear("spotState")).data[0]["user"]
    assume(named == user.lower(), user.lower(), named)
