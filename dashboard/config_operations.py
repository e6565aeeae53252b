"""Configuration variables: how the installation is run and watched."""

from dataclasses import dataclass
from functools import partial

from dashboard.config_variable import variable

health = partial(variable, section="Health")
stopping = partial(variable, section="Stopping")
errors = partial(variable, section="Error reports")
watching = partial(variable, section="Watching")


@dataclass(frozen=True, kw_only=True)
class Operations:
    """How the installation is run and watched."""

    disk_low_mb: int = health(
        1024,
        "Free MB where this machine keeps files (`VAR_DIR`, the SQLite file) below which health is degraded.",
        low=0,
    )
    disk_full_mb: int = health(100, "Free MB below which the disk counts as full.", low=0)
    retention_health_days: int = health(
        7,
        "Days for which each measurement of each service, one in ten seconds, is kept; 0 keeps them for ever.",
        low=0,
    )
    retention_health_rollups_days: int = health(
        400,
        "Days for which their sums by hour and day and the incidents are kept (by minute 30 at most); 0 keeps "
        "them for ever.",
        low=0,
    )
    status_page: str = health(
        "public", "Who may open the page `/status/`.", choices=("public", "signed-in", "staff")
    )
    shutdown_drain_seconds: float = stopping(
        0.0,
        "Seconds for which a process that is told to stop still takes requests after `/api/health/ready` has said "
        "no: behind a load balancer a little more than the time in which that notices.",
        low=0.0,
        high=600.0,
    )
    shutdown_timeout_seconds: float = stopping(
        25.0,
        "Seconds in which all of stopping, draining too, has to be done, else the process ends with exit code 1: "
        "less than the time after which Docker, Kubernetes or systemd kills.",
        low=1.0,
        high=3600.0,
    )
    sentry_dsn: str = errors(
        "",
        "Where errors and traces are reported: the DSN of a project at Sentry, or at a server that speaks its "
        "protocol; empty means nowhere.",
        schemes=("https", "http"),
        secret=True,
    )
    sentry_environment: str = errors("", "Name of this installation in reports; empty means `ENVIRONMENT`.")
    sentry_commit: str = errors("", "Commit that runs, for the release in reports; the version is in it anyway.")
    sentry_traces_sample_rate: float = errors(0.1, "Share of requests that are traced.", low=0, high=1)
    sentry_replays_session_sample_rate: float = errors(
        0.1, "Share of visits that are recorded, masked; in production only.", low=0, high=1
    )
    sentry_replays_on_error_sample_rate: float = errors(
        1.0,
        "Share of visits of which the minute before an error is sent, masked; in production only.",
        low=0,
        high=1,
    )
    log_format: str = watching(
        "auto",
        "How lines of the log are written: JSON objects, or lines for people; `auto` is `json` in production.",
        choices=("auto", "json", "line"),
    )
    metrics_token: str = watching(
        "",
        "Whoever shows it (`Authorization: Bearer …`) may read `/metrics`; 16 characters at least.",
        secret=True,
    )
    metrics_networks: tuple[str, ...] = watching(
        (),
        "Addresses or networks that may read `/metrics` without a token. With neither of the two set, this "
        "machine alone may.",
    )
    metrics_port: int = watching(
        0, "Port on which `feed` and `deliver` answer `/metrics`; 0: on none.", low=0, high=65535
    )
    metrics_host: str = watching("127.0.0.1", "Address on which they do so.")
