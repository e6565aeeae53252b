"""The lines of the health page, each worked out of what was measured. Nothing here measures or waits."""

from monitoring.disk import Disk
from monitoring.health import Service, Upstream
from monitoring.line import DEGRADED, DOWN, NOT_USED, UNKNOWN, UP, Line
from monitoring.told import GONE_MS, LATE_MS, Told

NO_ANSWER = "it does not answer"
CANNOT_ASK = "the database cannot be asked"
NOT_HEARD = "the feed is not heard"


def seconds(ms: float) -> str:
    """``7 s`` · ``12 min`` · ``30 h``."""
    if ms < 120_000:
        return f"{ms / 1000:.0f} s"
    return f"{ms / 60_000:.0f} min" if ms < 7_200_000 else f"{ms / 3_600_000:.0f} h"


def server_line(name: str, service: Service) -> Line:
    """The database or Redis: configured or not, and whether it answered."""
    if not service.available:
        return Line(name, NOT_USED, "none is configured")
    if not service.connected:
        return Line(name, DOWN, NO_ANSWER, detail=service.why)
    return Line(name, UP, latency=service.latency)


def replica_line(service: Service) -> Line:
    """The second database, from which is only read: not where it says why it should not be."""
    line = server_line("replica", service)
    if line.state != UP:
        return line
    reason = f"it {service.why}" if service.why else ""
    figures = {} if service.lag is None else {"lag": service.lag}
    return Line("replica", DEGRADED if reason else UP, reason, service.latency, figures=figures)


def websocket_line(upstream: Upstream) -> Line:
    """The feed's socket to the exchange."""
    if not upstream.is_heard:
        return Line("websocket", UNKNOWN, NOT_HEARD)
    if not (upstream.socket_connected or upstream.was_connected):
        return Line("websocket", UNKNOWN, "it is being opened for the first time")
    if not upstream.socket_connected:
        return Line("websocket", DOWN, "the feed has no connection", detail=upstream.reason)
    if upstream.silence is not None and upstream.silence > LATE_MS:
        state = DOWN if upstream.silence > GONE_MS else DEGRADED
        return Line("websocket", state, f"it is open, but nothing has come for {seconds(upstream.silence)}")
    if upstream.stale:
        return Line("websocket", DEGRADED, f"silent: {', '.join(upstream.stale)}")
    return Line("websocket", UP)


def api_line(upstream: Upstream) -> Line:
    """The exchange's REST."""
    if not upstream.is_heard:
        return Line("hyperliquidApi", UNKNOWN, NOT_HEARD)
    if not upstream.was_asked:
        return Line("hyperliquidApi", UNKNOWN, "it has not been asked of late")
    if not upstream.api_reachable:
        return Line("hyperliquidApi", DOWN, NO_ANSWER)
    return Line("hyperliquidApi", UP, latency=upstream.api_latency)


def feed_line(upstream: Upstream, told: Told, now: int, redis: Service) -> Line:
    """Whether a feed leads, and is heard here."""
    figures = {"age": upstream.age, "epoch": upstream.epoch, "lag": upstream.lag, "lease": told.leader}
    if upstream.is_heard:
        return Line("feed", UP, figures=figures)
    state, reason = _silent_feed(upstream, told, now, redis)
    return Line("feed", state, reason, figures=figures)


def _silent_feed(upstream: Upstream, told: Told, now: int, redis: Service) -> tuple[str, str]:
    """Nothing is heard: the lease says whether anybody is there."""
    if now - told.at > LATE_MS:
        return UNKNOWN, f"it is not heard, and {CANNOT_ASK} who leads"
    if told.leads_until <= now:
        return DOWN, _leaderless(told, now)
    if redis.available and not redis.connected:
        return UP, "one leads; it cannot be heard here while Redis is away"
    if upstream.age is None:
        return UNKNOWN, "one leads; it has not been heard here yet"
    return DEGRADED, f"one leads, but nothing of it has come here for {seconds(upstream.age)}"


def _leaderless(told: Told, now: int) -> str:
    """For how long, where that is known: a lease that was given back does not say when."""
    if told.leads_until:
        return f"none has led for {seconds(now - told.leads_until)}"
    return "the last one that led has stopped" if told.leader else "none has ever led"


def _by_age(name: str, age: int, doing: str) -> Line:
    """Of what should do something every second or two."""
    if age > LATE_MS:
        return Line(name, DOWN if age > GONE_MS else DEGRADED, f"{doing} for {seconds(age)}")
    return Line(name, UP)


def evaluator_line(told: Told, now: int) -> Line:
    """Whether alerts are evaluated."""
    alerts = told.alerts
    if now - told.at > LATE_MS:
        return Line("evaluator", UNKNOWN, CANNOT_ASK)
    if alerts.evaluator_lag is None:
        return Line("evaluator", NOT_USED, "nobody has evaluated alerts here yet")
    line = _by_age("evaluator", alerts.evaluator_lag, "no round was completed")
    if line.state == UP and alerts.trouble:
        line = Line("evaluator", DEGRADED, "some alerts cannot be evaluated", detail=alerts.trouble)
    return _with(line, alerts.as_json()["evaluator"])


def deliverer_line(told: Told, now: int) -> Line:
    """Whether messages of alerts are sent."""
    alerts = told.alerts
    if now - told.at > LATE_MS:
        return Line("deliverer", UNKNOWN, CANNOT_ASK)
    if alerts.delivered_at is None:
        if alerts.evaluator_lag is None and not alerts.is_late:
            return Line("deliverer", NOT_USED, "nobody has evaluated alerts here yet")
        line = Line("deliverer", DOWN, "none is running")
    else:
        line = _by_age("deliverer", max(0, alerts.at - alerts.delivered_at), "none was heard of")
    if line.state == UP and alerts.is_delivery_late:
        line = Line("deliverer", DEGRADED, f"a message has waited for {seconds(alerts.deliverer_lag)}")
    return _with(line, alerts.as_json()["deliverer"])


def snapshots_line(told: Told, now: int) -> Line:
    """Whether history is written."""
    beat = told.beats.get("snapshots")
    if now - told.at > LATE_MS:
        return Line("snapshots", UNKNOWN, CANNOT_ASK)
    if beat is None:
        return Line("snapshots", NOT_USED, "nobody has recorded anything here yet")
    line = _by_age("snapshots", max(0, told.at - beat.at), "nothing was written")
    return _with(line, {"lag": max(0, told.at - beat.at), **beat.detail})


def disk_line(disks: list[Disk] | None, low_mb: int, full_mb: int) -> Line:
    """Whether there is room for what this machine keeps itself. None: the file system does not answer."""
    if disks is None:
        return Line("disk", DOWN, NO_ANSWER)
    if not disks:
        return Line("disk", NOT_USED, "nothing is kept on a disk of this machine")
    worst = min(disks, key=lambda one: (not one.is_read_only, one.free_mb))
    figures = {"folder": str(worst.folder), "freeMb": worst.free_mb, "totalMb": worst.total_mb}
    if worst.is_read_only:
        return Line("disk", DOWN, "it cannot be written", figures=figures)
    if worst.free_mb >= low_mb:
        return Line("disk", UP, figures=figures)
    state = DOWN if worst.free_mb < full_mb else DEGRADED
    return Line("disk", state, f"{worst.free_mb} MB are free", figures=figures)


def _with(line: Line, figures: dict[str, object]) -> Line:
    return Line(line.service, line.state, line.reason, line.latency, line.detail, figures)
