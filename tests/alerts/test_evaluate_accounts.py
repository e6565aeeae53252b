"""From an event of the exchange to a Firing: accounts, positions, fills, orders."""

from decimal import Decimal

import pytest
from msgspec import structs

from accounts.models import Wallet
from alerts import reread
from alerts.models import Delivery, Firing, Step
from alerts.rule import ABOVE, BELOW
from alerts.wanted import addresses, topics
from exchange import account_events as said
from exchange.account_summary import POLLED_LIMIT_MS
from exchange.wire.fills import Fill, FillLiquidation, TwapSlice
from exchange.wire.orders import Order, OrderRecord
from exchange.wire.vaults import VaultEquity
from tests.alerts.rig import Rig, S, position
from tests.alerts.rows import alert, destination
from tests.exchange.market_events import T0

D = Decimal
pytestmark = pytest.mark.django_db
ONE, TWO = "0x" + "c1" * 20, "0x" + "c2" * 20


@pytest.fixture
def rig(cast) -> Rig:
    """Alice has two wallets, Bob has one of them, too."""
    for user, address in ((cast.alice, ONE), (cast.alice, TWO), (cast.bob, TWO)):
        Wallet.objects.create(user=user, address=address)
    return Rig()


def risk(user, **more):
    rule = {
        "metric": "liquidation_distance",
        "coin": "",
        "side": BELOW,
        "threshold": D(10),
        "needs_crossing": False,
    }
    return alert(user, **rule | {"address": ONE} | more)


def test_the_liquidation_distance_of_any_position_moves_with_the_mark(rig, cast):
    rig.add(risk(cast.alice))
    rig.mark(100, coin="BTC")
    rig.mark(100, coin="ETH")
    rig.account(ONE, position(liquidation=80), position("ETH", liquidation=50))
    assert rig.fired == []
    rig.mark(85)
    assert rig.fired == [D(500) / D(85)]
    rig.mark(100)
    assert Firing.objects.get().end_reason == "recovered"


def test_an_account_of_which_nothing_is_heard_after_a_restart_is_told_as_missing_data(rig, cast):
    rig.add(risk(cast.alice, destinations=(destination(cast.alice),), tells_no_data=True))
    rig.mark(100)
    rig.at += POLLED_LIMIT_MS - 2 * S
    rig.mark(100)
    assert not Delivery.objects.exists(), "one that is polled may take so long"
    rig.mark(100, 100, 100)
    assert Delivery.objects.get().occasion == "no data"
    rig.account(ONE, position(liquidation=80))
    rig.mark(100)
    assert [step.what for step in Step.objects.order_by("id")] == ["no data", "data", "armed"]


def test_a_position_that_is_closed_is_out_of_danger(rig, cast):
    rig.add(risk(cast.alice))
    rig.mark(85)
    rig.account(ONE, position(liquidation=80, value=85))
    rig.account(ONE)
    firing = Firing.objects.get()
    assert (firing.end_reason, firing.end_value) == ("recovered", None)


def test_an_account_that_is_not_heard_of_any_more_has_not_recovered(rig, cast):
    rig.add(risk(cast.alice))
    rig.mark(85)
    rig.account(ONE, position(liquidation=80, value=85))
    rig.at += 20 * S
    rig.mark(100)
    assert Firing.objects.get().ended_at is None
    assert rig.evaluator.watch.slots[risk(cast.alice).figure].value is None
    rig.account(ONE, position(liquidation=80, value=100))
    assert Firing.objects.get().end_reason == "recovered"


def test_my_wallets_are_known_only_while_all_of_them_are(rig, cast):
    rig.add(risk(cast.alice, address=""))
    rig.mark(85)
    rig.account(ONE)
    assert rig.fired == []
    rig.account(TWO, position(liquidation=80, value=85))
    assert len(rig.fired) == 1
    rig.at += 20 * S
    rig.account(ONE)
    assert Firing.objects.get().ended_at is None


def test_a_wallet_that_is_added_belongs_to_my_wallets_from_the_next_look(rig, cast):
    rig.add(risk(cast.bob, address=""))
    Wallet.objects.create(user=cast.bob, address=ONE)
    rig.add()
    rig.mark(85)
    rig.account(TWO)
    rig.account(ONE, position(liquidation=80, value=85))
    assert len(rig.fired) == 1


ACCOUNT = [
    # metric, coin, side, threshold, position that fires; each has 2000 USD
    ("unrealized_pnl", "", BELOW, -50, position(size=10, value=940)),
    ("position_pnl", "BTC", BELOW, -50, position(size=10, value=940)),
    ("position_value", "BTC", ABOVE, 900, position(size=10, value=940)),
    ("position_leverage", "BTC", ABOVE, 5, position()),
    ("margin_usage", "", ABOVE, 1, position()),
    ("leverage", "", ABOVE, "0.4", position(size=10, value=1000)),
]


@pytest.mark.parametrize(("metric", "coin", "side", "threshold", "held"), ACCOUNT, ids=[row[0] for row in ACCOUNT])
def test_each_figure_of_an_account(rig, cast, metric, coin, side, threshold, held):
    rule = {"metric": metric, "coin": coin, "side": side, "threshold": D(threshold)}
    rig.add(alert(cast.alice, address=ONE, **rule))
    rig.mark(94 if held.position_value == 940 else 100)
    rig.account(ONE)
    assert rig.fired == []
    held = position(held.coin, held.szi, value=held.position_value) if metric not in PNL else losing(held)
    rig.account(ONE, held)
    assert len(rig.fired) == 1


PNL = {"unrealized_pnl", "position_pnl"}


def losing(held):
    return structs.replace(held, unrealized_pnl=D(-60))


def test_equity_is_that_of_the_accounts_mode_and_an_unknown_mode_is_no_data(rig, cast):
    rule = {"metric": "equity", "coin": "", "side": BELOW, "threshold": D(1500)}
    rig.add(alert(cast.alice, address=ONE, **rule))
    rig.account(ONE, usdc=1000)
    rig.account(ONE, usdc=1000, mode="hyperMode")
    assert rig.fired == []
    rig.account(ONE, usdc=400)
    assert rig.fired == [D(1400)]


def test_equity_is_not_known_before_deposits_in_vaults_are_and_counts_them(rig, cast):
    for threshold in (1500, 2500):
        rule = {"metric": "equity", "coin": "", "side": BELOW, "threshold": D(threshold)}
        rig.add(alert(cast.alice, address=ONE, needs_crossing=False, **rule))
    rig.account(ONE, usdc=400, vaults=False)
    assert rig.fired == []
    rig.say(said.VaultDeposits(rig.at, ONE, [VaultEquity("0x" + "dd" * 20, D(1000))]))
    assert rig.fired == [D(2400)]


def fill(tid: int = 1, start: object = 0, size: object = 1, side: str = "B", coin: str = "BTC", **more) -> Fill:
    """Filled ``tid`` seconds after the start, at 100."""
    known = {"dir": "Open Long", "closed_pnl": D(0), "hash": "0x1", "oid": 7, "crossed": True}
    return Fill(coin, D(100), D(str(size)), side, T0 + tid * S, D(str(start)), tid=tid, **known | more)


@pytest.mark.parametrize(
    ("metric", "one"),
    [
        ("fill", fill()),
        ("position_opened", fill()),
        ("position_closed", fill(start=1, side="A")),
        ("position_increased", fill(start=-1, side="A")),
        ("position_reduced", fill(start=2, side="A")),
        ("position_flipped", fill(start="0.5", side="A")),
        ("liquidation", fill(start=1, side="A", liquidation=FillLiquidation(ONE, D(100), "market"))),
    ],
)
def test_what_a_fill_does_to_a_position(rig, cast, metric, one):
    for name in ("position_opened", "position_closed", "position_increased", "position_reduced"):
        rig.add(alert(cast.bob, metric=name, coin="ETH", address="", threshold=D(0)))
    rig.add(alert(cast.alice, metric=metric, coin="BTC", address=ONE, threshold=D(0)))
    rig.say(said.UserFills(rig.at + 5 * S, ONE, [one], False))
    firing = Firing.objects.get()
    assert (firing.user, firing.value, firing.exchange_at) == (cast.alice, one.px * one.sz, one.time)
    assert firing.ended_at == firing.fired_at == one.time


def test_fills_of_spot_change_no_position_and_those_of_others_liquidated_are_no_liquidation(rig, cast):
    for metric in ("position_opened", "liquidation"):
        rig.add(alert(cast.alice, metric=metric, coin="", address="", threshold=D(0)))
    other = FillLiquidation("0x" + "99" * 20, D(100), "market")
    rig.say(said.UserFills(rig.at, ONE, [fill(coin="@107"), fill(2, start=1, liquidation=other)], False))
    assert rig.fired == []


def test_a_snapshot_repeats_fills_and_tells_of_old_ones_and_neither_fires_again(rig, cast):
    rig.add(alert(cast.alice, metric="fill", coin="", address=ONE, threshold=D(0)))
    rig.say(said.UserFills(rig.at + 9 * S, ONE, [fill(1)], False))
    successor = Rig()
    for found in reread.everything():
        successor.evaluator.watch.put(found)
    successor.say(said.UserFills(rig.at + 9 * S, ONE, [fill(-5), fill(1), fill(2)], True))
    assert list(Firing.objects.order_by("id").values_list("fired_at", flat=True)) == [T0 + S, T0 + 2 * S]


def test_slices_of_twaps_are_fills(rig, cast):
    rig.add(alert(cast.alice, metric="fill", coin="BTC", address=ONE, threshold=D(50)))
    rig.say(said.TwapSlices(rig.at, ONE, [TwapSlice(fill(1)), TwapSlice(fill(2, size="0.4"))], False))
    assert rig.fired == [D(100)]


@pytest.mark.parametrize(("metric", "status"), [("order_filled", "filled"), ("order_cancelled", "marginCanceled")])
def test_orders_that_are_over(rig, cast, metric, status):
    rig.add(alert(cast.alice, metric=metric, coin="", address=ONE, threshold=D(0)))
    order = Order("BTC", "B", D(90), D(0), 5, T0 + S, D(2))
    records = [OrderRecord(order, word, T0 + S) for word in ("open", status, "rejected")]
    rig.say(said.HistoricalOrders(rig.at + 5 * S, ONE, records, False))
    firing = Firing.objects.get()
    assert (firing.value, firing.text) == (D(180), f"buy 2 BTC at 90: {status}")


def test_the_feed_is_asked_for_what_alerts_need(rig, cast):
    rig.add(
        alert(cast.alice, metric="spread"),
        alert(cast.alice, metric="trade", coin="ETH"),
        alert(cast.alice, metric="mark", coin="@107"),
        alert(cast.alice, metric="fill", coin="", address=ONE, threshold=D(0)),
        risk(cast.bob, address=""),
    )
    assert topics(rig.evaluator.watch) == {"book:BTC", "trades:ETH"}
    assert addresses(rig.evaluator.watch, rig.evaluator.accounts) == {ONE, TWO}
