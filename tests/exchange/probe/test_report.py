"""The report is readable by people and programs, and the document lists exactly the checks there are."""

from pathlib import Path

import msgspec
import pytest

from exchange.probe.check import DIFFERS, HOLDS, NOT_SEEN, Check, Verdict, verdict_of
from exchange.probe.outcome import SAMPLE, Differs, NotSeen, short
from exchange.probe.registry import CHECKS, NoSuchCheck, select
from exchange.probe.report import as_document, as_json, as_table
from exchange.probe.run import Report
from exchange.probe.seen import Network, Seen

DOCUMENT = Path(__file__).parents[3] / "docs" / "probe.md"
NETWORK = Network("http://there", "ws://there/ws", "0x1")


def report() -> Report:
    """Three checks, one of each verdict."""
    first, second, third = select(["rest.meta", "error.get", "stream.bbo"])
    verdicts = [
        Verdict(first, HOLDS),
        Verdict(second, DIFFERS, "expected 405; came 200"),
        Verdict(third, NOT_SEEN, "why"),
    ]
    return Report(NETWORK, verdicts, took=61.2, weight=840)


def test_the_table_says_what_differs_how_and_what_leans_on_it() -> None:
    table = as_table(report())
    lines = [line.strip() for line in table.splitlines()]
    assert lines[0] == "Probe of http://there and ws://there/ws, account 0x1"
    at = next(i for i, line in enumerate(lines) if line.startswith("DIFFERS   error.get"))
    assert lines[at + 1 : at + 3] == ["expected 405; came 200", "leans on: API.md 1; exchange/errors.py"]
    assert lines[-1] == "1 holds, 1 DIFFERS, 1 not seen; 61 s, 840 of the REST weight"
    assert "Life of a socket" not in table


def test_json_has_every_check_with_its_verdict() -> None:
    read = msgspec.json.decode(as_json(report()))
    assert [row["verdict"] for row in read["checks"]] == [HOLDS, DIFFERS, NOT_SEEN]
    assert read["checks"][1]["id"] == "error.get"
    assert read["counts"] == {HOLDS: 1, DIFFERS: 1, NOT_SEEN: 1}
    assert read["weight"] == 840


def test_the_exit_code_is_1_only_when_something_differs() -> None:
    assert report().exit_code == 1
    assert Report(NETWORK, [v for v in report().verdicts if v.kind != DIFFERS], 1, 0).exit_code == 0


def test_every_check_has_an_id_of_its_own_a_sentence_and_something_that_leans_on_it() -> None:
    assert len({check.id for check in CHECKS}) == len(CHECKS)
    for check in CHECKS:
        assert check.sentence.endswith(".")
        assert check.leans_on.startswith("API.md ")


def test_checks_are_chosen_by_id_or_by_what_stands_before_the_dot() -> None:
    assert [check.id for check in select(["error.get", "clock"])] == ["clock.rest", "error.get", "clock.frames"]
    assert "limit.users" not in {check.id for check in select()}
    assert "limit.users" in {check.id for check in select(options=["limits"])}
    with pytest.raises(NoSuchCheck, match=r"no check is called nothing or nothing\.\*"):
        select(["nothing"])


def test_the_document_lists_exactly_these_checks() -> None:
    """After a change: ``python -m exchange.probe`` prints the list to put there."""
    assert DOCUMENT.read_text().partition("## The checks\n\n")[2] == as_document()


def test_samples_are_cut() -> None:
    assert short({"a": 1}) == '{"a":1}'
    assert len(short("x" * 999)) == SAMPLE


@pytest.mark.parametrize(
    ("outcome", "kind", "how"),
    [
        (None, HOLDS, ""),
        (NotSeen("no trade"), NOT_SEEN, "no trade"),
        (Differs("one", "two", [1]), DIFFERS, "expected one; came two; sample: [1]"),
        (KeyError("px"), DIFFERS, "expected what API.md says; came something unreadable (KeyError('px'))"),
    ],
)
async def test_a_check_that_cannot_read_what_came_says_so(outcome: Exception | None, kind: str, how: str) -> None:
    async def run(seen: Seen) -> None:
        if outcome:
            raise outcome

    verdict = await verdict_of(Check("a.b", "A.", "API.md 1", run), None)  # type: ignore[arg-type]
    assert (verdict.kind, verdict.how) == (kind, how)
