"""The export page: what may be chosen, and a ZIP of one's own wallets and notes that verifies."""

import asyncio
import json
import zipfile
from io import BytesIO, StringIO

import pytest
from asgiref.sync import async_to_sync
from django.core.management import call_command
from django.test import Client

from accounts.models import Wallet
from dashboard.pages.history import export
from snapshots.models import Account, TripNote
from tests.snapshots.export.archive import fill_archive
from tests.snapshots.wires import ALICE, BOB, NOON

pytestmark = pytest.mark.django_db
PAGE, DOWNLOAD = "/history/export/", "/history/export/download/"


@pytest.fixture
def alice(cast) -> Client:
    """Signed in; of two recorded accounts, one is among her wallets."""
    fill_archive(cast.alice)
    Wallet.objects.put(cast.alice, ALICE, label="main")
    client = Client()
    client.force_login(cast.alice)
    return client


def files(response) -> dict[str, bytes]:
    async def whole() -> bytes:
        return b"".join([piece async for piece in response])

    with zipfile.ZipFile(BytesIO(async_to_sync(whole)())) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def test_the_page_offers_every_table_and_chooses_those_of_ones_own_wallets(alice):
    text = alice.get(PAGE).content.decode()
    for name in export.WORDS:
        assert f'value="{name}"{"" if name in export.LEFT_OUT else " checked"}>' in text
    assert export.WORDS.keys() == export.TABLES.keys()
    assert "may be incomplete" in text


def test_the_page_keeps_what_its_address_says(alice):
    text = alice.get(PAGE, {"wallet": ALICE, "table": "orders", "format": "jsonl", "from": "2025-11-01"}).content
    assert b'value="orders" checked' in text
    assert b'value="fills" checked' not in text
    assert b'value="jsonl" checked' in text
    assert b'name="from" value="2025-11-01"' in text


def test_the_download_is_a_zip_of_ones_own_that_verifies(alice, tmp_path):
    response = alice.get(DOWNLOAD, {"table": ["fills", "equity", "trip_notes"], "format": "jsonl"})
    assert response["Content-Type"] == "application/zip"
    assert response["Content-Disposition"].endswith('.zip"')
    assert "no-store" in response["Cache-Control"]
    found = files(response)
    assert set(found) == {"fills.jsonl", "equity.jsonl", "trip_notes.jsonl", "manifest.json"}
    assert list(json.loads(found["manifest.json"])["filters"]["accounts"]) == [ALICE]
    assert {json.loads(line)["account"] for line in found["fills.jsonl"].splitlines()} == {ALICE}
    for name, content in found.items():
        (tmp_path / name).write_bytes(content)
    out = StringIO()
    call_command("verify_export", str(tmp_path), stdout=out)
    assert "fills.jsonl: 7 rows" in out.getvalue()


def test_dates_are_days_of_the_users_zone(alice, cast):
    cast.alice.timezone = "Pacific/Auckland"  # 13 hours before UTC's midnight, so NOON is on the next day
    cast.alice.save()
    found = files(alice.get(DOWNLOAD, {"table": "fills", "from": "2025-11-26", "to": "2025-11-26"}))
    filters = json.loads(found["manifest.json"])["filters"]
    assert (filters["start"], filters["end"]) == (NOON - 3_600_000, NOON + 23 * 3_600_000)


def test_one_wallet_and_one_coin_may_be_chosen(alice, cast):
    Wallet.objects.put(cast.alice, BOB)
    assert files(alice.get(DOWNLOAD, {"table": "fills"}))["fills.csv"].count(b"\n") == 15
    assert (
        files(alice.get(DOWNLOAD, {"table": "fills", "wallet": BOB}))["fills.csv"].count(BOB.encode() + b",") == 7
    )
    assert files(alice.get(DOWNLOAD, {"table": "positions", "coin": "BTC"}))["positions.csv"].count(b"\n") == 1


def test_a_wallet_of_somebody_else_is_answered_like_one_that_is_nobodys(alice):
    for address in (BOB, "0x" + "f" * 40):
        assert alice.get(DOWNLOAD, {"table": "fills", "wallet": address}).status_code == 404
        assert alice.get(PAGE, {"wallet": address}).status_code == 404


def test_another_users_notes_stay_his(alice, cast):
    trip = {"account": Account.objects.get(address=ALICE), "coin": "BTC", "opened_at": NOON, "tid": 1, "oid": 1}
    TripNote.objects.create(user=cast.bob, side="B", text="what bob thinks", **trip)
    found = files(alice.get(DOWNLOAD, {"table": "trip_notes"}))
    assert b"bob" not in found["trip_notes.csv"]
    assert found["trip_notes.csv"].count(b"\n") == 2


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({}, "choose at least one table"),
        ({"table": "users"}, "choose at least one table"),
        ({"table": "fills", "format": "xls"}, "format=xls"),
        ({"table": "fills", "from": "yesterday"}, "from=yesterday"),
    ],
)
def test_what_means_nothing_is_said_and_nothing_is_sent(alice, asked, said):
    response = alice.get(DOWNLOAD, asked)
    assert response.status_code == 400
    assert said in response.content.decode()


def test_nobody_has_more_than_one_export_made_at_a_time():
    async def both() -> list[bytes]:
        making: list[str] = []
        seen: list[bytes] = []

        def pieces(name: str):
            making.append(name)
            for _ in range(3):
                yield f"{name} {len(making)}".encode()
            making.remove(name)

        async def take(user: int, name: str) -> None:
            async for piece in export.in_turn(user, pieces(name)):
                seen.append(piece)
                await asyncio.sleep(0.01)

        await asyncio.gather(take(1, "a"), take(1, "b"))
        return seen

    assert asyncio.run(both()) == [b"a 1"] * 3 + [b"b 1"] * 3


def test_the_pages_queries_are_few(alice, django_assert_num_queries):
    alice.get(PAGE)  # the session's own work
    with django_assert_num_queries(6):  # user, bell, wallets, accounts, how far their pasts were read, coverage
        alice.get(PAGE)
