"""A client made from the OpenAPI document reads every list to its end while rows are added."""

import importlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from decimal import Decimal
from functools import cache
from itertools import count
from types import ModuleType
from typing import Any

import pytest
from django.db import connection

from accounts.models import ApiToken, User, Wallet
from alerts.models import Alert, Firing
from dashboard.api.api import api
from snapshots.models import Account, Coverage, EquitySnapshot, Fill, FundingPayment, TradeSnapshot
from tests.dashboard.test_api import MINE, NOW
from tests.snapshots import wires

pytestmark = pytest.mark.django_db(transaction=True)
THERE, AT_ONCE, A_PAGE, PATIENCE_S = 40, 7, 4, 60.0
CONFIG = {"content_type_overrides": {"application/problem+json": "application/json"}, "post_hooks": []}


@pytest.fixture(scope="module")
def client_package(tmp_path_factory) -> Iterator[ModuleType]:
    """The package that the generator writes; it must understand all of the document."""
    folder = tmp_path_factory.mktemp("generated")
    (folder / "openapi.json").write_text(json.dumps(api.get_openapi_schema()))
    (folder / "config.json").write_text(json.dumps(CONFIG))
    command = [os.path.join(os.path.dirname(sys.executable), "openapi-python-client"), "generate"]
    command += ["--path", "openapi.json", "--config", "config.json", "--meta", "none", "--fail-on-warning"]
    done = subprocess.run(
        [*command, "--output-path", "dashboard_client"], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    sys.path.insert(0, str(folder))
    yield importlib.import_module("dashboard_client")
    sys.path.remove(str(folder))


@cache
def lists() -> dict[str, str]:
    """Every list that has pages: its name and the module of the client that reads it."""
    found = {}
    for path, operations in api.get_openapi_schema()["paths"].items():
        operation = operations.get("get", {})
        if any(one["name"] == "after" for one in operation.get("parameters", ())):
            found[path.removeprefix("/api/v1/")] = f"{operation['tags'][0].lower()}.{operation['operationId']}"
    return found


class Rows:
    """One user's: each method adds one row of its kind."""

    def __init__(self) -> None:
        self.user = User.objects.create_user("dora", "dora@example.org", "x", tier="api")
        Wallet.objects.put(self.user, MINE)
        self.account = Account.objects.known([MINE], 1)[MINE].pk
        self.alert = Alert.objects.add(self.user, metric="mark", coin="BTC", threshold=Decimal(1))

    @staticmethod
    def time(n: int) -> int:
        """Three in a millisecond; of those that come later every other one is older than all that are there."""
        return NOW + n // 3 if n <= THERE or n % 2 else NOW - n

    def fill(self, n: int) -> None:
        Fill.of_wire(self.account, wires.fill(tid=n, oid=n, time=self.time(n)), 1).save()

    def funding(self, n: int) -> None:
        amounts = {"usdc": Decimal(-1), "szi": Decimal(1), "funding_rate": Decimal("0.1")}
        FundingPayment(account_id=self.account, time=self.time(n), received_at=1, coin=f"C{n}", **amounts).save()

    def equity(self, n: int) -> None:
        time = NOW + n if n <= THERE or n % 2 else NOW - n
        EquitySnapshot(account_id=self.account, time=time, received_at=1, mode="default").save()

    def coverage(self, n: int) -> None:
        start = self.time(n) * 10 + n
        span = {"start": start, "end": start + 1, "state": "gap", "updated_at": 1}
        Coverage.objects.create(stream=f"fills:{MINE}", **span)

    def trade(self, n: int) -> None:
        what = {"coin": "BTC", "side": "B", "px": Decimal(100), "sz": Decimal(1), "notional": 20_000}
        TradeSnapshot(time=self.time(n), tid=n, received_at=1, **what).save()

    def trip(self, n: int) -> None:
        """Opened after all that there are: older fills would make other trips of those."""
        for way, (side, start) in enumerate((("B", 0), ("A", 1))):
            number = 2 * n + way
            one = wires.fill(tid=number, oid=number, time=NOW + 10 * n + way, side=side)
            row = Fill.of_wire(self.account, one, 1)
            row.sz, row.start_position = Decimal(1), Decimal(start)
            row.save()

    def another_alert(self, n: int) -> None:
        Alert.objects.add(self.user, metric="mark", coin="BTC", threshold=Decimal(n))

    def firing(self, n: int) -> None:
        times = {"received_at": NOW, "fired_at": NOW, "decided_at": NOW}
        Firing.objects.create(alert=self.alert, user=self.user, arm=n, sentence="mine", **times)


ADD: dict[str, Callable[[Rows, int], None]] = {
    "fills": Rows.fill,
    "funding": Rows.funding,
    "equity": Rows.equity,
    "coverage": Rows.coverage,
    "trades": Rows.trade,
    "trips": Rows.trip,
    "alerts": Rows.another_alert,
    "firings": Rows.firing,
}
KEY = {"trades": "tid", "trips": "opened"}
"""What tells rows apart that have no ``id``."""


def test_every_list_with_pages_is_read_here():
    assert lists().keys() == ADD.keys()


class Adder:
    """A thread that adds rows while they are read: ``A_PAGE`` for each page, or the end would never be reached."""

    def __init__(self, add: Callable[[int], None]) -> None:
        self.add, self.added = add, 0
        self._wanted, self._done = threading.Semaphore(0), threading.Semaphore(0)
        self._over = False
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> "Adder":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over = True
        self._wanted.release()
        self._thread.join()

    def some(self) -> None:
        """Wait until one is there, and let the others come while the page is read."""
        self._wanted.release(A_PAGE)
        assert self._done.acquire(timeout=PATIENCE_S)

    def _run(self) -> None:
        try:
            for n in count(THERE + 1):
                self._wanted.acquire()
                if self._over:
                    return
                self.add(n)
                self.added += 1
                self._done.release()
        finally:
            connection.close()


def read(client_package: ModuleType, client: Any, name: str, before_each: Callable[[], None]) -> list[Any]:
    """The keys of all rows, page by page."""
    operation = importlib.import_module(f"{client_package.__name__}.api.{lists()[name]}")
    found: list[Any] = []
    after: dict[str, str] = {}
    while True:
        before_each()
        page = operation.sync(client=client, limit=AT_ONCE, **after)
        found += [getattr(row, KEY.get(name, "id")) for row in page.rows]
        if page.next_ is None:
            return found
        after = {"after": page.next_}


@pytest.mark.parametrize("name", ADD)
def test_a_list_is_read_to_its_end_while_rows_are_added_and_nothing_is_missed_or_doubled(
    client_package, live_server, name
):
    rows = Rows()
    for n in range(1, THERE + 1):
        ADD[name](rows, n)
    token = ApiToken.objects.issue(rows.user, "bot")[1]
    client = client_package.client.AuthenticatedClient(base_url=live_server.url, token=token)
    there = read(client_package, client, name, lambda: None)
    assert len(there) >= THERE
    with Adder(lambda n: ADD[name](rows, n)) as adder:
        found = read(client_package, client, name, adder.some)
    assert len(found) == len(set(found))
    assert [key for key in found if key in set(there)] == there
    assert adder.added >= len(there) // AT_ONCE
    whole = read(client_package, client, name, lambda: None)
    assert len(whole) == len(set(whole)) == len(there) + adder.added
    assert set(found) <= set(whole)
