"""Error reports and traces to Sentry, from every process, if ``SENTRY_DSN`` is set (docs/errors.md).

Without it ``sentry_sdk`` is not even imported. What is sent has gone through ``monitoring/sentry_events.py``.
Background errors need nothing here: whatever a loop catches it logs as an error, and what it logs so is reported.

Of the SDK's integrations those are used that tell more about an error. Left out are those that would send what is
not needed (command lines, installed packages), send headers to other servers (outgoing HTTP), make a breadcrumb of
each Redis command (the feed sends dozens a second), or report errors of tasks that somebody awaits and handles
(asyncio); a task that nobody awaits has its error logged by asyncio itself.
"""

import logging
import time
from collections.abc import Mapping
from typing import Any

from django.conf import settings

from monitoring import tracing
from monitoring.sentry_events import clean

log = logging.getLogger(__name__)

FLUSH_S = 2.0
OURS = ["exchange", "accounts", "snapshots", "alerts", "monitoring", "dashboard"]
UNTRACED = ("/api/health", "/static/", "/metrics", "/favicon")
"""Asked for again and again by machines."""
MOST_FOLLOWED = 600


def start(process: str) -> bool:
    """Report errors of this process (``web``, ``feed`` …) from now on, if ``SENTRY_DSN`` is set; whether it is."""
    config = settings.CONFIG
    if not config.sentry_dsn or tracing.is_on():
        return tracing.is_on()
    import sentry_sdk

    sentry_sdk.init(
        dsn=config.sentry_dsn,
        environment=config.sentry_environment or config.environment,
        release=release(),
        server_name=process,
        integrations=_integrations(),
        default_integrations=False,
        auto_enabling_integrations=False,
        before_send=clean,
        before_send_transaction=clean,
        traces_sampler=Sampler(config.sentry_traces_sample_rate),
        trace_propagation_targets=[],
        send_default_pii=False,
        max_request_body_size="never",
        max_breadcrumbs=50,
        auto_session_tracking=False,
        enable_backpressure_handling=False,
        shutdown_timeout=FLUSH_S,
        in_app_include=OURS,
    )
    scope = sentry_sdk.get_global_scope()
    scope.set_tag("process", process)
    scope.set_tag("network", config.hyperliquid_network)
    tracing.use(sentry_sdk)
    log.info("errors of %s are reported", process)
    return True


def release() -> str:
    """What runs: the version, and the commit if it is known."""
    commit = settings.CONFIG.sentry_commit
    return f"hyperliquid-dashboard@{settings.VERSION}{f'+{commit}' if commit else ''}"


def flush() -> None:
    """Send what waits, for two seconds at most: blocks, so not on the event loop."""
    if tracing.is_on():
        import sentry_sdk

        sentry_sdk.flush(FLUSH_S)


def page() -> dict[str, Any] | None:
    """What a page needs to report errors of its scripts; None while reports are off."""
    if not tracing.is_on():
        return None
    config = settings.CONFIG
    is_production = config.environment == "production"
    session = config.sentry_replays_session_sample_rate if is_production else 0
    on_error = config.sentry_replays_on_error_sample_rate if is_production else 0
    return {
        "dsn": config.sentry_dsn,
        "environment": config.sentry_environment or config.environment,
        "release": release(),
        "traces": config.sentry_traces_sample_rate,
        "replay_session": session,
        "replay_error": on_error,
        "bundle": "vendor/sentry-replay.js" if session or on_error else "vendor/sentry.js",
        **tracing.marks(),
    }


def _integrations() -> list[Any]:
    from sentry_sdk.integrations.atexit import AtexitIntegration
    from sentry_sdk.integrations.dedupe import DedupeIntegration
    from sentry_sdk.integrations.django import DjangoIntegration
    from sentry_sdk.integrations.excepthook import ExcepthookIntegration
    from sentry_sdk.integrations.logging import LoggingIntegration
    from sentry_sdk.integrations.threading import ThreadingIntegration

    return [
        DjangoIntegration(middleware_spans=False, signals_spans=False, cache_spans=False),
        LoggingIntegration(level=logging.INFO, event_level=logging.ERROR),
        ExcepthookIntegration(),
        ThreadingIntegration(propagate_scope=False),
        DedupeIntegration(),
        AtexitIntegration(callback=lambda pending, timeout: None),
    ]


class Sampler:
    """Which journeys are traced. One that is under way goes on as it began; but a browser says so, and anybody may
    say anything, so that ``MOST_FOLLOWED`` a minute are taken at their word."""

    def __init__(self, rate: float) -> None:
        self.rate = rate
        self._minute = self._followed = 0

    def __call__(self, about: Mapping[str, Any]) -> float:
        """The probability with which it is traced, as the SDK asks."""
        if about.get("asgi_scope", {}).get("path", "").startswith(UNTRACED):
            return 0.0
        if (parent := about.get("parent_sampled")) is None:
            return self.rate
        return float(bool(parent) and self._may_follow())

    def _may_follow(self) -> bool:
        minute = int(time.monotonic() // 60)
        if minute != self._minute:
            self._minute, self._followed = minute, 0
        self._followed += 1
        return self._followed <= MOST_FOLLOWED
