"""Static answers: universes, dexes, tokens, margin tables, categories (API.md section 6)."""

from random import Random
from typing import Any

from exchange.simulator import names
from exchange.simulator.listing import Listing
from exchange.simulator.state import State

Json = dict[str, Any]

MARGIN_TABLES: list[tuple[int, str, list[tuple[str, int]]]] = [
    (50, "", [("0.0", 50)]),
    (51, "tiered 10x", [("0.0", 10), ("3000000.0", 5)]),
    (52, "tiered 10x (2)", [("0.0", 10), ("20000000.0", 5)]),
    (53, "tiered 20x", [("0.0", 20), ("40000000.0", 10)]),
    (54, "tiered 20x (2)", [("0.0", 20), ("70000000.0", 10)]),
    (55, "tiered 25x", [("0.0", 25), ("100000000.0", 15)]),
    (56, "tiered 40x", [("0.0", 40), ("150000000.0", 20)]),
]
CATEGORIES = {"GOLD": "commodities", "SILVER": "commodities", "OIL": "commodities", "URANIUM": "commodities"} | {
    "XYZ100": "indices",
    "SP500": "indices",
    "XMR": "crypto",
}


def listed(state: State, dex: str) -> list[Listing]:
    """The perps of one dex in the order of their asset ids."""
    return [listing for listing in state.listings if listing.kind == "perp" and listing.dex == dex]


def meta(state: State, dex: str) -> Json:
    tables = MARGIN_TABLES if not dex else MARGIN_TABLES[:1]
    return {
        "universe": [asset(listing) for listing in listed(state, dex)],
        "marginTables": [
            [
                number,
                {
                    "description": text,
                    "marginTiers": [{"lowerBound": low, "maxLeverage": lev} for low, lev in tiers],
                },
            ]
            for number, text, tiers in tables
        ],
        "collateralToken": names.BUILDER_DEXES[dex][1] if dex else 0,
    }


def asset(listing: Listing) -> Json:
    row: Json = {
        "szDecimals": listing.sz_decimals,
        "name": listing.name,
        "maxLeverage": listing.max_leverage,
        "marginTableId": listing.margin_table,
    }
    if "onlyIsolated" in listing.extras:
        row["onlyIsolated"] = True
    if listing.delisted:
        row["isDelisted"] = True
    return row | listing.extras


def perp_dexs(state: State) -> list[Json | None]:
    return [None, *(dex_row(state, dex) for dex in state.dexes[1:])]


def dex_row(state: State, dex: str) -> Json:
    deployer, updater, recipient = (address(f"{dex}/{role}") for role in ("deployer", "oracle", "fees"))
    return {
        "name": dex,
        "fullName": names.BUILDER_DEXES[dex][0],
        "deployer": deployer,
        "oracleUpdater": None if dex == "xyz" else updater,
        "feeRecipient": recipient,
        "assetToStreamingOiCap": caps(state, dex),
        "subDeployers": [["setOracle", [updater]]],
        "deployerFeeScale": "1.0",
        "lastDeployerFeeScaleChangeTime": "1970-01-01T00:00:00",
        "assetToFundingMultiplier": [[row.name, "0.5"] for row in listed(state, dex)] if dex == "xyz" else [],
        "assetToFundingInterestRate": [],
    }


def caps(state: State, dex: str) -> list[list[str]]:
    return [[listing.name, "25000000.0"] for listing in listed(state, dex) if not listing.delisted]


def limits(state: State, dex: str) -> Json:
    return {
        "totalOiCap": "400000000.0",
        "oiSzCapPerPerp": "1000000000.0",
        "maxTransferNtl": "150000000.0",
        "coinToOiCap": caps(state, dex),
    }


def spot_meta(state: State) -> Json:
    """Pairs in index order, tokens likewise; a token's index is not its position."""
    pairs = [listing for listing in state.listings if listing.kind == "spot"]
    precision = {0: 8} | {pair.tokens[0]: pair.sz_decimals for pair in pairs}
    precision |= {number: 2 for number in state.token_names if number < 1000 and number not in precision}
    return {
        "universe": [
            {"tokens": list(pair.tokens), "name": pair.name, "index": pair.index, "isCanonical": pair.index == 0}
            for pair in pairs
        ],
        "tokens": [token(number, state.token_names[number], precision[number]) for number in sorted(precision)],
    }


def token(number: int, name: str, decimals: int) -> Json:
    on_chain = {"address": address(f"token/{name}"), "evm_extra_wei_decimals": 10}
    return {
        "name": name,
        "szDecimals": decimals,
        "weiDecimals": 8,
        "index": number,
        "tokenId": token_id(name),
        "isCanonical": number < 2,
        "evmContract": on_chain if number % 3 == 1 else None,
        "fullName": {"HYPE": "Hyperliquid", "UBTC": "Unit Bitcoin"}.get(name),
        "deployerTradingFeeShare": "0.0",
    }


def token_id(name: str) -> str:
    return f"0x{Random(f'token id {name}').getrandbits(128):032x}"


def address(of: str) -> str:
    return f"0x{Random(f'address of {of}').getrandbits(160):040x}"


def categories(state: State) -> list[list[str]]:
    """Builder-dex coins with what kind of thing they are."""
    return [
        [row.name, CATEGORIES.get(row.name.partition(":")[2], "stocks")]
        for row in state.listings
        if row.kind == "perp" and row.dex
    ]


def outcome_meta(state: State) -> Json:
    sides = [row for row in state.listings if row.kind == "outcome"]
    numbers = sorted({row.index // 10 for row in sides})
    return {
        "outcomes": [
            {
                "outcome": number,
                "name": f"Outcome {number}",
                "description": f"Simulated event {number}",
                "sideSpecs": [{"name": "Yes"}, {"name": "No"}],
            }
            for number in numbers
        ],
        "questions": [],
    }
