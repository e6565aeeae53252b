"""Orders, triggers, TWAPs and what is told about them."""

from collections import defaultdict

from exchange.simulator import cast, orderdesk, twaps, watch
from exchange.simulator.accounts import Account
from exchange.simulator.actors import Trader
from exchange.simulator.characters import Character
from exchange.simulator.happenings import (
    CancelledByExchange,
    Filled,
    Notified,
    OrderChanged,
    SliceFilled,
    TwapChanged,
)
from exchange.simulator.world import World
from tests.exchange.simulator import worlds
from tests.exchange.simulator.worlds import busy


def owner(world: World) -> Account:
    """A new account with money and nothing else."""
    account = Account("0x" + "e" * 40)
    account.cash[""] = 10**12
    world.state.accounts[account.address] = account
    return account


def test_an_order_is_open_before_anything_else_becomes_of_it() -> None:
    _, happened = busy()
    story = defaultdict(list)
    for h in happened:
        if isinstance(h, OrderChanged):
            story[h.user, h.update["order"]["oid"]].append(h.update["status"])
    assert any(statuses == ["open", "filled"] for statuses in story.values())
    assert any(statuses == ["open", "canceled"] for statuses in story.values())
    assert all(statuses.count("open") <= 1 for statuses in story.values())
    assert all("open" not in statuses[1:] for statuses in story.values())


def test_an_update_of_a_filled_order_has_nothing_left() -> None:
    _, happened = busy()
    filled = [h for h in happened if isinstance(h, OrderChanged) and h.update["status"] == "filled"]
    assert all(h.update["order"]["sz"] == "0.0" for h in filled)
    assert all(h.record["order"]["oid"] == h.update["order"]["oid"] for h in filled)


def test_the_trader_protects_its_position_from_the_start() -> None:
    world = worlds.small()
    orders = world.open_orders(cast.TRADER)["orders"]
    assert {row["orderType"] for row in orders} == {"Take Profit Market", "Stop Market"}
    assert all(row["isPositionTpsl"] and row["isTrigger"] and row["sz"] == "0.0" for row in orders)
    assert {row["triggerCondition"].split()[1] for row in orders} == {"above", "below"}


def test_a_resting_order_is_filled_at_its_own_price_when_the_market_comes_to_it() -> None:
    world = worlds.small()
    state, market, account = world.state, world.state.markets["BTC"], owner(world)
    order = orderdesk.new_order(state, market, True, market.ladder.price(market.bid - 3), 1000)
    order.children = [orderdesk.new_order(state, market, False, market.ladder.price(market.bid + 900), 1000)]
    order.children[0].trigger, order.children[0].above = market.mark * 2, True
    orderdesk.place(state, account, market, order)
    watch.orders(state)
    assert order.status == "open"
    market.quote(market.bid - 40)
    watch.orders(state)
    assert order.status == "filled"
    fill = account.fills[-1]
    assert (fill["px"], fill["crossed"]) == (order.brief()["limitPx"], False)
    assert [child.oid for child in account.orders.values()] == [order.children[0].oid]
    assert any(
        isinstance(h, Notified) and h.text.startswith("Resting order filled: Bought 0.01 BTC")
        for h in state.happenings
    )


def test_a_trigger_closes_the_position_and_its_sibling_goes() -> None:
    world = worlds.small()
    state, market, account = world.state, world.state.markets["BTC"], owner(world)
    trader = Trader(state, Character(account.address, 10_000, ("BTC",)), account)
    orderdesk.market_order(state, account, market, True, 5000)
    trader.protect_position(state, market)
    market.mark = market.mark * 2
    watch.orders(state)
    assert account.positions["BTC"].size == 0
    assert account.orders == {}
    assert [row["status"] for row in account.order_log][-4:] == [
        "open",
        "triggered",
        "filled",
        "siblingFilledCanceled",
    ]
    assert any(isinstance(h, CancelledByExchange) and h.user == account.address for h in state.happenings)


def test_a_trigger_without_a_position_is_cancelled() -> None:
    world = worlds.small()
    state, market, account = world.state, world.state.markets["BTC"], owner(world)
    order = orderdesk.new_order(state, market, False, market.mark, 100, "Stop Market")
    order.trigger, order.above = market.mark + 10, False
    orderdesk.place(state, account, market, order)
    watch.orders(state)
    assert account.order_log[-1]["status"] == "reduceOnlyCanceled"
    assert not account.fills


def test_twap_slices_are_not_among_the_fills() -> None:
    world, happened = busy()
    truth = world.truth(cast.TWAP_RUNNER)
    assert len(truth.slices) > 10
    assert not {row["fill"]["tid"] for row in truth.slices} & {row["tid"] for row in truth.fills}
    live = [h for h in happened if isinstance(h, SliceFilled)]
    assert live
    assert {h.user for h in live} == {cast.TWAP_RUNNER}
    assert not any(
        isinstance(h, Filled) and h.user == cast.TWAP_RUNNER and h.fill["time"] == live[0].time for h in happened
    )


def test_a_twap_does_all_of_it_and_says_so_in_seconds() -> None:
    world = worlds.small()
    state, market, account = world.state, world.state.markets["SOL"], owner(world)
    twap = twaps.start(state, account, market, True, 1003, 2)
    assert world.twap_states(account.address)["states"] == [[twap.twap_id, twap.state()]]
    happened = world.advance(world.start_ms + 300_000)
    mine = [h for h in happened if isinstance(h, TwapChanged) and h.user == account.address]
    assert [h.row["status"]["status"] for h in mine][-1] == "finished"
    assert mine[-1].row["time"] == mine[-1].time // 1000
    assert twap.done == 1003 == account.positions["SOL"].size
    assert account.twaps == {}
    states = [row["status"]["status"] for row in world.info({"type": "twapHistory", "user": account.address})]
    assert states == ["finished", "activated"]


def test_a_twap_that_ended_badly_says_why() -> None:
    world = worlds.small()
    twap = twaps.start(world.state, owner(world), world.state.markets["SOL"], True, 100, 2)
    row = twap.history(1_000_000, "error", "Insufficient margin")
    assert row["status"] == {"status": "error", "description": "Insufficient margin"}


def test_a_resting_order_is_in_the_book_and_a_trigger_is_not() -> None:
    world = worlds.small()
    state, market, account = world.state, world.state.markets["DOGE"], owner(world)
    order = orderdesk.new_order(state, market, True, market.ladder.price(market.bid - 7), 123_456)
    trigger = orderdesk.new_order(state, market, True, market.ladder.price(market.bid - 8), 9_999_999)
    trigger.trigger = market.mark * 2
    before = {level["px"]: level for level in world.l2_book("DOGE")["levels"][0]}
    for each in (order, trigger):
        orderdesk.place(state, account, market, each)
    after = {level["px"]: level for level in world.l2_book("DOGE")["levels"][0]}
    price = order.brief()["limitPx"]
    shown = float(before[price]["sz"]) if price in before else 0.0
    assert float(after[price]["sz"]) >= shown + 123_456
    assert all(level == before[px] for px, level in after.items() if px != price and px in before)


def test_the_market_makers_quotes_are_what_is_hit() -> None:
    """Its fills carry the numbers of orders that it had placed."""
    _, happened = busy()
    placed = {
        h.update["order"]["oid"] for h in happened if isinstance(h, OrderChanged) and h.user == cast.MARKET_MAKER
    }
    hit = [h.fill["oid"] for h in happened if isinstance(h, Filled) and h.user == cast.MARKET_MAKER]
    assert sum(oid in placed for oid in hit) > len(hit) / 4
