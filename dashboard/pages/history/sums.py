"""Totals over the tables of fills and funding: of the days that were asked for, from the sums of days.

They are shown only where they are of exactly the rows of the table: whole days, all sides and kinds.
"""

from collections.abc import Iterable
from typing import Any

from dashboard.pages.history.frame import Page
from dashboard.pages.history.statistics import at_present_prices, fees, figure, usd
from dashboard.pages.money import money
from snapshots.pnl.executions import dex_of
from snapshots.results import Earned, bring_up_to_date, collaterals, day_results, earned_by, money_of_coins


def fill_totals(page: Page) -> dict[str, Any]:
    """What the fills of these days earned; nothing without a beginning, which would add up a whole life."""
    one = earned_in(page)
    if one is None or not one.fills:
        return {}
    figures = [
        figure("Fills", f"{one.fills:,}"),
        figure("Volume", money(one.volume)),
        usd("Price PnL", one.price, "of what was closed"),
        fees(one.fees),
        usd("PnL after fees", one.price - one.fees, "without funding"),
    ]
    return {"totals": figures, "totals_note": at_present_prices(one.tokens | one.unpriced, page.scope.coins)}


def funding_totals(page: Page) -> dict[str, Any]:
    """What was paid and received on these days."""
    one = earned_in(page)
    if one is None or not one.payments:
        return {}
    figures = [figure("Payments", f"{one.payments:,}"), usd("Funding", one.funding, "received less paid")]
    return {"totals": figures, "totals_note": at_present_prices(one.tokens | one.unpriced, page.scope.coins)}


def earned_in(page: Page) -> Earned | None:
    """The sum of the days asked for; None if no first day was."""
    scope, query = page.scope, page.query
    if query.start is None:
        return None
    bring_up_to_date(scope.numbers, scope.times.name)
    rows = day_results(scope.numbers, scope.times.name, query.start, query.end, query.coin)
    tokens = money_of_coins(rows, scope.coins.pairs)
    return earned_by(rows, lambda row: "", tokens, scope.coins.price).get("")


def collaterals_of(page: Page, coins: Iterable[str]) -> dict[str, str]:
    """What perps of builder dexes are settled in, as far as it is known; one query if there are any."""
    wanted = {coin for coin in coins if dex_of(coin)}
    return collaterals(page.scope.numbers, page.scope.times.name, wanted) if wanted else {}
