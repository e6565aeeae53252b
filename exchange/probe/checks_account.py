"""Accounts: the words for modes and roles, and figures that must agree (API.md sections 7 and 8)."""

from decimal import Decimal
from typing import Any

from exchange.probe.check import Check, check
from exchange.probe.checks_rows import rows
from exchange.probe.outcome import NotSeen, assume
from exchange.probe.seen import Seen
from exchange.probe.shapes_account import ABSTRACTION, ROLES

CHECKS: list[Check] = []
POOLED = ("unifiedAccount", "portfolioMargin")
CENT = Decimal("0.05")
MODES = "API.md 7, 8; equity by account mode"


async def of_user(seen: Seen, kind: str) -> Any:
    """An answer about the account that is looked at."""
    return await seen.answer(type=kind, user=seen.name("user"))


@check(CHECKS, "account.mode", "userAbstraction is one of the modes we can compute equity for.", MODES)
async def mode(seen: Seen) -> str:
    word = await of_user(seen, "userAbstraction")
    assume(word in ABSTRACTION.words, f"one of {', '.join(sorted(ABSTRACTION.words))}", f"{word!r}")
    return str(word)


@check(CHECKS, "account.role", "userRole is one of the roles we know.", "API.md 7, 10; sign-in")
async def role(seen: Seen) -> str:
    word = (await of_user(seen, "userRole"))["role"]
    assume(word in ROLES.words, f"one of {', '.join(sorted(ROLES.words))}", f"{word!r}")
    return str(word)


@check(CHECKS, "account.pooled", "tokenToAvailableAfterMaintenance is there in pooled modes alone.", MODES)
async def pooled(seen: Seen) -> str:
    word, state = await of_user(seen, "userAbstraction"), await of_user(seen, "spotClearinghouseState")
    there = "tokenToAvailableAfterMaintenance" in state
    assume(
        there == (word in POOLED), f"it {'' if word in POOLED else 'not '}there for {word}", "the contrary", state
    )
    return str(word)


@check(CHECKS, "account.value", "accountValue is totalRawUsd plus each position at mark.", "API.md 8; equity")
async def value(seen: Seen) -> str:
    if await of_user(seen, "userAbstraction") in POOLED:
        raise NotSeen("perp summaries mean nothing in a pooled mode")
    state = await of_user(seen, "clearinghouseState")
    positions = [one["position"] for one in state["assetPositions"]]
    if not positions:
        raise NotSeen("no position")
    signed = [Decimal(p["positionValue"]).copy_sign(Decimal(p["szi"])) for p in positions]
    summary = state["marginSummary"]
    total = Decimal(summary["totalRawUsd"]) + sum(signed, Decimal(0))
    gap = abs(total - Decimal(summary["accountValue"]))
    assume(gap <= CENT * len(positions), f"{total}", summary["accountValue"])
    return f"{len(positions)} positions"


@check(
    CHECKS, "account.fee", "A fill's fee is charged in its feeToken; the base token on spot buys.", "API.md 8; PnL"
)
async def fee_token(seen: Seen) -> None:
    perps = [row for row in await rows(seen, "userFills", 1) if row["coin"] in seen.names.all]
    if not perps:
        raise NotSeen("no fill of a first-dex perp")
    odd = [row for row in perps if row["feeToken"] != "USDC"]
    assume(not odd, "USDC for perps of the first dex", f"{len(odd)} others", odd[:1])


@check(CHECKS, "account.slices", "TWAP slices are not among userFills.", "API.md 7; fills")
async def slices(seen: Seen) -> str:
    apart = await rows(seen, "userTwapSliceFills", 1)
    among = {(row["time"], row["tid"]) for row in await rows(seen, "userFills", 0)}
    both = sum((row["fill"]["time"], row["fill"]["tid"]) in among for row in apart)
    assume(both == 0, "no slice in userFills", f"{both} of {len(apart)}")
    return f"{len(apart)} slices"


@check(CHECKS, "account.dexes", "allDexsClearinghouseState has a state for each dex, the first called ''.", MODES)
async def dexes(seen: Seen) -> str:
    states = (await seen.hear("allDexsClearinghouseState")).data[0]["clearinghouseStates"]
    known = {one["name"] if one else "" for one in await seen.answer(type="perpDexs")}
    odd = [dex for dex, _ in states if dex not in known]
    assume(not odd, "names of perpDexs", f"{len(odd)} others", odd)
    assume("" in [dex for dex, _ in states], "the first dex too", "not it")
    return f"{len(states)} dexes"
