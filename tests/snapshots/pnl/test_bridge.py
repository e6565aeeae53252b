"""The bridge explains the change of equity to the last digit, and misses exactly what the record misses."""

from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from snapshots.pnl.bridge import Bridge, bridge
from snapshots.pnl.entries import Sums, entries, sum_by
from snapshots.pnl.executions import executions
from snapshots.pnl.flows import flow_of
from snapshots.pnl.standing import Held, Standing
from tests.snapshots.pnl.exchange_book import COLLATERAL, Books
from tests.snapshots.pnl.rows import CALM, OTHER, OWNER, PAIRS, D, Trader, as_slice, ledger, liquidation

cents = st.integers(1, 20_000).map(lambda n: Decimal(n) / 100)
fees = st.integers(-50, 500).map(lambda n: Decimal(n) / 1000)
trades = st.tuples(
    st.just("trade"), st.sampled_from([*COLLATERAL, "@107"]), st.integers(-9, 9).filter(bool), cents, fees
)
payments = st.tuples(st.just("fund"), st.sampled_from(list(COLLATERAL)), fees)
moves = st.tuples(
    st.just("move"),
    st.sampled_from(["deposit", "withdraw", "internalTransfer", "spotTransfer", "accountClassTransfer"]),
    cents,
)
marks = st.tuples(st.just("mark"), st.sampled_from([*COLLATERAL, "USDH", "HYPE"]), cents)
acts = st.lists(st.one_of(trades, payments, moves, marks), max_size=25)
with_a_trade = st.builds(lambda before, trade, after: [*before, trade, *after], acts, trades, acts)


def run(books: Books, acts: list[Any]) -> None:
    for kind, *what in acts:
        if kind == "mark":
            (books.mark if what[0] in books.mark else books.price)[what[0]] = what[1]
        else:
            getattr(books, kind)(*what)


def collateral_of(dex: str) -> str:
    return "USDH" if dex == "flx" else "USDC"


def bridged(books: Books, start: Standing, fills: Any = None) -> Bridge:
    rows = executions(books.fills if fills is None else fills, pairs=PAIRS)
    flows = [flow_of(row, OWNER) for row in books.ledger]
    return bridge(start, books.standing(), rows, books.fundings, flows, collateral_of=collateral_of)


def lines(found: Bridge) -> dict[str, Decimal]:
    return {line.name: line.usd for line in found.lines if line.usd}


@CALM
@given(acts, acts)
def test_over_any_ledger_the_residual_is_exactly_zero(before, after):
    books = Books()
    run(books, before)
    start = books.standing()
    run(books, after)
    found = bridged(books, start)
    assert (found.residual, found.residuals) == (0, {})
    assert found.start + sum(line.usd for line in found.lines) == found.end
    assert found.not_counted == ()


@CALM
@given(acts, with_a_trade, st.data())
def test_without_one_fill_the_residual_is_exactly_that_fills_part(before, after, data):
    books = Books()
    run(books, before)
    start = books.standing()
    run(books, after)
    within = [fill for fill in books.fills if fill.time > start.time]
    missing = data.draw(st.sampled_from(within))
    found = bridged(books, start, [fill for fill in books.fills if fill is not missing])
    assert found.residual == books.contribution(missing)
    by_token = sum(amount * books.price[token] for token, amount in found.residuals.items())
    assert abs(by_token - found.residual) < D("1e-20")


@CALM
@given(st.lists(acts, min_size=1, max_size=6))
def test_day_by_day_the_bridges_lead_from_each_standing_to_the_next(days):
    books = Books()
    standings = [books.standing()]
    for day in days:
        run(books, day)
        books.trader.time += 1
        standings.append(books.standing())
    rows = executions(books.fills, pairs=PAIRS)
    flows = [flow_of(row, OWNER) for row in books.ledger]
    found = [bridge(a, b, rows, books.fundings, flows, collateral_of) for a, b in pairwise(standings)]
    assert [each.residual for each in found] == [0] * len(days)
    assert [(each.start, each.end) for each in found] == [(a.equity, b.equity) for a, b in pairwise(standings)]
    # what they realised is what the calendar has on those days
    prices = {standing.time: standing.prices["USDH"] for standing in standings}
    for each, (before, after) in zip(found, pairwise(standings), strict=True):
        inside = [row for row in entries(rows) if before.time < row.time <= after.time and row.coin != "@107"]
        rates = {"USDC": D(1), "USDH": prices[after.time]}.get
        sums = sum_by(inside, lambda entry: "all", rates).get("all", Sums())
        assert abs(lines(each).get("realised", D(0)) - sums.price) < D("1e-9")


@pytest.mark.parametrize("price", [1, 10**9, 10**12, 10**20])
def test_no_amount_is_too_large_to_be_bridged(price):
    books = Books()
    start = books.standing()
    run(books, [("trade", "BTC", 9_000_000, D(price), D(0)), ("trade", "BTC", -3_000_000, D(price) * 7, D(0))])
    found = bridged(books, start)
    assert lines(found)["realised"] == 18_000_000 * price
    assert abs(found.residual) <= D(price).scaleb(-15)


def bought(*acts: Any) -> tuple[Books, Standing]:
    books = Books()
    books.move("deposit", D(1000))
    start = books.standing()
    run(books, list(acts))
    return books, start


def test_each_part_of_the_result_has_its_line():
    books, start = bought(
        ("move", "deposit", D(500)),
        ("trade", "BTC", 4, D(100), D("0.2")),
        ("fund", "BTC", D("-0.5")),
        ("trade", "BTC", -2, D(110), D("0.1")),
        ("move", "withdraw", D(200)),
        ("move", "accountClassTransfer", D(77)),
        ("mark", "BTC", D(105)),
    )
    found = bridged(books, start)
    assert lines(found) == {
        "deposit": D(500),
        "withdrawal": D(-200),
        "realised": D(20),  # 2 x (110 - 100)
        "unrealised": D(10),  # 2 x (105 - 100)
        "fee": D("-1.3"),  # 0.3 of the fills, 1 of the withdrawal
        "funding": D("-0.5"),
    }
    assert (found.start, found.end, found.residual) == (D(1000), D("1328.2"), D(0))
    assert found.pnl == D("28.2")


def test_a_position_from_before_counts_from_its_mark_at_the_start():
    books = Books()
    books.move("deposit", D(1000))
    books.trade("ETH", -5, D(12), D(0))
    books.mark["ETH"] = D(10)  # 10 of profit already
    start = books.standing()
    books.mark["ETH"] = D(9)
    found = bridged(books, start)
    assert lines(found) == {"unrealised": D(5)}


def test_a_builder_dexs_result_is_in_its_collateral_and_the_collaterals_price_is_its_own_line():
    books, _ = bought()
    books.balance["USDH"] = D(100)
    start = books.standing()  # 1000 + 99
    run(books, [("trade", "flx:TSLA", 1, D(40), D(1)), ("mark", "flx:TSLA", D(50)), ("mark", "USDH", D("0.98"))])
    found = bridged(books, start)
    assert lines(found) == {
        "unrealised": D("9.80"),  # 10 USDH
        "fee": D("-0.98"),
        "tokens": D("-1.00"),  # 100 USDH, a cent less each
    }
    assert found.residual == 0


def test_spot_earns_by_the_price_of_the_token_and_its_fee_in_coins_is_a_fee():
    books, start = bought(("trade", "@107", 10, D(30), D("0.01")), ("mark", "HYPE", D(33)))
    found = bridged(books, start)
    assert lines(found) == {"fee": D("-0.30"), "tokens": D("29.97")}  # 9.99 x 3
    assert found.residual == 0


def test_a_deposit_of_tokens_is_a_flow_at_its_worth_and_profit_only_afterwards():
    books, start = bought(("move", "spotTransfer", D(2)), ("mark", "HYPE", D(35)))
    found = bridged(books, start)
    assert lines(found) == {"transfer": D(60), "tokens": D(10)}
    assert found.pnl == D(10)


def test_a_missing_fill_is_named_by_its_coin():
    books, start = bought(("trade", "BTC", 1, D(100), D(0)), ("trade", "BTC", -1, D(90), D(0)))
    found = bridged(books, start, books.fills[:1])
    assert found.not_counted == ("BTC: the record ends at 1, the exchange says 0",)
    assert found.residual == D(-10)  # sold at 90 what stands at 100


def test_the_residual_is_named_by_token_also_where_it_cancels_out():
    books, start = bought(("trade", "@107", 2, D(30), D(0)))
    found = bridged(books, start, [])
    assert found.residual == 0  # two coins at 30 for 60
    assert found.residuals == {"HYPE": D(2), "USDC": D(-60)}


def test_a_token_that_nobody_prices_any_more_is_worth_its_last_fill_and_named():
    books, start = bought(("trade", "@107", 2, D(31), D(0)))
    del books.price["HYPE"]
    found = bridged(books, start)
    assert found.not_counted == ("HYPE has no price at the end",)
    assert found.residual == D(-62)  # what the equity leaves out


def test_a_kind_that_nobody_knows_is_named_and_shows_as_the_residual():
    books, start = bought()
    books.trader.time += 1000
    books.balance["USDC"] += 5
    books.ledger.append(ledger("moonGift", books.now, usdc="5"))
    found = bridged(books, start)
    assert found.residual == D(5)
    assert "moonGift" in found.not_counted[0]


def test_rows_outside_of_the_time_do_not_count():
    books, start = bought(("trade", "BTC", 1, D(100), D(1)))
    end = books.standing()
    books.trade("BTC", -1, D(500), D(1))
    books.fund("BTC", D(9))
    books.move("deposit", D(9))
    flows = [flow_of(row, OWNER) for row in books.ledger]
    found = bridge(start, end, executions(books.fills), books.fundings, flows)
    assert (found.residual, lines(found)) == (D(0), {"fee": D(-1)})


def usdc(time: int, amount: Any, **positions: Held) -> Standing:
    return Standing(time, {"USDC": D(str(amount))}, positions)


def test_a_liquidation_is_in_its_fills_and_its_ledger_row_adds_nothing():
    trader = Trader()
    trader.buy("BTC", 1, 100, fee="0.1")
    trader.sell("BTC", 1, 70, fee="0.1", liquidation=liquidation(OWNER))
    flow = flow_of(ledger("liquidation", trader.time, accountValue="9.8", liquidatedNtlPos="70"), OWNER)
    found = bridge(usdc(0, 40), usdc(9000, "9.8"), executions(trader.fills, owner=OWNER), flows=[flow])
    assert lines(found) == {"realised": D(-30), "fee": D("-0.2")}
    assert found.residual == 0


def test_the_other_side_of_a_liquidation_trades_as_always():
    trader = Trader()
    trader.sell("BTC", 1, 70, fee="-0.01", liquidation=liquidation(OTHER))
    end = usdc(9000, "105.01", BTC=Held(D(-1), D(-65)))
    assert lines(bridge(usdc(0, 100), end, executions(trader.fills, owner=OWNER))) == {
        "unrealised": D(5), "fee": D("0.01"),
    }  # fmt: skip


def test_twap_slices_count_like_fills_and_their_absence_is_the_residual():
    trader = Trader()
    slices = [as_slice(trader.buy("BTC", 1, 100)), as_slice(trader.sell("BTC", 1, 108))]
    end = usdc(9000, 1008)
    assert bridge(usdc(0, 1000), end, executions([], slices)).residual == 0
    assert bridge(usdc(0, 1000), end, []).residual == D(8)


@pytest.mark.parametrize(("owner", "sign"), [(OWNER, -1), (OTHER, 1)])
def test_money_to_a_sub_account_leaves_the_master_and_reaches_the_sub(owner, sign):
    row = ledger("subAccountTransfer", 5000, usdc="25", user=OWNER, destination=OTHER)
    found = bridge(usdc(0, 100), usdc(9000, 100 + 25 * sign), [], flows=[flow_of(row, owner)])
    assert (lines(found), found.residual, found.pnl) == ({"transfer": D(25 * sign)}, D(0), D(0))


def test_a_follower_of_a_vault_and_the_vault_itself():
    rows = [
        ledger("vaultDeposit", 1000, vault=OTHER, user=OWNER, usdc="100"),
        ledger("vaultWithdraw", 2000, vault=OTHER, user=OWNER, requestedUsd="120", commission="2",
               closingCost="0", basis="100", netWithdrawnUsd="118"),
    ]  # fmt: skip
    for owner, end in ((OWNER, 518), (OTHER, 480)):
        found = bridge(usdc(0, 500), usdc(9000, end), [], flows=[flow_of(row, owner) for row in rows])
        assert (lines(found), found.residual) == ({"vault": D(end - 500)}, D(0))
