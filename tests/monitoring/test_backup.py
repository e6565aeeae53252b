"""Backup and restore on real databases: what was in is out again, and a file that is not whole changes nothing."""

import io
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import tracemalloc
from dataclasses import replace
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import CommandError

from accounts.models import User
from exchange.clock import SystemClock
from monitoring.backup import folder
from monitoring.backup.archive import Archive, opened, parts
from monitoring.backup.errors import BackupError
from monitoring.backup.make import make
from monitoring.backup.restore import restore
from monitoring.backup.sealed import PIECE, TAG, SealedReader, SealedWriter
from monitoring.models import Lease
from snapshots.models import Account
from snapshots.store_trades import store_trades
from tests.monitoring.installed import ROOT, Installed, writing

KEY = "correct-horse-battery-staple"
OTHER = "another-horse-battery-staple"

pytestmark = pytest.mark.timeout(300)


@pytest.fixture(scope="module", params=["postgres" if os.environ.get("DATABASE_URL") else "sqlite"])
def server(request) -> str:
    """Each of the two runs of `make test` has one of them."""
    return request.getfixturevalue("postgres_url") if request.param == "postgres" else ""


@pytest.fixture(scope="module")
def place(server, tmp_path_factory, django_db_blocker):
    """An installation with users, alerts, trades of two months and text of all kinds."""
    with Installed(tmp_path_factory.mktemp("place"), server, BACKUP_KEEP="3") as place:
        with django_db_blocker.unblock(), place.here():
            call_command("migrate", verbosity=0)
            call_command("demo_users", stdout=io.StringIO())
            fill()
        yield place


def fill() -> None:
    times = [1_764_460_800_000 + day * 86_400_000 for day in range(60)]
    rows = [("BTC", time, time, "B", "90000.5", "0.001", "90", None, None, time) for time in times]
    store_trades(rows)
    Account.objects.create(address="0x" + "ab" * 20, added_at=1)
    text = "tab\t nl\n back\\slash \\N \u00e9 \U0001f986 'q'"
    User.objects.filter(username="trader").update(first_name=text, last_name="")


@pytest.fixture
def there(place, django_db_blocker):
    """The installation, on which this process works."""
    with django_db_blocker.unblock(), place.here():
        yield place


@pytest.fixture
def empty(server, tmp_path):
    """An installation whose database is empty."""
    with Installed(tmp_path / "empty", server) as empty:
        yield empty


def newest(place: Installed) -> Path:
    return folder.backups(place.folder / "backups", "simulated")[-1]


def backed_up(key: str = "") -> Path:
    """A backup of the installation on which this process works."""
    settings.CONFIG = replace(settings.CONFIG, backup_key=key)
    return make(SystemClock()).file


def why_not(file: Path, key: str = "", **options: bool) -> str:
    """The sentence with which a backup is refused."""
    settings.CONFIG = replace(settings.CONFIG, backup_key=key)
    with pytest.raises(BackupError) as refused:
        restore(file, SystemClock(), **options)
    return str(refused.value)


def test_what_was_backed_up_while_others_wrote_is_there_again_as_of_one_moment(place, empty):
    before = place.rows()
    with writing(place) as written:
        while len(written) < 20:
            time.sleep(0.01)
        assert "rows in" in place.done("backup")
        assert len(written) > 20, "nothing was written meanwhile"
    assert "rows are back, as of 20" in empty.done("restore", str(newest(place)))
    rows = empty.rows()
    changing = ("snapshots_account", "monitoring_lease", "sqlite_sequence")
    assert {name: rows[name] for name in rows if name not in changing} == {
        name: before[name] for name in before if name not in changing
    }
    accounts = len(rows["snapshots_account"]) - len(before["snapshots_account"])
    leases = len(rows["monitoring_lease"]) - len(before["monitoring_lease"])
    assert 20 <= accounts == leases <= len(written)
    assert len(rows["snapshots_tradesnapshot"]) == 60


def test_an_encrypted_backup_says_nothing_and_needs_its_key(there, empty):
    file = backed_up(KEY)
    assert file.name.endswith(".tar.gz.sealed")
    assert b"accounts_user" not in file.read_bytes()
    with empty.here():
        assert "set BACKUP_KEY" in why_not(file)
        assert "BACKUP_KEY is not the one" in why_not(file, OTHER)
        assert empty.tables() == []
        settings.CONFIG = replace(settings.CONFIG, backup_key=KEY)
        restore(file, SystemClock())
        highest = max(User.objects.values_list("id", flat=True))
        assert User.objects.create_user("later").id > highest
        User.objects.get(username="later").delete()
    assert empty.rows()["accounts_user"] == there.rows()["accounts_user"]


def spoilt(file: Path, where: float, folder: Path) -> Path:
    """A copy with one byte changed."""
    data = bytearray(file.read_bytes())
    data[int(len(data) * where)] ^= 0x40
    copy = folder / file.name
    copy.write_bytes(data)
    return copy


@pytest.mark.parametrize("key", ["", KEY])
def test_a_damaged_or_cut_off_file_is_refused_and_changes_nothing(there, tmp_path, key):
    file, before = backed_up(key), there.rows()
    for where in (0.0, 0.3, 0.6, 0.999):
        said = why_not(spoilt(file, where, tmp_path), key, force=True)
        assert any(word in said for word in ("damaged", "not as it was written", "no backup", "cannot be read")), (
            said
        )
    for length in (0, 10, 1000, file.stat().st_size - 20, file.stat().st_size - 1):
        cut = tmp_path / file.name
        cut.write_bytes(file.read_bytes()[:length])
        assert any(word in why_not(cut, key, force=True) for word in ("damaged", "cut off")), length
    assert "No such file" in why_not(tmp_path / "missing", key, force=True)
    assert there.rows() == before


def test_rows_that_do_not_fit_together_are_taken_back(there, server):
    file, before = backed_up(), there.rows()
    changed = rewritten(file, "tables/alerts_alert" if server else "database.sqlite3")
    said = why_not(changed, force=True)
    assert "refused it" in said or "damaged" in said or "other rows" in said
    assert there.rows() == before


def rewritten(file: Path, part: str) -> Path:
    """The backup of somebody who knows how to make one, with wrong rows in it."""
    target = file.with_name("wrong.tar.gz")
    with opened(file, "") as tar, target.open("wb") as out:
        archive = Archive(out, "", 0)
        for name, pieces in parts(tar):
            data = b"".join(pieces)
            if name == "manifest.json":
                said = {key: value for key, value in json.loads(data).items() if key != "parts"}
                continue
            with archive.part(name) as written:
                written.write(data.replace(b"\t1\t", b"\t77\t") if "alert" in part else data[: len(data) // 2])
        archive.close(said)
    return target


def test_a_database_that_holds_something_is_left_alone_unless_it_is_given_up(there):
    file, before = backed_up(), there.rows()
    assert "not empty (accounts_user" in why_not(file)
    there.execute("UPDATE accounts_user SET first_name = 'changed'")
    restore(file, SystemClock(), force=True)
    assert there.rows() == before


def test_a_database_on_which_a_feed_leads_is_left_alone_even_then(there):
    file = backed_up()
    Lease.objects.create(name="feed", holder="x:1", expires_at=SystemClock().now_ms() + 60_000)
    assert "a feed leads" in why_not(file, force=True)
    Lease.objects.filter(name="feed").delete()


def test_a_backup_of_another_network_or_of_a_newer_version_is_refused(there):
    file = backed_up()
    there.execute(
        "INSERT INTO django_migrations (app, name, applied) VALUES ('alerts', '9999_later', '2026-01-01')"
    )
    newer = backed_up()
    there.execute("DELETE FROM django_migrations WHERE name = '9999_later'")
    assert "alerts.9999_later" in why_not(newer, force=True)
    settings.CONFIG = replace(settings.CONFIG, hyperliquid_network="testnet")
    assert "it holds simulated" in why_not(file, force=True)


def test_a_backup_of_an_older_version_is_brought_to_this_one(server, empty, tmp_path, django_db_blocker):
    with Installed(tmp_path / "older", server) as older, django_db_blocker.unblock():
        with older.here():
            call_command("migrate", "alerts", "0003", verbosity=0)
            call_command("migrate", "snapshots", "0002", verbosity=0)
            older.execute("INSERT INTO snapshots_account (address, added_at) VALUES ('early', 5)")
            file = backed_up()
        with empty.here():
            restore(file, SystemClock())
            call_command("migrate", check_unapplied=True, verbosity=0)
        assert [row[1:] for row in empty.execute("SELECT id, address, added_at FROM snapshots_account")] == [
            ("early", 5)
        ]


def test_only_as_many_are_kept_as_configured(there):
    for _ in range(4):
        backed_up()
    kept = folder.backups(there.folder / "backups", "simulated")
    assert len(kept) == 3
    assert all(oct(file.stat().st_mode)[-3:] == "600" for file in kept)


def test_the_newest_is_checked_by_command(there):
    backed_up()
    out = io.StringIO()
    call_command("backup", "--verify", stdout=out)
    assert "all as they were written" in out.getvalue()
    shutil.rmtree(there.folder / "backups")
    with pytest.raises(CommandError, match="there is no backup of simulated"):
        call_command("backup", "--verify")


def test_whose_database_has_nothing_is_said_for_it_may_be_another_network_that_was_meant(there, tmp_path):
    of_another = {"HYPERLIQUID_NETWORK": "mainnet", "VAR_DIR": str(tmp_path), "DATABASE_URL": ""}
    command, environment = [sys.executable, "manage.py", "backup"], there.environment | of_another
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "the database of mainnet (HYPERLIQUID_NETWORK) could not be read: no such table" in done.stderr


def test_a_disk_without_room_is_said_and_leaves_no_file(there, tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("")
    settings.CONFIG = replace(settings.CONFIG, backup_dir=str(blocked / "below"))
    with pytest.raises(BackupError, match="cannot write to"):
        make(SystemClock())
    limited = ["bash", "-c", f"ulimit -f 8; exec {sys.executable} manage.py backup"]
    environment = there.environment | {"BACKUP_DIR": str(tmp_path / "full")}
    done = subprocess.run(limited, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stderr
    said = ("CommandError: cannot write to", "CommandError: the database of simulated")
    assert any(words in done.stderr for words in said)
    assert list((tmp_path / "full").iterdir()) == []


def going_on(place, where: Path, hours: str) -> subprocess.Popen[str]:
    """A process that keeps making backups into an own folder."""
    environment = place.environment | {"PYTHONUNBUFFERED": "1", "BACKUP_DIR": str(where), "BACKUP_KEEP": "99"}
    command = [sys.executable, "manage.py", "backup", "--every", hours]
    return subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)


def test_a_backup_that_is_told_to_stop_leaves_no_unfinished_file(place, tmp_path):
    child = going_on(place, tmp_path, "24")
    try:
        assert "rows in" in child.stdout.readline()
        child.send_signal(signal.SIGTERM)
        assert child.wait(20) == 0
    finally:
        child.kill()
    assert list(tmp_path.glob(".*")) == []


@pytest.mark.timeout(60)
def test_starting_again_makes_no_backup_before_its_time_and_so_pushes_no_old_one_out(place, tmp_path):
    first = going_on(place, tmp_path, "24")
    assert "rows in" in first.stdout.readline()
    first.kill()
    first.wait(20)
    (before,) = tmp_path.glob("dashboard-*")
    again = going_on(place, tmp_path, "24")
    soon = going_on(place, tmp_path, "0.0001")  # its newest is too old: it says when a process has got so far
    try:
        assert "rows in" in soon.stdout.readline()
        again.send_signal(signal.SIGTERM)
        assert again.communicate(timeout=20)[0] == ""
    finally:
        for child in (soon, again):
            child.kill()
    assert before.exists()


def test_what_a_killed_process_left_is_removed_after_a_day(tmp_path):
    left, fresh = tmp_path / ".dashboard-x.part", tmp_path / ".dashboard-y.part"
    for file in (left, fresh):
        file.write_text("x")
    now = round(time.time() * 1000)
    os.utime(left, (now / 1000 - 90_000, now / 1000 - 90_000))
    folder.thin_out(tmp_path, "simulated", 1, now)
    assert [file.name for file in tmp_path.iterdir()] == [fresh.name]


def test_names_say_when_a_backup_was_made():
    name = folder.name_of("mainnet", 1_764_460_800_123, is_sealed=True)
    assert name == "dashboard-mainnet-20251130T000000123Z.tar.gz.sealed"
    assert folder.made_at(Path(name)) == 1_764_460_800_123


def pieces(count: int) -> bytes:
    return os.urandom(PIECE) * count + b"the end"


def seal(data: bytes) -> bytes:
    out = io.BytesIO()
    writer = SealedWriter(out, KEY)
    for start in range(0, len(data), 300_000):
        writer.write(data[start : start + 300_000])
    writer.close()
    return out.getvalue()


@pytest.mark.parametrize("size", [0, 1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE])
def test_what_is_sealed_is_the_same_when_it_is_opened(size):
    data = os.urandom(size)
    reader = SealedReader(io.BytesIO(seal(data)), KEY)
    assert b"".join(iter(lambda: reader.read(70_000), b"")) == data


def test_pieces_of_a_sealed_file_cannot_be_left_out_swapped_or_cut_off():
    whole = seal(pieces(3))
    head = whole.index(b"\n") + 1
    one = PIECE + TAG
    first, second, rest = whole[head : head + one], whole[head + one : head + 2 * one], whole[head + 2 * one :]
    wrong = [
        whole[:head] + second + first + rest,
        whole[:head] + first + rest,
        whole[: head + 2 * one],
        whole[: head + 3 * one],
        whole + b"x",
        whole[:head],
        b"",
        whole.replace(b'"p": 1', b'"p": 2', 1),
        whole.replace(b"32768", b"99999999", 1),
    ]
    for data in wrong:
        with pytest.raises(BackupError):
            SealedReader(io.BytesIO(data), KEY).read()


def test_a_sealed_file_is_written_and_read_in_constant_memory(tmp_path):
    file = tmp_path / "large"
    tracemalloc.start()
    with file.open("wb") as out:
        writer = SealedWriter(out, KEY)
        for _ in range(64):
            writer.write(bytes(PIECE))
        writer.close()
    with file.open("rb") as source:
        reader = SealedReader(source, KEY)
        while reader.read(PIECE):
            pass
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert file.stat().st_size > 64 * PIECE
    assert peak < 48 * PIECE  # scrypt itself takes 32


def test_a_plain_backup_can_be_read_with_tar_alone(there):
    file = backed_up()
    listed = subprocess.run(["tar", "tzf", file], capture_output=True, text=True, check=True)
    assert listed.stdout.splitlines()[-1] == "manifest.json"
