"""Configuration variables: how the installation is run and watched."""

from dataclasses import dataclass
from functools import partial

from dashboard.config_variable import variable

watching = partial(variable, section="Watching")


@dataclass(frozen=True, kw_only=True)
class Operations:
    """How the installation is run and watched."""

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
