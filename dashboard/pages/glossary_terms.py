"""The hard words of the pages, explained once. Facts: what the exchange documents, or was measured to do."""

from typing import NamedTuple


class Term(NamedTuple):
    """One entry: what it is called, what it is in one sentence, and what else is worth knowing."""

    name: str
    short: str
    more: str


TERMS: dict[str, Term] = {
    "account-mode": Term(
        "Account mode",
        "How the exchange keeps the account’s money: standard, unified or portfolio margin.",
        "In a standard account each perp dex and spot have balances of their own. What the account is worth is "
        "computed otherwise in each mode; where the mode is unknown, these pages say so and show no sum.",
    ),
    "basis": Term(
        "Basis",
        "How far the price of a perp is from the price of what it follows.",
        "Here that is the mark or mid against the oracle. Funding pulls it towards zero: while the perp is "
        "dearer, longs pay shorts.",
    ),
    "coverage": Term(
        "Coverage",
        "The time for which a stored record is known to be complete.",
        "The exchange sends nothing twice and numbers nothing. After a break, fills, funding and cash flows are "
        "read again; public trades cannot be, so the hole is recorded and drawn.",
    ),
    "cross-margin": Term(
        "Cross and isolated margin",
        "Cross positions share the account’s collateral; an isolated one has its own, and can lose only that.",
        "Some markets allow isolated margin only.",
    ),
    "cvd": Term(
        "CVD",
        "Cumulative volume delta: what takers bought without what they sold, added up.",
        "A taker is the side of a trade that did not wait in the order book.",
    ),
    "funding": Term(
        "Funding",
        "What longs pay shorts, or shorts pay longs, every hour on the hour UTC.",
        "The rate shown is the running estimate of this hour’s: positive, longs pay. It is made of the hour’s "
        "mean premium and an interest part: an 8-hour rate, of which an eighth is paid each hour.",
    ),
    "funding-apr": Term(
        "Funding APR",
        "The hourly funding rate as if it stayed for a year: rate × 24 × 365, without compounding.",
        "It says how expensive this hour is, not what a year will cost: the rate changes all the time.",
    ),
    "hip-3": Term(
        "Builder dex (HIP-3)",
        "A perp exchange that somebody else runs on Hyperliquid, with markets, oracle and collateral of its own.",
        "Its markets are written dex:COIN, as in xyz:GOLD. Positions there are margined apart from those of the "
        "first dex unless the account is unified.",
    ),
    "hysteresis": Term(
        "Hysteresis",
        "How far a value must come back before the alert can fire again.",
        "Without it, a price that hovers around the level fires again and again.",
    ),
    "liquidation": Term(
        "Liquidation distance",
        "How far the mark price is from the price at which the exchange closes the position.",
        "The exchange names that price. It names none where no price reaches it, as for a small or well-secured "
        "position: then there is “none”, never 0. With cross margin it moves with all other positions.",
    ),
    "margin-health": Term(
        "Margin health",
        "Maintenance margin over the margin that backs it: at 100% positions are liquidated.",
        "Maintenance margin is the minimum that must back a position.",
    ),
    "mark": Term(
        "Mark price",
        "The price from which margin, unrealised PnL and liquidation are computed.",
        "The median of three: the oracle with a moving average of the difference to it, the market’s own book and "
        "last trade, and perps elsewhere.",
    ),
    "mid": Term(
        "Mid price",
        "The middle between the best bid and the best offer of the order book.",
        "There is none while one side of the book is empty.",
    ),
    "open-interest": Term(
        "Open interest",
        "All open contracts of a market, counted on one side.",
        "The exchange counts coins; pages show them in dollars at the mark price.",
    ),
    "oracle": Term(
        "Oracle price",
        "The weighted median of spot prices elsewhere, published by the validators about every three seconds.",
        "Funding and margin are based on it. On a builder dex its builder publishes it.",
    ),
    "premium": Term(
        "Premium",
        "How far the impact price is from the oracle, as a share of it.",
        "The impact price is what a trade of a certain size would get on average in the order book. "
        "Without a book there is no premium.",
    ),
    "bridge": Term(
        "PnL bridge",
        "How an account came from its equity at the start of a day to that at the end, line by line.",
        "What is left over is named as the residual, so that nothing that the record lacks can hide.",
    ),
    "round-trip": Term(
        "Round trip",
        "A position from the fill that opens it to the one that closes it, with its fees and funding.",
        "Turning from long to short ends one and begins the next. It is “cut off” where its beginning is older "
        "than the record, and has “holes” where fills are missing.",
    ),
    "twap": Term(
        "TWAP",
        "An order executed in small slices over a period, for a time-weighted average price.",
        "The exchange lists the fills of its slices apart from other fills; History shows them together.",
    ),
    "unified": Term(
        "Unified account",
        "One balance backs spot and the perps of all dexes that share its collateral.",
        "All money is then in the spot state, and what the exchange calls the perp account’s value means "
        "nothing. With portfolio margin, positions are weighed together as well.",
    ),
}

OF_METRIC = {
    **dict.fromkeys(("mark", "change", "move"), "mark"),
    **dict.fromkeys(("funding", "funding_sign"), "funding"),
    **dict.fromkeys(("open_interest", "open_interest_change", "open_interest_spike"), "open-interest"),
    **dict.fromkeys(("liquidation_distance", "liquidation"), "liquidation"),
    "mid": "mid",
    "oracle": "oracle",
    "premium": "premium",
    "funding_apr": "funding-apr",
}
"""The word that an alert on a metric takes for granted."""
