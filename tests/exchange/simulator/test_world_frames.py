"""Frames of accounts: snapshots, defaults, and states of who is not there."""

from exchange.simulator import cast
from tests.exchange.simulator.worlds import busy

STRANGER = "0x" + "AB" * 20


def test_snapshots_are_flagged_and_name_the_user_in_lower_case() -> None:
    world, _ = busy()
    snapshots = {
        "fills": world.user_fills_snapshot,
        "fundings": world.user_fundings_snapshot,
        "nonFundingLedgerUpdates": world.ledger_snapshot,
        "orderHistory": world.historical_orders_snapshot,
        "twapSliceFills": world.twap_slice_snapshot,
        "history": world.twap_history_snapshot,
    }
    for key, snapshot in snapshots.items():
        assert snapshot(STRANGER) == {"isSnapshot": True, "user": STRANGER.lower(), key: []}
        rows = snapshot(cast.TWAP_RUNNER)[key]
        assert rows, key


def test_the_fills_snapshot_is_the_last_30_oldest_first() -> None:
    world, _ = busy()
    rows = world.user_fills_snapshot(cast.MARKET_MAKER)["fills"]
    assert rows == world.truth(cast.MARKET_MAKER).fills[-30:]
    assert len(world.user_fills_snapshot(cast.TRADER, aggregate=True)["fills"]) <= 30


def test_fundings_on_the_socket_have_no_hash_and_no_delta() -> None:
    world, _ = busy()
    row = world.user_fundings_snapshot(cast.TRADER)["fundings"][-1]
    assert set(row) == {"time", "coin", "usdc", "szi", "fundingRate", "nSamples"}


def test_web_data3_knows_the_agent_and_the_vaults_led() -> None:
    world, _ = busy()
    data = world.web_data3(cast.TRADER)
    assert data["userState"]["agentAddress"] == cast.AGENT
    assert data["perpDexStates"][0]["leadingVaults"][0]["address"] == cast.VAULT
    assert len(data["perpDexStates"]) == len(world.dexes())
    assert world.web_data3(cast.UNIFIED)["userState"]["abstraction"] == "unifiedAccount"
    assert world.web_data3(STRANGER)["userState"]["agentAddress"] is None


def test_one_frame_has_the_states_of_all_dexes() -> None:
    world, _ = busy()
    states = dict(world.all_dexs_clearinghouse(cast.BUILDER_DEX_TRADER)["clearinghouseStates"])
    assert list(states) == world.dexes()
    assert states["flx"] == world.clearinghouse(cast.BUILDER_DEX_TRADER, "flx")["clearinghouseState"]
    assert states["flx"]["assetPositions"][0]["position"]["leverage"]["type"] == "isolated"


def test_orders_ride_with_their_own_dex() -> None:
    world, _ = busy()
    assert world.open_orders(cast.TRADER, "xyz")["orders"] == []
    assert world.open_orders(cast.TRADER)["orders"]


def test_active_asset_data_says_what_could_be_traded() -> None:
    world, _ = busy()
    data = world.active_asset_data(cast.TRADER, "BTC")
    assert data["leverage"] == {"type": "cross", "value": 20}
    assert float(data["availableToTrade"][0]) > 0
    isolated = world.active_asset_data(cast.TRADER, "HYPE")
    assert isolated["leverage"]["type"] == "isolated"
    assert world.active_asset_data(STRANGER, "ETH")["maxTradeSzs"] == ["0.0", "0.0"]
