"""Configuration variables: how the installation is run and watched."""

from dataclasses import dataclass
from functools import partial

from dashboard.config_variable import variable

stopping = partial(variable, section="Stopping")


@dataclass(frozen=True, kw_only=True)
class Operations:
    """How the installation is run and watched."""

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
