"""No wide ``except`` swallows: what it catches is logged, counted, kept or raised again."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("exchange", "accounts", "snapshots", "alerts", "monitoring", "dashboard")
SAID_OTHERWISE = {"monitoring/scrub.py": 1}
"""The scrubber says it in the record that it scrubs."""
MODULES = [file for package in PACKAGES for file in sorted((ROOT / package).rglob("*.py"))]


def swallowed(tree: ast.AST) -> list[int]:
    """Lines of handlers that catch everything, do not name the error, and neither log nor raise."""
    found = []
    for handler in (node for node in ast.walk(tree) if isinstance(node, ast.ExceptHandler)):
        wide = handler.type is None or (
            isinstance(handler.type, ast.Name) and handler.type.id.endswith("Exception")
        )
        nodes = [node for part in handler.body for node in ast.walk(part)]
        told = any(isinstance(node, ast.Raise) for node in nodes) or any(
            isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "log"
            for node in nodes
        )
        kept = handler.name and any(isinstance(node, ast.Name) and node.id == handler.name for node in nodes)
        if wide and not told and not kept:
            found.append(handler.lineno)
    return found


def test_a_swallowed_error_is_seen():
    assert swallowed(ast.parse("try:\n    f()\nexcept Exception:\n    pass\n")) == [3]


@pytest.mark.parametrize("package", PACKAGES)
def test_no_wide_except_swallows_what_it_catches(package):
    files = [file for file in MODULES if file.relative_to(ROOT).parts[0] == package]
    found = {str(file.relative_to(ROOT)): swallowed(ast.parse(file.read_text())) for file in files}
    assert {name: lines for name, lines in found.items() if len(lines) > SAID_OTHERWISE.get(name, 0)} == {}


def caught_halfway(tree: ast.AST) -> list[int]:
    """Lines that name ``DatabaseError`` as something to catch: a closed connection is ``InterfaceError``."""
    named = (node for node in ast.walk(tree) if isinstance(node, ast.alias | ast.Attribute))
    return [
        node.lineno
        for node in named
        if (node.name if isinstance(node, ast.alias) else node.attr) == "DatabaseError"
    ]


def test_an_error_of_the_database_that_is_caught_halfway_is_seen():
    assert caught_halfway(ast.parse("from django.db import DatabaseError\nimport x\n")) == [1]
    assert caught_halfway(ast.parse("try:\n    f()\nexcept db.DatabaseError:\n    log.info(1)\n")) == [3]


@pytest.mark.parametrize("package", PACKAGES)
def test_who_outlives_a_database_that_is_away_outlives_a_closed_connection(package):
    files = [file for file in MODULES if file.relative_to(ROOT).parts[0] == package]
    found = {str(file.relative_to(ROOT)): caught_halfway(ast.parse(file.read_text())) for file in files}
    assert {name: lines for name, lines in found.items() if lines} == {}
