"""Equity is right in each account mode, explained line by line, and never a made-up zero."""

from decimal import Decimal
from typing import Any

import msgspec
import pytest

from exchange.equity import Equity, equity_of, usd_prices
from exchange.market_state import CoinState
from exchange.simulator import cast
from exchange.universe import Coin
from exchange.wire.account import ClearinghouseState, SpotState, SubAccount
from exchange.wire.vaults import VaultEquity
from tests.exchange.simulator.worlds import busy
from tests.recorded import RECORDED, needs_recorded, rest_reply

D = Decimal
PRICES = {"USDC": D(1), "HYPE": D(30), "USDH": D("0.5")}
CAST = [
    cast.TRADER, cast.UNIFIED, cast.PORTFOLIO, cast.BUILDER_DEX_TRADER, cast.SPOT_TRADER, cast.VAULT,
    cast.SUB_ACCOUNT, cast.EMPTY,
]  # fmt: skip


def perps(value: str | None, *profits: str | None) -> ClearinghouseState:
    positions = [
        {"type": "oneWay", "position": {"coin": f"C{i}", "szi": "1", "unrealizedPnl": profit}}
        for i, profit in enumerate(profits)
    ]
    summary = {"accountValue": value} if value is not None else None
    return msgspec.convert(
        {"assetPositions": positions, "time": 1, "marginSummary": summary}, ClearinghouseState, strict=False
    )


def balances(**totals: str) -> SpotState:
    rows = [{"coin": coin, "total": total, "hold": "0"} for coin, total in totals.items()]
    return msgspec.convert({"balances": rows}, SpotState, strict=False)


def lines(equity: Equity) -> dict[tuple[str, str], Decimal | None]:
    return {(line.kind, line.subject): line.amount for line in equity.lines}


@pytest.mark.parametrize("mode", ["default", "disabled", "dexAbstraction"])
def test_a_standard_account_is_its_dexes_its_tokens_and_its_vaults(mode):
    vault = VaultEquity("0xvault", D(100))
    states = [("", perps("250", "50")), ("flx", perps("40", "-2"))]
    equity = equity_of(
        mode, states, balances(USDC="10", HYPE="2"), PRICES.get, {"": "USDC", "flx": "USDH"}.__getitem__, [vault]
    )
    assert lines(equity) == {
        ("perp", ""): D(250),
        ("perp", "flx"): D(20),  # 40 USDH at 0.5
        ("spot", "USDC"): D(10),
        ("spot", "HYPE"): D(60),
        ("vault", "0xvault"): D(100),
    }
    assert equity.total == D(440)
    assert not equity.is_estimate
    assert "40 USDH at $0.5" in equity.lines[1].why


def test_a_unified_account_is_its_balances_and_the_unrealised_profit_whatever_the_perp_summary_says():
    states = [("", perps("0", "50", "-20")), ("xyz", perps("7"))]
    equity = equity_of("unifiedAccount", states, balances(USDC="1000", HYPE="1"), PRICES.get)
    assert lines(equity) == {
        ("spot", "USDC"): D(1000),
        ("spot", "HYPE"): D(30),
        ("unrealized", ""): D(30),
    }
    assert equity.total == D(1060)
    assert equity.is_estimate


def test_a_borrowed_balance_counts_against_the_account():
    equity = equity_of("portfolioMargin", [], balances(USDC="-100", HYPE="10"), PRICES.get)
    assert equity.total == D(200)
    assert equity.lines[0].why.endswith("borrowed")


def margin_account(total: str, supplied: str) -> SpotState:
    row = {"coin": "USDC", "total": total, "hold": "0", "supplied": supplied}
    return msgspec.convert({"balances": [row]}, SpotState, strict=False)


@pytest.mark.parametrize("later", ["0", "3", "-3"])
def test_profit_that_a_margin_accounts_total_already_holds_is_not_added_again(later):
    # 747 lent, 147 on the perps of which 7 are profit; the balance may be of a moment before or after
    spot = margin_account(str(D(894) + D(later)), "747")
    equity = equity_of("portfolioMargin", [("", perps("147", "7"))], spot, PRICES.get)
    assert equity.total == D(894) + D(later)
    assert not equity.is_estimate


def test_profit_that_a_margin_accounts_total_does_not_hold_is_added():
    equity = equity_of("portfolioMargin", [("", perps("147", "7"))], margin_account("887", "747"), PRICES.get)
    assert equity.total == D(894)
    assert equity.is_estimate


@needs_recorded
def test_a_recorded_margin_account_has_its_perps_inside_its_total():
    _, reply = rest_reply(RECORDED / "rest" / "jkorf_subAccounts2_portfolioMargin.json")
    (sub,) = msgspec.convert(reply, list[SubAccount], strict=False)
    equity = equity_of(sub.abstraction, sub.dex_to_clearinghouse_state, sub.spot_state, PRICES.get)
    # supplied 746.67710305 + account value 147.412857, which includes the unrealised PnL
    assert equity.total == D("894.08996004")
    assert not equity.is_estimate


def test_a_mode_that_nobody_knows_cannot_be_computed_and_is_not_zero():
    equity = equity_of("starAccount", [("", perps("250"))], balances(USDC="10"), PRICES.get)
    assert equity.total is None
    assert "starAccount" in equity.reason


def test_before_the_balances_have_come_there_is_no_figure():
    assert equity_of("default", [("", perps("250"))], None, PRICES.get).total is None


def test_as_long_as_nobody_has_said_what_is_in_vaults_nothing_can_be_said():
    equity = equity_of("default", [("", perps("250"))], balances(USDC="10"), PRICES.get, vaults=None)
    assert equity.total is None
    assert "vaults" in equity.reason


@pytest.mark.parametrize(("mode", "state"), [("default", perps(None)), ("unifiedAccount", perps("0", "5", None))])
def test_a_missing_figure_of_the_perps_leaves_no_total(mode, state):
    equity = equity_of(mode, [("", state)], balances(USDC="10"), PRICES.get)
    assert equity.total is None
    assert "first dex" in equity.reason


def test_perps_in_a_token_without_price_leave_no_total():
    equity = equity_of("default", [("abcd", perps("5"))], balances(), PRICES.get, lambda dex: "USDX")
    assert equity.total is None
    assert "USDX" in equity.reason


def test_a_token_without_price_is_left_out_and_named():
    equity = equity_of("default", [("", perps("5"))], balances(USDC="1", LICK="9"), PRICES.get)
    assert equity.total == D(6)
    assert equity.left_out == ("LICK",)


def test_an_address_never_seen_is_worth_nothing():
    assert equity_of("default", [("", perps("0"))], SpotState(), PRICES.get).total == 0


def test_a_token_is_priced_by_its_mid_or_else_its_mark_against_usdc():
    def coin(label: str, kind: str = "spot", **figures: Any) -> CoinState:
        return CoinState(Coin(label, label, kind, "", 0, 2), **figures)

    coins = {
        "@107": coin("HYPE/USDC", mid=D(30), mark=D(31)),
        "@1": coin("DEAD/USDC", mark=D(2)),
        "@2": coin("PURR/USDH", mid=D(4)),
        "BTC": coin("BTC", "perp", mid=D(9)),
    }
    price_of = usd_prices(coins)
    assert [price_of(token) for token in ("HYPE", "DEAD", "PURR", "BTC", "USDC")] == [
        D(30),
        D(2),
        None,
        None,
        D(1),
    ]


@pytest.mark.parametrize("user", CAST)
def test_equity_of_a_simulated_account_is_what_its_whole_history_amounts_to(user):
    world, _ = busy()
    spot_info = world.info({"type": "spotMetaAndAssetCtxs"})
    names = {token["index"]: token["name"] for token in spot_info[0]["tokens"]}
    pair = {p["name"]: names[p["tokens"][0]] for p in spot_info[0]["universe"] if p["tokens"][1] == 0}
    prices = {pair[c["coin"]]: D(c["markPx"]) for c in spot_info[1] if c["coin"] in pair}
    prices |= {"USDC": D(1), "USDH": D(1)}  # the simulated history counts collateral as dollars
    states = [
        (dex, msgspec.convert(world.info({"type": "clearinghouseState", "user": user, "dex": dex}),
                              ClearinghouseState, strict=False))
        for dex in world.dexes()
    ]  # fmt: skip
    spot = msgspec.convert(world.info({"type": "spotClearinghouseState", "user": user}), SpotState, strict=False)
    mode = world.info({"type": "userAbstraction", "user": user})
    equity = equity_of(mode, states, spot, prices.get)
    (_, history), *_ = [w for w in world.info({"type": "portfolio", "user": user}) if w[0] == "allTime"]
    value = D(history["accountValueHistory"][-1][1]) if history["accountValueHistory"] else D(0)
    assert abs(equity.total - value) < D("0.01"), equity
