"""Error reports: what breaks is reported, nothing secret leaves, and without a DSN nothing happens at all."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.conf import settings

from dashboard.settings_security import connections
from exchange import log_id
from monitoring import sentry, tracing
from monitoring.sentry_events import clean
from tests.monitoring.ingest import Ingest
from tests.monitoring.secrets_planted import PLAIN, found, plain

ROOT = Path(__file__).resolve().parents[2]
PLANTED = [(kind, plain(kind, 1000 + turn)) for turn in range(17) for kind in PLAIN]


def environment(folder: Path, **more: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SENTRY_")}
    alone = {"HYPERLIQUID_NETWORK": "simulated", "DATABASE_URL": "", "REDIS_URL": "", "VAR_DIR": str(folder)}
    return {**kept, **alone, "DEBUG": "false", "ALLOWED_HOSTS": "*", "RATE_LIMIT_ENABLED": "false", **more}


@pytest.fixture(scope="module")
def planted(tmp_path_factory):
    """What came to the server of a process with 500 secrets in everything that it reports."""
    with Ingest() as ingest:
        given = environment(
            tmp_path_factory.mktemp("planting"), SENTRY_DSN=ingest.dsn, SENTRY_TRACES_SAMPLE_RATE="1"
        )
        done = subprocess.run(
            [sys.executable, "-m", "tests.monitoring.planting"],
            cwd=ROOT, env=given, input=json.dumps(PLANTED), text=True, capture_output=True, timeout=100,
        )  # fmt: skip
        assert "PlantedError" in done.stderr
        ingest.until(lambda: len(ingest.of("transaction")) >= 20, "transactions")
        yield ingest


def test_of_500_planted_secrets_none_leaves(planted):
    assert len({secret for _kind, secret in PLANTED}) >= 500
    assert found(PLANTED, planted.text()) == []


def test_what_breaks_is_reported_with_what_debugging_needs(planted):
    errors = planted.of("event")
    told = [error["exception"]["values"][-1] for error in errors if "exception" in error]
    assert {one["type"] for one in told} == {"PlantedError"}
    places = {error["transaction"] for error in errors if error.get("transaction")}
    assert "/breaking/{about}/" in places
    ways = {one["mechanism"]["type"] for one in told}
    assert {"django", "logging", "threading", "excepthook"} <= ways
    frame = told[0]["stacktrace"]["frames"][-1]
    assert frame["filename"].endswith("planting.py")
    assert frame["context_line"].strip().startswith("raise PlantedError")
    assert frame["vars"]["held"]["deep"]
    crumbs = [crumb for error in errors for crumb in error["breadcrumbs"]["values"]]
    assert any(crumb["category"] == "query" and "SELECT %s AS planted" in crumb["message"] for crumb in crumbs)
    assert any(error.get("logger") == "asyncio" for error in errors)  # the task that nobody awaited
    assert {error["environment"] for error in errors} == {"development"}
    assert {error["tags"]["process"] for error in errors} == {"planting"}
    assert all(error["release"].startswith("hyperliquid-dashboard@") for error in errors)


def test_a_report_says_of_a_request_its_method_and_path_alone(planted):
    requests = [
        event["request"] for event in planted.of("event") + planted.of("transaction") if "request" in event
    ]
    assert requests
    assert all(set(one) == {"method", "url"} and "?" not in one["url"] for one in requests)
    assert all("user" not in event and "modules" not in event for event in planted.of("event"))


def test_requests_are_traced_by_the_pattern_of_their_address_with_their_queries(planted):
    journeys = planted.of("transaction")
    assert {one["transaction"] for one in journeys} == {"/breaking/{about}/", "/well/{about}/"}
    assert any(span["description"] == "SELECT %s AS planted" for one in journeys for span in one["spans"])


LOOK = """
import os, sys, django
os.environ["DJANGO_SETTINGS_MODULE"] = "dashboard.settings"
django.setup()
import dashboard.webrunner
dashboard.webrunner.WebRunner.run = lambda self: print("sentry_sdk" in sys.modules, "loaded")
sys.argv[1:] = ["up"]
exec(open("manage.py").read())
"""
"""``manage.py up`` until it would serve: everything is imported and made by then."""


@pytest.mark.parametrize(("dsn", "is_loaded"), [("", False), ("http://key@127.0.0.1:9/1", True)])
def test_without_a_dsn_the_sdk_is_not_even_imported(tmp_path, dsn, is_loaded):
    given = environment(tmp_path, SENTRY_DSN=dsn, HYPERLIQUID_API_URL="http://127.0.0.1:9")
    done = subprocess.run(
        [sys.executable, "-c", LOOK], cwd=ROOT, env=given, capture_output=True, text=True, timeout=60
    )
    assert f"{is_loaded} loaded" in done.stdout, done.stderr
    assert not tracing.is_on()


def test_while_reports_are_off_nothing_is_traced_and_pages_know_of_nothing():
    with tracing.leg("op", "name"):
        assert tracing.marks() == {}
    assert sentry.page() is None
    sentry.flush()


def test_without_a_dsn_pages_load_nothing_for_it_and_may_talk_to_this_site_alone(client, db):
    page = client.get("/account/login/")
    assert b"errors" not in page.content
    assert b"sentry" not in page.content
    assert "connect-src" not in page.headers["Content-Security-Policy"]  # so that default-src counts: 'self'


@pytest.mark.parametrize(
    ("dsn", "origin"),
    [
        ("https://key@o1.ingest.sentry.io/2", "https://o1.ingest.sentry.io"),
        ("https://key@sentry.example.org:9000/prefix/2", "https://sentry.example.org:9000"),
        ("http://key@[::1]:9000/2", "http://[::1]:9000"),
    ],
)
def test_pages_may_talk_to_exactly_the_server_of_the_dsn(dsn, origin):
    assert connections(replace(settings.CONFIG, sentry_dsn=dsn)) == {"connect-src": ["'self'", origin]}


def test_recordings_are_for_production_alone_and_their_script_is_loaded_only_with_them(monkeypatch):
    monkeypatch.setattr(tracing, "_sdk", SimpleNamespace(get_traceparent=lambda: ""))
    monkeypatch.setattr(settings, "CONFIG", replace(settings.CONFIG, sentry_dsn="https://key@o1.example/2"))
    page = sentry.page()
    assert (page["replay_session"], page["replay_error"], page["bundle"]) == (0, 0, "vendor/sentry.js")
    monkeypatch.setattr(settings, "CONFIG", replace(settings.CONFIG, environment="production"))
    page = sentry.page()
    assert (page["replay_session"], page["replay_error"]) == (0.1, 1.0)
    assert page["bundle"] == "vendor/sentry-replay.js"
    none = {"sentry_replays_session_sample_rate": 0.0, "sentry_replays_on_error_sample_rate": 0.0}
    monkeypatch.setattr(settings, "CONFIG", replace(settings.CONFIG, **none))
    assert sentry.page()["bundle"] == "vendor/sentry.js"


def test_made_up_marks_of_a_journey_are_none():
    good = {"trace": f"{'a' * 32}-{'b' * 16}-1", "baggage": "sentry-release=1"}
    assert tracing._headers(good) == {"sentry-trace": good["trace"], "baggage": "sentry-release=1"}
    assert tracing._headers({**good, "baggage": "x" * 5000}) == {"sentry-trace": good["trace"]}
    for bad in ("", "x", f"{good['trace']}\r\nX: y", None, 3):
        assert tracing._headers({"trace": bad, "baggage": ""}) == {}


def test_a_browser_cannot_have_everything_traced():
    sampler = sentry.Sampler(0.25)
    assert sampler({}) == 0.25
    assert sampler({"parent_sampled": False}) == 0.0
    assert sampler({"parent_sampled": True, "asgi_scope": {"path": "/api/health"}}) == 0.0
    followed = sum(sampler({"parent_sampled": True}) for _ in range(5000))
    assert 0 < followed <= 2 * sentry.MOST_FOLLOWED  # twice if the minute changed meanwhile


def test_a_report_says_which_lines_of_log_belong_to_it_and_not_whose_request_it_was():
    crumb = {"category": "access", "message": "GET /markets/ 200 in 12.1 ms", "data": {"user": 7, "status": 200}}
    with log_id.bound("8f14e45fceea167a5a36dedd4bea2543"):
        event = clean({"tags": {"process": "web"}, "breadcrumbs": {"values": [crumb]}, "user": {"id": "7"}})
    assert event["tags"] == {"process": "web", "id": "8f14e45fceea167a5a36dedd4bea2543"}
    assert event["breadcrumbs"]["values"][0]["data"] == {"status": 200}
    assert "user" not in event


DYING = """
import os, django
os.environ["DJANGO_SETTINGS_MODULE"] = "dashboard.settings"
django.setup()
from monitoring import process

async def fail():
    raise LookupError("as the last thing it did")

process.prepare("feed")
process.run({"fails": fail})
"""


def test_what_ends_a_process_is_reported_before_it_has_ended(tmp_path):
    with Ingest() as ingest:
        given = environment(tmp_path, SENTRY_DSN=ingest.dsn)
        done = subprocess.run(
            [sys.executable, "-c", DYING], cwd=ROOT, env=given, capture_output=True, text=True, timeout=60
        )
        assert done.returncode == 1, done.stderr
        told = [one["exception"]["values"][-1] for one in ingest.of("event", "feed") if "exception" in one]
        assert ("LookupError", "as the last thing it did") in [(one["type"], one["value"]) for one in told]


def test_what_a_user_has_typed_does_not_leave_in_local_variables():
    held = {"name": "'Granny'", "self": "<Wallet: Granny>", "rows": ["<User: granny>"], "count": "3", "value": "7"}
    frame = {"filename": "x.py", "context_line": "    token = name", "vars": held}
    event = clean({"exception": {"values": [{"type": "E", "value": "", "stacktrace": {"frames": [frame]}}]}})
    told = event["exception"]["values"][0]["stacktrace"]["frames"][0]
    assert "ranny" not in json.dumps(event)
    assert told["vars"]["self"] == "<Wallet: [hidden]>"
    assert (told["vars"]["count"], told["vars"]["value"]) == ("3", "7")
    assert told["context_line"] == "    token = name"
