"""What a portfolio page is asked for: ``?at=2026-11-24T14:03`` a past moment, ``?range=7d&curve=pnl`` a chart."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from dashboard.pages.history.times import Times
from dashboard.pages.moment import field_text, read_moment

DAY = 24 * 3_600_000
RANGES = {"1d": ("24 h", DAY), "7d": ("7 days", 7 * DAY), "30d": ("30 days", 30 * DAY), "all": ("All", None)}
"""Range → (its name, length in ms; None: the whole record)."""
CURVES = {"equity": "Equity", "pnl": "PnL"}
USUAL = {"range": "7d", "curve": "equity"}


@dataclass(frozen=True, slots=True)
class PortfolioQuery:
    """``at`` is Unix ms, None: now. ``misread`` are the parts that mean nothing and count as not given."""

    times: Times
    at: int | None = None
    range: str = USUAL["range"]
    curve: str = USUAL["curve"]
    misread: tuple[str, ...] = ()

    @classmethod
    def of(cls, given: Mapping[str, str], times: Times) -> "PortfolioQuery":
        """From an address. A moment that has not come yet is none."""
        text = given.get("at", "").strip()
        at = read_moment(text, times.zone) if text else None
        misread = []
        if text and (at is None or not 0 < at <= times.now):
            misread.append(
                f"at={text[:40]}" + (" (it has not come yet)" if at is not None and at > times.now else "")
            )
            at = None
        chosen = {}
        for name, known, usual in (("range", RANGES, USUAL["range"]), ("curve", CURVES, USUAL["curve"])):
            value = given.get(name) or usual
            if value not in known:
                misread.append(f"{name}={value[:40]}")
            chosen[name] = value if value in known else usual
        return cls(times, at, chosen["range"], chosen["curve"], tuple(misread))

    def address(self, **changes: str) -> str:
        """``?…`` of this query with some parts changed; defaults are left out."""
        parts = {
            "at": field_text(self.at, self.times.zone) if self.at is not None else "",
            "range": self.range,
            "curve": self.curve,
            **changes,
        }
        said = urlencode({name: value for name, value in parts.items() if value and value != USUAL.get(name)})
        return f"?{said}"

    def kept(self) -> list[tuple[str, str]]:
        """What a form that asks for another moment has to repeat."""
        chosen = {"range": self.range, "curve": self.curve}
        return [(name, value) for name, value in chosen.items() if value != USUAL[name]]

    def start(self, end: int, began: int | None) -> int:
        """Where the chart begins: so long before ``end``, but not before the record: a young one fills it."""
        length = RANGES[self.range][1]
        if began is None:
            return end - (length or DAY)
        return max(began, end - length) if length is not None else began
