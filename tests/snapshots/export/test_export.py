"""Exports: verified, named where they are wrong, and imported into an empty instance that exports the same."""

import json
import shutil
import zipfile
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from snapshots import days
from snapshots.export.selection import PAGE, Selection
from snapshots.export.tables import TABLES
from snapshots.export.write import Export, as_zip
from snapshots.models import Account, Coverage, Fill, TripNote
from tests.snapshots import wires
from tests.snapshots.export.archive import HOUR, NOTE, fill_archive, forget
from tests.snapshots.wires import ALICE, BOB, NOON

pytestmark = pytest.mark.django_db
FORMATS = pytest.mark.parametrize("suffix", ["csv", "jsonl"])


@pytest.fixture
def user(cast):
    fill_archive(cast.alice)
    return cast.alice


def run(command: str, *words: object) -> str:
    out = StringIO()
    call_command(command, *map(str, words), stdout=out)
    return out.getvalue()


def exported(folder: Path, suffix: str = "csv", *words: object) -> Path:
    run("export_history", folder, "--format", suffix, "--user", "alice", *words)
    return folder


def content(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.iterdir()}


def complaint(path: Path) -> str:
    """What verify_export says of a file that is wrong."""
    out = StringIO()
    with pytest.raises(CommandError):
        call_command("verify_export", str(path), stdout=out)
    return out.getvalue()


@FORMATS
def test_an_import_into_an_empty_instance_exports_the_same_bytes(user, tmp_path, suffix):
    first = exported(tmp_path / "first", suffix)
    before = {name: list(TABLES[name].model.objects.values()) for name in ("cash_flows", "trip_notes")}
    assert run("verify_export", first).count("all as they were written") == len(TABLES)
    forget()
    said = run("import_history", first, "--user", "alice")
    assert "fills: 14 rows" in said
    assert content(exported(tmp_path / "second", suffix)) == content(first)
    assert TripNote.objects.get().text == NOTE
    assert [row["digest"] for row in TABLES["cash_flows"].model.objects.values()] == [
        row["digest"] for row in before["cash_flows"]
    ]


def test_the_rows_of_both_formats_say_the_same(user, tmp_path):
    exported(tmp_path / "csv", "csv")
    exported(tmp_path / "jsonl", "jsonl")
    forget()
    run("import_history", tmp_path / "csv", "--user", "alice")
    assert content(exported(tmp_path / "again", "jsonl")) == content(tmp_path / "jsonl")


def test_rows_come_by_account_and_time_with_every_digit(user, tmp_path):
    rows = [json.loads(line) for line in (exported(tmp_path / "a", "jsonl") / "fills.jsonl").open()]
    assert [(row["account"], row["time"]) for row in rows] == sorted((row["account"], row["time"]) for row in rows)
    full = next(row for row in rows if row["builder_fee"])
    assert (full["px"], full["sz"]) == ("2703997.4500000002", "4161029539.6949653625")
    assert full["at"] == "2025-11-25T12:00:00.000Z"
    csv = (tmp_path / "b", "csv")
    assert "2703997.4500000002,4161029539.6949653625," in (exported(*csv) / "fills.csv").read_text()


def test_the_manifest_says_what_is_complete_and_where_the_holes_are(user, tmp_path):
    span = ("--from", "2025-11-25T11:30", "--to", "2025-11-25T12:30:00+00:00")
    words = (*span, "--wallet", f"0x{ALICE[2:].upper()}")
    said = json.loads((exported(tmp_path / "a", "csv", *words) / "manifest.json").read_text())
    assert said["filters"] == {
        "accounts": {ALICE: NOON - HOUR},
        "coins": [],
        "start": NOON - HOUR // 2,
        "end": NOON + HOUR // 2,
    }
    fills = said["tables"][0]
    assert fills["rows"] == 7
    spans = [(one["stream"], one["start"], one["end"], one["state"]) for one in fills["coverage"]]
    assert spans == [
        (f"fills:{ALICE}", NOON - HOUR // 2, NOON, "covered"),
        (f"fills:{ALICE}", NOON, NOON + HOUR // 2, "gap"),
        (f"twaps:{ALICE}", NOON - HOUR // 2, NOON, "covered"),
    ]
    assert fills["coverage"][1]["reason"] == "the exchange keeps 10,000"


def test_only_what_is_chosen_is_exported(user, tmp_path, cast):
    words = ("--tables", "fills", "trades", "--coin", "kPEPE", "BTC", "--to", "2025-11-25T12:00:00.001")
    folder = exported(tmp_path / "a", "jsonl", *words)
    assert sorted(content(folder)) == ["fills.jsonl", "manifest.json", "trades.jsonl"]
    trades = [json.loads(line) for line in (folder / "trades.jsonl").open()]
    assert [(row["coin"], row["tid"]) for row in trades] == [(c, n) for c in ("BTC", "kPEPE") for n in range(3)]


def test_nobody_elses_notes_are_exported(user, tmp_path, cast):
    run("export_history", tmp_path / "all")
    assert "trip_notes.csv" not in content(tmp_path / "all")
    run("export_history", tmp_path / "bobs", "--user", "bob", "--tables", "trip_notes")
    assert (tmp_path / "bobs" / "trip_notes.csv").read_text().count("\n") == 1


def test_more_rows_than_a_page_come_once_each(user, tmp_path):
    alice = Account.objects.get(address=ALICE)
    many = [wires.fill(NOON + n // 7, tid=1000 + n) for n in range(2 * PAGE + 5)]
    Fill.objects.bulk_create(Fill.of_wire(alice.pk, one, NOON) for one in many)
    folder = exported(tmp_path / "a", "jsonl", "--tables", "fills")
    tids = [json.loads(line)["tid"] for line in (folder / "fills.jsonl").open()]
    assert len(tids) == 14 + len(many)
    assert set(range(1000, 1000 + len(many))) <= set(tids)


def test_pages_of_rows_are_one_query_each(user, django_assert_num_queries):
    accounts = tuple(Account.objects.all())
    with django_assert_num_queries(5):  # coverage; two accounts: a page and the end of each
        for _, content in Export(Selection(accounts), [TABLES["fills"]], "csv").files():
            b"".join(content)


# Whatever is changed is found, at its first row -----------------------------------------------


def lines_of(folder: Path, name: str) -> list[bytes]:
    return (folder / name).read_bytes().splitlines(keepends=True)


def rewrite(folder: Path, name: str, lines: list[bytes]) -> Path:
    (folder / name).write_bytes(b"".join(lines))
    return folder


CHANGES = {
    "a digit": (lambda rows: rows.__setitem__(2, rows[2].replace(b"84143", b"84144")), 3),
    "an order": (lambda rows: rows.__setitem__(slice(4, 6), [rows[5], rows[4]]), 5),
    "one missing": (lambda rows: rows.pop(6), 7),
    "the first missing": (lambda rows: rows.pop(0), 1),
    "one twice": (lambda rows: rows.insert(3, rows[2]), 4),
    "the last missing": (lambda rows: rows.pop(), 14),
    "half the file missing": (lambda rows: rows.__delitem__(slice(5, None)), 6),
    "one more": (lambda rows: rows.append(rows[-1]), 15),
    "an empty line": (lambda rows: rows.insert(8, b"\n"), 9),
    "no end of line": (lambda rows: rows.__setitem__(13, rows[13].rstrip(b"\n")), 14),
    "other ends of lines": (lambda rows: rows.__setitem__(9, rows[9].replace(b"\n", b"\r\n")), 10),
    "a hash": (lambda rows: rows.__setitem__(11, rows[11][:-8] + b"0000000\n"), 12),
    "rubbish": (lambda rows: rows.__setitem__(1, b"\xff\x00\n"), 2),
}


@FORMATS
@pytest.mark.parametrize("change", CHANGES)
def test_the_first_wrong_row_is_named(user, tmp_path, suffix, change):
    folder = exported(tmp_path / "a", suffix)
    alter, row = CHANGES[change]
    lines = lines_of(folder, f"fills.{suffix}")
    head = 1 if suffix == "csv" else 0
    rows = lines[head:]
    alter(rows)
    rewrite(folder, f"fills.{suffix}", lines[:head] + rows)
    assert f"WRONG fills.{suffix}: row {row}: " in complaint(folder)


def test_a_row_forged_with_all_hashes_after_it_breaks_the_end(user, tmp_path):
    from snapshots.export.lines import CsvLines, link

    folder = exported(tmp_path / "a")
    form, lines = CsvLines(TABLES["fills"].columns), lines_of(folder, "fills.csv")
    chain = form.opened(lines[3])[1]
    for number in range(4, len(lines)):
        body = form.opened(lines[number])[0].replace(b"BTC", b"ETH")
        chain = link(chain, body)
        lines[number] = form.sealed(body, chain)
    assert "row 14: the chain ends otherwise" in complaint(rewrite(folder, "fills.csv", lines))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            lambda said: said["filters"].update(start=5),
            "row 1: its chain does not continue",
        ),
        (lambda said: said["tables"][0]["coverage"].pop(), "row 1: its chain does not continue"),
        (lambda said: said["tables"][0].update(rows=13), "row 14: it was added: the manifest says 13"),
        (lambda said: said["tables"][0].update(rows=15), "row 15: it is missing: the manifest says 15"),
        (lambda said: said["tables"][0].update(chain="0" * 64), "the manifest was changed"),
        (lambda said: said["tables"].pop(0), "the manifest was changed"),
        (lambda said: said["tables"][0].update(file="../secret.csv"), "is no name of such a file"),
        (lambda said: said["tables"][0].update(file="fills.jsonl"), "fills.jsonl is missing"),
        (lambda said: said.update(version=2), "another format or version"),
        (lambda said: said.pop("filters"), "cannot be read"),
        (lambda said: said.update(tables=7), "cannot be read"),
    ],
)
def test_a_changed_manifest_is_found(user, tmp_path, change, said):
    folder = exported(tmp_path / "a")
    manifest = json.loads((folder / "manifest.json").read_text())
    change(manifest)
    (folder / "manifest.json").write_text(json.dumps(manifest))
    assert said in complaint(folder)


def test_an_export_without_its_end_is_none(user, tmp_path):
    folder = exported(tmp_path / "a")
    (folder / "manifest.json").unlink()
    assert "manifest.json is missing" in complaint(folder)


def test_one_file_and_a_zip_are_verified_too(user, tmp_path):
    folder = exported(tmp_path / "a")
    assert run("verify_export", folder / "orders.csv").startswith("orders.csv: 2 rows")
    everything = Export(Selection(tuple(Account.objects.all())), [TABLES["fills"], TABLES["equity"]], "jsonl")
    sent = tmp_path / "sent.zip"
    sent.write_bytes(b"".join(as_zip(everything)))
    assert "fills.jsonl: 14 rows" in run("verify_export", sent)
    with zipfile.ZipFile(sent) as archive:
        archive.extractall(tmp_path / "out")
    assert sorted(content(tmp_path / "out")) == ["equity.jsonl", "fills.jsonl", "manifest.json"]
    cut = tmp_path / "cut.zip"
    cut.write_bytes(sent.read_bytes()[:-200])
    assert "WRONG" in complaint(cut)


# Importing --------------------------------------------------------------------------------------


def refused(folder: Path, *words: str) -> str:
    with pytest.raises(CommandError) as why:
        run("import_history", folder, *words)
    return str(why.value)


def test_an_import_goes_into_an_empty_instance_only(user, tmp_path):
    folder = exported(tmp_path / "a")
    assert "into an empty instance" in refused(folder, "--user", "alice")
    forget()
    Coverage.objects.create(stream="fills:x", start=0, end=1, state="gap", updated_at=0)
    assert "something is recorded already" in refused(folder, "--user", "alice")


def test_nothing_is_imported_of_files_that_are_wrong(user, tmp_path):
    folder = exported(tmp_path / "a")
    lines = lines_of(folder, "trip_notes.csv")
    rewrite(folder, "trip_notes.csv", [lines[0], lines[1].replace(b"BTC", b"ETH")])
    forget()
    assert "trip_notes.csv: row 1" in refused(folder, "--user", "alice")
    assert not Account.objects.exists()


def test_results_that_were_looked_at_before_an_import_are_summed_again(user, tmp_path):
    folder = exported(tmp_path / "a")
    forget()
    account = Account.objects.create(address=ALICE, added_at=NOON)
    assert not days.book(account.pk, "UTC").days.exists()
    run("import_history", folder, "--user", "alice")
    assert sum(day.fills for day in days.book(account.pk, "UTC").days.all()) == 7


def test_notes_need_an_owner(user, tmp_path):
    folder = exported(tmp_path / "a")
    forget()
    assert "say whose" in refused(folder)
    assert "no user is called nobody" in refused(folder, "--user", "nobody")


def test_what_would_claim_more_than_is_there_is_not_imported(user, tmp_path):
    folder = exported(tmp_path / "a", "csv", "--coin", "BTC")
    forget()
    assert "only some coins" in refused(folder, "--user", "alice")


def test_an_old_layout_is_refused_by_name(user, tmp_path, monkeypatch):
    folder = exported(tmp_path / "a")
    forget()
    monkeypatch.delitem(TABLES, "fills")
    assert "fills.csv: this version stores other columns" in refused(folder, "--user", "alice")


def test_a_folder_that_holds_something_is_left_alone(user, tmp_path):
    (tmp_path / "precious").write_text("")
    with pytest.raises(CommandError, match="is not empty"):
        exported(tmp_path)
    shutil.rmtree(tmp_path)


def test_wallets_and_users_that_are_unknown_are_named(user, tmp_path):
    with pytest.raises(CommandError, match="nothing is stored of 0xffff"):
        run("export_history", tmp_path / "a", "--wallet", BOB, "0xffff")
    with pytest.raises(CommandError, match="no user is called zoe"):
        run("export_history", tmp_path / "b", "--user", "zoe")
