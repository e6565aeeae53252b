"""A report for people (a table) and for programs (JSON); and the list of checks for the documents."""

from collections.abc import Iterator

import msgspec

from exchange.probe.check import DIFFERS, HOLDS, NOT_SEEN, Verdict
from exchange.probe.registry import SUBJECTS
from exchange.probe.run import Report

WORD = {HOLDS: "holds", DIFFERS: "DIFFERS", NOT_SEEN: "not seen"}


def as_table(report: Report) -> str:
    """Subject by subject, a line for each check; how it differs, or why it was not seen, stands below."""
    verdicts = {verdict.check.id: verdict for verdict in report.verdicts}
    wide = max((len(id) for id in verdicts), default=0)
    lines = [f"Probe of {report.network.url} and {report.network.ws_url}, account {report.network.user}"]
    for subject, checks in SUBJECTS.items():
        rows = [verdicts[check.id] for check in checks if check.id in verdicts]
        if rows:
            lines += ["", subject]
            lines += [line for verdict in rows for line in _lines(verdict, wide)]
    counts = ", ".join(f"{report.counts[kind]} {WORD[kind]}" for kind in (HOLDS, DIFFERS, NOT_SEEN))
    return "\n".join([*lines, "", f"{counts}; {report.took:.0f} s, {report.weight} of the REST weight"])


def _lines(verdict: Verdict, wide: int) -> Iterator[str]:
    check = verdict.check
    yield f"  {WORD[verdict.kind]:<9} {check.id:<{wide}}  {check.sentence}"
    below = " " * (wide + 14)
    if verdict.how:
        yield f"{below}{verdict.how}"
    if verdict.kind == DIFFERS:
        yield f"{below}leans on: {check.leans_on}"


def as_json(report: Report) -> str:
    """The same as one object; ``checks`` in the order of the table."""
    rows = [
        {
            "id": verdict.check.id,
            "sentence": verdict.check.sentence,
            "leans_on": verdict.check.leans_on,
            "verdict": verdict.kind,
            "how": verdict.how,
        }
        for verdict in report.verdicts
    ]
    whole = {
        "url": report.network.url,
        "ws_url": report.network.ws_url,
        "user": report.network.user,
        "counts": dict(report.counts),
        "seconds": round(report.took, 1),
        "weight": report.weight,
        "checks": rows,
    }
    return msgspec.json.format(msgspec.json.encode(whole)).decode()


def as_document() -> str:
    """All checks as Markdown tables, one for each subject."""
    parts = []
    for subject, checks in SUBJECTS.items():
        parts += [f"### {subject}", "", "| check | assumption | leans on |", "|---|---|---|"]
        for check in checks:
            when = f" (only with `--{check.opt_in}`)" if check.opt_in else ""
            parts.append(f"| `{check.id}` | {check.sentence}{when} | {check.leans_on} |")
        parts.append("")
    return "\n".join(parts).replace("<", "&lt;").rstrip() + "\n"
