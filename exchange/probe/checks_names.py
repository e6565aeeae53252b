"""Names and joins: what stands where, and what belongs together (API.md sections 3 and 6)."""

import re
from typing import Any

from exchange.probe.check import Check, check
from exchange.probe.outcome import NotSeen, assume
from exchange.probe.seen import Seen

CHECKS: list[Check] = []
UNIVERSE = "API.md 3; exchange/universe.py"
THOUSANDS = ("PEPE", "SHIB", "BONK", "LUNC", "FLOKI", "NEIRO", "DOGS")
NEAR = 0.05
"""How far two prices of one coin, asked for a moment apart, may be from each other."""
MOST_FAR = 0.1


async def perps(seen: Seen) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """Assets and contexts of the first dex, joined by position."""
    meta, contexts = await seen.answer(type="metaAndAssetCtxs")
    return list(zip(meta["universe"], contexts, strict=False))


@check(CHECKS, "join.length", "metaAndAssetCtxs has one context for each perp.", "API.md 6; exchange/market.py")
async def join_length(seen: Seen) -> str:
    meta, contexts = await seen.answer(type="metaAndAssetCtxs")
    names = len(meta["universe"])
    assume(names == len(contexts), f"{names} contexts for {names} perps", f"{len(contexts)}")
    return f"{names} perps"


@check(CHECKS, "join.position", "metaAndAssetCtxs is joined by position.", "API.md 6; exchange/market.py")
async def join_position(seen: Seen) -> None:
    mids = await seen.answer(type="allMids")
    pairs = [(asset["name"], context["midPx"]) for asset, context in await perps(seen) if context["midPx"]]
    compared = [(name, float(mid), float(mids[name])) for name, mid in pairs if name in mids]
    if not compared:
        raise NotSeen("no perp with a mid in both answers")
    far = [one for one in compared if abs(one[1] - one[2]) > NEAR * one[2]]
    expected = "each context's midPx near the mid of the perp at its position"
    assume(len(far) <= MOST_FAR * len(compared), expected, f"{len(far)} of {len(compared)} far off", far[:3])


@check(CHECKS, "join.spot", "Each spot pair has a context of its name.", "API.md 6; exchange/market.py: spot")
async def join_spot(seen: Seen) -> str:
    meta, contexts = await seen.answer(type="spotMetaAndAssetCtxs")
    coins = {context["coin"] for context in contexts}
    lost = [pair["name"] for pair in meta["universe"] if pair["name"] not in coins]
    assume(not lost, "a context for each pair", f"none for {len(lost)}", lost[:5])
    same = [p["name"] for p in meta["universe"]] == [c["coin"] for c in contexts]
    return "today also joined by position" if same else ""


@check(CHECKS, "join.dexes", "allPerpMetas is in the order of perpDexs.", UNIVERSE)
async def join_dexes(seen: Seen) -> str:
    dexes = await seen.answer(type="perpDexs")
    metas = await seen.answer(type="allPerpMetas")
    assume(len(dexes) == len(metas), f"{len(dexes)} metas for {len(dexes)} dexes", f"{len(metas)}")
    assume(dexes[0] is None, "null for the first dex", "another entry", dexes[0])
    for dex, meta in zip(dexes[1:], metas[1:], strict=True):
        wrong = [asset["name"] for asset in meta["universe"] if asset["name"].partition(":")[0] != dex["name"]]
        assume(not wrong, f"names that begin with {dex['name']}:", f"{len(wrong)} others", wrong[:3])
    return ", ".join(dex["name"] for dex in dexes[1:])


@check(CHECKS, "names.builder", "A builder dex's perps are named dex:COIN, dex in small letters.", UNIVERSE)
async def builder_names(seen: Seen) -> None:
    meta, _ = await seen.answer(type="metaAndAssetCtxs", dex=seen.name("dex"))
    odd = [one["name"] for one in meta["universe"] if not re.fullmatch(r"[a-z0-9]+:[^:\s]+", one["name"])]
    assume(not odd, "dex:COIN", f"{len(odd)} others", odd[:3])


@check(CHECKS, "names.first", "Perps of the first dex have plain names, each once.", UNIVERSE)
async def first_names(seen: Seen) -> None:
    names = [asset["name"] for asset, _ in await perps(seen)]
    odd = [name for name in names if re.search(r"[:@#/\s]", name)]
    assume(not odd, "no : @ # or / in a name", f"{len(odd)} with one", odd[:3])
    assume(len(set(names)) == len(names), "each name once", f"{len(names) - len(set(names))} again")


@check(CHECKS, "names.thousand", "Cheap tokens trade by the thousand, as kPEPE.", "API.md 3; labels")
async def thousands(seen: Seen) -> str:
    names = {asset["name"] for asset, _ in await perps(seen)}
    found = [f"k{token}" for token in THOUSANDS if f"k{token}" in names]
    bare = [token for token in THOUSANDS if token in names]
    if not found and not bare:
        raise NotSeen("none of the tokens is listed")
    assume(not bare, "the k in front", "a bare name", bare)
    return ", ".join(found)


@check(CHECKS, "names.spot", "A spot pair is called @ and its index; pair 0 by its tokens.", UNIVERSE)
async def spot_names(seen: Seen) -> None:
    meta, _ = await seen.answer(type="spotMetaAndAssetCtxs")
    named = [(pair["name"], pair["index"]) for pair in meta["universe"]]
    odd = [(name, index) for name, index in named if name != f"@{index}" and "/" not in name]
    assume(not odd, "@index", f"{len(odd)} others", odd[:3])


@check(CHECKS, "names.tokens", "Pairs name their tokens by a token's index.", UNIVERSE)
async def tokens(seen: Seen) -> None:
    meta, _ = await seen.answer(type="spotMetaAndAssetCtxs")
    known = {token["index"] for token in meta["tokens"]}
    lost = [pair for pair in meta["universe"] if not known.issuperset(pair["tokens"])]
    assume(not lost, "known tokens", f"{len(lost)} pairs with others", lost[:2])


@check(
    CHECKS,
    "names.mids",
    "allMids of the first dex has its perps and spot pairs.",
    "API.md 6; exchange/fallback.py",
)
async def mids(seen: Seen) -> str:
    found = await seen.answer(type="allMids")
    live = [a["name"] for a, c in await perps(seen) if not a.get("isDelisted") and c["midPx"]]
    lost = [name for name in live if name not in found]
    assume(not lost, "each live perp", f"not {len(lost)} of them", lost[:5])
    assume(any(name.startswith("@") for name in found), "spot pairs @N too", "none")
    return f"{len(found)} names"


@check(CHECKS, "delisted.null", "A delisted perp has null midPx, premium, impactPxs, and no interest.", UNIVERSE)
async def delisted(seen: Seen) -> str:
    gone = [(asset["name"], context) for asset, context in await perps(seen) if asset.get("isDelisted")]
    if not gone:
        raise NotSeen("no delisted perp")
    for name, context in gone:
        filled = [key for key in ("midPx", "premium", "impactPxs") if context[key] is not None]
        assume(not filled, "nulls", f"{', '.join(filled)} of {name} with a value", context)
        assume(float(context["openInterest"]) == 0, "openInterest 0", f"{context['openInterest']} of {name}")
    return f"{len(gone)} delisted"


@check(CHECKS, "funding.size", "funding is an hourly rate, within 4 %.", "API.md 8; exchange/figures.py")
async def funding_size(seen: Seen) -> None:
    wild = [(a["name"], c["funding"]) for a, c in await perps(seen) if abs(float(c["funding"])) > 0.04]
    assume(not wild, "rates within 0.04", f"{len(wild)} beyond", wild[:3])


@check(
    CHECKS, "funding.venues", "predictedFundings names HlPerp, BinPerp and BybitPerp.", "API.md 6; funding page"
)
async def venues(seen: Seen) -> str:
    found = await seen.answer(type="predictedFundings")
    names = {venue for _, rates in found for venue, _ in rates}
    wanted = {"HlPerp", "BinPerp", "BybitPerp"}
    assume(names == wanted, ", ".join(sorted(wanted)), ", ".join(sorted(names)))
    own = [rate["nextFundingTime"] for _, rates in found for venue, rate in rates if venue == "HlPerp" and rate]
    if not own:
        return ""
    return (
        f"HlPerp.nextFundingTime is {'past' if own[0] <= seen.began else 'ahead'}; we compute the hour ourselves"
    )
