"""systemd's units: accepted by systemd itself, without needless rights, and their commands are there."""

import configparser
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import get_commands

from dashboard.config import Config
from dashboard.config_load import variables
from tests.deploy.image import ROOT

FOLDER = ROOT / "deploy/systemd"
SERVICES = sorted(file.name for file in FOLDER.glob("*.service"))
COMMON = "dashboard-.service.d/common.conf"
HOME = "/opt/dashboard"
WORST_EXPOSURE = 2.0
"""Of 10, by systemd's own reckoning."""

analyzed = pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="needs systemd-analyze")


def said(name: str) -> dict[str, list[str]]:
    """Settings of a unit with the common ones before them; one that is given several times has all its values."""
    found: dict[str, list[str]] = {}
    for file in (COMMON, name) if name.endswith(".service") else (name,):
        for line in (FOLDER / file).read_text().splitlines():
            if "=" in line and not line.startswith("#"):
                key, _, value = line.partition("=")
                found.setdefault(key, []).append(value)
    return found


@pytest.fixture(scope="module")
def installed(tmp_path_factory) -> Path:
    """The units as they are installed, with this project in the place of theirs."""
    folder = tmp_path_factory.mktemp("system")
    shutil.copytree(FOLDER, folder, dirs_exist_ok=True)
    for file in folder.rglob("*.*"):
        if file.is_file():
            file.write_text(file.read_text().replace(HOME, str(ROOT)))
    shutil.copy(folder / "dashboard-web@.service", folder / "dashboard-web@8001.service")
    shutil.copy(folder / "dashboard-feed@.service", folder / "dashboard-feed@1.service")
    return folder


def analyze(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {"SYSTEMD_UNIT_PATH": f"{folder}:", "PATH": "/usr/bin:/bin"}
    return subprocess.run(
        ["systemd-analyze", *arguments], env=environment, capture_output=True, text=True, check=False, timeout=60
    )


@analyzed
def test_systemd_takes_every_unit_without_a_word(installed):
    units = [str(file) for file in installed.glob("*.*") if file.is_file() and not file.name.endswith("@.service")]
    ran = analyze(installed, "verify", *units)
    ours = [line for line in ran.stderr.splitlines() if "dashboard" in line]
    assert (ran.returncode, ours) == (0, [])


@analyzed
def test_systemd_finds_a_fault_where_there_is_one(installed, tmp_path):
    wrong = tmp_path / "dashboard-wrong.service"
    wrong.write_text("[Service]\nExecStart=/no/such/program\n")
    assert analyze(installed, "verify", str(wrong)).returncode != 0


@analyzed
def test_systemd_finds_little_that_a_broken_process_could_do(installed):
    ran = analyze(
        installed, "security", "--offline=yes", "--no-pager", str(installed / "dashboard-web@8001.service")
    )
    exposure = re.search(r"Overall exposure level.*: ([\d.]+)", ran.stdout)
    assert float(exposure[1]) <= WORST_EXPOSURE, ran.stdout


@pytest.mark.parametrize("name", SERVICES)
def test_a_unit_runs_a_command_that_there_is(name):
    (started,) = said(name)["ExecStart"]
    program, script, command, *_ = shlex.split(started)
    assert (program, script) == (f"{HOME}/.venv/bin/python", "manage.py")
    assert command in get_commands()
    assert said(name)["WorkingDirectory"] == [HOME]


@pytest.mark.parametrize("name", SERVICES)
def test_a_unit_is_nobody_and_may_write_to_its_folder_alone(name):
    unit = said(name)
    assert (unit["DynamicUser"], unit["ProtectSystem"], unit["NoNewPrivileges"]) == (["yes"], ["strict"], ["yes"])
    assert unit["CapabilityBoundingSet"] == [""]
    assert f"VAR_DIR=/var/lib/{unit['StateDirectory'][0]}" in " ".join(unit["Environment"])


@pytest.mark.parametrize(
    "name", ["dashboard-web@.service", "dashboard-feed@.service", "dashboard-deliver.service"]
)
def test_a_process_comes_after_the_migrations_and_neither_stops_nor_stays_away_because_of_them(name):
    unit, migrate = said(name), "dashboard-migrate.service"
    assert migrate in unit["Wants"]
    assert migrate in unit["After"]
    # systemd hands a stop and a restart of these on to whoever names them, and a failure to start
    tied = ("Requires", "Requisite", "BindsTo", "PartOf", "PropagatesStopTo", "StopPropagatedFrom")
    assert not [one for one in tied if migrate in unit.get(one, ())]


def test_a_restart_of_a_web_process_is_over_when_it_is_ready_or_it_cannot_be():
    (waits,) = said("dashboard-web@.service")["ExecStartPost"]
    assert waits == f"-{HOME}/.venv/bin/python -m monitoring.ask_health ready 60"


def test_a_process_has_more_time_to_end_than_it_takes():
    assert float(said("dashboard-deliver.service")["TimeoutStopSec"][0]) > Config().shutdown_timeout_seconds


def test_secrets_are_credentials_under_the_names_of_variables():
    unit = said("dashboard-deliver.service")
    loaded = {one.partition(":")[0] for one in unit["LoadCredential"]}
    words = [word for line in unit["Environment"] for word in line.split()]
    files = dict(word.split("=%d/") for word in words if "=%d/" in word)
    secrets = {f"{one.name}_FILE" for one in variables() if one.rule.secret}
    assert set(files) <= secrets
    assert set(files.values()) == loaded


@pytest.fixture
def etc(tmp_path) -> Path:
    """/etc/dashboard as docs/deployment.md has it made."""
    script = [
        sys.executable,
        ROOT / "deploy/make_secrets.py",
        "smtp+tls://u:p@mail.example.org",
        tmp_path / "secrets",
    ]
    subprocess.run(script, check=True, capture_output=True)
    shutil.copy(ROOT / "deploy/environment.example", tmp_path / "environment")
    return tmp_path


def managed(etc: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """What somebody at the machine types, with nothing in his own environment."""
    plain = {"PATH": os.environ["PATH"], "DASHBOARD_ETC": str(etc)}
    return subprocess.run(
        [ROOT / "deploy/manage", *words], env=plain, cwd="/", capture_output=True, text=True, check=False
    )


def test_a_command_by_hand_has_the_environment_and_the_secrets_of_the_units(etc):
    with (etc / "environment").open("a") as file:
        file.write("# a comment\nSITE_NAME='x y'\nLOG_LEVEL=\"WARNING\"\nALERTS_THREADS=7")
    ran = managed(etc, "config")
    assert ran.returncode == 0, ran.stderr
    said_of = dict(line[2:].partition("=")[::2] for line in ran.stdout.splitlines() if "=" in line)
    assert said_of["ENVIRONMENT"] == "production"
    assert (said_of["LOG_LEVEL"], said_of["ALERTS_THREADS"]) == ("WARNING", "7")
    assert said_of["DATABASE_URL"] == "postgres://********@127.0.0.1:5432/dashboard"
    text, unit = (ROOT / "deploy/manage").read_text(), said("dashboard-deliver.service")
    for word in (word for line in unit["Environment"] for word in line.split()):
        assert (
            word.replace("%d/", "$etc/secrets/").replace("/database_url", "/$database") in text or "UNBUF" in word
        )


def test_a_command_by_hand_signs_in_as_the_owner_of_the_tables_if_it_is_asked_to(etc):
    (etc / "secrets/database_owner_url").write_text("postgres://owner@elsewhere.example.org/x?sslmode=require")
    assert "elsewhere" not in managed(etc, "config").stdout
    assert "elsewhere" in managed(etc, "--owner", "config").stdout


def test_units_can_be_parsed_by_others_too():
    for file in FOLDER.rglob("*.*"):
        if file.is_file():
            parser = configparser.ConfigParser(strict=False, interpolation=None, delimiters=("=",))
            parser.read_string(file.read_text())
            assert parser.sections(), file
