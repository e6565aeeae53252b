"""Shapes of account frames, key by key, as API.md section 5 gives them."""

from exchange.probe.shape import ADDRESS, ANYTHING, COUNT, DECIMAL, FLAG, MILLISECONDS, TEXT, Maybe
from exchange.probe.shapes_account import (
    ABSTRACTION,
    CLEARINGHOUSE,
    FILL,
    FRONTEND_ORDER,
    LEDGER_ROW,
    ORDER_RECORD,
    PAYMENT,
    SPOT_STATE,
    TWAP_ROW,
    TWAP_SLICE,
)

SNAPSHOT = {"isSnapshot?": FLAG, "user": ADDRESS}
USER_FILLS = SNAPSHOT | {"fills": [FILL]}
USER_FUNDINGS = SNAPSHOT | {"fundings": [{"time": MILLISECONDS, **PAYMENT}]}
USER_LEDGER = SNAPSHOT | {"nonFundingLedgerUpdates": [LEDGER_ROW]}
USER_ORDERS = SNAPSHOT | {"orderHistory": [ORDER_RECORD]}
USER_SLICES = SNAPSHOT | {"twapSliceFills": [TWAP_SLICE]}
USER_TWAPS = SNAPSHOT | {"history": [TWAP_ROW]}
USER_EVENT = {
    "fills?": [FILL],
    "funding?": {"time": MILLISECONDS, **PAYMENT},
    "liquidation?": ANYTHING,
    "nonUserCancel?": [{"coin": TEXT, "oid": COUNT}],
    "twapHistory?": [TWAP_ROW],
    "twapSliceFills?": [TWAP_SLICE],
}
WEB_DATA = {
    "userState": {
        "user": ADDRESS,
        "agentAddress": Maybe(ADDRESS),
        "agentValidUntil": Maybe(MILLISECONDS),
        "cumLedger": DECIMAL,
        "serverTime": MILLISECONDS,
        "isVault": FLAG,
        "abstraction?": ABSTRACTION,
        "optOutOfSpotDusting?": FLAG,
        "dexAbstractionEnabled?": Maybe(FLAG),
    },
    "perpDexStates": [
        {"totalVaultEquity": DECIMAL, "perpsAtOpenInterestCap?": [TEXT], "leadingVaults?": [ANYTHING]}
    ],
}
DEX_ORDERS = {"dex": TEXT, "user": ADDRESS, "orders": [FRONTEND_ORDER]}
ALL_DEX_STATES = {"user": ADDRESS, "clearinghouseStates": [(TEXT, CLEARINGHOUSE)]}
USER_SPOT = {"user": ADDRESS, "spotState": SPOT_STATE}
TWAP_STATES = {"dex": TEXT, "user": ADDRESS, "states": [(COUNT, ANYTHING)]}
NOTIFICATION = {"notification": TEXT}
