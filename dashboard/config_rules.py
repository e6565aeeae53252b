"""What must hold between variables, and what an installation in production must not do."""

import base64
import binascii
import os
import re
import secrets
from collections.abc import Callable
from dataclasses import replace
from ipaddress import ip_network
from pathlib import Path
from urllib.parse import urlsplit

from dashboard.config import Config
from dashboard.config_transport import is_everybody, transport_errors, trusted_errors

SHORTEST_KEY = 50
SHORTEST_BACKUP_KEY = 20
SHORTEST_TOKEN = 16
VAPID_BYTES = 32
PATH = re.compile(r"([A-Za-z0-9][A-Za-z0-9_-]*/)+")
TAKEN = frozenset("account alerts api favourites history markets metrics parts portfolio".split())  # noqa: SIM905
TAKEN |= frozenset("glossary search static status styleguide theme trades wallets welcome ws".split())  # noqa: SIM905
"""First parts of the paths of pages; a test compares them with what there is."""


def contradictions(config: Config) -> list[str]:
    """A sentence, beginning with a variable's name, for each combination that cannot work or is not safe."""
    errors = exchange_errors(config) + site_errors(config) + watching_errors(config)
    if config.vapid_private_key and not is_vapid_key(config.vapid_private_key):
        errors.append("VAPID_PRIVATE_KEY must be 32 random bytes in base64url, 43 characters")
    if config.backup_key and len(config.backup_key) < SHORTEST_BACKUP_KEY:
        errors.append(f"BACKUP_KEY must have at least {SHORTEST_BACKUP_KEY} characters")
    if config.disk_full_mb > config.disk_low_mb:
        errors.append("DISK_FULL_MB must not be above DISK_LOW_MB: a disk is low before it is full")
    if config.shutdown_drain_seconds >= config.shutdown_timeout_seconds:
        errors.append("SHUTDOWN_DRAIN_SECONDS must be less than SHUTDOWN_TIMEOUT_SECONDS, which counts it too")
    errors += database_errors(config) + trusted_errors(config)
    if config.sentry_dsn and not is_dsn(config.sentry_dsn):
        errors.append("SENTRY_DSN must be the DSN of a project, such as https://key@o1.ingest.sentry.io/2")
    if config.environment == "production":
        errors += production_errors(config) + transport_errors(config)
    return errors


def site_errors(config: Config) -> list[str]:
    """Where the site is, and who stands in front of it."""
    errors = [
        f"CSRF_TRUSTED_ORIGINS needs origins with their scheme, such as https://{origin}"
        for origin in config.csrf_trusted_origins
        if urlsplit(origin).scheme not in ("https", "http")
    ]
    if urlsplit(config.site_url)[2:] not in (("", "", ""), ("/", "", "")):
        errors.append("SITE_URL must be an origin alone, such as https://example.org")
    errors += network_errors("TRUSTED_PROXIES", config.trusted_proxies)
    if config.secret_key and config.secret_key in config.secret_key_fallbacks:
        errors.append(
            "SECRET_KEY_FALLBACKS has SECRET_KEY itself: put a new key there, and leave the old ones here"
        )
    if not PATH.fullmatch(config.admin_path) or config.admin_path.partition("/")[0] in TAKEN:
        errors.append("ADMIN_PATH must be a path such as back-office/ that ends with / and is no other page's")
    return errors


def database_errors(config: Config) -> list[str]:
    """A replica is one of a Postgres."""
    if config.database_replica_url and not config.database_url.startswith("postgres"):
        return ["DATABASE_REPLICA_URL needs DATABASE_URL, the Postgres that it is a replica of"]
    return []


def network_errors(name: str, networks: tuple[str, ...]) -> list[str]:
    """Each must be an address or a network."""
    errors = []
    for network in networks:
        try:
            ip_network(network)
        except ValueError:
            errors.append(f"{name} needs addresses or networks such as 10.0.0.0/8, got {network!r}")
    return errors


def watching_errors(config: Config) -> list[str]:
    """A token must not be guessed."""
    errors = network_errors("METRICS_NETWORKS", config.metrics_networks)
    if 0 < len(config.metrics_token) < SHORTEST_TOKEN:
        errors.append(f"METRICS_TOKEN must have {SHORTEST_TOKEN} characters at least")
    return errors


def exchange_errors(config: Config) -> list[str]:
    """REST and socket are those of one exchange."""
    if config.hyperliquid_ws_url and not config.hyperliquid_api_url:
        return ["HYPERLIQUID_WS_URL needs HYPERLIQUID_API_URL of the same exchange beside it"]
    return []


def production_errors(config: Config) -> list[str]:
    """What is convenient at a desk and dangerous on the internet."""
    errors = []
    if config.debug:
        errors.append("DEBUG must be off in production: its error pages show code and settings")
    if not config.secret_key:
        errors.append("SECRET_KEY (or SECRET_KEY_FILE) must be set in production")
    elif len(config.secret_key) < SHORTEST_KEY or len(set(config.secret_key)) < 5:
        errors.append(f"SECRET_KEY must be at least {SHORTEST_KEY} random characters in production")
    if not config.allowed_hosts:
        errors.append("ALLOWED_HOSTS must name the site's host names in production")
    elif "*" in config.allowed_hosts:
        errors.append("ALLOWED_HOSTS must not be * in production: links and cookies could be made for any host")
    if not config.site_url.startswith("https://"):
        errors.append("SITE_URL must be the site's https:// origin in production: wallets sign it")
    if not config.trusted_proxies:
        errors.append("TRUSTED_PROXIES must name the proxy that ends https in production: this server does not")
    if not config.email_url:
        errors.append("EMAIL_URL must be set in production: nobody could prove an address or reset a password")
    if config.sentry_dsn and not config.sentry_dsn.startswith("https://"):
        errors.append("SENTRY_DSN must be an https:// address in production")
    return errors + everybody_errors(config)


def everybody_errors(config: Config) -> list[str]:
    """Networks that are trusted leave somebody out."""
    errors = []
    if is_everybody(config.trusted_proxies):
        errors.append("TRUSTED_PROXIES must not be everybody in production: any visitor could claim any address")
    if is_everybody(config.trusted_networks):
        errors.append("TRUSTED_NETWORKS must not be everybody in production: anybody in between could read along")
    if is_everybody(config.metrics_networks):
        errors.append("METRICS_NETWORKS must not be everybody in production: set METRICS_TOKEN instead")
    return errors


def is_dsn(text: str) -> bool:
    """Whether it has what Sentry's clients need: a public key, no secret one, a host, and a project's number."""
    parts = urlsplit(text)
    key_is_public = bool(parts.username) and parts.password is None
    return key_is_public and bool(parts.hostname) and parts.path.rpartition("/")[2].isdigit()


def made_keys(config: Config) -> Config:
    """The configuration with its keys: outside production made once and kept where only the owner reads them."""
    if not config.secret_key:
        made = kept(config.var / "secret_key", lambda: secrets.token_urlsafe(64))
        config = replace(config, secret_key=made)
    if not config.vapid_private_key and config.environment != "production":
        made = kept(config.var / "vapid_private_key", lambda: secrets.token_urlsafe(VAPID_BYTES))
        config = replace(config, vapid_private_key=made)
    return config


def kept(file: Path, make: Callable[[], str]) -> str:
    """What the file holds, which the first process that asks fills."""
    file.parent.mkdir(parents=True, exist_ok=True)
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return file.read_text().strip()
    with os.fdopen(descriptor, "w") as out:
        out.write(make())
    return file.read_text()


def is_vapid_key(text: str) -> bool:
    """Whether it is 32 bytes in base64url, as web push wants a private key of P-256."""
    try:
        key = base64.b64decode(text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4), b"-_", validate=True)
    except (binascii.Error, ValueError):
        return False
    return len(key) == VAPID_BYTES and any(key)
