"""The program does not run what it is sent, and keeps no files of its users."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.db.models import FileField

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("exchange", "accounts", "snapshots", "alerts", "monitoring", "dashboard")
RUNS_CODE = "S102,S301,S302,S307,S506,S602,S604,S605,S608,S701,S702"
"""exec, pickle, marshal, eval, unsafe YAML, shells, made-up SQL, templates that do not escape."""


def found(*arguments: str) -> list[str]:
    ruff = [sys.executable, "-m", "ruff", "check", "--isolated", "--no-cache", "--output-format", "concise"]
    ran = subprocess.run([*ruff, *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    return [line for line in ran.stdout.splitlines() if re.match(r"\S+:\d+:\d+: ", line)]


def test_nothing_in_the_program_evaluates_unpickles_or_starts_a_shell_not_even_with_an_excuse():
    without_sql = RUNS_CODE.replace("S608,", "")
    assert found("--ignore-noqa", "--select", without_sql, *PACKAGES, "manage.py") == []


def test_sql_that_is_put_together_has_an_excuse_wherever_it_is():
    assert found("--select", "S608", *PACKAGES) == []


def test_the_linter_finds_each_of_them_where_it_is(tmp_path):
    wrong = tmp_path / "wrong.py"
    wrong.write_text("import pickle, os\nexec(x)\neval(x)\npickle.loads(x)\nos.system(x)\n")
    codes = {line.split()[1] for line in found("--select", RUNS_CODE, str(wrong))}
    assert codes >= {"S102", "S307", "S301", "S605"}


def test_no_template_marks_what_users_wrote_as_safe():
    for file in (ROOT / "templates").rglob("*.html"):
        text = file.read_text().replace("field.help_text|safe", "")  # Django's own words about passwords
        assert not re.search(r"\|\s*safe\b|autoescape off", text), file


def test_no_table_holds_files_and_one_form_alone_takes_one():
    assert [one for one in apps.get_models() for field in one._meta.fields if isinstance(field, FileField)] == []
    assert not settings.MEDIA_ROOT
    takes = [file for file in (ROOT / "templates").rglob("*.html") if 'type="file"' in file.read_text()]
    assert [str(file.relative_to(ROOT)) for file in takes] == ["templates/alerts/move.html"]
    reads = [
        file.relative_to(ROOT)
        for package in PACKAGES
        for file in (ROOT / package).rglob("*.py")
        if "request.FILES" in file.read_text()
    ]
    assert [str(file) for file in reads] == ["dashboard/pages/alerts/move.py"]


def test_committed_secrets_are_found(tmp_path):
    leak = tmp_path / "settings.py"
    leak.write_text(
        f"AWS = 'AKIA{'Q' * 4}7EXAMPLEKEY{'Z'}'\nURL = 'postgres://root:{'s3cr3t' * 2}@db.example.org/x'\n"
    )
    ran = subprocess.run(
        ["make", "--no-print-directory", "--assume-old=.venv/.installed-dev", "secrets", f"CODE={leak}"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ran.returncode != 0
    assert "Basic Auth Credentials" in ran.stdout + ran.stderr


@pytest.mark.slow
def test_an_audit_without_network_says_that_it_knows_nothing(tmp_path):
    offline = {"PIP_CONFIG_FILE": os.devnull, "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": "", "PIP_EXTRA_INDEX_URL": ""}
    ours = ["--assume-old=node_modules/.package-lock.json", f"AUDIT={tmp_path}/audit"]
    ran = subprocess.run(
        ["make", "--no-print-directory", "audit", *ours],
        cwd=ROOT, env={**os.environ, **offline}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ran.returncode != 0
    assert "audit: pip-audit cannot be installed, so nothing was asked." in ran.stderr
    assert "vulnerabilities" not in ran.stdout + ran.stderr
