"""Alerts in a cluster's own database: made by its code, counted by SQL, and that database away for a while."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import psycopg

from tests.dashboard.cluster import PATIENCE_S, Cluster
from tests.e2e.running import ROOT

MAKE = """
import json, sys
from decimal import Decimal
from accounts.models import User
from alerts.models import Alert, Destination
user, _ = User.objects.get_or_create(username="watcher", defaults={"tier": "api"})
destination, _ = Destination.objects.get_or_create(user=user, kind="page", label="page", verified_at=1)
for rule in json.loads(sys.stdin.read()):
    print(Alert.objects.add(user, [destination], **rule | {"threshold": Decimal(rule["threshold"])}).pk)
"""


def make(cluster: Cluster, *rules: dict[str, Any]) -> list[int]:
    """Alerts of a user of the cluster; their numbers."""
    done = subprocess.run(
        [sys.executable, "-c", f"import django; django.setup()\n{MAKE}"],
        cwd=ROOT, env=cluster.environment | {"DJANGO_SETTINGS_MODULE": "dashboard.settings"},
        input=json.dumps(rules), text=True, stdout=subprocess.PIPE, check=True, timeout=PATIENCE_S,
    )  # fmt: skip
    return [int(line) for line in done.stdout.split()]


def ask(cluster: Cluster, query: str, *values: Any) -> list[tuple]:
    """Rows of the cluster's database."""
    with psycopg.connect(cluster.database_url) as database:
        return database.execute(query, values).fetchall()


def counts(cluster: Cluster, numbers: list[int]) -> list[tuple[int, int]]:
    """(firings, messages) of each of these alerts, as they are together at one moment."""
    query = """
        SELECT (SELECT count(*) FROM alerts_firing WHERE alert_id = wanted.pk),
               (SELECT count(*) FROM alerts_delivery WHERE alert_id = wanted.pk)
        FROM unnest(%s::bigint[]) AS wanted(pk)
    """
    return ask(cluster, query, numbers)


def phases(cluster: Cluster, numbers: list[int]) -> set[str]:
    """In which phases they are."""
    return {phase for (phase,) in ask(cluster, "SELECT phase FROM alerts_alert WHERE id = ANY(%s)", numbers)}


@contextmanager
def locked(cluster: Cluster, table: str) -> Iterator[None]:
    """Nobody can read or write the table."""
    with psycopg.connect(cluster.database_url) as database:
        database.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
        yield


@contextmanager
def away(cluster: Cluster) -> Iterator[None]:
    """The database ends all connections and takes no new ones, as while it restarts."""
    name = urlsplit(cluster.database_url).path[1:]
    with psycopg.connect(cluster.postgres_url, autocommit=True) as server:
        server.execute(f"ALTER DATABASE {name} WITH ALLOW_CONNECTIONS false")
        try:
            server.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])
            yield
        finally:
            server.execute(f"ALTER DATABASE {name} WITH ALLOW_CONNECTIONS true")


def now_ms() -> int:
    return round(time.time() * 1000)
