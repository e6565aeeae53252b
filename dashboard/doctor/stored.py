"""Database, Redis, backups and disks: asked, not believed."""

from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.db import connection

from dashboard.config_transport import is_encrypted, stranger
from dashboard.doctor.line import Found, bad, good, not_here
from exchange.clock import SystemClock
from monitoring import disk
from monitoring.backup.folder import backups, made_at
from monitoring.schema import pending_migrations

OLDEST_POSTGRES, OLDEST_REDIS = 140_000, (6, 0)
FEWEST_PROCESSES = 4
"""Web, feed, the feed that stands by, deliver."""
HOUR_MS, SKEW_MS = 3_600_000, 1_000
ON_SQLITE = "SQLite, for one process"
RIGHTS = "SELECT rolsuper, rolcreaterole OR rolcreatedb, rolreplication OR rolbypassrls FROM pg_roles "


def _row(statement: str) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchone()


def _is_postgres() -> bool:
    return connection.vendor == "postgresql"


def database() -> Found:
    """It answers, and is not too old."""
    if not settings.CONFIG.database_url:
        _row("SELECT 1")
        return bad(f"{ON_SQLITE} (`manage.py up`)", "Set DATABASE_URL and REDIS_URL to run several.")
    if not _is_postgres():
        return bad(ON_SQLITE, "Name a Postgres in DATABASE_URL.")
    version = int(_row("SHOW server_version_num")[0])
    if version < OLDEST_POSTGRES:
        return bad(f"Postgres {version // 10_000}", f"Upgrade it to {OLDEST_POSTGRES // 10_000} or newer.")
    return good(f"Postgres {version // 10_000} answers")


def encryption() -> Found:
    """What goes to a database elsewhere cannot be read on the way."""
    config = settings.CONFIG
    if not _is_postgres() or not (host := stranger(config.database_url, config)):
        return not_here("the database is on this machine or in a trusted network")
    if not is_encrypted(config.database_url):
        return bad(f"what goes to {host} can be read", "Add ?sslmode=verify-full to DATABASE_URL.")
    if not _row("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()")[0]:
        return bad(f"the connection to {host} is not encrypted", "Something between ends TLS: see to it.")
    return good(f"TLS to {host}")


def role() -> Found:
    """No more rights than needed."""
    if not _is_postgres():
        return not_here(ON_SQLITE)
    superuser, makes, other = _row(RIGHTS + "WHERE rolname = current_user")
    if superuser or makes or other:
        which = "a superuser" if superuser else "one that may make roles, databases or replicas"
        return bad(f"the role is {which}", "Use a role of its own that may read and write rows, no more.")
    return good("the role has no rights beyond its database")


def connections() -> Found:
    """All processes together find room."""
    if not _is_postgres():
        return not_here(ON_SQLITE)
    names = ("max_connections", "superuser_reserved_connections")
    most, reserved = (int(_row(f"SHOW {name}")[0]) for name in names)
    pool = settings.CONFIG.database_max_connections
    room = (most - reserved) // pool
    if room < FEWEST_PROCESSES:
        return bad(
            f"room for {room} processes with {pool} connections each",
            "Lower DATABASE_MAX_CONNECTIONS, or raise max_connections of Postgres.",
        )
    return good(f"room for {room} processes with {pool} connections each")


def migrations() -> Found:
    """The tables are those of this version."""
    if pending := pending_migrations():
        how = "Run `manage.py migrate`, as the role that owns the tables."
        return bad(f"{len(pending)} are pending, such as {pending[0]}", how)
    return good("none is pending")


def _redis(section: str) -> dict[str, Any]:
    return cache.client.get_client().info(section)


def redis() -> Found:
    """It answers, and is not too old."""
    if not settings.CONFIG.redis_url:
        return bad("none: cache and messages are in memory", "Set REDIS_URL to run several processes.")
    version = str(_redis("server")["redis_version"])
    if tuple(map(int, version.split(".")[:2])) < OLDEST_REDIS:
        return bad(f"Redis {version}", "Upgrade it to 6 or newer.")
    return good(f"Redis {version} answers")


def eviction() -> Found:
    """Nothing is thrown away behind our back: messages between processes are in it."""
    if not settings.CONFIG.redis_url:
        return not_here("no Redis")
    found = _redis("memory")
    policy, most = found.get("maxmemory_policy", "noeviction"), int(found.get("maxmemory", 0))
    if most and policy != "noeviction":
        return bad(f"maxmemory-policy {policy} throws messages away", "Set maxmemory-policy to noeviction.")
    return good(f"maxmemory-policy {policy}, maxmemory {most or 'unlimited'}")


def persistence() -> Found:
    """Nothing in it has to outlive a restart; but one that cannot save takes no more writes."""
    if not settings.CONFIG.redis_url:
        return not_here("no Redis")
    found = _redis("persistence")
    if "err" in (found.get("rdb_last_bgsave_status"), found.get("aof_last_write_status")):
        return bad("it cannot write to its disk, and refuses writes", 'Make room, or switch it off: save "".')
    return good("it can save, or need not")


def newest_backup() -> Found:
    """There is one, and it is not old."""
    config = settings.CONFIG
    if not config.backup_max_age_hours:
        return not_here("BACKUP_MAX_AGE_HOURS=0: none are made here")
    found = backups(config.backups, config.hyperliquid_network)
    if not found:
        return bad(f"none in {config.backups}", "Run `manage.py backup` once a day, and copy the files elsewhere.")
    age = (SystemClock().now_ms() - made_at(found[-1])) / HOUR_MS
    if age > config.backup_max_age_hours:
        return bad(f"{found[-1].name} is {age:.0f} h old", "See why no newer one was made: `manage.py backup`.")
    return good(f"{len(found)}, the newest {age:.1f} h old")


def sealed_backups() -> Found:
    """Who finds one cannot read it."""
    if not settings.CONFIG.backup_max_age_hours:
        return not_here("none are made here")
    if not settings.CONFIG.backup_key:
        return bad("no BACKUP_KEY: they can be read", "Set BACKUP_KEY_FILE, and keep a copy of the key elsewhere.")
    return good("encrypted")


def room() -> Found:
    """Disks are not about to be full."""
    config = settings.CONFIG
    found = disk.disks([config.var, config.backups])
    if low := [one for one in found if one.free_mb < config.disk_low_mb]:
        return bad(f"{low[0].free_mb} MB free at {low[0].folder}", "Make room: it is under DISK_LOW_MB.")
    return good(", ".join(f"{one.free_mb} MB free at {one.folder}" for one in found) or "nothing is stored here")


def database_clock() -> Found:
    """Two clocks that disagree make ages wrong."""
    if not _is_postgres():
        return not_here(ON_SQLITE)
    before = SystemClock().now_ms()
    theirs = float(_row("SELECT extract(epoch FROM clock_timestamp()) * 1000")[0])
    after = SystemClock().now_ms()
    skew = max(before - theirs, theirs - after, 0)
    if skew > SKEW_MS:
        return bad(f"{skew / 1000:.1f} s apart", "Let both machines take their time from NTP.")
    return good("the same as ours")
