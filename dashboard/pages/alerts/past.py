"""Preview on pages: what a rule would have done in the last days, by the machine that runs live.

Prices are told by the exchange's candles and funding by its hourly payments, asked for within the budget and kept
in the cache for everybody. Of other figures no past is kept that a rule could be shown; the page says so.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from alerts.figure import Seen
from alerts.metrics.coin import OVER_TIME
from alerts.models import Alert
from alerts.preview import Episode, Outcome, candle_path, change_path, preview, without_hysteresis
from dashboard.history import NoHistory, history
from dashboard.pages.history.times import Times, duration
from dashboard.pages.money import MINUS
from exchange.figures import HOURS_A_YEAR
from exchange.info import INTERVAL_MS
from exchange.spans import span

HOUR, DAY = 3_600_000, 86_400_000
ASKED_DAYS = (1, 7, 30)
FINENESS = ("1m", "5m", "15m", "1h")
MOST_BARS = 3_600
"""Of one preview: a call of weight 80, and an answer that is worked through in a second."""
COARSE = 4
"""A window of fewer candles than this is told roughly."""
PATIENCE_S = 6.0
PRICES = ("mark", "mid", "last")
RATES = {"funding": Decimal(100), "funding_apr": Decimal(100 * HOURS_A_YEAR), "funding_sign": Decimal(0)}
SHOWN = 20
NO_PAST = "No past of this figure is kept, so it cannot be tried out: candles have prices only."


@dataclass(frozen=True, slots=True)
class Told:
    """``trouble`` says why there is nothing; else how often it would have fired, with and without hysteresis."""

    days: int
    start: int = 0
    end: int = 0
    trouble: str = ""
    outcome: Outcome | None = None
    plain: Outcome | None = None
    source: str = ""
    times: Times | None = None

    @property
    def known(self) -> str:
        """The share of the time with data."""
        return f"{self.outcome.known * 100:.1f} %" if self.outcome else ""

    @property
    def newest(self) -> list[dict[str, str]]:
        """The last firings: when, at what, for how long."""
        episodes = self.outcome.episodes if self.outcome else ()
        return [self._line(one) for one in reversed(episodes[-SHOWN:])]

    @property
    def more(self) -> int:
        """Firings that are not listed."""
        return max(0, len(self.outcome.episodes) - SHOWN) if self.outcome else 0

    def _line(self, one: Episode) -> dict[str, str]:
        times = self.times or Times("UTC", self.end)
        length = duration(one.ended - one.began) if one.ended else "still so at the end"
        return {
            "at": times.near(one.began),
            "value": f"{one.value:,.6g}".replace("-", MINUS) if one.value is not None else "—",
            "length": length,
        }


def days_of(text: str) -> int:
    """1, 7 or 30; a day unless said otherwise."""
    return next((days for days in ASKED_DAYS if text == str(days)), 1)


async def previewed(alert: Alert, days: int, times: Times) -> Told:
    """The rule over the last days; never raises."""
    start, end = times.now - days * DAY, times.now
    try:
        async with asyncio.timeout(PATIENCE_S):
            path, source = await past_of(alert, days)
    except TimeoutError:
        return Told(days, trouble="The exchange has not answered yet; try again in a moment.")
    except NoHistory as none:
        return Told(days, trouble=str(none))
    outcome, plain = await asyncio.to_thread(both, alert, path, start, end)
    return Told(days, start, end, "", outcome, plain, source, times)


def both(alert: Alert, path: Sequence[Seen], start: int, end: int) -> tuple[Outcome, Outcome | None]:
    """With hysteresis, and without it if there is any."""
    rule = alert.rule
    plain = preview(without_hysteresis(rule), path, start, end) if rule.recovery is not None else None
    return preview(rule, path, start, end), plain


async def past_of(alert: Alert, days: int) -> tuple[list[Seen], str]:
    """What was seen, and where that comes from; NoHistory."""
    if alert.metric in RATES:
        paid = await history.funding(alert.coin)
        return rates(alert.metric, paid.rows), "hourly payments of funding, of 7 days"
    base, how = OVER_TIME.get(alert.metric, ("", ""))
    if alert.metric not in PRICES and base != "mark":
        raise NoHistory(NO_PAST)
    interval, count = bars_of(days, alert.window)
    past = await history.bars(alert.coin, interval, count)
    path: Any = candle_path(past.rows)
    if how:
        path = change_path(path, alert.window, how)
    is_rough = how and alert.window < COARSE * INTERVAL_MS[interval]
    rough = f", which tell little of what happens within {span(alert.window)}" if is_rough else ""
    problem = f". {past.problem.rstrip(chr(46))}" if past.problem else ""
    return list(path), f"candles of {interval}{rough}{problem}"


def bars_of(days: int, window: int) -> tuple[str, int]:
    """The finest interval and how many candles of it: so few kinds that those of one coin are asked for once."""
    before = 0 if not window else DAY if window <= DAY else 7 * DAY
    for interval in FINENESS:
        count = (days * DAY + before) // INTERVAL_MS[interval] + 1
        if count <= MOST_BARS:
            break
    return interval, count


def rates(metric: str, rows: Sequence[Any]) -> list[Seen]:
    """Payments as what stood during the hour before each of them."""

    def value(rate: Decimal) -> Decimal:
        return Decimal((rate > 0) - (rate < 0)) if metric == "funding_sign" else rate * RATES[metric]

    path = [Seen(row.time - HOUR, value(row.funding_rate)) for row in rows]
    return [*path, Seen(rows[-1].time, None)] if rows else []
