"""One spot token's particulars (``tokenDetails``, API.md section 6)."""

from exchange.simulator import contexts, meta
from exchange.simulator.fields import Body, Null500
from exchange.simulator.happenings import Json
from exchange.simulator.state import State


def details(state: State, body: Body) -> Json:
    wanted = body.text("tokenId")
    for number, name in state.token_names.items():
        if meta.token_id(name) == wanted:
            return row_of(state, number, name)
    raise Null500(wanted)


def row_of(state: State, number: int, name: str) -> Json:
    pair = next(
        (m for m in state.markets.values() if m.listing.kind == "spot" and m.listing.tokens[0] == number), None
    )
    row = contexts.spot(pair, state.now) if pair else {}
    return {
        "name": name,
        "maxSupply": "1000000000000.0",
        "totalSupply": row.get("totalSupply", "2275588757.45336485"),
        "circulatingSupply": row.get("circulatingSupply", "2275588757.45336485"),
        "szDecimals": pair.listing.sz_decimals if pair else 8,
        "weiDecimals": 8,
        "midPx": row.get("midPx", "1.0"),
        "markPx": row.get("markPx", "1.0"),
        "prevDayPx": row.get("prevDayPx", "1.0"),
        "genesis": None,
        "deployer": meta.address(f"deployer of {name}") if pair else None,
        "deployGas": "100.0" if pair else None,
        "deployTime": "2025-01-01T00:00:00.000" if pair else None,
        "seededUsdc": "0.0",
        "nonCirculatingUserBalances": [],
        "futureEmissions": "0.0",
    }
