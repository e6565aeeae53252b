"""Whatever breaks, health says which, pages answer, and nothing that was written is lost or doubled."""

from collections.abc import Iterator

import pytest

from monitoring.line import SERVICES
from tests.chaos.faults import FAST, LONG, Fault
from tests.chaos.show import Show, names, opened

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def show(tmp_path_factory) -> Iterator[Show]:
    with opened(tmp_path_factory.mktemp("chaos")) as show:
        yield show


def test_every_line_of_the_health_page_has_a_fault_in_each_part_of_the_suite() -> None:
    assert {fault.line for fault in LONG if fault.line} == set(SERVICES)
    assert {fault.line for together in FAST for fault in together if fault.line} == set(SERVICES)


@pytest.mark.parametrize("faults", FAST, ids=names)
def test_what_breaks_is_said_and_mended_and_costs_nothing(show: Show, faults: tuple[Fault, ...]) -> None:
    show.suffer(possible(show, faults))


@pytest.mark.long
@pytest.mark.parametrize("fault", LONG, ids=str)
def test_each_fault_by_itself_flips_its_line_and_no_other(show: Show, fault: Fault) -> None:
    show.suffer(possible(show, (fault,)))


def test_nothing_is_lost_or_doubled_in_all_this(show: Show) -> None:
    assert show.settle() == []
    assert len(show.witness.trades) > 20
    assert len(show.receiver.got) > len(show.ledger.numbers) / 10


def possible(show: Show, faults: tuple[Fault, ...]) -> tuple[Fault, ...]:
    """Those that can be shown on this machine."""
    can = tuple(fault for fault in faults if show.stage.var.is_small or not fault.needs_small_disk)
    if not can:
        pytest.skip("takes the right to mount a small disk")
    return can
