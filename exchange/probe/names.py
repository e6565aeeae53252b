"""Names from a fresh ``meta``: the only ones that are ever asked for (API.md section 3)."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import Any

from exchange.probe.outcome import NotSeen

Json = dict[str, Any]
Answer = Callable[..., Awaitable[Any]]
"""Asks a type of question and gives its answer, or raises NotSeen."""

UNREADABLE = (LookupError, TypeError, ValueError)


@dataclass(frozen=True, slots=True)
class Names:
    """What to ask about. An empty text means that there is no such market.

    ``perp`` is the busiest perp of the first dex and ``second`` the next; ``builder_perp`` is the busiest
    of ``dex``, the first builder dex with a live market; ``spot`` the busiest pair called ``@N``.
    """

    perp: str = ""
    second: str = ""
    delisted: str = ""
    dex: str = ""
    builder_perp: str = ""
    spot: str = ""
    user: str = ""
    vault: str = ""
    all: frozenset[str] = field(default_factory=frozenset)


def _volume(context: Json) -> float:
    return float(context["dayNtlVlm"])


def busiest(answer: Any) -> list[str]:
    """Names of the live perps of a ``metaAndAssetCtxs``, the most traded first."""
    meta, contexts = answer
    pairs = zip(meta["universe"], contexts, strict=False)
    live = [(asset["name"], context) for asset, context in pairs if not asset.get("isDelisted")]
    return [name for name, context in sorted(live, key=lambda pair: -_volume(pair[1]))]


def busiest_pair(answer: Any) -> str:
    """The most traded spot pair whose name is ``@N``."""
    meta, contexts = answer
    pairs = {pair["name"] for pair in meta["universe"] if pair["name"].startswith("@")}
    known = [context for context in contexts if context["coin"] in pairs]
    return max(known, key=_volume)["coin"] if known else ""


def listed(meta: Any) -> list[str]:
    """All names of a ``meta``."""
    return [asset["name"] for asset in meta["universe"]]


def delisted(meta: Any) -> str:
    """The first delisted perp."""
    return next((asset["name"] for asset in meta["universe"] if asset.get("isDelisted")), "")


def live_dex(dexes: Any, metas: Any) -> str:
    """The first builder dex that still has a market (several are wholly delisted)."""
    for dex, meta in zip(dexes, metas, strict=False):
        if dex and any(not asset.get("isDelisted") for asset in meta["universe"]):
            return str(dex["name"])
    return ""


async def learn(answer: Answer, names: Names) -> Names:
    """Whatever names can be read; what cannot stays empty, and the checks of shapes say why."""
    for find in (_perps, _builders, _pairs):
        try:
            names = replace(names, **await find(answer))
        except (NotSeen, *UNREADABLE):
            continue
    return names


async def _perps(answer: Answer) -> Json:
    found = await answer(type="metaAndAssetCtxs")
    live = [*busiest(found), "", ""]
    names = frozenset(listed(found[0]))
    return {"perp": live[0], "second": live[1], "delisted": delisted(found[0]), "all": names}


async def _builders(answer: Answer) -> Json:
    dex = live_dex(await answer(type="perpDexs"), await answer(type="allPerpMetas"))
    perps = busiest(await answer(type="metaAndAssetCtxs", dex=dex)) if dex else []
    return {"dex": dex, "builder_perp": perps[0] if perps else ""}


async def _pairs(answer: Answer) -> Json:
    return {"spot": busiest_pair(await answer(type="spotMetaAndAssetCtxs"))}
