"""Every command in the documents is one: what can be run here is, of the others each word is looked up."""

import importlib.util
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from django.urls import Resolver404, resolve

from dashboard.api.api import api
from dashboard.config_load import variables
from dashboard.config_rules import is_vapid_key
from tests.documented import ALL, HERE, PAGES, ROOT, accepted, after, hidden, of, prose
from tests.monitoring.installed import Installed

SETTINGS = {name for one in variables() for name in (one.name, f"{one.name}_FILE")}
LOOKED_UP = {
    "manage.py",
    "python",
    "make",
    "npm",
    "docker",
    "kubectl",
    "systemctl",
    "curl",
    "psql",
    "locust",
    "manage",
}
OF_SYSTEM = {"git", "cd", "printf", "export", "cp", "mv", "rm"}


def test_every_command_is_of_a_kind_that_is_tried_here():
    assert {one.program for one in ALL} <= LOOKED_UP | OF_SYSTEM
    assert len(ALL) > 80


@pytest.mark.parametrize("document", PAGES, ids=lambda document: document.name)
def test_no_command_stands_where_none_is_looked_for(document):
    assert hidden(document.read_text()) == [], "a block of commands begins with ```sh"


def test_commands_of_the_program_exist_with_their_arguments():
    for one in of("manage.py"):
        accepted(one.rest, one.is_whole)
    for one in of("manage"):
        accepted([word for word in one.rest if word != "--owner"])


def test_variables_that_are_set_are_variables_of_the_configuration_or_of_the_file_that_is_run():
    for one in ALL:
        given = set(one.given) | {word.partition("=")[0] for word in one.rest if one.program == "export"}
        read = "".join((ROOT / name).read_text() for name in after(one.rest, "-f") if one.program == "psql")
        assert all(name in SETTINGS or name in read for name in given), one.line


def test_modules_and_scripts_exist_with_their_arguments():
    for one in of("python"):
        if one.rest[0] == "-c":
            continue
        if one.rest[0] != "-m":
            assert (ROOT / one.rest[0].removeprefix(HERE)).is_file(), one.line
            continue
        module, *words = one.rest[1:]
        source = Path(importlib.util.find_spec(module).origin)
        if source.name == "__init__.py":
            source = source.with_name("__main__.py")
        options = [word for word in words if word.startswith("-")]
        assert all(f'"{option}"' in source.read_text() for option in options), one.line
        if module == "benchmarks":
            assert all(f'"{word}": ' in source.read_text() for word in words), one.line


def test_what_is_shown_for_a_key_of_notifications_makes_one_that_is_taken():
    (one,) = [one for one in of("python") if one.rest[0] == "-c" and one.page == "alerts.md"]
    assert is_vapid_key(subprocess.check_output([sys.executable, *one.rest], text=True).strip())


def test_make_has_a_rule_for_each_target():
    words = {word for one in of("make") for word in one.rest if "=" not in word}
    targets = words - {"-C", HERE[:-1]}
    assert len(targets) > 5
    plain = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
    command = ["make", "-n", *targets]
    ran = subprocess.run(command, cwd=ROOT, env=plain, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr


def test_scripts_of_npm_exist():
    scripts = json.loads((ROOT / "package.json").read_text())["scripts"]
    for one in of("npm"):
        assert one.rest[0] == "run"
        assert one.rest[1] in scripts


def test_addresses_that_are_asked_by_curl_are_operations_with_these_parameters():
    described = api.get_openapi_schema()["paths"]
    for one in of("curl"):
        url = urlsplit(one.rest[-1])
        resolve(url.path)
        names = {each["name"] for each in described[url.path]["get"]["parameters"]}
        assert set(parse_qs(url.query)) <= names, one.line


def test_files_that_are_given_to_locust_exist():
    assert all((ROOT / name).is_file() for one in of("locust") for name in after(one.rest, "-f"))


PLACES = ("/api", "/admin", "/markets", "/portfolio", "/alerts", "/history", "/wallets", "/status", "/parts")
PLACES += ("/welcome", "/search", "/glossary", "/styleguide")
STAND_FOR = {"<coin>": "BTC", "<interval>": "1h", "<id>": "1", "<address>": "0x" + "a" * 40, "<kind>": "email"}


@pytest.mark.parametrize("document", PAGES, ids=lambda document: document.name)
def test_addresses_of_the_site_that_are_named_exist(document):
    missing = []
    for named in re.findall(r"`(?:GET |POST |PATCH )?(/[^`\s]*)`", prose(document.read_text())):
        path = urlsplit(named).path
        for name, value in STAND_FOR.items():
            path = path.replace(name, value)
        if path.startswith(PLACES) and path not in ("/api/", "/api/v1/"):
            try:
                resolve(path)
            except Resolver404:
                missing.append(named)
    assert missing == []


@pytest.mark.timeout(200)
def test_the_block_about_backups_works_as_it_stands(tmp_path):
    blocks = [one for one in of("manage.py") if one.is_whole and one.page == "deployment.md"]
    own = [one.rest for one in blocks if one.rest[0] in ("backup", "restore")]
    assert [words[0] for words in own] == ["backup", "backup", "restore"]
    with Installed(tmp_path / "old") as old, Installed(tmp_path / "new") as new:
        old.done("migrate", "--verbosity", "0")
        old.execute("INSERT INTO snapshots_account (address, added_at) VALUES ('0x1', 5)")
        for words in own[:2]:
            old.done(*words)
        (file,) = Path(old.folder / "backups").iterdir()
        new.done(*[str(file) if word == "FILE" else word for word in own[2]])
        assert new.rows()["snapshots_account"] == old.rows()["snapshots_account"]
