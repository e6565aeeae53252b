"""Which markets exist: listings for perps of all dexes, spot pairs and outcomes."""

import math
from random import Random

from exchange.simulator import names
from exchange.simulator.listing import Listing
from exchange.simulator.profile import Profile

LEVERAGE = ((1, 40, 56), (2, 25, 55), (5, 20, 54), (12, 10, 52), (32, 10, 51), (90, 5, 5))
"""(rank below which, max leverage, margin table); all others have 3."""
RATES = (3.2, 2.2, 1.2, 1.4, 0.7, 0.5, 0.5, 0.5, 0.4, 0.4)
"""Trades per second of the most traded perps; the rest fall off as 1/rank."""
SLOWEST = 1 / 45
OUTCOME_TOKENS = 100_000_000
"""Balances of outcome N are kept under this plus N (its asset id, API.md section 3)."""


def all_listings(profile: Profile, rng: Random) -> list[Listing]:
    """Every market: first dex, builder dexes, spot, outcomes, each in its own index order."""
    listings = first_dex(profile, rng)
    for dex in names.BUILDER_DEXES:
        listings += builder_dex(dex, profile, rng)
    return listings + spot_pairs(profile, rng) + outcomes(profile, rng)


def first_dex(profile: Profile, rng: Random) -> list[Listing]:
    live = list(zip(names.PERPS[::2], map(float, names.PERPS[1::2]), strict=True))[: profile.live_perps]
    gone = [(name, round(10 ** rng.uniform(-2.2, 0.9), 4)) for name in names.DELISTED[: profile.delisted_perps]]
    order = [(i, name, price, False) for i, (name, price) in enumerate(live)]
    for name, price in gone:  # they stay where they were listed, between the living
        order.insert(rng.randrange(min(3, len(order)), len(order) + 1), (len(live), name, price, True))
    return [
        perp("", at, name, price, rank, delisted, profile, rng)
        for at, (rank, name, price, delisted) in enumerate(order)
    ]


def builder_dex(dex: str, profile: Profile, rng: Random) -> list[Listing]:
    _, collateral, words = names.BUILDER_DEXES[dex]
    pairs = list(zip(words[::2], words[1::2], strict=True))
    alive = [p for p in pairs if not p[0].startswith("-")][: profile.dex_perps]
    chosen = alive + [p for p in pairs if p[0].startswith("-")]
    return [
        perp(
            dex,
            i,
            f"{dex}:{name.lstrip('-')}",
            float(price),
            20 + 4 * i,
            name.startswith("-"),
            profile,
            rng,
            collateral,
        )
        for i, (name, price) in enumerate(chosen)
    ]


def perp(
    dex: str,
    index: int,
    name: str,
    price: float,
    rank: int,
    delisted: bool,
    profile: Profile,
    rng: Random,
    collateral: int = 0,
) -> Listing:
    leverage, table = next(((lev, tab) for below, lev, tab in LEVERAGE if rank < below), (3, 3))
    if dex:
        leverage, table = (20, 20) if index == 0 else (10, 10)
    return Listing(
        name=name,
        kind="perp",
        dex=dex,
        index=index,
        sz_decimals=2 if name == "SOL" else max(0, min(5, math.floor(math.log10(price)) + 1)),
        price=price,
        day_usd=3.2e9 / (rank + 1) ** 1.5 * rng.uniform(0.7, 1.3) + 60_000,
        rate=trade_rate(rank, profile),
        volatility=rng.uniform(0.02, 0.03) if rank < 2 or dex else rng.uniform(0.03, 0.06),
        age_days=max(40, profile.history_days - (0 if rank < 30 else rng.randrange(300))),
        max_leverage=leverage,
        margin_table=table,
        delisted=delisted,
        collateral=collateral,
        extras=perp_extras(dex, index, rank, rng),
    )


def trade_rate(rank: int, profile: Profile) -> float:
    rate = RATES[rank] if rank < len(RATES) else 3.0 / rank
    return max(SLOWEST, rate) * profile.pace


def perp_extras(dex: str, index: int, rank: int, rng: Random) -> dict[str, object]:
    if dex:
        mode = "noCross" if index == 0 else "strictIsolated"
        return {
            "onlyIsolated": True,
            "marginMode": mode,
            "growthMode": "enabled",
            "lastGrowthModeChangeTime": "2025-11-23T17:37:10.033211662",
        }
    if rank > 60 and rng.random() < 0.06:
        return {"onlyIsolated": True, "marginMode": "strictIsolated"}
    return {}


def spot_pairs(profile: Profile, rng: Random) -> list[Listing]:
    words = names.SPOT_TOKENS
    tokens = list(zip(words[::4], words[1::4], words[2::4], words[3::4], strict=True))
    free = iter(range(1, 400))
    taken = set(names.PAIR_INDEX.values())
    pairs = []
    for rank, (name, price, sz, token) in enumerate(tokens[: profile.spot_pairs]):
        at = names.PAIR_INDEX.get(name) if name in names.PAIR_INDEX else next(i for i in free if i not in taken)
        assert at is not None
        pairs.append(spot(at, name, float(price), int(sz), int(token), rank, profile, rng))
    return sorted(pairs, key=lambda pair: pair.index)


def spot(
    at: int, name: str, price: float, sz: int, token: int, rank: int, profile: Profile, rng: Random
) -> Listing:
    busy = name in ("HYPE", "UBTC", "UETH", "USOL", "PURR")
    stable = name.startswith("USD")
    return Listing(
        name="PURR/USDC" if at == 0 else f"@{at}",
        kind="spot",
        dex="",
        index=at,
        sz_decimals=sz,
        price=price,
        day_usd=4e7 * rng.uniform(0.5, 1.5) if busy else 30_000.0 * rng.uniform(0.3, 3),
        rate=(0.25 if busy else SLOWEST) * profile.pace,
        volatility=0.0004 if stable else 0.04,
        age_days=max(40, profile.history_days - rank),
        dead=name in names.DEAD_SPOT,
        tokens=(token, 0),
        extras={"token": name},
    )


def outcomes(profile: Profile, rng: Random) -> list[Listing]:
    numbers = [10 * (1488 + i // 2) + i % 2 for i in range(profile.outcomes)]
    return [
        Listing(
            name=f"#{number}",
            kind="outcome",
            dex="",
            index=number,
            sz_decimals=2,
            price=0.2 + 0.13 * i,
            day_usd=20_000.0,
            rate=SLOWEST * profile.pace,
            volatility=0.05,
            age_days=20 + rng.randrange(10),
            tokens=(OUTCOME_TOKENS + number, 0),
            extras={"token": f"+{number}"},
        )
        for i, number in enumerate(numbers)
    ]
