"""Configuration variables: how the installation is run and watched."""

from dataclasses import dataclass
from functools import partial

from dashboard.config_variable import variable

health = partial(variable, section="Health")


@dataclass(frozen=True, kw_only=True)
class Operations:
    """How the installation is run and watched."""

    disk_low_mb: int = health(
        1024,
        "Free MB where this machine keeps files (`VAR_DIR`, the SQLite file) below which health is degraded.",
        low=0,
    )
    disk_full_mb: int = health(100, "Free MB below which the disk counts as full.", low=0)
