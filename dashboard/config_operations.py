"""Configuration variables: how the installation is run and watched."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Operations:
    """How the installation is run and watched."""
