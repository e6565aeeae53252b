"""What each member of the cast trades, how often, and what it holds at the start."""

from dataclasses import dataclass, field
from random import Random

from exchange.simulator import cast
from exchange.simulator.accounts import Rates
from exchange.simulator.profile import Profile


@dataclass(frozen=True, slots=True)
class Character:
    """One account's habits. ``holds`` is dollars per coin at the start, negative for short.

    ``days`` caps the age of its history, ``every_s`` is the usual pause between two acts.
    """

    address: str
    deposit: int
    coins: tuple[str, ...] = ()
    holds: dict[str, int] = field(default_factory=dict)
    spot: tuple[str, ...] = ()
    leverage: dict[str, int] = field(default_factory=dict)
    isolated: tuple[str, ...] = ()
    mode: str = "default"
    role: str = "user"
    master: str | None = None
    rates: Rates = field(default_factory=Rates)
    fills: int = 0
    size_usd: int = 3000
    every_s: int = 30
    risky: bool = False
    days: int = 1000
    twaps: bool = False
    rests: bool = False


def characters(profile: Profile, seed: int, perps: list[str]) -> list[Character]:
    """The whole cast, then the random traders."""
    return [*named(profile), *randoms(profile, Random(f"{seed}/traders"), perps)]


def named(profile: Profile) -> list[Character]:
    days = profile.account_days
    return [
        Character(
            cast.TRADER,
            60_000,
            ("BTC", "ETH", "SOL", "HYPE"),
            holds={"BTC": 42_000, "ETH": -18_000, "SOL": 9_000, "HYPE": 4_000},
            leverage={"BTC": 20, "ETH": 10, "SOL": 10, "HYPE": 5},
            isolated=("HYPE",),
            fills=28 * days,
            every_s=25,
            rests=True,
        ),
        Character(
            cast.UNIFIED,
            40_000,
            ("BTC", "DOGE", "XRP"),
            holds={"BTC": -25_000, "DOGE": 8_000},
            spot=("@107",),
            mode="unifiedAccount",
            fills=12 * days,
            every_s=45,
            rests=True,
        ),
        Character(
            cast.PORTFOLIO,
            20_000,
            ("BTC", "ETH"),
            holds={"BTC": 31_000, "ETH": 12_000},
            spot=("@107",),
            mode="portfolioMargin",
            fills=8 * days,
            every_s=70,
        ),
        Character(
            cast.BUILDER_DEX_TRADER,
            30_000,
            ("xyz:XYZ100", "xyz:TSLA", "flx:TSLA", "flx:GOLD"),
            holds={"xyz:TSLA": 9_000, "flx:TSLA": -7_000, "xyz:XYZ100": 12_000},
            leverage={"xyz:XYZ100": 20, "xyz:TSLA": 5, "flx:TSLA": 5, "flx:GOLD": 10},
            isolated=("xyz:XYZ100", "xyz:TSLA", "flx:TSLA", "flx:GOLD"),
            fills=10 * days,
            every_s=40,
        ),
        Character(
            cast.SPOT_TRADER,
            80_000,
            spot=("@107", "PURR/USDC", "@142", "@151"),
            fills=10 * days,
            every_s=35,
            rests=True,
        ),
        Character(
            cast.TWAP_RUNNER,
            200_000,
            ("SOL", "BTC"),
            holds={"SOL": 30_000},
            fills=20 * days,
            every_s=600,
            twaps=True,
        ),
        Character(
            cast.MARKET_MAKER,
            5_000_000,
            ("BTC", "ETH", "HYPE"),
            holds={"BTC": -150_000, "ETH": 90_000, "HYPE": 20_000},
            rates=Rates(taker=240, maker=-30, spot_taker=300, spot_maker=-30),
            fills=profile.maker_fills,
            size_usd=9000,
        ),
        Character(cast.LIQUIDATED, 2_000, ("ZEC",), fills=2 * days, size_usd=1500, risky=True),
        Character(
            cast.VAULT,
            400_000,
            ("BTC", "ETH", "SOL"),
            holds={"BTC": 220_000, "ETH": -160_000, "SOL": 60_000},
            role="vault",
            fills=10 * days,
            size_usd=12_000,
            every_s=60,
        ),
        Character(
            cast.SUB_ACCOUNT,
            15_000,
            ("ETH", "SUI"),
            holds={"ETH": 9_000},
            role="subAccount",
            master=cast.TRADER,
            fills=5 * days,
            every_s=90,
        ),
        Character(cast.EMPTY, 0),
    ]


def randoms(profile: Profile, rng: Random, perps: list[str]) -> list[Character]:
    """Traders without a story, on coins drawn from all perps of the first dex."""
    chosen = []
    for _ in range(profile.random_traders):
        coins = tuple(rng.sample(perps, min(3, len(perps))))
        holds = {coin: rng.choice((-1, 1)) * rng.randrange(500, 6000) for coin in coins[:2]}
        address = f"0x{rng.getrandbits(160):040x}"
        every = rng.randrange(60, 240)
        mode = rng.choice(("default", "disabled", "unifiedAccount"))
        chosen.append(
            Character(
                address,
                rng.randrange(5, 60) * 1000,
                coins,
                holds,
                fills=40,
                size_usd=800,
                every_s=every,
                mode=mode,
            )
        )
    return chosen
