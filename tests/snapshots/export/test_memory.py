"""However many rows: an export and its verification take the memory of a page of them."""

import tracemalloc
from collections.abc import Callable, Iterator

import pytest

from snapshots.export import selection
from snapshots.export.bundle import Bundle
from snapshots.export.selection import Selection
from snapshots.export.tables import TABLES
from snapshots.export.verify import verify
from snapshots.export.write import Export, as_zip, to_folder
from snapshots.models import Account, Fill
from tests.snapshots import wires
from tests.snapshots.wires import ALICE, NOON

FEW, MANY = 2_000, 30_000
MOST_MORE = 1024 * 1024
"""Bytes; the rows themselves would take 20 MB more. Buffers of the compressor come and go."""


class Made(Selection):
    """As many rows of one account as wanted, made when they are asked for."""

    count = 0

    def owners(self, table):
        return [(ALICE, {})]

    def coverage(self, table):
        return []

    def rows(self, table, lookup) -> Iterator[tuple]:
        fill = Fill.of_wire(1, wires.full_fill(), NOON)
        values = [getattr(fill, name) for name in table.names]
        tid = table.names.index("tid")
        for number in range(self.count):
            values[tid] = number
            yield (*values, NOON, number)


def made(count: int) -> Export:
    some = Made(())
    object.__setattr__(some, "count", count)  # it is frozen
    return Export(some, [TABLES["fills"]], "csv")


def peak(work: Callable[[], object]) -> int:
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def send(count: int) -> None:
    for _ in as_zip(made(count)):
        pass


def test_sending_many_rows_takes_no_more_memory_than_few():
    send(FEW)  # what is made once
    assert peak(lambda: send(MANY)) < peak(lambda: send(FEW)) + MOST_MORE


def test_verifying_many_rows_takes_no_more_memory_than_few(tmp_path):
    for count in (FEW, MANY):
        to_folder(made(count), tmp_path / str(count))
    few, many = (Bundle(tmp_path / str(count)) for count in (FEW, MANY))
    assert verify(few) == {"fills.csv": FEW}
    assert peak(lambda: verify(many)) < peak(lambda: verify(few)) + MOST_MORE


@pytest.mark.django_db
def test_reading_many_rows_holds_one_page_of_them(monkeypatch):
    monkeypatch.setattr(selection, "PAGE", 200)
    account = Account.objects.create(address=ALICE, added_at=NOON)
    rows = (Fill.of_wire(account.pk, wires.fill(NOON + n, tid=n), NOON) for n in range(6_000))
    Fill.objects.bulk_create(rows, batch_size=500)

    def read(end: int) -> None:
        for _ in Selection((account,), end=end).rows(TABLES["fills"], {"account": account.pk}):
            pass

    read(NOON + 400)
    assert peak(lambda: read(NOON + 6_000)) < peak(lambda: read(NOON + 400)) + MOST_MORE
