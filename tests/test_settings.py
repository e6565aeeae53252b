"""Storage settings: SQLite and memory by default, Postgres and Redis when they are named."""

import sqlite3

from channels_redis.core import RedisChannelLayer

from dashboard.config import Config
from dashboard.settings_storage import cache_settings, channel_layer, database, databases


def test_each_network_has_a_file_of_its_own(tmp_path):
    names = {
        database(Config(var_dir=str(tmp_path / "var"), hyperliquid_network=network))["NAME"]
        for network in ("mainnet", "testnet", "simulated")
    }
    assert names == {str(tmp_path / "var" / f"{n}.sqlite3") for n in ("mainnet", "testnet", "simulated")}
    assert (tmp_path / "var").is_dir()


def test_sqlite_waits_for_the_lock_and_lets_readers_go_on(tmp_path):
    settings = database(Config(var_dir=str(tmp_path), database_connection_timeout=2500))
    assert settings["OPTIONS"]["timeout"] == 2.5
    assert settings["OPTIONS"]["transaction_mode"] == "IMMEDIATE"
    with sqlite3.connect(settings["NAME"]) as connection:
        connection.executescript(settings["OPTIONS"]["init_command"])
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_postgres_goes_through_a_pool():
    settings = database(
        Config(database_url="postgres://me:pw@db:5433/x?sslmode=require", database_max_connections=7)
    )
    assert (settings["HOST"], settings["PORT"], settings["NAME"]) == ("db", 5433, "x")
    assert settings["CONN_MAX_AGE"] == 0
    pool = settings["OPTIONS"]["pool"]
    assert (pool["min_size"], pool["max_size"], pool["timeout"]) == (1, 7, 10.0)
    assert settings["OPTIONS"]["sslmode"] == "require"
    assert settings["OPTIONS"]["connect_timeout"] == 10


def test_redis_carries_cache_and_channel_layer_and_tries_again():
    config = Config(redis_url="redis://r:1/2", redis_max_retries=5, hyperliquid_network="testnet")
    cache, layer = cache_settings(config), channel_layer(config)
    assert (cache["LOCATION"], cache["KEY_PREFIX"]) == ("redis://r:1/2", "testnet")
    assert cache["OPTIONS"]["CONNECTION_POOL_KWARGS"]["retry"].get_retries() == 5
    (host,) = layer["CONFIG"]["hosts"]
    assert (host["address"], host["retry"].get_retries()) == ("redis://r:1/2", 5)
    assert host["socket_timeout"] > RedisChannelLayer.brpop_timeout


def test_without_redis_both_are_in_memory():
    assert cache_settings(Config())["BACKEND"].endswith("LocMemCache")
    assert channel_layer(Config())["BACKEND"] == "channels.layers.InMemoryChannelLayer"


def test_behind_a_pooler_nothing_is_kept_on_a_connection_that_the_next_transaction_would_need():
    url = "postgres://me:pw@db/x?options=-c%20work_mem=8MB"
    alone = database(Config(database_url=url, database_statement_timeout=1234))
    assert alone["OPTIONS"]["prepare_threshold"] == 5
    assert alone["OPTIONS"]["options"].startswith(
        "-c work_mem=8MB -c statement_timeout=1234 -c lock_timeout=10000"
    )
    pooled = database(Config(database_url=url, database_behind_pooler=True))
    assert "prepare_threshold" not in pooled["OPTIONS"]
    assert pooled["OPTIONS"]["options"] == "-c work_mem=8MB"
    assert pooled["DISABLE_SERVER_SIDE_CURSORS"] is True


def test_a_copy_of_the_database_is_there_if_it_is_named_and_nobody_waits_long_for_it():
    url = "postgres://me:pw@db/x"
    assert list(databases(Config(database_url=url))) == ["default"]
    both = databases(Config(database_url=url, database_replica_url="postgres://me:pw@copy/x"))
    assert both["replica"]["HOST"] == "copy"
    assert both["replica"]["OPTIONS"]["pool"]["timeout"] == 1.0
    assert both["default"]["OPTIONS"]["pool"]["timeout"] == 10.0
