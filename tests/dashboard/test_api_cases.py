"""The OpenAPI document against a live server: no 5xx, and no answer that it does not declare.

Without an exchange candles and funding rates are 503, as declared, so they are left out. ``API_CASES`` says how
many cases each operation gets (``make api-cases``: 20,000 in all).
"""

import os
import re
import subprocess
import sys
from decimal import Decimal

import pytest

from accounts.models import ApiToken, User, Wallet
from alerts.models import Alert, Firing
from dashboard.mirror import mirror
from dashboard.mirror_rows import Snapshot
from exchange import events
from exchange.board_sources import source_of
from exchange.market import Market
from exchange.topics import Topic
from tests.dashboard.test_api import MINE, fill_up
from tests.exchange.board_events import universe
from tests.exchange.test_board import NOW

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
CASES = int(os.environ.get("API_CASES", "8"))
CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"


def heard() -> Snapshot:
    """Markets as a feed would have told of them."""
    market = Market()
    market.apply(events.UniverseChanged(NOW, universe()))
    market.apply(events.Prices(NOW, {"BTC": Decimal("64250.5")}, {}))
    return Snapshot("markets", 1, 1, source_of(Topic.parse("markets"), market).fresh(), NOW, NOW)


def make_dora() -> str:
    """Somebody with a row of everything, and a token; the document's example of a number is 17."""
    user = User.objects.create_user("dora", "dora@example.org", "x", tier="api")
    Wallet.objects.put(user, MINE)
    fill_up(MINE)
    for number in (17, 18):
        alert = Alert.objects.add(user, metric="mark", coin="BTC", threshold=Decimal(1))
        Alert.objects.filter(id=alert.pk).update(id=number)
    times = {"received_at": 1, "fired_at": 1, "decided_at": 1}
    Firing.objects.create(pk=17, alert_id=18, user=user, arm=1, sentence="mine", **times)
    return ApiToken.objects.issue(user, "bot", can_read=True, can_alert=True)[1]


def test_no_case_ends_in_a_5xx_or_an_undeclared_answer(live_server, db, monkeypatch):
    rows, token = heard(), make_dora()
    monkeypatch.setattr(mirror, "snapshot", lambda topic: rows if topic == "markets" else None)
    command = [os.path.join(os.path.dirname(sys.executable), "schemathesis"), "run"]
    command += [f"{live_server.url}/api/v1/openapi.json", "--header", f"Authorization: Bearer {token}"]
    command += ["--checks", CHECKS, "--max-examples", str(CASES), "--seed", "7", "--phases", "examples,fuzzing"]
    command += ["--mode", "all", "--exclude-path-regex", "/(candles|rates)$", "--no-color"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=7200)
    said = re.sub(r"Bearer \S+", "Bearer …", done.stdout + done.stderr)
    assert done.returncode == 0, said[-6000:]
    sys.stdout.write(said[-800:])
