"""The documents say what is true: variables, commands and links exist."""

import re
from pathlib import Path

import pytest

from dashboard.config_load import variables
from dashboard.config_table import table

ROOT = Path(__file__).resolve().parent.parent
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]


def test_the_configuration_page_has_the_declared_variables_and_no_others():
    page = (ROOT / "docs/configuration.md").read_text()
    assert page.endswith(table() + "\n"), "run manage.py config --table and paste it into docs/configuration.md"


def test_the_example_file_shows_every_variable_with_its_default():
    lines = (ROOT / ".env.example").read_text().splitlines()
    shown = dict(re.findall(r"^# ([A-Z_]+)=(.*)$", "\n".join(lines), re.M))
    assert list(shown) == [one.name for one in variables()]
    for one in variables():
        text = shown[one.name]
        assert (one.parse(text) if text else type(one.default)()) == one.default, one.name
    assert all(line.startswith("#") or not line for line in lines)


@pytest.mark.parametrize("document", PAGES, ids=lambda document: document.name)
def test_links_to_files_lead_somewhere(document):
    for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", document.read_text()):
        assert (document.parent / target).exists(), f"{document.name} links to {target}"


@pytest.mark.parametrize("document", PAGES, ids=lambda document: document.name)
def test_commands_that_are_named_exist(document):
    text = document.read_text()
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.M))
    assert set(re.findall(r"`make ([a-z-]+)", text)) <= targets
    commands = {file.stem for file in ROOT.glob("*/management/commands/[a-z]*.py")}
    django = {"check", "migrate", "makemigrations", "createsuperuser", "help", "collectstatic", "shell"}
    assert set(re.findall(r"manage\.py ([a-z_]+)", text)) <= commands | django


@pytest.mark.parametrize("document", PAGES, ids=lambda document: document.name)
def test_files_that_are_named_exist(document):
    named = re.findall(
        r"`((?:exchange|accounts|snapshots|alerts|monitoring|dashboard|tests|docs)/[\w./-]+)`",
        document.read_text(),
    )
    assert [path for path in named if not (ROOT / path).exists()] == []
