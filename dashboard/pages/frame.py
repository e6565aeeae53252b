"""What every page shows around its content: theme, network, and whether the numbers are live."""

import asyncio
import json
import logging
from functools import cache, partial
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.templatetags.static import static

from accounts import demo
from alerts.models import Firing
from dashboard.mirror import mirror
from dashboard.pages.freshness import alarm, clock_text, feed_now, stale
from dashboard.pages.reader import reader_of
from monitoring import sentry
from monitoring.health import HEALTHY
from monitoring.monitor import monitor

log = logging.getLogger(__name__)

THEMES = ("dark", "light")


def frame(request: HttpRequest) -> dict[str, Any]:
    """Context processor: ``frame`` for ``base.html``. Views name their streams in ``request.streams``."""
    return {"frame": Frame(request)}


class Frame:
    """Read by ``base.html``; nothing is worked out before it is asked for."""

    def __init__(self, request: Any) -> None:
        self._request, self.theme = request, theme_of(request)
        config = settings.CONFIG
        self.network, self.origin = config.hyperliquid_network, config.origin
        self.simulated = self.network == "simulated"
        self.takes_sign_ups, self.prints_mail = config.sign_up == "open", not config.email_url
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
        return alarm(self._status, self._streams, self.has_numbers)

    @property
    def has_numbers(self) -> bool:
        """Whether any market was ever heard of here: if not, no number that could be old is on the page."""
        markets = mirror.snapshot("markets")
        return markets is not None and bool(markets.rows)

    @property
    def status_json(self) -> str:
        """Rows of ``status``, the feed's age in ms, ``has_numbers``: what scripts judge by before their socket."""
        status = self._status
        rows = {**status["streams"], "feed": status["feed"]} if status["feed"] else {}
        return json.dumps(
            {"age": status["age"], "rows": rows, "has_numbers": self.has_numbers}, separators=(",", ":")
        )


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
