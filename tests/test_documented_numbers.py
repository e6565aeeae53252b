"""Numbers in the documents are those of the code: who changes one finds the sentence that claims it."""

import re

import pytest

from accounts import rate, role, sessions, usage
from accounts.admin import large
from alerts import (
    breakers,
    catch_up,
    dead_man,
    deliver,
    delivered,
    missed,
    retention,
    standing,
    sweep,
    verdict,
    verify,
)
from alerts.transports import outgoing
from benchmarks import tab, tab_page
from dashboard import consumer, fanout, feed_beat, private, settings_logging, settings_storage, webrunner
from dashboard.doctor import stored
from dashboard.pages.status import inside
from dashboard.postgres import waiting
from exchange import rows, tracker_slots, weights
from exchange.probe import allowance
from monitoring import (
    database_server,
    health,
    incidents,
    lease,
    monitor,
    process,
    samples,
    schema,
    sentry,
    told,
    uptime,
)
from monitoring import retention as kept
from snapshots import audit, backfill_streams, curves, pruning, record, trips
from snapshots.models import position
from tests.deploy.composed import Composed
from tests.documented import PAGES, ROOT

PATHS = {page.name: page for page in reversed(PAGES) if page != ROOT / "docs/README.md"}
MAKEFILE = (ROOT / "Makefile").read_text()
COMPOSED = Composed({"SITE_HOST": "x"})
S, MINUTE, HOUR = 1000, 60_000, 3_600_000


def said_in_makefile(pattern: str) -> str:
    """The number that ``make`` gives unless somebody says another."""
    return re.search(pattern, MAKEFILE)[1]


CLAIMS = [
    # README.md, CHANGELOG.md
    ("CHANGELOG.md", "show their newest 10,000 rows, are filtered among the newest 100,000",
     (large.MOST, large.MOST_FILTERED), (10_000, 100_000)),
    # docs/alerts.md
    ("alerts.md", "forgotten within a minute (`alerts/sweep.py`)", sweep.EVERY_SECONDS, 60),
    ("alerts.md", "more than 10 s late says so", verdict.LATE_MS, 10 * S),
    ("alerts.md", "After a break of more than 5 s the bar", catch_up.SHORT, 5 * S),
    ("alerts.md", "in another thread, for 5 seconds at most", missed.PATIENCE_S, 5),
    ("alerts.md", "for a quarter of an hour at most", missed.LATEST_S, 900),
    ("alerts.md", "that address at most once a minute", dead_man.EVERY_SECONDS, 60),
    ("alerts.md", "more than 10 seconds behind, has trouble (an alert that cannot be decided, a database that "
     "is away) or has heard no price for a minute", (standing.BEHIND_MS, standing.SILENT_MS), (10 * S, MINUTE)),
    ("alerts.md", "steps after 30 days at most", retention.STEPS_DAYS, 30),
    ("alerts.md", "six digits, kept as a hash that is bound to the destination, good for ten minutes and five "
     "tries", (verify.DIGITS, verify.GOOD_FOR_MS, verify.MOST_TRIES), (6, 10 * MINUTE, 5)),
    ("alerts.md", "looks twenty times a second for what is due", 1 / deliver.LOOK_S, 20),
    ("alerts.md", "whose holder died runs out after two minutes", deliver.CLAIM_MS, 2 * MINUTE),
    ("alerts.md", "again after 5 s, 10 s, … 15 min",
     (delivered.FIRST_S, delivered.GROWTH, delivered.MOST_S), (5, 2, 900)),
    ("alerts.md", "after five silences in a row a service (mail, Telegram …) or one webhook is left alone for "
     "30 s",
     (breakers.FAILURES, breakers.RESPITE_S), (5, 30)),
    ("alerts.md", "Any 2xx within 10 s is a receipt", outgoing.TIMEOUT_S, 10),
    # docs/architecture.md
    ("architecture.md", "three slots go round: each account has one for the moment",
     (tracker_slots.GLANCES, tracker_slots.GLANCES_FROM), (3, 100)),
    ("architecture.md", "(`userRole`, weight 60) is asked once, a few times a minute in all",
     (weights.HEAVY["userRole"], role.MOST_A_MINUTE), (60, 6)),
    ("architecture.md", "counted in a moving window of 60 seconds", rate.WINDOW_S, 60),
    ("architecture.md", "asked of the database at each join and every ten seconds", private.EVERY, 10),
    ("architecture.md", "made from the newest 10,000 fills", trips.MOST_FILLS, 10_000),
    ("architecture.md", "end of each of 500 parts of the time", curves.POINTS, 500),
    ("architecture.md", "Snapshots come at least every 15 minutes", position.FULL_SET_MS, 15 * MINUTE),
    ("architecture.md", "from measurements that a loop takes every two seconds", monitor.EVERY_SECONDS, 2),
    ("architecture.md", "the report is unhealthy after 5 seconds", health.OLDEST_MS, 5 * S),
    ("architecture.md", "nobody waits for longer than 1.5 seconds", monitor.PATIENCE_SECONDS, 1.5),
    ("architecture.md", "nothing of any stream has come for 6 s | the feed has no connection, or nothing has "
     "come for 15 s", (told.LATE_MS, told.GONE_MS), (6 * S, 15 * S)),
    ("architecture.md", "the leading feed writes every two seconds", feed_beat.EVERY_SECONDS, 2),
    ("architecture.md", "every five seconds until there are none, and then every five minutes",
     (schema.WAITING_S, schema.EVERY_S), (5, 300)),
    ("architecture.md", "a lease in the database that it renews every second", lease.EVERY, 1),
    ("architecture.md", "are closed, then connections on which nothing is asked | 3 s", webrunner.PORTS_S, 3),
    ("architecture.md", "are answered, and the answers are read | 0.4 of what is left", process.WORK_SHARE, 0.4),
    ("architecture.md", "active users by day, in memory first and every few seconds in", usage.EVERY_S, 5),
    # docs/database.md
    ("database.md", "Pruning has ten minutes for a statement", pruning.LONGEST_S, 600),
    ("database.md", "are prepared after five executions on a connection", settings_storage.PREPARE_AFTER, 5),
    ("database.md", "(200,000, 20,000 and 100,000; what is dropped beyond that",
     (record.MOST_TRADES, record.MOST_SNAPSHOTS, record.MOST_ROWS), (200_000, 20_000, 100_000)),
    ("database.md", "kept in Redis for two minutes at most", sessions.ENDED_S, 120),
    # docs/history.md, docs/pnl.md
    ("history.md", "compared every five minutes", audit.EVERY_MS, 5 * MINUTE),
    ("history.md", "for each gap, and at least every six hours",
     max(one.every for one in backfill_streams.STREAMS.values()), 6 * HOUR),
    ("configuration.md", "that alerts are about, 30 at most", record.MOST_COINS, 30),
    # docs/errors.md, docs/watching.md
    ("errors.md", "believed 600 times a minute", sentry.MOST_FOLLOWED, 600),
    ("watching.md", "written 30 times a minute", settings_logging.MOST_REPEATS, 30),
    # docs/socket-protocol.md
    ("socket-protocol.md", "topics joined at once | 64", consumer.MOST_TOPICS, 64),
    ("socket-protocol.md", "size of a message | 8,192 bytes", consumer.MOST_BYTES, 8192),
    ("socket-protocol.md", "the newest 60 trades", rows.TRADES_KEPT, 60),
    ("socket-protocol.md", "One that stays behind for ten seconds is closed with 4008",
     (fanout.EVICT_AFTER, fanout.TOO_SLOW), (10, 4008)),
    # docs/status.md
    ("status.md", "measures all services every two seconds and remembers, for each ten seconds and",
     (monitor.EVERY_SECONDS, samples.SLOT_MS), (2, 10 * S)),
    ("status.md", "the up to six hours that each process remembers",
     samples.MOST_SLOTS * samples.SLOT_MS, 6 * HOUR),
    ("status.md", "minutes 30 days, hours and days", kept.MINUTES_DAYS, 30),
    ("status.md", "Where nobody measured for a minute", incidents.GAP_MS, MINUTE),
    ("status.md", "a bar for each of 90 days", uptime.DAYS, 90),
    ("status.md", "then the newest 50", uptime.MOST_INCIDENTS, 50),
    ("status.md", "(200 are told, 50 shown)", (feed_beat.MOST_ACCOUNTS, inside.MOST_ACCOUNTS), (200, 50)),
    ("status.md", "one question at most every ten seconds, never waited for longer than 1.5 seconds",
     (uptime.FRESH_MS, uptime.PATIENCE_SECONDS), (10 * S, 1.5)),
    # what is started, and what it needs
    ("README.md", "# Caddy, 2 web, 2 feed, 2 deliver, backup, Postgres, Redis",
     [COMPOSED.replicas(name) for name in ("proxy", "web", "feed", "deliver", "backup", "postgres", "redis")],
     [1, 2, 2, 2, 1, 1, 1]),
    ("deployment.md", "Postgres from 14 and a Redis or Valkey from 6",
     (stored.OLDEST_POSTGRES, stored.OLDEST_REDIS), (140_000, (6, 0))),
    ("database.md", "given up after about seven seconds: it is asked on another connection, twice",
     (waiting.DOUBT_S + waiting.AGAIN_S, database_server.SURE_AFTER), (6.5, 2)),
    ("probe.md", "two and a half minutes at most for each call", allowance.PATIENCE, 150),
    ("history.md", "1,000 seeded runs in which", said_in_makefile(r"SEEDED_RUNS:-(\d+)"), "1000"),
    ("history.md", "and 12 kills of a recording process", said_in_makefile(r"KILLS:-(\d+)"), "12"),
    ("CONTRIBUTING.md", "on a processor four times slower", tab_page.SLOWER, 4),
    ("CONTRIBUTING.md", "no task over 50 ms while the market moves, a heap that grows by less than 2 MB an hour, "
     "a first paint with data before 1,000 ms, less than 200 kB without the charts' library",
     (tab.TASK_MS, tab.GROWTH_MB, tab.PAINT_MS, tab.WEIGHT_KB), (50, 2, 1000, 200)),
    ("architecture.md", "of the 10,000 fills that a page looks at", trips.MOST_FILLS, 10_000),
    ("CONTRIBUTING.md", "runs a test that fails up to twice more", said_in_makefile(r"--reruns (\d+)"), "2"),
]  # fmt: skip


@pytest.mark.parametrize(("document", "words", "number", "said"), CLAIMS, ids=[one[1] for one in CLAIMS])
def test_a_number_that_is_claimed_is_that_of_the_code(document, words, number, said):
    assert words in " ".join(PATHS[document].read_text().split()), f"{document} does not say so any more"
    assert number == said
