"""The documents say what is true: variables, commands and links exist."""

import re
import shlex
import tomllib
from pathlib import Path

import pytest
from django.core.management import get_commands, load_command_class

from dashboard import __version__
from dashboard.config_load import variables
from dashboard.config_table import table

ROOT = Path(__file__).resolve().parent.parent
PAGES = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")),
    *sorted((ROOT / "docs").glob("*.md")),
]


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


def shown_commands(text: str) -> list[str]:
    """Lines of shell blocks without their comments, and what stands between backticks in one line."""
    blocks = re.findall(r"^```(?:sh|bash|console)\n(.*?)^```", text, re.M | re.S)
    lines = [line for block in blocks for line in block.replace("\\\n", " ").splitlines()]
    return [line.split(" #")[0] for line in lines] + re.findall(r"`([^`\n]+)`", text)


@pytest.mark.parametrize("document", PAGES, ids=lambda document: document.name)
def test_commands_that_are_named_take_the_options_that_are_shown(document):
    """``manage.py`` and what follows; in Docker the entry point of the image stands for it."""
    for line in shown_commands(document.read_text()):
        found = re.search(r"(?:manage\.py|compose run (?:--rm )?[a-z]+) ([a-z_]+)((?: [^|;&>`]*)?)", line)
        if not found:
            continue
        name, rest = found.groups()
        assert name in get_commands(), f"{document.name}: {line}"
        parser = load_command_class(get_commands()[name], name).create_parser("manage.py", name)
        for word in shlex.split(rest):
            option = word.partition("=")[0]
            if option.startswith("-"):
                assert option in parser._option_string_actions, f"{document.name}: {option} in {line}"


def test_every_page_of_the_documentation_is_in_its_index():
    index = (ROOT / "docs/README.md").read_text()
    pages = {page.name for page in (ROOT / "docs").glob("*.md")} - {"README.md"}
    assert pages <= set(re.findall(r"\]\(([\w-]+\.md)\)", index))


def test_the_changelog_has_the_version_that_the_project_says_it_is():
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert version == __version__
    assert f"## [{version}]" in (ROOT / "CHANGELOG.md").read_text()
