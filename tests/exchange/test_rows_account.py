"""Rows of an account: figures that people can check by hand, and after any events no others than fresh ones."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange import account_events as said
from exchange import events
from exchange.account_views import AccountViews
from exchange.board import Board
from exchange.clock import ManualClock
from exchange.market import Market
from exchange.rows import ACCOUNT_BALANCE, ACCOUNT_ORDER, ACCOUNT_POSITION, ACCOUNT_SUMMARY
from exchange.topics import Topic, UnknownTopic
from exchange.universe import Coin, Universe
from exchange.wire import account as wire
from exchange.wire.orders import Order
from exchange.wire.vaults import VaultEquity
from tests.exchange import account_events, board_events
from tests.exchange.account_events import ADDRESS, OTHER, TOPIC
from tests.exchange.test_board import NOW, Reader, as_json

D = Decimal
FIELDS = {
    "summary": ACCOUNT_SUMMARY, "position": ACCOUNT_POSITION, "order": ACCOUNT_ORDER, "balance": ACCOUNT_BALANCE,
}  # fmt: skip


class Stand:
    """A Board with one followed account, and a browser that holds its topic."""

    def __init__(self) -> None:
        self.market, self.views = Market(), AccountViews()
        self.clock = ManualClock(NOW)
        self.board = Board(self.market, self.clock, "simulated", 7, self.views)
        self.board.hold([TOPIC])
        self.reader = Reader()

    def apply(self, *happened: events.Event) -> None:
        for event in happened:
            self.market.apply(event)
            self.views.apply(event)

    @property
    def rows(self) -> dict:
        self.reader.read(self.board.collect())
        return self.reader.rows[TOPIC]


@pytest.fixture
def stand():
    stand = Stand()
    coins = {
        "BTC": Coin("BTC", "BTC", "perp", "", 0, 5, 40),
        "xyz:GOLD": Coin("xyz:GOLD", "xyz:GOLD", "perp", "xyz", 0, 2, 20, quote="USDH"),
        "@1": Coin("@1", "HYPE/USDC", "spot", "", 1, 2),
        "@2": Coin("@2", "USDH/USDC", "spot", "", 2, 2),
    }
    stand.apply(events.UniverseChanged(NOW, Universe(coins)))
    stand.apply(events.Prices(NOW, {"BTC": D(100_000), "@1": D(40), "@2": D("0.5")}, {}))
    stand.apply(said.Following(NOW, ADDRESS, "streamed", role="user"), said.VaultDeposits(NOW, ADDRESS, []))
    return stand


def position(**fields) -> wire.Position:
    plain = {
        "coin": "BTC", "szi": D("0.5"), "leverage": wire.Leverage("cross", 20), "entry_px": D(90_000),
        "position_value": D(50_000), "unrealized_pnl": D(5_000), "return_on_equity": D("2.2222"),
        "liquidation_px": D(75_000), "margin_used": D(2_500), "max_leverage": 40,
        "cum_funding": wire.CumulativeFunding(D(30), D("12.3"), D(1)),
    }  # fmt: skip
    return wire.Position(**plain | fields)


def state(*positions: wire.Position, value: str = "20000", time: int = NOW) -> wire.ClearinghouseState:
    margin = wire.MarginSummary(D(value), D(50_000), D(-30_000), D(2_500))
    rows = [wire.AssetPosition(one) for one in positions]
    return wire.ClearinghouseState(rows, time, margin, margin, D(1_250), D(17_500))


def states(*rows: tuple[str, wire.ClearinghouseState], at: int = NOW) -> said.AccountStates:
    return said.AccountStates(at, ADDRESS, list(rows), is_all=True)


def spot(*balances: tuple[str, str, str]) -> said.SpotState:
    rows = [wire.SpotBalance(coin, D(total), D(hold), 0, D(100)) for coin, total, hold in balances]
    return said.SpotState(NOW, ADDRESS, wire.SpotState(rows))


def test_a_position_has_the_figures_of_the_exchange_and_every_field_that_is_promised(stand):
    stand.apply(states(("", state(position()))))
    row = stand.rows["position:BTC"]
    assert set(row) == set(ACCOUNT_POSITION)
    assert (row["side"], row["size"], row["entry"], row["mark"]) == ("long", "0.50000", "90,000", "100,000")
    assert (row["value"], row["upnl"], row["roe"]) == ("$50,000.00", "+$5,000.00", "+222.22%")
    assert (row["liq"], row["distance"]) == ("75,000", "25.00%")
    assert (row["margin"], row["leverage"], row["funding"]) == ("$2,500.00", "20× cross", "−$12.30")


def test_what_is_borrowed_is_below_zero_with_a_true_minus(stand):
    stand.apply(spot(("USDC", "-1250.5", "0")))
    row = stand.rows["balance:USDC"]
    assert (row["total"], row["available"], row["value"]) == ("−1,250.5", "−1,250.5", "−$1,250.50")


@pytest.mark.parametrize(
    ("told", "shown"),
    [("10976.558755549", "10,977"), ("9976.558755549", "9,976.6"), ("194226.675264967", "194,227")],
)
def test_a_liquidation_price_has_the_digits_of_an_orders_price(stand, told, shown):
    stand.apply(states(("", state(position(liquidation_px=D(told))))))
    assert stand.rows["position:BTC"]["liq"] == shown


def test_a_position_moves_with_marks_that_are_newer_than_its_state(stand):
    stand.apply(states(("", state(position())), at=NOW + 1000))
    assert stand.rows["position:BTC"]["is_live"] is False
    stand.apply(events.Prices(NOW + 2000, {"BTC": D(98_000)}, {}))
    row = stand.rows["position:BTC"]
    assert row["is_live"] is True
    assert (row["mark"], row["value"], row["upnl"]) == ("98,000", "$49,000.00", "+$4,000.00")
    assert (row["roe"], row["margin"], row["distance"]) == ("+177.78%", "$2,450.00", "23.47%")
    stand.apply(said.AccountMode(NOW, ADDRESS, "default"), spot())
    summary = stand.rows["summary"]
    assert (summary["equity"], summary["upnl"]) == ("$19,000.00", "+$4,000.00")
    assert summary["lines"][-1][:3] == ["moved", "", "−$1,000.00"]


def test_isolated_margin_moves_by_what_the_position_makes(stand):
    isolated = position(leverage=wire.Leverage("isolated", 20, D(-47_500)), szi=D("-0.5"), liquidation_px=None)
    stand.apply(states(("", state(isolated))), events.Prices(NOW + 1, {"BTC": D(101_000)}, {}))
    row = stand.rows["position:BTC"]
    assert (row["side"], row["margin"], row["upnl"]) == ("short", "$2,000.00", "+$4,500.00")
    assert (row["liq"], row["distance"], row["leverage"]) == ("none", "—", "20× isolated")


def test_amounts_of_a_dex_with_other_collateral_are_in_it_and_counted_in_dollars(stand):
    gold = position(coin="xyz:GOLD", cum_funding=None, leverage=None)
    stand.apply(states(("xyz", state(gold))), said.AccountMode(NOW, ADDRESS, "default"), spot())
    rows = stand.rows
    assert rows["position:xyz:GOLD"]["value"] == "50,000.00 USDH"
    assert rows["position:xyz:GOLD"]["funding"] == rows["position:xyz:GOLD"]["leverage"] == "—"
    assert (rows["summary"]["equity"], rows["summary"]["upnl"]) == ("$10,000.00", "+$2,500.00")


def test_a_standard_account_is_worth_its_perps_its_tokens_and_its_vaults(stand):
    stand.apply(said.AccountMode(NOW, ADDRESS, "default"), states(("", state(position()))))
    assert stand.rows["summary"]["reason"].startswith("cannot compute yet")
    stand.apply(spot(("USDC", "50", "20"), ("HYPE", "10", "0"), ("ODD", "7", "0")))
    stand.apply(said.VaultDeposits(NOW, ADDRESS, [VaultEquity(OTHER, D(500))]))
    rows = stand.rows
    summary = rows["summary"]
    assert set(summary) == set(ACCOUNT_SUMMARY)
    assert summary["equity"] == "$20,950.00"
    assert [line[0] for line in summary["lines"]] == ["perp", "spot", "spot", "spot", "vault"]
    assert summary["left_out"] == ["ODD"]
    assert (summary["margin"], summary["usage"]) == ("$2,500.00", "11.93%")
    assert (summary["health"], summary["withdrawable"]) == ("6.25%", "$17,500.00")
    assert set(rows["balance:HYPE"]) == set(ACCOUNT_BALANCE)
    assert rows["balance:HYPE"]["value"] == "$400.00"
    assert rows["balance:HYPE"]["upnl"] == "+$300.00"
    assert (rows["balance:USDC"]["available"], rows["balance:USDC"]["upnl"]) == ("30", "—")
    assert rows["balance:ODD"]["value"] == "—"


def test_a_unified_account_is_worth_its_balances_and_what_its_positions_make(stand):
    stand.apply(said.AccountMode(NOW, ADDRESS, "unifiedAccount"), states(("", state(position(), value="0"))))
    stand.apply(spot(("USDC", "1000", "300")))
    summary = stand.rows["summary"]
    assert (summary["equity"], summary["is_estimate"]) == ("$6,000.00", True)
    assert (summary["withdrawable"], summary["health"]) == ("$700.00", "—")


def test_of_an_equity_below_zero_no_part_is_used(stand):
    stand.apply(said.AccountMode(NOW, ADDRESS, "default"), states(("", state(position(), value="-100"))))
    stand.apply(spot(), said.VaultDeposits(NOW, ADDRESS, []))
    summary = stand.rows["summary"]
    assert summary["n_equity"] < 0
    assert (summary["margin"], summary["usage"], summary["n_usage"]) == ("$2,500.00", "—", None)


@pytest.mark.parametrize("mode", ["", "hyperMode"])
def test_an_unknown_mode_cannot_be_computed_and_is_never_nothing(stand, mode):
    if mode:
        stand.apply(said.AccountMode(NOW, ADDRESS, mode))
    stand.apply(states(("", state(position()))), spot(("USDC", "5", "0")))
    summary = stand.rows["summary"]
    assert (summary["equity"], summary["n_equity"], summary["usage"]) == ("—", None, "—")
    assert summary["reason"].startswith("cannot compute")
    assert summary["mode"] == mode
    assert "position:BTC" in stand.rows


def test_orders_say_what_remains_and_what_triggers_them(stand):
    stop = Order("BTC", "A", D(0), D(0), 3, NOW, D(0), trigger_px=D(80_000), is_position_tpsl=True)
    limit = Order(
        "BTC", "B", D(90_000), D("0.3"), 1, NOW, D("0.4"), order_type="Limit", tif="Gtc", trigger_px=D(0),
        trigger_condition="N/A", children=[Order("BTC", "A", D(1), D(1), 2, NOW, order_type="Stop Market",
        trigger_px=D(85_000), trigger_condition="Price below 85000")],
    )  # fmt: skip
    stand.apply(said.OpenOrders(NOW, ADDRESS, "", [stop, limit]))
    rows = stand.rows
    assert set(rows["order:1"]) == set(ACCOUNT_ORDER)
    assert (rows["order:1"]["size"], rows["order:1"]["filled"], rows["order:1"]["trigger"]) == (
        "0.30000",
        "25.0%",
        "—",
    )
    assert (rows["order:1"]["side"], rows["order:1"]["value"]) == ("buy", "$27,000.00")
    assert rows["order:1"]["children"] == ["Stop Market: Price below 85000"]
    assert (rows["order:3"]["size"], rows["order:3"]["trigger"]) == ("whole position", "80,000")
    stand.apply(said.OpenOrders(NOW, ADDRESS, "", [stop]))
    assert "order:1" not in stand.rows


def test_how_it_is_followed_and_how_old_its_figures_are_is_said(stand):
    stand.apply(
        said.Following(NOW, ADDRESS, "refused", "the exchange says: no"), states(("", state()), at=NOW + 5)
    )
    summary = stand.rows["summary"]
    assert (summary["how"], summary["why"], summary["role"]) == ("refused", "the exchange says: no", "user")
    assert (summary["positions_at"], summary["spot_at"], summary["orders_at"]) == (NOW + 5, None, None)
    assert summary["limit_ms"] == 150_000
    assert stand.board.full(TOPIC)
    stand.apply(said.Following(NOW, ADDRESS, "polled", "no socket: Connect call failed ('10.0.0.7', 443)"))
    assert stand.rows["summary"]["why"] == "no socket to the exchange", "what broke is for the status page"
    stand.apply(said.Following(NOW, ADDRESS, "ended"))
    assert stand.rows == {}


def test_an_answer_that_was_overtaken_by_a_newer_state_changes_nothing(stand):
    stand.apply(states(("", state(position(), time=NOW + 9))))
    stand.apply(said.AccountStates(NOW, ADDRESS, [("", state(time=NOW))], is_all=False))
    assert "position:BTC" in stand.rows


@pytest.mark.parametrize(
    "text", ["account:", "account:0x12", f"account:{'0x' + 'AB' * 20}", f"account:{ADDRESS}:x"]
)
def test_a_topic_names_an_address_in_lower_case(text):
    with pytest.raises(UnknownTopic):
        Topic.parse(text)
    assert str(Topic.parse(TOPIC)) == TOPIC


happenings = st.lists(st.one_of(account_events.anything, board_events.anything, st.just("look")), max_size=30)


@given(happenings)
def test_rows_at_join_and_changes_are_the_fresh_rows_after_any_events(happened):
    stand = Stand()
    stand.apply(events.UniverseChanged(NOW, board_events.universe()), said.Following(NOW, ADDRESS, "waiting"))
    for event in [*happened, "look"]:
        if event != "look":
            stand.apply(event)
        else:
            assert stand.rows == as_json(stand.board.fresh(TOPIC))
            for row in stand.rows.values():
                assert set(row) == set(FIELDS[row["kind"]])
