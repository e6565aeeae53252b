"""``/api/v1/``: who gets what, page by page, and what is said when something is wrong."""

from dataclasses import replace
from decimal import Decimal

import pytest
from django.test import Client

from accounts.models import ApiToken, User, Wallet
from alerts.models import Alert, Destination, Firing
from dashboard.mirror import mirror
from snapshots.models import (
    Account,
    Coverage,
    EquitySnapshot,
    Fill,
    FundingPayment,
    PositionSnapshot,
    TradeSnapshot,
)
from tests.snapshots import wires

pytestmark = pytest.mark.django_db
API = "/api/v1"
MINE, HERS = "0x" + "c3" * 20, "0x" + "d4" * 20
PRIVATE = (
    "wallets",
    "trades",
    "coverage",
    "fills",
    "funding",
    "equity",
    "positions",
    "trips",
    "alerts",
    "firings",
)
NOW = 1_795_500_000_000


@pytest.fixture
def dora(cast) -> User:
    """Of the api tier, with a wallet."""
    user = User.objects.create_user("dora", "dora@example.org", "x", tier="api")
    Wallet.objects.put(user, MINE, label="mine")
    Wallet.objects.put(cast.alice, HERS, label="hers")
    return user


def program(user: User, **scopes: bool) -> Client:
    _, token = ApiToken.objects.issue(user, "bot", **({"can_read": True, "can_alert": True} | scopes))
    return Client(headers={"Authorization": f"Bearer {token}"}, enforce_csrf_checks=True)


def fill_up(address: str, count: int = 7) -> Account:
    """Of everything ``count`` rows, several in one millisecond."""
    account = Account.objects.known([address], 1)[address]
    for n in range(count):
        time = NOW + n // 3
        Fill.of_wire(account.pk, wires.fill(tid=n + 1, oid=n + 1, time=time), 1).save()
        FundingPayment(
            account=account, time=time, received_at=1, coin=f"C{n}", usdc=Decimal("-1.10"), szi=Decimal(1),
            funding_rate=Decimal("0.0000125"),
        ).save()  # fmt: skip
        EquitySnapshot(
            account=account, time=NOW + n, received_at=NOW + n, mode="default", equity=Decimal(5)
        ).save()
        PositionSnapshot(account=account, time=NOW + n, received_at=NOW, coin=f"C{n}", szi=Decimal(n + 1)).save()
        Coverage.objects.create(
            stream=f"fills:{address}", start=10 * n, end=10 * n + 5, state="covered", updated_at=1
        )
    return account


def told(response, status: int = 200):
    assert response.status_code == status, response.content
    kind = "application/problem+json" if status >= 400 else "application/json"
    assert response["Content-Type"].partition(";")[0] == kind
    return response.json()


def problem(response, status: int):
    body = told(response, status)
    assert body["status"] == status
    assert {"type", "title", "detail"} <= body.keys()
    return body


def test_nobody_gets_what_is_private_and_is_told_how_to_become_somebody(db):
    for name in PRIVATE:
        response = Client().get(f"{API}/{name}")
        assert "Authorization: Bearer" in problem(response, 401)["detail"]
        assert response["WWW-Authenticate"] == 'Bearer realm="api"'


@pytest.mark.parametrize("name", ["fills", "funding", "equity", "positions", "trips", "coverage"])
def test_what_is_of_anothers_wallet_is_never_answered(cast, dora, name):
    fill_up(HERS)
    asked = program(dora)
    assert told(asked.get(f"{API}/{name}"))["rows"] == []
    assert "not yours" in problem(asked.get(f"{API}/{name}?wallet={HERS}"), 404)["detail"]
    assert "not yours" in problem(asked.get(f"{API}/{name}?wallet={'0x' + '99' * 20}"), 404)["detail"]
    alice = Client()
    alice.force_login(cast.alice)
    assert told(alice.get(f"{API}/{name}?wallet={HERS.upper().replace('0X', '0x')}"))["rows"]


@pytest.mark.parametrize("name", ["fills", "funding", "equity", "coverage"])
def test_a_list_that_grows_is_read_to_its_end_without_missing_or_doubling_a_row(dora, name):
    account = fill_up(MINE, 11)
    asked = program(dora)
    there = [row["id"] for row in told(asked.get(f"{API}/{name}?limit=500"))["rows"]]
    assert len(there) == 11
    read, after = [], ""
    while after is not None:
        page = told(asked.get(f"{API}/{name}?limit=2{after and f'&after={after}'}"))
        read += [row["id"] for row in page["rows"]]
        after = page["next"]
        n = 100 + len(read)
        Fill.of_wire(account.pk, wires.fill(tid=n, oid=n, time=NOW + n), 1).save()
        EquitySnapshot(account=account, time=NOW + n, received_at=NOW, mode="default").save()
        Coverage.objects.create(stream=f"fills:{MINE}", start=100 * n, end=100 * n + 1, state="gap", updated_at=1)
    assert read == there


def test_amounts_keep_all_their_digits_and_name_no_exponent(dora):
    account = fill_up(MINE, 1)
    Fill.objects.update(px=Decimal("0.000000012300"), sz=Decimal("1E+3"))
    (row,) = told(program(dora).get(f"{API}/fills"))["rows"]
    assert (row["px"], row["sz"], row["wallet"], row["time"]) == ("0.000000012300", "1000", MINE, NOW)
    assert account.address == MINE


def test_trades_are_read_by_coin_or_large_ones_of_all(dora):
    for n in range(5):
        TradeSnapshot(
            coin="BTC", time=NOW + n // 2, tid=n + 1, side="B", px=Decimal(100), sz=Decimal(1),
            notional=20_000 if n % 2 else 100, received_at=NOW,
        ).save()  # fmt: skip
    asked = program(dora)
    assert [row["tid"] for row in told(asked.get(f"{API}/trades"))["rows"]] == [4, 2]
    first = told(asked.get(f"{API}/trades?coin=BTC&limit=3"))
    rest = told(asked.get(f"{API}/trades?coin=BTC&limit=3&after={first['next']}"))
    assert [row["tid"] for row in first["rows"] + rest["rows"]] == [5, 4, 3, 2, 1]
    assert rest["next"] is None


def test_trips_are_made_as_on_their_page_and_read_page_by_page(dora):
    account = Account.objects.known([MINE], 1)[MINE]
    for n in range(6):
        for way, (side, start) in enumerate((("B", "0"), ("A", "1"))):
            one = wires.fill(tid=2 * n + way + 1, oid=2 * n + way + 1, time=NOW + 10 * n + way, side=side)
            Fill.of_wire(account.pk, one, 1).save()
            Fill.objects.filter(tid=2 * n + way + 1).update(sz=Decimal(1), start_position=Decimal(start))
    asked = program(dora)
    whole = told(asked.get(f"{API}/trips"))
    assert [row["opened"] for row in whole["rows"]] == [NOW + 10 * n for n in reversed(range(6))]
    assert whole["rows"][0]["closed"] == NOW + 51
    read, after = [], ""
    while after is not None:
        page = told(asked.get(f"{API}/trips", {"limit": "2", "after": after}))
        read, after = read + page["rows"], page["next"]
    assert read == whole["rows"]
    assert problem(asked.get(f"{API}/trips?after=nonsense"), 422)["errors"][0]["where"] == "query.after"


@pytest.mark.parametrize(
    ("query", "where"),
    [
        ("limit=0", "query.limit"),
        ("limit=501", "query.limit"),
        ("after=yesterday", "query.after"),
        ("since=-1", "query.since"),
        ("wallet=0x12", "query.wallet"),
        ("coin=%00", "query.coin"),
        ("side=long", "query.side"),
    ],
)
def test_a_parameter_that_means_nothing_is_named_with_what_to_do(dora, query, where):
    body = problem(program(dora).get(f"{API}/fills?{query}"), 422)
    assert [one["where"] for one in body["errors"]] == [where]
    assert body["errors"][0]["what"]
    assert "ask again" in body["detail"]


def test_what_has_not_changed_is_not_sent_again(dora):
    account, asked = fill_up(MINE, 2), program(dora)
    first = asked.get(f"{API}/fills")
    again = asked.get(f"{API}/fills", headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", first["ETag"])
    assert {"Authorization", "Cookie"} <= set(first["Vary"].split(", "))
    Fill.of_wire(account.pk, wires.fill(tid=99, oid=99, time=NOW + 99), 1).save()
    assert len(told(asked.get(f"{API}/fills", headers={"If-None-Match": first["ETag"]}))["rows"]) == 3


def test_every_refusal_is_a_problem_whoever_refuses(dora, cast, settings):
    asked = program(dora, can_alert=False)
    assert "scope alerts" in problem(asked.post(f"{API}/alerts", {}, "application/json"), 403)["detail"]
    assert problem(program(dora, can_read=False).get(f"{API}/fills"), 403)
    assert problem(Client(headers={"Authorization": "Bearer hld_0"}).get(f"{API}/fills"), 401)
    nothing = asked.get(f"{API}/nothing")
    assert problem(nothing, 404)
    assert not nothing.cookies, "none for a form that is not there"
    wrong = program(dora).put(f"{API}/alerts/1", {}, "application/json")
    assert problem(wrong, 405)
    assert "PATCH" in wrong["Allow"]
    assert problem(Client().get(f"{API}/fills?x=hld_01234567_"), 400)
    careful = Client(enforce_csrf_checks=True)
    careful.force_login(cast.alice)
    assert "X-CSRFToken" in problem(careful.post(f"{API}/alerts", {}, "application/json"), 403)["detail"]


def test_the_tiers_limit_holds_and_says_when_to_come_back(dora, settings):
    settings.CONFIG = replace(settings.CONFIG, rate_limit_enabled=True, rate_limit_api=2)
    asked = program(dora)
    assert [asked.get(f"{API}/wallets")["RateLimit-Remaining"] for _ in range(2)] == ["1", "0"]
    response = asked.get(f"{API}/wallets")
    body = problem(response, 429)
    assert (body["limit"], body["retry_after"]) == (2, int(response["Retry-After"]))


def test_a_failure_and_a_database_that_is_away_are_problems_too(dora, monkeypatch):
    from django.db import OperationalError

    asked = program(dora)
    asked.raise_request_exception = False
    for error, status in ((OperationalError("gone"), 503), (KeyError("x"), 500)):

        def fail(*_, error=error):
            raise error

        monkeypatch.setattr("dashboard.api.history.history_page", fail)
        assert "x" not in problem(asked.get(f"{API}/fills"), status)["detail"].split()
    assert asked.get(f"{API}/fills")["Content-Type"].startswith("application/problem+json")


@pytest.mark.parametrize(
    ("name", "queries"),
    [("wallets", 1), ("fills", 3), ("funding", 3), ("equity", 3), ("trades", 1), ("alerts", 2), ("firings", 1)],
)
def test_a_list_costs_as_many_queries_however_long_it_is(dora, django_assert_num_queries, name, queries):
    fill_up(MINE)
    place = Destination.objects.add(dora, kind="email", label="mail", secret={"to": "d@example.org"})
    for _ in range(3):
        Alert.objects.add(dora, [place], metric="mark", coin="BTC", threshold=Decimal(1))
    asked = program(dora)
    asked.get(f"{API}/wallets")  # notes the use of the token
    with django_assert_num_queries(queries + 1):  # the token's row
        told(asked.get(f"{API}/{name}"))


MARK = {"metric": "mark", "coin": "BTC", "side": "above", "threshold": "64250.50", "tags": ["a", "b"]}


def test_an_alert_is_made_changed_and_deleted_by_a_program(dora):
    Destination.objects.add(dora, kind="email", label="mail", secret={"to": "d@example.org"})
    asked = program(dora)
    made = told(asked.post(f"{API}/alerts", MARK | {"destinations": ["mail"]}, "application/json"), 201)
    assert (made["threshold"], made["tags"], made["destinations"]) == ("64250.50", ["a", "b"], ["mail"])
    one = f"{API}/alerts/{made['id']}"
    changed = told(
        asked.patch(one, {"threshold": "7", "quiet_from": "22:00", "quiet_to": "07:00"}, "application/json")
    )
    assert (changed["threshold"], changed["quiet_from"], changed["coin"]) == ("7", "22:00", "BTC")
    assert changed["version"] == made["version"] + 1
    assert told(asked.get(one)) == changed
    assert told(asked.get(f"{API}/alerts"))["rows"] == [changed]
    assert asked.delete(one).status_code == 204
    assert problem(asked.get(one), 404)


def test_whoever_says_what_he_has_read_changes_nothing_that_has_changed_since(dora):
    asked = program(dora)
    one = asked.post(f"{API}/alerts", MARK, "application/json")
    url, made = f"{API}/alerts/{one.json()['id']}", one["ETag"]

    def change(seen: str, **what):
        return asked.patch(url, what, "application/json", headers={"If-Match": seen})

    assert asked.get(url)["ETag"] == made
    changed = change(made, note="first")
    assert told(changed)["note"] == "first"
    assert "since you read it" in problem(change(made, note="second"), 412)["detail"]
    assert problem(asked.delete(url, headers={"If-Match": made}), 412)
    assert told(asked.get(url))["note"] == "first"
    assert asked.get(url)["ETag"] == changed["ETag"]
    assert told(change(f'"other", {changed["ETag"]}', destinations=[]))
    assert told(change("*", note="third"))["note"] == "third"
    assert asked.get(url, headers={"If-None-Match": changed["ETag"]}).status_code == 200
    Alert.objects.update(phase="fired")  # as the evaluator does
    assert problem(change(asked.get(f"{API}/alerts")["ETag"], note="x"), 412)
    assert problem(change("first", note="x"), 422)["errors"][0]["where"] == "header.If-Match"
    assert problem(asked.get(url, headers={"If-Match": made}), 412)
    assert asked.delete(url, headers={"If-Match": asked.get(url)["ETag"]}).status_code == 204
    assert problem(asked.delete(url, headers={"If-Match": "*"}), 404)


@pytest.mark.parametrize(
    ("body", "where"),
    [
        ({"metric": "mark", "threshold": "1"}, "body.coin"),
        (MARK | {"threshold": "many"}, "body.threshold"),
        (MARK | {"window": 60_000}, "body.window"),
        (MARK | {"wallet": HERS}, "body.address"),
        (MARK | {"metric": "luck"}, "body.metric"),
        (MARK | {"destinations": ["nowhere"]}, "body.destinations"),
        (MARK | {"hold": 10**12}, "body.hold"),
        (MARK | {"expires": 8_008_330_166_496_327}, "body.expires"),  # microseconds: in no calendar
        (MARK | {"private_key": "x"}, "body.private_key"),
        (MARK | {"note": "\x00"}, "body.note"),
    ],
)
def test_an_alert_that_makes_no_sense_is_refused_as_by_the_form(dora, body, where):
    found = problem(program(dora).post(f"{API}/alerts", body, "application/json"), 422)
    assert where in [one["where"] for one in found["errors"]]
    assert not Alert.objects.exists()


def test_alerts_and_firings_of_others_are_nobodys(dora, cast):
    alert = Alert.objects.add(cast.alice, metric="mark", coin="BTC", threshold=Decimal(1))
    firing = Firing.objects.create(
        alert=alert, user=cast.alice, arm=1, sentence="hers", received_at=1, fired_at=1, decided_at=1
    )
    asked = program(dora)
    assert told(asked.get(f"{API}/alerts"))["rows"] == told(asked.get(f"{API}/firings"))["rows"] == []
    assert problem(asked.get(f"{API}/alerts/{alert.pk}"), 404)
    assert problem(asked.patch(f"{API}/alerts/{alert.pk}", {"active": False}, "application/json"), 404)
    assert problem(asked.delete(f"{API}/alerts/{alert.pk}"), 404)
    assert problem(asked.get(f"{API}/firings/{firing.pk}"), 404)
    assert problem(asked.post(f"{API}/firings/{firing.pk}/acknowledge"), 404)
    hers = Client()
    hers.force_login(cast.alice)
    assert told(hers.post(f"{API}/firings/{firing.pk}/acknowledge"))["acknowledged_at"]
    assert told(hers.get(f"{API}/firings?acknowledged=false"))["rows"] == []
    assert told(hers.get(f"{API}/firings?alert={alert.pk}"))["rows"][0]["id"] == firing.pk


def test_more_alerts_than_the_tier_has_are_a_conflict(dora, settings):
    settings.CONFIG = replace(settings.CONFIG, alerts_api=1)
    asked = program(dora)
    told(asked.post(f"{API}/alerts", MARK, "application/json"), 201)
    assert "at most 1 alert" in problem(asked.post(f"{API}/alerts", MARK, "application/json"), 409)["detail"]


def test_markets_are_for_everybody_and_unknown_until_they_were_heard(monkeypatch):
    response = Client().get(f"{API}/markets")
    assert problem(response, 503)["retry_after"] == int(response["Retry-After"])
    row = {"coin": "BTC", "label": "BTC", "dex": "", "kind": "perp", "category": "", "delisted": False}
    row |= {"max_leverage": 40, "n_mark": 86412.5, "n_change": None, "n_volume": 1e9, "n_oi": 2.0}
    row |= {"n_funding": 1.25e-05, "n_premium": -0.0001}
    heard = type("Heard", (), {"rows": {"BTC": row}, "received": NOW, "time": NOW})()
    monkeypatch.setattr(mirror, "snapshot", lambda topic: heard)
    body = told(Client().get(f"{API}/markets?sort=name&dir=asc"))
    assert body["rows"][0] | {"mark": "86412.5", "change": None, "funding": "0.0000125"} == body["rows"][0]
    assert problem(Client().get(f"{API}/markets?sort=luck"), 422)["errors"][0]["where"] == "query.sort"
    assert "not yours" in problem(Client().get(f"{API}/candles?coin=LUCK"), 404)["detail"]


def test_the_page_of_the_api_names_every_operation_and_needs_no_script(db):
    page = Client().get(f"{API}/docs").content.decode()
    paths = Client().get(f"{API}/openapi.json").json()["paths"]
    assert len(paths) > 14
    assert all(f"</span> {path}</h2>" in page for path in paths)
