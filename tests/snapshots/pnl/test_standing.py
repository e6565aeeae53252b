"""Standings of unified and portfolio-margin accounts, and the bridges between them, worked out by hand."""

from decimal import Decimal
from typing import Any

import msgspec

from exchange.equity import equity_of
from exchange.wire.account import ClearinghouseState, SpotState
from exchange.wire.vaults import VaultEquity
from snapshots.pnl.bridge import bridge
from snapshots.pnl.executions import executions
from snapshots.pnl.standing import Held, Standing
from tests.snapshots.pnl.rows import PAIRS, D, Trader, funding
from tests.snapshots.pnl.standings import standing_of

PRICES = {"USDC": D(1), "HYPE": D(30)}


def perps(value: str, *positions: tuple[str, str, str, str]) -> ClearinghouseState:
    """Positions as (coin, size, value, unrealised PnL)."""
    rows = [
        {"position": {"coin": coin, "szi": size, "positionValue": worth, "unrealizedPnl": profit}}
        for coin, size, worth, profit in positions
    ]
    state = {"assetPositions": rows, "time": 1, "marginSummary": {"accountValue": value}}
    return msgspec.convert(state, ClearinghouseState, strict=False)


def balances(*rows: dict[str, Any]) -> SpotState:
    return msgspec.convert({"balances": [{"hold": "0", **row} for row in rows]}, SpotState, strict=False)


def standing(time: int, mode: str, spot: SpotState, *states: ClearinghouseState, **more: Any) -> Standing:
    named = list(zip(("", "xyz"), states, strict=False))
    equity = equity_of(mode, named, spot, PRICES.get, **more)
    return standing_of(time, equity, named, PRICES.get)


def lines(found) -> dict[str, Decimal]:
    return {line.name: line.usd for line in found.lines if line.usd}


def test_a_unified_account_earns_on_both_dexes_and_spot_though_its_perp_value_says_zero():
    start = standing(0, "unifiedAccount", balances({"coin": "USDC", "total": "1000"}), perps("0"))
    trader = Trader()
    trader.buy("BTC", 1, 100, fee="0.05")  # at 110 now
    trader.sell("xyz:TSLA", 2, 40, fee="0.04")  # at 41 now
    trader.buy("@107", 10, 29, fee="0.01", fee_token="HYPE")  # at 30 now
    usdc = {"coin": "USDC", "total": "709.41"}  # 1000 - 0.09 - 290 - 0.5 of funding
    spot = balances(usdc, {"coin": "HYPE", "total": "9.99"})
    end = standing(
        9000,
        "unifiedAccount",
        spot,
        perps("0", ("BTC", "1", "110", "10")),
        perps("0", ("xyz:TSLA", "-2", "82", "-2")),
    )
    found = bridge(start, end, executions(trader.fills, pairs=PAIRS), [funding("BTC", "-0.5", 3600)])
    assert found.end == D("1017.11")  # 709.41 + 299.7 + 10 - 2
    assert lines(found) == {
        "unrealised": D(8),
        "fee": D("-0.38"),  # 0.09 and 0.01 HYPE at 29
        "funding": D("-0.5"),
        "tokens": D("9.99"),  # 9.99 HYPE that rose by 1
    }
    assert found.residual == 0


def test_a_portfolio_margin_accounts_total_has_the_profit_in_it_already():
    lent = {"coin": "USDC", "total": "1000", "supplied": "1000"}
    start = standing(0, "portfolioMargin", balances(lent), perps("0"))
    trader = Trader()
    trader.buy("BTC", 1, 100, fee="0.05")
    lent = {"coin": "USDC", "total": "1009.95", "supplied": "979.95"}  # 30 stand with the perps, 10 of them profit
    end = standing(9000, "portfolioMargin", balances(lent), perps("30", ("BTC", "1", "110", "10")))
    found = bridge(start, end, executions(trader.fills))
    assert (found.end, found.residual) == (D("1009.95"), D(0))
    assert lines(found) == {"unrealised": D(10), "fee": D("-0.05")}


def test_a_standard_accounts_margin_has_the_profit_in_it_and_vaults_stay_outside():
    vault = VaultEquity("0xvault", D(500))
    state = perps("110", ("BTC", "-1", "90", "10"))
    found = standing(5, "default", balances({"coin": "HYPE", "total": "2"}), state, vaults=[vault])
    assert found.tokens == {"USDC": D(110), "HYPE": D(2)}
    assert found.positions == {"BTC": Held(D(-1), D(-90))}
    assert found.equity == D(170)


def test_a_token_without_a_price_is_left_out_as_it_is_of_the_equity():
    spot = balances({"coin": "USDC", "total": "5"}, {"coin": "LICK", "total": "7"})
    assert standing(5, "default", spot).equity == D(5)


def test_what_cannot_be_computed_is_no_standing():
    assert standing(5, "starAccount", balances()) is None
