"""The documents say what is true: variables, files and links exist. Commands: test_documented.py."""

import gzip
import re
import tomllib
from functools import cache

import pytest

from dashboard import __version__
from dashboard.config_load import variables
from dashboard.config_table import table
from tests.documented import PAGES, ROOT, prose

FOLDERS = ("exchange", "accounts", "snapshots", "alerts", "monitoring", "dashboard", "tests", "benchmarks")
MADE = "deploy/secrets"
"""By deploy/make_secrets.py; test_papers.py holds which files are in it."""


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
def test_files_that_are_named_exist(document):
    named = re.findall(
        r"`((?:exchange|accounts|snapshots|alerts|monitoring|dashboard|tests|docs|deploy|static|templates|benchmarks)/"
        r"[\w./-]+)`",
        document.read_text(),
    )
    assert [path for path in named if not ((ROOT / path).exists() or path.startswith(MADE))] == []


@pytest.mark.parametrize("document", PAGES, ids=lambda document: document.name)
def test_links_to_headings_lead_to_one(document):
    for target, anchor in re.findall(r"\]\((?!https?:)([^)#]*)#([^)]+)\)", document.read_text()):
        text = (document.parent / target if target else document).read_text()
        headings = re.findall(r"^#+ (.+)$", text, re.M)
        there = {re.sub(r"[^\w -]", "", one).lower().replace(" ", "-") for one in headings}
        assert anchor in there, f"{document.name} links to {target}#{anchor}"


@pytest.mark.parametrize("document", PAGES, ids=lambda document: document.name)
def test_variables_that_are_named_are_variables_of_the_configuration_or_names_in_the_code(document):
    declared = {name for one in variables() for name in (one.name, f"{one.name}_FILE")}
    named = re.findall(r"`([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)(?:=[^`]*)?`", prose(document.read_text()))
    assert sorted({name for name in named if name not in declared and name not in written()}) == []


@cache
def written() -> set[str]:
    """Names of constants in the code, and variables of the Makefile, of tests and of containers."""
    files = [ROOT / "Makefile", ROOT / "docker-compose.yml", ROOT / "deploy/Caddyfile"]
    files += [path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py")]
    return {name for path in files for name in re.findall(r"\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\b", path.read_text())}


def test_every_page_of_the_documentation_is_in_its_index():
    index = (ROOT / "docs/README.md").read_text()
    pages = {page.name for page in (ROOT / "docs").glob("*.md")} - {"README.md"}
    assert pages <= set(re.findall(r"\]\(([\w-]+\.md)\)", index))


def test_the_changelog_has_the_version_that_the_project_says_it_is():
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert version == __version__
    assert f"## [{version}]" in (ROOT / "CHANGELOG.md").read_text()


def test_constants_that_the_recipes_name_are_in_the_files_they_name():
    text = " ".join((ROOT / "CONTRIBUTING.md").read_text().split())
    named = re.findall(r"`([A-Z][A-Z_]+)`(?: or `[A-Z_]+`)? (?:in|of) `([\w/]+\.py)`", text)
    assert len(named) > 5
    assert [one for one in named if not re.search(rf"^{one[0]}\b", (ROOT / one[1]).read_text(), re.M)] == []


def test_whoever_upgrades_is_told_of_every_migration_since_the_released_version():
    """And how long it takes: under "Upgrading", in a row of its own, until the version is released."""
    kept = gzip.decompress((ROOT / f"tests/released/{__version__}.postgres.sql.gz").read_bytes()).decode()
    ours = "|".join(package for package in FOLDERS if (ROOT / package / "migrations").is_dir())
    applied = set(re.findall(rf"VALUES \(\d+, '({ours})', '(\d+)_", kept))
    there = {
        (file.parent.parent.name, file.name[:4])
        for package in ours.split("|")
        for file in (ROOT / package / "migrations").glob("[0-9]*.py")
    }
    text = (ROOT / "CHANGELOG.md").read_text()
    rows = re.findall(
        r"^\| `(\w+)\.(\d{4})` \| \S[^|]+ \| \S[^|]+ \|$", text.partition(f"## [{__version__}]")[0], re.M
    )
    assert len(rows) == len(set(rows))
    assert set(rows) == there - applied
