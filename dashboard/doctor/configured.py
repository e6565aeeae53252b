"""What the configuration alone says."""

import json
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.checks import run_checks

from dashboard.config_transport import is_everybody
from dashboard.doctor.line import Found, bad, good


def environment() -> Found:
    """Nothing but ``production`` refuses what is unsafe."""
    if settings.CONFIG.environment != "production":
        return bad("ENVIRONMENT=development", "Set ENVIRONMENT=production: it refuses unsafe settings.")
    return good("ENVIRONMENT=production, which refuses unsafe settings at each start")


def django() -> Found:
    """Django's own checks for deployment, and ours."""
    if found := [one for one in run_checks(include_deployment_checks=True) if not one.is_silenced()]:
        said = "; ".join(f"{one.id}: {one.msg.splitlines()[0]}" for one in found[:3])
        return bad(f"{len(found)} complaints: {said}", "Run `manage.py check --deploy` and see to each.")
    return good("no complaint")


def secret_key() -> Found:
    """Long, and not in the folder of data."""
    if (settings.CONFIG.var / "secret_key").exists():
        made = (settings.CONFIG.var / "secret_key").read_text().strip()
        if made == settings.SECRET_KEY:
            return bad("made by itself, in VAR_DIR", "Set SECRET_KEY_FILE to a file that backups do not hold.")
    if len(settings.SECRET_KEY) < 50:
        return bad("it is short", 'Make one: python -c "import secrets; print(secrets.token_urlsafe(64))"')
    return good("set, and long")


def hosts() -> Found:
    """The site answers under its own name, and under no other."""
    config = settings.CONFIG
    name = urlsplit(config.site_url).hostname or ""
    if not config.allowed_hosts or "*" in config.allowed_hosts:
        return bad("ALLOWED_HOSTS names no host", "Name the host of SITE_URL in ALLOWED_HOSTS.")
    if not any(name == one or (one.startswith(".") and f".{name}".endswith(one)) for one in config.allowed_hosts):
        return bad(f"SITE_URL is on {name or 'no host'}, not among ALLOWED_HOSTS", "Add it, or all is refused.")
    return good(", ".join(config.allowed_hosts))


def https() -> Found:
    """Ended by a proxy that is known, and by nobody else."""
    config = settings.CONFIG
    if not config.site_url.startswith("https://"):
        return bad("SITE_URL is not https", "Put a proxy with a certificate in front (deploy/Caddyfile).")
    if not config.trusted_proxies:
        return bad("no proxy is trusted", "Name its address in TRUSTED_PROXIES, or all visitors seem to be it.")
    if is_everybody(config.trusted_proxies):
        return bad("everybody is trusted as a proxy", "Name the proxy's own address in TRUSTED_PROXIES.")
    return good(f"{config.site_url} behind {', '.join(config.trusted_proxies)}")


def static_files() -> Found:
    """Each file of the project is among the collected ones."""
    said = Path(settings.STATIC_ROOT) / "staticfiles.json"
    if not said.is_file():
        return bad("not collected", "Run `manage.py collectstatic --noinput` (the image has done it).")
    collected = json.loads(said.read_text() or "{}").get("paths", {})
    files = [
        f"{storage.prefix}/{name}" if getattr(storage, "prefix", None) else name
        for finder in get_finders()
        for name, storage in finder.list([])
    ]
    missing = [name for name in files if not (said.parent / collected.get(name, "?")).is_file()]
    if missing:
        return bad(f"{len(missing)} files are missing, such as {missing[0]}", "Run `manage.py collectstatic`.")
    return good(f"{len(files)} files, named after their content")


def rate_limit() -> Found:
    """Somebody who asks too often is told so."""
    if not settings.CONFIG.rate_limit_enabled:
        return bad("RATE_LIMIT_ENABLED=false", "Switch it on: one visitor can keep all others waiting.")
    return good("on")


def logs() -> Found:
    """One JSON object a line, for those who collect them."""
    form = getattr(settings.CONFIG, "log_format", "")
    if form == "json" or (form == "auto" and settings.CONFIG.environment == "production"):
        return good(f"JSON, from {settings.CONFIG.log_level} upwards")
    return bad("lines for people", "Set LOG_FORMAT=json, and let something collect what the processes print.")


def sentry() -> Found:
    """Somebody hears of errors."""
    dsn = getattr(settings.CONFIG, "sentry_dsn", "")
    if not dsn:
        return bad("no SENTRY_DSN", "Set it, or errors are in the logs alone.")
    return good(f"reports go to {urlsplit(dsn).hostname}")


def dead_man() -> Found:
    """Somebody outside notices that alerts are not evaluated."""
    if not settings.CONFIG.alerts_deadman_url:
        return bad("no ALERTS_DEADMAN_URL", "Without it nobody notices when all of this machine is down.")
    return good(f"{urlsplit(settings.CONFIG.alerts_deadman_url).hostname} notices when alerts are not evaluated")


def notifications() -> Found:
    """Browsers that are closed can be told."""
    if not settings.CONFIG.vapid_private_key:
        how = 'Make it, once and for ever: python -c "import secrets; print(secrets.token_urlsafe(32))"'
        return bad("no VAPID_PRIVATE_KEY: browsers that are closed cannot be told", how)
    return good("VAPID_PRIVATE_KEY is set")


def admin_path() -> Found:
    """Programs that try passwords look at /admin/ first."""
    if settings.CONFIG.admin_path == "admin/":
        return bad("/admin/, where everybody looks first", "Set ADMIN_PATH to another one, such as back-office/.")
    return good("ADMIN_PATH is our own")
