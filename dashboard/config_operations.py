"""Configuration variables: how the installation is run and watched."""

from dataclasses import dataclass
from functools import partial

from dashboard.config_variable import variable

errors = partial(variable, section="Error reports")


@dataclass(frozen=True, kw_only=True)
class Operations:
    """How the installation is run and watched."""

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
