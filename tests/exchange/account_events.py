"""Strategies for whatever may happen to one account, beside what may happen to the markets (``board_events``)."""

from decimal import Decimal

from hypothesis import strategies as st

from exchange import account_events as said
from exchange.wire import account as wire
from exchange.wire.orders import Order
from exchange.wire.vaults import VaultEquity
from tests.exchange.board_events import NAMES, amounts, times

ADDRESS = "0x" + "ab" * 20
OTHER = "0x" + "cd" * 20
TOPIC = f"account:{ADDRESS}"
PERPS = [name for name in NAMES if "@" not in name and "/" not in name]

gains = st.decimals(min_value=-9999, max_value=9999, places=2)
users = st.sampled_from([ADDRESS, ADDRESS, ADDRESS, OTHER])
leverages = st.builds(wire.Leverage, st.sampled_from(["cross", "isolated"]), st.integers(1, 40))
positions = st.builds(
    wire.Position,
    st.sampled_from([*PERPS, "GONE"]),
    gains.filter(bool),
    st.none() | leverages,
    st.none() | amounts,
    st.none() | amounts,
    st.none() | gains,
    st.none() | gains,
    st.none() | amounts,
    st.none() | amounts,
    st.none() | st.just(40),
    st.none() | st.builds(wire.CumulativeFunding, gains, gains, gains),
)
summaries = st.none() | st.builds(wire.MarginSummary, st.none() | gains, amounts, gains, amounts)
states = st.builds(
    wire.ClearinghouseState,
    st.lists(st.builds(wire.AssetPosition, positions), max_size=3, unique_by=lambda row: row.position.coin),
    times,
    summaries,
    summaries,
    st.none() | amounts,
    st.none() | amounts,
)
dexes = st.sampled_from(["", "xyz"])
balances = st.builds(
    wire.SpotBalance, st.sampled_from(["USDC", "PURR", "@107"]), gains, amounts, st.just(1), st.none() | gains
)
orders = st.builds(
    Order,
    st.sampled_from([*NAMES, "GONE"]),
    st.sampled_from("AB"),
    amounts,
    amounts | st.just(Decimal(0)),
    st.integers(1, 9),
    times,
    st.none() | amounts,
    trigger_px=st.none() | amounts | st.just(Decimal(0)),
    trigger_condition=st.sampled_from([None, "N/A", "Price above 5"]),
    is_position_tpsl=st.none() | st.booleans(),
)

anything = st.one_of(
    st.builds(
        said.Following, times, users, st.sampled_from(["waiting", "streamed", "polled", "refused", "ended"])
    ),
    st.builds(said.Following, times, users, st.sampled_from(["streamed", "polled"])),
    st.builds(
        said.AccountStates, times, users, st.dictionaries(dexes, states).map(lambda d: [*d.items()]), st.booleans()
    ),
    st.builds(said.SpotState, times, users, st.builds(wire.SpotState, st.none() | st.lists(balances, max_size=3))),
    st.builds(said.OpenOrders, times, users, dexes, st.lists(orders, max_size=3)),
    st.builds(
        said.AccountMode,
        times,
        users,
        st.sampled_from(["default", "unifiedAccount", "portfolioMargin", "hyperMode"]),
    ),
    st.builds(said.VaultDeposits, times, users, st.lists(st.builds(VaultEquity, st.just(OTHER), amounts))),
    st.builds(said.UserFills, times, users, st.just([]), st.just(False)),
)
