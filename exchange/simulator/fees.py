"""``userFees``: what an address traded in two weeks and the rates it pays."""

from datetime import UTC, datetime
from typing import Any

from exchange.simulator.accounts import Account, Rates
from exchange.simulator.bars import DAY
from exchange.simulator.figures import exact, usd
from exchange.simulator.state import State

Json = dict[str, Any]
DAYS = 15
VIP = (("5000000.0", 400, 120), ("25000000.0", 350, 80), ("100000000.0", 300, 40), ("500000000.0", 280, 0))
"""(14-day volume above which, taker, maker) in millionths."""
MAKERS = (("0.005", -10), ("0.015", -20), ("0.03", -30))
STAKING = (("0.0", "0.0"), ("10.0", "0.05"), ("100.0", "0.1"), ("1000.0", "0.15"), ("10000.0", "0.2"))


def user_fees(state: State, account: Account | None) -> Json:
    rates = account.rates if account else Rates()
    return {
        "dailyUserVlm": [day_row(state, account, state.now // DAY - back) for back in range(DAYS - 1, -1, -1)],
        "feeSchedule": schedule(),
        "userCrossRate": exact(rates.taker, 6),
        "userAddRate": exact(rates.maker, 6),
        "userSpotCrossRate": exact(rates.spot_taker, 6),
        "userSpotAddRate": exact(rates.spot_maker, 6),
        "activeReferralDiscount": "0.0",
        "trial": None,
        "feeTrialEscrow": "0.0",
        "nextTrialAvailableTimestamp": None,
        "stakingLink": None,
        "activeStakingDiscount": {"bpsOfMaxSupply": "0.0", "discount": "0.0"},
    }


def day_row(state: State, account: Account | None, day: int) -> Json:
    taker, maker = account.volume.get(day, (0, 0)) if account else (0, 0)
    everybody = sum(market.listing.day_usd for market in state.perps)
    return {
        "date": datetime.fromtimestamp(day * DAY // 1000, UTC).strftime("%Y-%m-%d"),
        "userCross": usd(taker),
        "userAdd": usd(maker),
        "exchange": usd(int(everybody * 1_000_000)),
    }


def schedule() -> Json:
    """The public fee table; rates are fractions."""
    return {
        "cross": "0.00045",
        "add": "0.00015",
        "spotCross": "0.0007",
        "spotAdd": "0.0004",
        "tiers": {
            "vip": [
                {
                    "ntlCutoff": cutoff,
                    "cross": exact(taker, 6),
                    "add": exact(maker, 6),
                    "spotCross": exact(taker + 200, 6),
                    "spotAdd": exact(maker + 180, 6),
                }
                for cutoff, taker, maker in VIP
            ],
            "mm": [{"makerFractionCutoff": cutoff, "add": exact(rate, 6)} for cutoff, rate in MAKERS],
        },
        "referralDiscount": "0.04",
        "stakingDiscountTiers": [{"bpsOfMaxSupply": bps, "discount": discount} for bps, discount in STAKING],
    }
