"""What every page shows around its content: theme, network, and whether the numbers are live.

The first paint judges staleness as ``static/js/ages.js`` does afterwards: a stream is live only while the
feed speaks, is connected, and the stream's last frame is younger than its limit.
"""

import asyncio
import json
import logging
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from functools import cache, partial
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.templatetags.static import static

from accounts import demo
from alerts.models import Firing
from dashboard.mirror import mirror
from dashboard.pages.reader import reader_of
from monitoring import sentry
from monitoring.health import HEALTHY
from monitoring.monitor import monitor

log = logging.getLogger(__name__)

THEMES = ("dark", "light")
FEED_SILENT_MS = 5_000
"""The feed speaks every second; after this much silence nothing it said counts as live."""


def frame(request: HttpRequest) -> dict[str, Any]:
    """Context processor: ``frame`` for ``base.html``. Views name their streams in ``request.streams``."""
    return {"frame": Frame(request)}


class Frame:
    """Read by ``base.html``; nothing is worked out before it is asked for."""

    def __init__(self, request: Any) -> None:
        self._request, self.theme = request, theme_of(request)
        self.network = settings.CONFIG.hyperliquid_network
        self.simulated = self.network == "simulated"
        self.origin = settings.CONFIG.origin
        self._streams = getattr(request, "streams", ("prices",))
        self._status = mirror.status()
        self.reader = partial(reader_of, request)

    @property
    def demo_names(self) -> list[str]:
        """Users of the demo that the sign-in page names; one query on the simulated network."""
        return demo.names()

    @property
    def demo_password(self) -> str:
        """What they all sign in with."""
        return demo.PASSWORD

    @property
    def errors(self) -> dict[str, Any] | None:
        """What errors of scripts are reported with; None if they are not."""
        about = sentry.page()
        return about and {**about, "bundle": bundle(about["bundle"])}

    @property
    def unacknowledged(self) -> int | None:
        """Firings that the user has not acknowledged; one query, unless the middleware has asked already.

        None if the database cannot say.
        """
        request = self._request
        if not hasattr(request, "unacknowledged"):
            is_somebody = getattr(request, "user", None) is not None and request.user.is_authenticated
            may_ask = is_somebody and not _on_event_loop()  # such as a page that says "too many requests"
            request.unacknowledged = Firing.objects.count_unacknowledged(request.user) if may_ask else 0
        found: int | None = request.unacknowledged
        return found

    @property
    def trouble(self) -> str:
        """``degraded`` or ``unhealthy``, or nothing: by what this process measured last."""
        status = monitor.measured.status(monitor.clock.now_ms()) if monitor.measured else HEALTHY
        return "" if status == HEALTHY else status

    @property
    def has_status(self) -> bool:
        """Whether the reader may open the status page."""
        user = getattr(self._request, "user", None)
        return user is not None and may_read_status(user)

    @property
    def other_theme(self) -> str:
        """What the button without script changes to."""
        return "light" if self.theme == "dark" else "dark"

    @property
    def now(self) -> int | None:
        """The feed's time now, Unix ms; None before it has spoken."""
        return feed_now(self._status)

    @property
    def at(self) -> str:
        """The feed's time as people read it."""
        return clock_text(self.now)

    @property
    def stale(self) -> str:
        """Kinds of this page's streams that are not live, for ``data-stale``."""
        return " ".join(stream.partition(":")[0] for stream in stale(self._status, self._streams))

    @property
    def alarm(self) -> str:
        """One sentence on what is wrong with the numbers, or nothing."""
        return alarm(self._status, self._streams)

    @property
    def status_json(self) -> str:
        """Rows of ``status`` and the feed's age in ms, so that a script can judge before its socket is open."""
        status = self._status
        rows = {**status["streams"], "feed": status["feed"]} if status["feed"] else {}
        return json.dumps({"age": status["age"], "rows": rows}, separators=(",", ":"))


def may_read_status(user: Any) -> bool:
    """Whom ``STATUS_PAGE`` lets in; staff always."""
    allowed = settings.CONFIG.status_page
    return allowed == "public" or is_staff(user) or (allowed == "signed-in" and user.is_authenticated)


def is_staff(user: Any) -> bool:
    """Whether he may read details of how the site runs."""
    return bool(user.is_active and user.is_staff)


@cache
def bundle(name: str) -> str:
    """Where browsers get it, or nothing if `npm run bundles` was forgotten before static files were collected."""
    try:
        return static(name)
    except ValueError:
        log.warning("errors of scripts are not reported: %s is missing, see docs/errors.md", name)
        return ""


def _on_event_loop() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


def theme_of(request: HttpRequest) -> str:
    """What this browser chose last, else what its user did; nothing: as the system has it."""
    chosen = (request.COOKIES.get("theme"), getattr(getattr(request, "user", None), "theme", ""))
    return next((theme for theme in chosen if theme in THEMES), "")


def feed_now(status: Mapping[str, Any]) -> int | None:
    """The feed's time now, Unix ms: its last word and the time since; None before it has spoken."""
    feed, age = status["feed"], status["age"]
    return None if feed is None or age is None else feed["now"] + int(age)


def clock_text(ms: int | None) -> str:
    """``12:03:15``, UTC, or a dash."""
    return "—" if ms is None else f"{datetime.fromtimestamp(ms / 1000, UTC):%H:%M:%S}"


def stale(status: Mapping[str, Any], streams: Iterable[str]) -> list[str]:
    """Those of the streams whose values must not be shown as live."""
    now = feed_now(status)
    if now is None or status["age"] > FEED_SILENT_MS:
        return list(streams)
    return [stream for stream in streams if not _is_live(status, status["streams"].get(stream), now)]


def _is_live(status: Mapping[str, Any], row: Mapping[str, Any] | None, now: int) -> bool:
    if row is None or row["state"] == "stale":
        return False
    if row["limit_ms"] is None:
        return bool(status["feed"]["connected"])
    return row["last_received"] is not None and now - row["last_received"] <= row["limit_ms"]


def alarm(status: Mapping[str, Any], streams: Iterable[str]) -> str:
    """One sentence on what is wrong with the numbers, or nothing."""
    feed, now = status["feed"], feed_now(status)
    if feed is None or now is None:
        return "Waiting for the feed: no data has come yet."
    if status["age"] > FEED_SILENT_MS:
        return f"Stale: the feed has been silent since {clock_text(feed['now'])} UTC."
    if not feed["connected"]:
        since = f" since {clock_text(feed['since'])} UTC" if feed["since"] else ""
        return f"Reconnecting to the exchange{since}. The numbers shown are older."
    late = stale(status, streams)
    return f"Stale: no fresh {', '.join(stream.partition(':')[0] for stream in late)}." if late else ""
