"""How large a simulated exchange is and how busy."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Profile:
    """Numbers of coins and accounts, and how often they trade.

    ``pace`` multiplies every coin's trades per second; ``history_days`` is the age of the oldest
    coins' candles and ``account_days`` that of the demo accounts' fills.
    """

    name: str
    live_perps: int
    delisted_perps: int
    dex_perps: int
    spot_pairs: int
    outcomes: int
    crowd: int
    random_traders: int
    pace: float
    history_days: int
    account_days: int
    maker_fills: int


MAINNET_LIKE = Profile(
    name="mainnet-like",
    live_perps=180,
    delisted_perps=50,
    dex_perps=14,
    spot_pairs=40,
    outcomes=4,
    crowd=300,
    random_traders=20,
    pace=1.0,
    history_days=400,
    account_days=21,
    maker_fills=10_800,
)

SMALL = Profile(
    name="small",
    live_perps=8,
    delisted_perps=2,
    dex_perps=4,
    spot_pairs=8,
    outcomes=2,
    crowd=20,
    random_traders=3,
    pace=1.0,
    history_days=60,
    account_days=4,
    maker_fills=10_600,
)
