"""The whole way of an alert: from the exchange's frame to the webhook, with 100,000 alerts at mainnet's full rate.

``python -m benchmarks.alerts_whole``: the simulated mainnet, ``feed``, ``web`` and ``deliver`` as processes on a
real Postgres and Redis, 20 coins wanted with book, quotes, trades and candle. First some hundred alerts near the
prices of some coins, which the market crosses by itself: from the frame's receipt to the commit of the Firing (as
Postgres notes it) and to the webhook's receipt. Then 10,000 alerts on one price, each with a destination of its
own: until all are committed and all are told, while somebody asks for pages and somebody reads the table.

Aims: p99 below 50 ms to the commit and 250 ms to the webhook; 10,000 committed within 5 s, pages still answered.
"""

import argparse
import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

import psycopg

from benchmarks.aims import Aim, below, stop_with_all, table
from benchmarks.alerts_deliver import Receiver, receiver
from benchmarks.alerts_whole_rows import ALERTS, PROBES, STORM
from benchmarks.installation import Measured
from benchmarks.load import COINS, Reader
from benchmarks.onlooker import Onlooker
from tests.e2e.running import ROOT
from tests.servers import postgres, restart

AIM_COMMIT_MS, AIM_HOOK_MS, AIM_STORM_S, AIM_PAGE_MS = 50.0, 250.0, 5.0, 1000.0
PATIENCE_S = 300.0
NOTE = """
    CREATE TABLE fired_in (firing bigint);
    CREATE FUNCTION note_firing() RETURNS trigger LANGUAGE plpgsql AS
        'BEGIN INSERT INTO fired_in VALUES (NEW.id); RETURN NULL; END';
    CREATE TRIGGER note_firing AFTER INSERT ON alerts_firing FOR EACH ROW EXECUTE FUNCTION note_firing();
"""
"""A firing's own row is written again when its episode ends: this one keeps the transaction that made it."""
FIRED = """
    SELECT delivery.key, firing.received_at,
           extract(epoch FROM pg_xact_commit_timestamp(fired_in.xmin)) * 1000
    FROM alerts_firing firing JOIN alerts_delivery delivery ON delivery.firing_id = firing.id
    JOIN fired_in ON fired_in.firing = firing.id
    JOIN alerts_alert alert ON alert.id = firing.alert_id
    WHERE alert.note = %s AND delivery.occasion = 'fired'
"""
TOLD = """
    SELECT count(*) >= %s FROM alerts_delivery delivery JOIN alerts_alert alert ON alert.id = delivery.alert_id
    WHERE delivery.state = 'sent' AND alert.note = %s
"""


class Whole(Measured):
    """An installation whose alerts are told to ``hook``."""

    def __init__(self, folder: Path, hook: str) -> None:
        super().__init__(folder, "processes", traced=False)
        self.environment |= {"ALERTS_ALLOW_PRIVATE": "true", "DJANGO_SETTINGS_MODULE": "dashboard.settings"}
        self.environment |= {"HOOK": hook}

    def __enter__(self) -> "Whole":
        super().__enter__()
        deliver = self._process("deliver")
        deliver.start()
        self.others.append(deliver)
        return self

    def fill(self, what: str) -> None:
        """Rows of ``benchmarks.alerts_whole_rows``, and wait until the evaluator has read them."""
        meta, figures = self.info({"type": "metaAndAssetCtxs"})
        coins = zip(meta["universe"], figures, strict=True)
        marks = {coin["name"]: row["markPx"] for coin, row in coins if not coin.get("isDelisted")}
        command = [sys.executable, "-m", "benchmarks.alerts_whole_rows", what]
        subprocess.run(command, cwd=ROOT, env=self.environment, input=json.dumps(marks), text=True, check=True)
        self.until("SELECT NOT EXISTS (SELECT FROM alerts_alert WHERE version <> seen_version)")

    def ask(self, query: str, *values: object) -> list[tuple]:
        """Rows of its database."""
        with psycopg.connect(self.environment["DATABASE_URL"]) as database:
            return database.execute(query, values).fetchall()

    def until(self, query: str, *values: object) -> None:
        """Wait until the query's one cell is true; RuntimeError after a long while."""
        ends = time.monotonic() + PATIENCE_S
        while not self.ask(query, *values)[0][0]:
            if time.monotonic() > ends:
                raise RuntimeError(f"never true: {query}")
            time.sleep(0.2)

    def legs(self, note: str) -> tuple[list[float], list[float]]:
        """ms from receipt to commit and to the webhook, of each alert with that note; sorted."""
        rows = self.ask(FIRED, note)
        to_commit = sorted(float(committed) - received for _, received, committed in rows)
        return to_commit, sorted(Receiver.came[key] * 1000 - received for key, received, _ in rows)


def p99(times: list[float]) -> float:
    return times[len(times) * 99 // 100]


def compare() -> list[Aim]:
    """One installation from start to end."""
    Receiver.clock = staticmethod(time.time)
    with postgres() as url, receiver() as hook, tempfile.TemporaryDirectory() as folder:
        note_commits(url)
        os.environ["DATABASE_URL"] = url
        with Whole(Path(folder), hook) as site:
            with psycopg.connect(url) as database:
                database.execute(NOTE)
            site.fill("far")
            return [*asyncio.run(single(site)), *asyncio.run(storm(site))]


def note_commits(url: str) -> None:
    """Restart the server with the times of commits kept."""
    with psycopg.connect(url, autocommit=True) as server:
        server.execute("ALTER SYSTEM SET track_commit_timestamp = on")
    restart(url)


async def wanting(site: Whole) -> asyncio.Task[None]:
    """The coins that people look at, so that the feed reads as much as it ever does."""
    reader = Reader(site.environment["REDIS_URL"], site.coins(COINS))
    return asyncio.create_task(reader.want())


async def single(site: Whole) -> list[Aim]:
    """What the market crosses by itself."""
    want = await wanting(site)
    await asyncio.to_thread(site.fill, "near")
    await asyncio.to_thread(site.until, TOLD, PROBES, "near")
    want.cancel()
    commit, hook = site.legs("near")
    print(
        f"{len(commit)} firings among {ALERTS:,} alerts, median and p99: "
        f"to commit {median(commit):.0f} and {p99(commit):.0f} ms, "
        f"to webhook {median(hook):.0f} and {p99(hook):.0f} ms",
        flush=True,
    )
    return [
        below(f"frame in to firing committed, p99, {ALERTS:,} alerts", p99(commit), AIM_COMMIT_MS),
        below("frame in to webhook received, p99", p99(hook), AIM_HOOK_MS),
    ]


async def storm(site: Whole) -> list[Aim]:
    """A crash: all on one price, with people at the pages."""
    want, onlooker = await wanting(site), Onlooker(site.port)
    looking = asyncio.create_task(onlooker.run())
    await asyncio.sleep(10)
    calm = onlooker.take()
    await asyncio.to_thread(site.fill, "storm")
    onlooker.take()
    await asyncio.to_thread(site.until, TOLD, STORM, "storm")
    during = onlooker.take()
    looking.cancel()
    want.cancel()
    commit, hook = site.legs("storm")
    if len(commit) != STORM:
        raise RuntimeError(f"{len(commit)} firings of {STORM}")
    print(
        f"{STORM:,} at one price: committed in {commit[-1] / 1000:.2f} s, told in {hook[-1] / 1000:.1f} s",
        flush=True,
    )
    print(f"Pages meanwhile: {during}; before: {calm}", flush=True)
    return [
        below(f"{STORM:,} firings of one price committed", commit[-1] / 1000, AIM_STORM_S, "s"),
        below("pages while they are told, p99", during.page_p99, AIM_PAGE_MS),
    ]


def main() -> None:
    argparse.ArgumentParser(description=__doc__.splitlines()[0]).parse_args()
    stop_with_all()
    table(compare())


if __name__ == "__main__":
    main()
