"""What goes wrong in real processes of web, feed and deliver is reported, by each of them, without secrets.

Nothing in them is replaced: a trigger in their database refuses what they write, and says secrets as it does.
"""

import re
import urllib.parse
from collections.abc import Iterator

import psycopg
import pytest
import requests

from accounts import demo
from accounts.models import Session
from alerts.models import DeliveryRound
from snapshots.models import TradeSnapshot
from tests.dashboard.cluster import Cluster
from tests.dashboard.test_deliver_command import start, told_now, until  # noqa: F401 - a fixture
from tests.monitoring.ingest import Ingest
from tests.monitoring.secrets_planted import PLAIN, found, plain

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]
PLANTED = [(kind, plain(kind, 9000 + turn)) for turn in range(17) for kind in PLAIN]
REFUSE = """
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION USING ERRCODE = TG_ARGV[0], MESSAGE = {message}, DETAIL = {detail};
END $$
"""


@pytest.fixture(scope="module")
def reported(tmp_path_factory, postgres_url) -> Iterator[Ingest]:
    """The server of reports, after web, feed and deliver have met a database that refuses what they write."""
    cluster = Cluster(tmp_path_factory.mktemp("cluster"), postgres_url)
    with Ingest() as ingest:
        cluster.environment |= {"SENTRY_DSN": ingest.dsn, "SENTRY_TRACES_SAMPLE_RATE": "1"}
        with cluster:
            break_everywhere(cluster, ingest)
        yield ingest


def break_everywhere(cluster: Cluster, ingest: Ingest) -> None:
    """Until each process has reported what happens to it."""
    assert cluster.start("users", "manage.py", "demo_users", "--without-alerts").wait(60) == 0
    refuse(cluster)
    cluster.start("deliver", "manage.py", "deliver")
    sign_in(cluster)
    for process in ("web", "feed", "deliver"):
        ingest.until(lambda process=process: ingest.of("event", process), f"report of {process}", 90)


def refuse(cluster: Cluster) -> None:
    """From now on the database says secrets and refuses sessions, trades and the figures of deliverers."""
    secrets = [secret for _kind, secret in PLANTED]
    message, detail = " | ".join(secrets[::2]), f"Key (email)=({' | '.join(secrets[1::2])}) already exists."
    with psycopg.connect(cluster.database_url, autocommit=True) as database:
        quoted = {"message": psycopg.sql.Literal(message), "detail": psycopg.sql.Literal(detail)}
        database.execute(psycopg.sql.SQL(REFUSE).format(**quoted))
        for model, code in ((Session, "P0001"), (TradeSnapshot, "23505"), (DeliveryRound, "23505")):
            statement = "CREATE TRIGGER refuse BEFORE INSERT ON {} FOR EACH ROW EXECUTE FUNCTION refuse({})"
            table = psycopg.sql.Identifier(model._meta.db_table)
            database.execute(psycopg.sql.SQL(statement).format(table, psycopg.sql.Literal(code)))


def sign_in(cluster: Cluster) -> None:
    """By the form, with secrets in headers, cookies and the address."""
    cluster.until(lambda: answers(cluster), "page")
    with requests.Session() as browser:
        page = f"{cluster.url}/account/login/"
        token = re.search('name="csrfmiddlewaretoken" value="([^"]+)"', browser.get(page, timeout=30).text)[1]
        secrets = [urllib.parse.quote(secret) for _kind, secret in PLANTED]
        for number in range(3):
            browser.cookies.set(f"planted{number}", secrets[number])
        headers = {f"X-Planted-{number}": secret for number, secret in enumerate(secrets[:20])}
        form = {"login": "trader", "password": demo.PASSWORD}
        answer = browser.post(
            f"{page}?next=/&q={secrets[0]}",
            data=form | {"csrfmiddlewaretoken": token, "planted": secrets[5]},
            headers={**headers, "Referer": page},
            timeout=60,
        )
        assert answer.status_code == 500, answer.text[:500]


def answers(cluster: Cluster) -> bool:
    try:
        return requests.get(f"{cluster.url}/account/login/", timeout=5).ok
    except requests.RequestException:
        return False


@pytest.mark.parametrize("process", ["web", "feed", "deliver"])
def test_each_process_reports_what_goes_wrong_in_it(reported, process):
    error = reported.of("event", process)[0]
    told = error["exception"]["values"][-1]
    assert told["type"] == ("ProgrammingError" if process == "web" else "IntegrityError")
    assert error["server_name"] == process
    frames = [frame for one in error["exception"]["values"] for frame in one["stacktrace"]["frames"]]
    assert any(frame.get("vars") and frame.get("in_app", True) for frame in frames)
    if process == "web":
        assert error["transaction"] == "/account/login/"
    else:
        assert error["logentry"]["message"] in (
            "a round of deliveries failed",
            "the database refuses a piece of history",
        )


def test_none_of_500_secrets_leaves_any_process(reported):
    assert found(PLANTED, reported.text()) == []
    assert demo.PASSWORD not in reported.text()


def test_each_message_that_is_delivered_is_a_journey(cast, start, monkeypatch, transactional_db):  # noqa: F811
    from django.db import connection

    from tests.alerts.receivers import http

    if connection.vendor == "sqlite":
        pytest.skip("deliver runs on servers alone")
    with Ingest() as ingest, http() as server:
        monkeypatch.setenv("SENTRY_DSN", ingest.dsn)
        monkeypatch.setenv("SENTRY_TRACES_SAMPLE_RATE", "1")
        told_now(cast.alice, server.url, "first")
        child = start()
        until(lambda: ingest.of("transaction", "deliver"), child, start.log)
        (sent,) = ingest.of("transaction", "deliver")
        assert sent["transaction"] == "delivery by webhook"
        assert server.url not in ingest.text()
        told = {name.lower() for one in server.got for name in one.headers}
        assert "idempotency-key" in told
        assert not told & {"sentry-trace", "baggage", "traceparent"}, "a receiver learns nothing of our traces"
