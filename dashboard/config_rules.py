"""What must hold between variables, and what an installation in production must not do."""

import os
import secrets
from dataclasses import replace
from ipaddress import ip_network
from urllib.parse import urlsplit

from dashboard.config import Config

SHORTEST_KEY = 50


def contradictions(config: Config) -> list[str]:
    """A sentence, beginning with a variable's name, for each combination that cannot work or is not safe."""
    errors = exchange_errors(config)
    for origin in config.csrf_trusted_origins:
        if urlsplit(origin).scheme not in ("https", "http"):
            errors.append(f"CSRF_TRUSTED_ORIGINS needs origins with their scheme, such as https://{origin}")
    if urlsplit(config.site_url)[2:] not in (("", "", ""), ("/", "", "")):
        errors.append("SITE_URL must be an origin alone, such as https://example.org")
    for proxy in config.trusted_proxies:
        try:
            ip_network(proxy)
        except ValueError:
            errors.append(f"TRUSTED_PROXIES needs addresses or networks such as 10.0.0.0/8, got {proxy!r}")
    if config.environment == "production":
        errors += production_errors(config)
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
    return errors


def made_secret_key(config: Config) -> Config:
    """The configuration with a key: outside production made once and kept where only the owner reads it."""
    if config.secret_key:
        return config
    config.var.mkdir(parents=True, exist_ok=True)
    file = config.var / "secret_key"
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return replace(config, secret_key=file.read_text().strip())
    with os.fdopen(descriptor, "w") as out:
        out.write(secrets.token_urlsafe(64))
    return replace(config, secret_key=file.read_text())
