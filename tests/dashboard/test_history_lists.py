"""Fills, funding, cash flows and orders: what is shown, in which zone, page by page, and to whom."""

import pytest

from accounts.models import Wallet
from snapshots import coverage
from snapshots.models import Account, BackfillProgress, CashFlow, ClosedOrder, Fill
from tests.dashboard.history_stage import (
    DAY,
    HERS,
    HIS,
    NIGHT,
    SECOND,
    Stage,
    column,
    complete,
    link,
    make_stage,
    options,
    text,
)
from tests.snapshots import wires
from tests.snapshots.pnl.rows import D, funding, ledger, liquidation

pytestmark = pytest.mark.django_db
LISTS = ["fills", "funding", "flows", "orders"]


@pytest.fixture
def stage(cast) -> Stage:
    return make_stage(cast)


def test_a_fill_is_shown_in_the_readers_zone_with_units_and_signs(stage):
    stage.trader.buy("BTC", "0.5", "84143.0", fee="18.932175", at=NIGHT - 1, dir="Open Long")
    stage.trader.sell("BTC", "0.5", "84100", fee="-0.01", closed="-21.5", at=NIGHT + 500, dir="Close Long")
    stage.keep(stage.her)
    page = stage.alice.get(f"/history/fills/?wallet={HERS}")
    assert column(page, "time") == ["2025-11-25 00:00:00", "2025-11-24 23:59:59"]
    assert column(page, "side") == ["Sell Close Long", "Buy Open Long"]
    assert column(page, "size") == ["0.5 BTC", "0.5 BTC"]
    assert column(page, "price") == ["84,100", "84,143"]
    assert column(page, "value") == ["$42,050.00", "$42,071.50"]
    assert column(page, "fee") == ["$0.010 rebate", "$18.93 taker"]
    assert column(page, "gain") == ["−$21.50", "—"]
    assert 'class="down">−$21.50' in page.content.decode()
    assert "Times in Europe/Berlin" in text(page)
    assert "Times are Europe/Berlin." in text(page)


def test_rows_of_several_wallets_say_whose_they_are_and_names_are_escaped(stage):
    for account in (stage.her, stage.second):
        stage.rounds(1)
        stage.keep(account)
    page = stage.alice.get("/history/fills/")
    assert column(page, "wallet") == ["0xe5e5…e5e5", "0xe5e5…e5e5", "Hers <b>", "Hers <b>"]
    assert b"Hers <b>" not in page.content
    assert column(stage.alice.get(f"/history/fills/?wallet={SECOND}"), "wallet") == []


def test_what_was_special_about_a_fill_is_said(stage):
    stage.trader.buy("ETH", 1, 100, liquidation=liquidation(HERS))
    stage.trader.sell("ETH", 1, 100, liquidation=liquidation(HIS))
    stage.trader.buy("@107", 1, 30, fee="0.001", fee_token="HYPE")
    stage.keep(stage.her)
    Fill.objects.filter(coin="@107").update(twap_id=7)
    page = stage.alice.get(f"/history/fills/?wallet={HERS}")
    assert column(page, "side") == ["Buy TWAP", "Sell against a liquidation", "Buy liquidated"]
    assert column(page, "fee")[0] == "0.0010 HYPE taker"
    only = stage.alice.get("/history/fills/?kind=liquidation")
    assert column(only, "side") == ["Buy liquidated"]


def test_pages_follow_each_other_without_losing_or_repeating_a_row(stage):
    stage.rounds(60)
    same = stage.trader.time + 1000
    for _ in range(40):
        stage.trader.buy("ETH", 1, 5, at=same)  # all in one millisecond, over the edge of a page
    stage.keep(stage.her)
    address, seen = "/history/fills/", []
    for count in (50, 50, 50, 10):
        page = stage.alice.get(address)
        assert len(column(page, "time")) == count
        seen += column(page, "size")
        if count == 50:
            address = "/history/fills/" + link(page, "Older")
    assert "Older</a>" not in page.content.decode()
    assert link(page, "Newest") == "?"
    assert (seen.count("1 ETH"), seen.count("1 BTC")) == (40, 120)


def test_filters_are_in_the_address_and_what_means_nothing_is_said(stage):
    stage.rounds(1)
    stage.trader.buy("ETH", 1, 5, at=NIGHT + 2 * DAY)
    stage.keep(stage.her)
    get = stage.alice.get
    assert len(column(get("/history/fills/"), "time")) == 3
    assert column(get("/history/fills/?coin=ETH"), "size") == ["1 ETH"]
    assert column(get("/history/fills/?side=sell"), "side") == ["Sell"]
    assert len(column(get("/history/fills/?from=2025-11-25&to=2025-11-25"), "time")) == 2
    assert len(column(get("/history/fills/?to=2025-11-24"), "time")) == 0
    odd = get("/history/fills/?side=up&from=yesterday&after=nonsense")
    assert "Not understood in the address: from=yesterday, side=up." in text(odd)
    assert len(column(odd, "time")) == 3
    assert "Nothing fits these filters." in text(get("/history/fills/?coin=DOGE"))


def test_days_that_were_asked_for_are_added_up(stage):
    stage.rounds(2)
    stage.keep(stage.her, funding("BTC", "-1.5", at=NIGHT + 5), funding("BTC", "0.25", at=NIGHT + 2 * DAY))
    page = text(stage.alice.get("/history/fills/?from=2025-11-25&to=2025-11-25"))
    assert "Fills 4 Volume $420.00 Price PnL +$20.00 of what was closed Fees $1.00 PnL after fees +$19.00" in page
    assert "Volume" not in text(stage.alice.get("/history/fills/?from=2025-11-25&side=buy"))
    assert "Volume" not in text(stage.alice.get("/history/fills/"))
    paid = text(stage.alice.get("/history/funding/?from=2025-11-25&to=2025-11-25"))
    assert "Payments 1 Funding −$1.50 received less paid" in paid


def test_funding_is_signed_and_in_the_collateral_of_its_dex(stage):
    stage.trader.buy("flx:GOLD", 1, 50, fee="0.4", fee_token="USDH")
    stage.keep(
        stage.her,
        funding("BTC", "-0.0000123", at=NIGHT + 1, szi="-2.5"),
        funding("flx:GOLD", 3, at=NIGHT + 2),
        funding("xyz:TSLA", 3, at=NIGHT + 3),
    )
    stage.alice.get("/history/")  # has the days of this zone summed
    page = stage.alice.get("/history/funding/")
    assert column(page, "gain") == ["+3.00 of collateral", "+3.00 USDH", "−$0.000012"]
    assert column(page, "size") == ["+1 TSLA", "+1 GOLD", "−2.5 BTC"]
    assert column(page, "rate") == ["+0.0100%"] * 3


def test_cash_flows_say_which_way_the_money_went_and_unknown_kinds_are_shown_as_they_came(stage):
    for n, row in enumerate(
        [
            ledger("deposit", usdc="1000"),
            ledger("withdraw", usdc="250", fee="1"),
            ledger("send", user=HERS, destination=HERS, token="USDC", amount="5"),
            ledger("subAccountTransfer", usdc="7", user=HIS, destination=HERS),
            ledger("brandNew", usdc="9", why="<i>"),
        ]
    ):
        sent = CashFlow.of_wire(stage.her.pk, row, 0)
        sent.time = NIGHT + n
        sent.save()
    page = stage.alice.get("/history/flows/")
    assert column(page, "kind") == [
        "brandNew unknown kind",
        "Sub-account transfer",
        "Sent own accounts",
        "Withdrawal",
        "Deposit",
    ]
    assert column(page, "gain") == ["—", "+$7.00", "$5.00", "−$250.00", "+$1,000.00"]
    assert column(page, "fee") == ["—", "—", "—", "$1.00", "—"]
    assert column(page, "text")[0] == "usdc: 9, why: <i>"
    assert column(page, "text")[1] == "from 0xd4d4…d4d4"
    assert column(stage.alice.get("/history/flows/?kind=deposit"), "gain") == ["+$1,000.00"]
    assert options(page, "kind")["brandNew"] == "brandNew"
    assert column(stage.alice.get("/history/flows/?kind=brandNew"), "kind") == ["brandNew unknown kind"]


def test_orders_say_what_became_of_them(stage):
    def order(oid: int, status: str, **changes) -> None:
        row = ClosedOrder.of_wire(stage.her.pk, wires.order(oid, status, NIGHT + oid), 0)
        for name, value in changes.items():
            setattr(row, name, value)
        row.save()

    order(1, "filled")
    order(2, "canceled", sz=D("0.3"), reduce_only=True)
    order(3, "minTradeNtlRejected", sz=D("0.5"))
    order(4, "selfTradeCanceled", trigger_px=D("83000"), trigger_condition="Price below 83000", tif="Gtc")
    order(5, "somethingNew")
    page = stage.alice.get("/history/orders/")
    assert column(page, "status") == [
        "SomethingNew",
        "Canceled: self trade",
        "Rejected: min trade ntl",
        "Canceled",
        "Filled",
    ]
    assert column(page, "size") == ["0.5 BTC", "0.5 BTC", "0.5 BTC", "0.5 BTC 40.0% filled", "0.5 BTC"]
    assert column(page, "side")[3] == "Buy reduce only"
    assert column(page, "trigger")[1] == "83,000 Price below 83000"
    assert column(stage.alice.get("/history/orders/?status=canceled"), "status") == [
        "Canceled: self trade",
        "Canceled",
    ]
    assert column(stage.alice.get("/history/orders/?status=rejected&side=buy"), "price") == ["84,000"]
    assert options(page, "status") == {
        "": "However ended",
        "filled": "Filled",
        "canceled": "Canceled",
        "rejected": "Rejected",
        "minTradeNtlRejected": "Rejected: min trade ntl",
        "selfTradeCanceled": "Canceled: self trade",
        "somethingNew": "SomethingNew",
    }
    for word in ("somethingNew", "selfTradeCanceled"):
        chosen = stage.alice.get(f"/history/orders/?status={word}")
        assert column(chosen, "status") == [options(page, "status")[word]]
        assert f'<option value="{word}" selected>' in chosen.content.decode()
    his = stage.bob.get("/history/orders/")
    assert len(options(his, "status")) == 4, "nobody learns what others have"
    never = stage.alice.get("/history/orders/?status=never%3Cb%3E")
    assert column(never, "status") == []
    assert '<option value="never&lt;b&gt;" selected>Never&lt;b&gt;</option>' in never.content.decode()


@pytest.mark.parametrize("name", LISTS)
def test_the_coverage_of_what_is_shown_is_drawn(stage, name):
    complete(HERS, start=NIGHT)
    stream = {"fills": "twaps", "funding": "fundings", "flows": "ledger", "orders": "orders"}[name]
    coverage.gap(f"{stream}:{HERS}", NIGHT + 1000, NIGHT + 61_000, "the <b>feed</b> did not run", NIGHT)
    page = text(stage.alice.get(f"/history/{name}/?wallet={HERS}&from=2025-11-24&to=2025-11-25"))
    assert "From 25 Nov 2025 00:00 to 26 Nov 2025 00:00: 1 gap." in page
    assert "25 Nov 2025 00:00 to 25 Nov 2025 00:01 (1 min): the <b>feed</b> did not run" in page
    both = text(stage.alice.get(f"/history/{name}/"))
    assert "Nothing is claimed to be complete." in both  # of the second wallet
    complete(SECOND)
    assert "From the very beginning to" in text(stage.alice.get(f"/history/{name}/"))


@pytest.mark.parametrize("name", ["", "trips/", *(f"{name}/" for name in LISTS)])
def test_a_strangers_address_is_answered_like_nobodys(stage, name):
    stage.rounds(1)
    stage.keep(stage.his)
    assert stage.bob.get(f"/history/{name}?wallet={HIS}").status_code == 200
    nobody = "0x" + "9" * 40
    theirs, nobodys = (stage.alice.get(f"/history/{name}?wallet={one}") for one in (HIS, nobody))
    assert theirs.status_code == nobodys.status_code == 404
    assert "Not among your wallets" in text(theirs)
    assert text(theirs) == text(nobodys).replace(nobody, HIS)
    assert stage.alice.get(f"/history/{name}?wallet=%3Cscript%3E").status_code == 404
    mine = stage.alice.get(f"/history/{name}")
    assert "His" not in text(mine).split()
    assert "+$10.00" not in text(mine)


@pytest.mark.parametrize("name", ["", "trips/", *(f"{name}/" for name in LISTS)])
def test_without_a_wallet_or_a_row_the_page_says_so(stage, cast, name):
    assert stage.alice.get(f"/history/{name}").status_code == 200
    Wallet.objects.filter(user=cast.alice).delete()
    page = text(stage.alice.get(f"/history/{name}"))
    assert "No wallet yet" in page


@pytest.mark.parametrize("name", LISTS)
def test_the_number_of_queries_does_not_depend_on_what_there_is(stage, name, django_assert_num_queries):
    """The user, wallets, accounts, rows, coverage, back-fill; words that can be chosen; the bell."""
    queries = 8 if name in ("flows", "orders") else 7
    address = f"/history/{name}/"
    stage.alice.get(address)  # the session is read once
    with django_assert_num_queries(queries):
        stage.alice.get(address)
    stage.rounds(100)
    stage.keep(stage.her, *(funding("BTC", 1, at=NIGHT + n) for n in range(100)))
    for n in range(100):
        Wallet.objects.create(user=stage.cast.alice, address=f"0x{n:040x}")
        ClosedOrder.of_wire(stage.her.pk, wires.order(n, time=NIGHT + n), 0).save()
        CashFlow.of_wire(stage.her.pk, ledger("deposit", time=NIGHT + n, usdc=str(n)), 0).save()
    complete(HERS)
    with django_assert_num_queries(queries):
        page = stage.alice.get(address)
    assert len(column(page, "time")) == 50


def test_a_wallet_whose_past_is_being_read_says_so_where_rows_are_still_to_come(stage):
    for stream, state in (("fills", "running"), ("ledger", "done")):
        BackfillProgress.objects.create(account=stage.her, stream=stream, state=state)
    BackfillProgress.objects.create(account=stage.second, stream="fills", state="running", since=NIGHT)
    assert "The past of Hers <b> is still being read" in text(stage.alice.get("/history/fills/"))
    assert "still being read" not in text(stage.alice.get("/history/flows/"))
    assert "still being read" not in text(stage.alice.get(f"/history/fills/?wallet={SECOND}"))


def test_of_many_wallets_whose_past_is_being_read_some_are_named(stage):
    for number in range(5):
        address = f"0x{number:040x}"
        Wallet.objects.put(stage.cast.alice, address, label=f"Number {number}")
        account = Account.objects.known([address], NIGHT)[address]
        BackfillProgress.objects.create(account=account, stream="fills", state="running")
    page = text(stage.alice.get("/history/fills/"))
    assert "The past of Number 0, Number 1, Number 2 and of 2 more is still being read" in page
