"""One alert as a line of a list."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from alerts.models import Alert
from alerts.tags import apart
from dashboard.mirror import mirror
from dashboard.pages.alerts.live import Live, distance, live_of, value_of
from dashboard.pages.alerts.words import Words
from dashboard.pages.freshness import feed_now, stale
from dashboard.pages.history.times import Times
from exchange.rows import NONE

HOUR, DAY = 3_600_000, 86_400_000
SNOOZES = {"1h": ("1 h", HOUR), "4h": ("4 h", 4 * HOUR), "1d": ("1 day", DAY), "7d": ("7 days", 7 * DAY)}
MOST_TOPICS = 56
"""A socket may join 64; the page itself needs some."""
HAPPENS = "An occurrence has no value in between."
TOO_MANY = "This page follows as many figures as it can; open the alert to see this one."


@dataclass
class Line:
    """What ``_line.html`` shows; ``look`` fills in the figure as it stands now."""

    alert: Alert
    head: str
    rest: str
    state: str
    state_text: str
    counts: str
    fired: str
    live: Live | None
    value: str = NONE
    gap: str = ""
    holds: bool = False
    why_not: str = ""
    no_data: str = ""
    tags: list[str] = field(default_factory=list)

    def look(self, times: Times) -> None:
        """The figure, from what the mirror holds."""
        if self.live is None:
            self.why_not = self.why_not or HAPPENS
            return
        held = {topic: found.rows for topic in self.live.topics if (found := mirror.snapshot(topic))}
        self.value, number = value_of(self.live, held)
        threshold = float(self.alert.threshold)
        self.gap, self.holds = distance(self.alert.of, self.alert.side, threshold, number)
        self.no_data = silence(self.live, held, times)


def silence(live: Live, held: dict, times: Times) -> str:
    """``No data since …`` if what the figure comes from has been silent for too long."""
    status = mirror.status()
    if live.stream:
        if not stale(status, [live.stream]):
            return ""
        heard = (status["streams"].get(live.stream) or {}).get("last_received")
    else:
        now, rows = feed_now(status), [held.get(topic, {}).get("summary", {}) for topic in live.topics]
        known = [row.get("positions_at") for row in rows]
        heard = min((at for at in known if at), default=None) if all(known) else None
        if now and rows and heard and all(now - row["positions_at"] <= row["limit_ms"] for row in rows):
            return ""
    return f"No data since {times.near(heard)}" if heard else "No data yet"


def line_of(alert: Alert, words: Words) -> Line:
    """Everything but the live figure."""
    head, rest = words.sentence(alert)
    state, text = words.state(alert)
    kind = words.coins.rows.get(alert.coin, {}).get("kind", "perp")
    return Line(
        alert=alert,
        head=head,
        rest=rest,
        state=state,
        state_text=text,
        counts=words.counts_since(alert),
        fired=words.times.near(alert.fired_at) if alert.fired_at else "",
        live=live_of(alert, kind, list(words.wallets)),
        tags=apart(alert.tags),
    )


def topics_of(lines: Iterable[Line]) -> list[str]:
    """What has to be followed, each once. Lines that need more than a socket may join lose their figure."""
    found: dict[str, None] = {}
    for line in lines:
        wanted = found | dict.fromkeys(line.live.topics if line.live else ())
        if len(wanted) <= MOST_TOPICS:
            found = wanted
        else:
            line.live, line.why_not = None, TOO_MANY
    return list(found)
