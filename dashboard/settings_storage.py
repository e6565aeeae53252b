"""Database, cache and channel layer: on one machine without servers, or on Postgres and Redis."""

from pathlib import Path
from typing import Any

from environ import Env
from redis.asyncio.retry import Retry as AsyncRetry
from redis.backoff import ExponentialBackoff, NoBackoff
from redis.exceptions import ConnectionError, TimeoutError
from redis.retry import Retry

from dashboard.config import Config

LAYER_TIMEOUT_S = 15
"""The channel layer waits 5 s at Redis for a message. With redis-py's own limit, 5 s too, a quiet group's
connection is cut just as it hears, and what was said meanwhile comes many seconds late."""

PREPARE_AFTER = 5
"""Executions of a statement on a connection, after which it is prepared there: see ``snapshots/prepared.py``."""
RECONNECT_S = 2.0
"""The pool itself tries for so long; whoever wants a connection then makes it try again. With its own five minutes
it would still be pausing long after the server is back."""
REPLICA_PATIENCE_S = 1.0
SHORT_PATIENCE = {"socket_timeout": 1.0, "socket_connect_timeout": 1.0}
"""Of a page with Redis, in seconds: it can do without."""


def databases(config: Config) -> dict[str, dict[str, Any]]:
    """``default``, and ``replica`` if there is one."""
    found = {"default": database(config)}
    return {**found, "replica": replica(config)} if config.database_replica_url else found


def database(config: Config) -> dict[str, Any]:
    """SQLite in ``var/`` for each network, or the Postgres of ``DATABASE_URL`` through psycopg's pool."""
    if not config.database_url:
        return sqlite(str(config.var / f"{config.hyperliquid_network}.sqlite3"), config)
    given = Env.db_url_config(config.database_url)
    if given["ENGINE"].endswith("sqlite3"):
        return sqlite(given["NAME"], config)
    return postgres(given, config)


def sqlite(name: str, config: Config) -> dict[str, Any]:
    """WAL lets readers go on while one writes; immediate transactions wait for the lock instead of failing."""
    Path(name).parent.mkdir(parents=True, exist_ok=True)
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": name,
        "OPTIONS": {
            "timeout": config.database_connection_timeout / 1000,
            "transaction_mode": "IMMEDIATE",
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
        },
    }


def replica(config: Config) -> dict[str, Any]:
    """The Postgres of ``DATABASE_REPLICA_URL``. Nobody waits for it: the primary has the same rows."""
    found = postgres(Env.db_url_config(config.database_replica_url), config)
    found["OPTIONS"]["pool"]["timeout"] = min(found["OPTIONS"]["pool"]["timeout"], REPLICA_PATIENCE_S)
    return {**found, "TEST": {"MIRROR": "default"}}


def postgres(given: dict[str, Any], config: Config) -> dict[str, Any]:
    """A pool lends connections per request, so Django must not keep them itself (``CONN_MAX_AGE`` 0).

    Each is looked at before it is lent (``CONN_HEALTH_CHECKS``): a server that was restarted fails no page.
    """
    from dashboard.postgres.waiting import WaitingConnection

    seconds = config.database_connection_timeout / 1000
    pool = {
        "min_size": 1,
        "max_size": config.database_max_connections,
        "timeout": seconds,
        "reconnect_timeout": RECONNECT_S,
        "connection_class": WaitingConnection,
    }
    options = {**given.get("OPTIONS", {}), "connect_timeout": max(1, round(seconds)), "pool": pool}
    if not config.database_behind_pooler:
        options["prepare_threshold"] = PREPARE_AFTER
        options["options"] = f"{options.get('options', '')} {session_options(config)}".strip()
    return {
        **given,
        "ENGINE": "dashboard.postgres",
        "CONN_MAX_AGE": 0,
        "CONN_HEALTH_CHECKS": True,
        "DISABLE_SERVER_SIDE_CURSORS": config.database_behind_pooler,
        "OPTIONS": options,
    }


def session_options(config: Config) -> str:
    """Time limits that the server keeps."""
    values = {
        "statement_timeout": config.database_statement_timeout,
        "lock_timeout": config.database_lock_timeout,
        "idle_in_transaction_session_timeout": config.database_idle_transaction_timeout,
    }
    return " ".join(f"-c {name}={value}" for name, value in values.items())


def caches(config: Config) -> dict[str, dict[str, Any]]:
    """Three doors to one place: ``board`` fails when Redis is away, the others go on (``steady_cache.py``)."""
    board = cache_settings(config)
    if not config.redis_url:
        return dict.fromkeys(("default", "sessions", "board"), board)
    options = {"CONNECTION_POOL_KWARGS": {**SHORT_PATIENCE, "retry": Retry(NoBackoff(), 1)}}
    return {
        "default": {**board, "BACKEND": "dashboard.steady_cache.SteadyCache", "OPTIONS": options},
        "sessions": {**board, "BACKEND": "dashboard.steady_cache.ForgetfulCache", "OPTIONS": options},
        "board": board,
    }


def cache_settings(config: Config) -> dict[str, Any]:
    """The Board lives here: Redis for many processes, memory for one."""
    if not config.redis_url:
        return {
            "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
            "LOCATION": "board",
            "OPTIONS": {"MAX_ENTRIES": 100_000},
        }
    return {
        "BACKEND": "django_redis.cache.RedisCache",
        "LOCATION": config.redis_url,
        "KEY_PREFIX": config.hyperliquid_network,
        "OPTIONS": {"CONNECTION_POOL_KWARGS": patience(config, Retry)},
    }


def channel_layer(config: Config) -> dict[str, Any]:
    """Between processes through Redis, within one in memory."""
    if not config.redis_url:
        return {"BACKEND": "channels.layers.InMemoryChannelLayer"}
    return {
        "BACKEND": "channels_redis.core.RedisChannelLayer",
        "CONFIG": {
            "hosts": [
                {"address": config.redis_url, "socket_timeout": LAYER_TIMEOUT_S, **patience(config, AsyncRetry)}
            ],
            "prefix": f"hyperliquid-{config.hyperliquid_network}",
        },
    }


def patience(config: Config, retry: type[Retry] | type[AsyncRetry]) -> dict[str, Any]:
    """How a Redis client meets an error: again, ``REDIS_MAX_RETRIES`` times, half a second apart at most."""
    return {
        "retry": retry(ExponentialBackoff(cap=0.5, base=0.05), config.redis_max_retries),
        "retry_on_error": [ConnectionError, TimeoutError],
    }
