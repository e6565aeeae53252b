"""Configuration variables: how the installation is run and watched."""

from dataclasses import dataclass
from functools import partial

from dashboard.config_variable import variable

health = partial(variable, section="Health")
stopping = partial(variable, section="Stopping")


@dataclass(frozen=True, kw_only=True)
class Operations:
    """How the installation is run and watched."""

    disk_low_mb: int = health(
        1024,
        "Free MB where this machine keeps files (`VAR_DIR`, the SQLite file) below which health is degraded.",
        low=0,
    )
    disk_full_mb: int = health(100, "Free MB below which the disk counts as full.", low=0)
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
