"""Configuration variables: where data is kept, and for how long."""

from dataclasses import dataclass
from functools import partial

from dashboard.config_variable import variable

storage = partial(variable, section="Storage")
history = partial(variable, section="History")


@dataclass(frozen=True, kw_only=True)
class Storage:
    """Where data is kept, and for how long."""

    database_url: str = storage(
        "",
        "Postgres; empty means a SQLite file in `VAR_DIR`. In production with `?sslmode=verify-full` or "
        "`require`, unless it is local or among `TRUSTED_NETWORKS`.",
        schemes=("postgres", "postgresql", "sqlite"),
        secret=True,
    )
    database_max_connections: int = storage(10, "Most Postgres connections of one process.", low=1, high=1000)
    database_connection_timeout: int = storage(
        10_000, "How long to wait for a database connection or a lock, in ms.", low=100, high=600_000
    )
    database_statement_timeout: int = storage(
        30_000,
        "How long one statement may take on Postgres, in ms; 0: for ever. Migrations and pruning take the time "
        "they need.",
        low=0,
    )
    database_lock_timeout: int = storage(
        10_000, "How long a statement may wait for a lock on Postgres, in ms; 0: for ever.", low=0
    )
    database_idle_transaction_timeout: int = storage(
        60_000, "How long a transaction may do nothing on Postgres before it is ended, in ms; 0: for ever.", low=0
    )
    database_behind_pooler: bool = storage(
        False,
        "`DATABASE_URL` is a pooler such as PgBouncer: no prepared statements, no cursors between transactions, "
        "and the three time limits above are those of the role (`deploy/sql/roles.sql`).",
    )
    database_replica_url: str = storage(
        "",
        "A replica of the Postgres of `DATABASE_URL`: what pages only read is read there, if it is there.",
        schemes=("postgres", "postgresql"),
        secret=True,
    )
    database_replica_max_lag: int = storage(
        5_000, "How far the replica may be behind, in ms; beyond that it is not read.", low=100, high=600_000
    )
    redis_url: str = storage(
        "",
        "Redis for cache and channel layer; empty means both in memory, for one process. In production by "
        "`rediss://`, unless it is local or among `TRUSTED_NETWORKS`.",
        schemes=("redis", "rediss", "unix"),
        secret=True,
    )
    redis_max_retries: int = storage(3, "How often a failed Redis command is tried again.", low=0, high=100)
    trusted_networks: tuple[str, ...] = storage(
        (),
        "Host names, addresses and networks at which database, Redis and the mail server may be without TLS in "
        "production, such as those of a compose network: `postgres,redis` or `10.0.0.0/8`.",
    )

    snapshot_trade_coins: tuple[str, ...] = history(
        (),
        "Coins whose public trades are stored, as the exchange names them; empty means BTC, ETH, HYPE and "
        "the coins in which watched accounts have positions or that alerts are about, 30 at most.",
    )
    retention_trades_days: int = history(
        90, "Days for which public trades are kept, by whole months on Postgres; 0 keeps them for ever.", low=0
    )
    retention_positions_days: int = history(
        180, "Days for which snapshots of positions are kept; 0 keeps them for ever.", low=0
    )
    retention_equity_days: int = history(
        0, "Days for which snapshots of equity are kept; 0 keeps them for ever.", low=0
    )
    retention_alerts_days: int = history(
        365,
        "Days for which firings of alerts and messages about them are kept, and for 30 of these at most what else "
        "alerts did; 0 keeps all for ever.",
        low=0,
    )
