"""Says why a test had to be run again; without it the summary names the test alone, and nobody finds the cause."""

import pytest

TAIL = 60
"""Lines of a traceback that are shown."""


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    reports = terminalreporter.stats.get("rerun", [])
    if not reports:
        return
    terminalreporter.section("what failed before it was run again")
    for report in reports:
        terminalreporter.write_line(f"AGAIN {report.nodeid} ({report.when})")
        for line in report.longreprtext.splitlines()[-TAIL:]:
            terminalreporter.write_line(f"    {line}")
