"""docs/deployment.md and the README's screen: every command in them is one, with what it is given."""

import re
import shlex
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management import get_commands, load_command_class

from tests.deploy.composed import Composed
from tests.deploy.image import ROOT
from tests.monitoring.installed import Installed

PAGES = ("docs/deployment.md", "README.md")
OF_SYSTEM = {"git", "cd", "printf", "export", "install", "cp", "make"}


def commands() -> Iterator[list[str]]:
    """The words of each command in the blocks of shell."""
    for page in PAGES:
        for block in re.findall(r"```sh\n(.*?)```", (ROOT / page).read_text(), re.S):
            for line in block.splitlines():
                for one in line.split(" && "):
                    if words := shlex.split(one, comments=True):
                        yield words


ALL = list(commands())


def of(name: str) -> list[list[str]]:
    return [words for words in ALL if words[0] == name]


def accepted(words: list[str]) -> None:
    """Raise unless ``manage.py`` has this command with these arguments."""
    command = load_command_class(get_commands()[words[0]], words[0])
    parser: ArgumentParser = command.create_parser("manage.py", words[0])
    parser.parse_args(words[1:])


def test_every_command_is_of_a_kind_that_is_tried_here():
    kinds = {words[0] for words in ALL}
    assert kinds <= OF_SYSTEM | {".venv/bin/python", "python3", "docker", "kubectl", "systemctl"}
    assert len(ALL) > 30


def test_commands_of_the_program_exist_with_their_arguments():
    own = [words for words in of(".venv/bin/python") if words[1] == "manage.py"]
    assert len(own) >= 5
    for words in own:
        accepted(words[2:])


def test_scripts_of_the_project_are_there():
    for words in of("python3"):
        assert (ROOT / words[1]).is_file()
    targets = {target for words in of("make") for target in words[1:] if "/" not in target and target != "-C"}
    assert all(re.search(rf"^{target}:", (ROOT / "Makefile").read_text(), re.M) for target in targets)


def test_services_that_compose_is_told_to_start_exist_and_run_what_they_are_told():
    composed = Composed({"SITE_HOST": "x"})
    for words in of("docker"):
        assert words[1] == "compose"
        rest = words[2:]
        if rest[:2] == ["-f", "docker-compose.dev.yml"]:
            assert (ROOT / rest[1]).is_file()
            continue
        verb, *names = rest
        if verb == "run":
            names = without_options(names)
            service, *command = names
            program = composed.services[service].get("entrypoint", ["python", "manage.py"])
            accepted([*program[2:], *(command or composed.services[service]["command"])])
            names = [service]
        named = [name for name in names if not name.startswith("-") and "=" not in name]
        assert set(named) <= set(composed.services), words


def without_options(words: list[str]) -> list[str]:
    """What follows the options of ``docker compose run``."""
    left = list(words)
    while left and left[0].startswith("-"):
        del left[: 2 if left[0] in ("-e", "-v") else 1]
    return left


def test_files_and_objects_that_kubectl_is_given_exist():
    for words in of("kubectl"):
        for flag in ("-f", "-k"):
            if flag in words:
                assert (ROOT / words[words.index(flag) + 1]).exists(), words
        if "exec" in words:
            after = words[words.index("--") + 1 :]
            assert after[:2] == ["python", "manage.py"]
            accepted(after[2:])


def test_units_that_systemctl_is_told_of_exist():
    there = {file.name for file in (ROOT / "deploy/systemd").iterdir()}
    for words in of("systemctl"):
        for unit in (word for word in words[2:] if word.startswith("dashboard")):
            name = re.sub(r"@\w+", "@", unit)
            assert {name, f"{name}.service"} & there, unit


@pytest.mark.timeout(200)
def test_the_block_about_backups_works_as_it_stands(tmp_path):
    own = [words[1:] for words in of(".venv/bin/python") if words[2] in ("backup", "restore")]
    assert [words[1] for words in own] == ["backup", "backup", "restore"]
    with Installed(tmp_path / "old") as old, Installed(tmp_path / "new") as new:
        old.done("migrate", "--verbosity", "0")
        old.execute("INSERT INTO snapshots_account (address, added_at) VALUES ('0x1', 5)")
        for words in own[:2]:
            old.done(*words[1:])
        (file,) = Path(old.folder / "backups").iterdir()
        new.done(*[str(file) if word == "FILE" else word for word in own[2][1:]])
        assert new.rows()["snapshots_account"] == old.rows()["snapshots_account"]
