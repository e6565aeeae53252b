"""The program does not run what it is sent, and keeps no files of its users."""

import re
import subprocess
import sys
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.db.models import FileField
from django.forms import BaseForm
from django.urls import get_resolver

from dashboard.api.api import api

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


def test_nothing_that_people_or_programs_fill_in_is_a_private_key():
    asks = re.compile(r"private|mnemonic|seed|passphrase|api_?wallet|agent_?key")
    assert get_resolver().url_patterns, "with the views all forms are there"
    named = {f"{one.__name__}.{field}" for one in forms_of(BaseForm) for field in one.base_fields}
    named |= {f"{one.__name__}.{field.name}" for one in apps.get_models() for field in one._meta.fields}
    named |= {f"{name}.{field}" for name, one in schemas().items() for field in one.get("properties", ())}
    for file in (ROOT / "templates").rglob("*.html"):
        for tag in re.findall(r"<(?:input|textarea|select)\b[^>]*>", file.read_text()):
            named |= {f"{file.name}.{name}" for name in re.findall(r'\b(?:name|placeholder)="([^"]*)"', tag)}
    assert len(named) > 500
    assert [one for one in sorted(named) if asks.search(one.lower())] == []


def forms_of(base: type) -> list[type]:
    """All forms that exist, with those of libraries."""
    below = [form for one in base.__subclasses__() for form in (one, *forms_of(one))]
    return [one for one in below if hasattr(one, "base_fields")]


def schemas() -> dict[str, dict]:
    """What the API is sent and what it answers."""
    return api.get_openapi_schema()["components"]["schemas"]
