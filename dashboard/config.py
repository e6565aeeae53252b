"""Every configuration variable, declared once, read once, frozen.

``config_load.load()`` reads the environment and the file ``.env`` beside ``manage.py`` (the environment
wins) and raises one ``ConfigurationError`` that names everything that is wrong. Code reads
``settings.CONFIG``. ``docs/configuration.md`` is this declaration as a table; a test compares them.
"""

from dataclasses import dataclass
from pathlib import Path

from dashboard.config_alerts import Alerts
from dashboard.config_backup import Backup
from dashboard.config_exchange import Exchange
from dashboard.config_operations import Operations
from dashboard.config_site import Site
from dashboard.config_storage import Storage
from dashboard.config_variable import ConfigurationError
from exchange.budget import Limits

__all__ = ["ROOT", "Config", "ConfigurationError"]

ROOT = Path(__file__).resolve().parent.parent


# A dataclass takes the fields of its last base first: the order of docs/configuration.md.
@dataclass(frozen=True, kw_only=True)
class Config(Backup, Operations, Alerts, Storage, Exchange, Site):
    """What the environment decides. A field's variable is its name in capitals."""

    @property
    def var(self) -> Path:
        """The folder ``VAR_DIR``, absolute."""
        return ROOT / self.var_dir

    @property
    def backups(self) -> Path:
        """The folder of backups, absolute."""
        return ROOT / self.backup_dir if self.backup_dir else self.var / "backups"

    @property
    def origin(self) -> str:
        """``SITE_URL``, without a path; at a desk the address that the web server listens on."""
        everywhere = self.host in ("0.0.0.0", "::", "")  # noqa: S104 - compared, not bound
        host = "localhost" if everywhere else f"[{self.host}]" if ":" in self.host else self.host
        return (self.site_url or f"http://{host}:{self.port}").rstrip("/")

    @property
    def exchange_limits(self) -> Limits:
        """What this installation may ask of the exchange."""
        return Limits(
            weight=self.hyperliquid_max_weight,
            opens=self.hyperliquid_max_opens,
            messages=self.hyperliquid_max_messages,
            sockets=self.hyperliquid_max_sockets,
            subscriptions=self.hyperliquid_max_subscriptions,
            users=self.hyperliquid_max_users,
            posts=self.hyperliquid_max_posts,
        )
