"""Every variable with every kind of bad value that it can have; and every unsafe start in production."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from dashboard.config import ConfigurationError
from dashboard.config_load import load, variables
from dashboard.config_rules import TAKEN
from dashboard.config_variable import Variable
from tests.test_config import KEY, ROOT, SAFE

HIDDEN = "hunter2"
"""In every bad value of a secret."""


def bad_values(one: Variable) -> Iterator[tuple[str, str, str]]:
    """(kind, text, what the message says): those of any text, and those of its type and limits."""
    yield "two lines", f"{HIDDEN}\nx", "one line"
    yield "not UTF-8", f"{HIDDEN}\udcff", "UTF-8"
    yield "quoted", f"'{HIDDEN}'", "quotes"
    yield "placeholder", f"<{HIDDEN}>", "placeholder"
    yield "endless", HIDDEN * 1000, "longer than 4096"
    rule = one.rule
    if one.kind in (int, float):
        yield "no number", HIDDEN, "number"
        yield "infinite", "inf" if one.kind is float else "1e400", "number"
    if one.kind is int:
        yield "no whole number", "1.5", "whole number"
    if one.kind is bool:
        yield "neither true nor false", HIDDEN, "true or false"
    if rule.low is not None:
        yield "too low", str(rule.low - 1), "at least"
    if rule.high is not None:
        yield "too high", str(rule.high + 1), "at most"
    if rule.choices:
        yield "no choice", HIDDEN, "one of"
    if rule.schemes:
        yield "another scheme", f"gopher://{HIDDEN}.org/", "beginning with"
        yield "no host", f"{rule.schemes[0]}://", "beginning with"
        yield "no port", f"{rule.schemes[0]}://host:{HIDDEN}/", "no address"


def refused(texts: dict[str, str]) -> ConfigurationError:
    with pytest.raises(ConfigurationError) as wrong:
        load(texts, env_file=None)
    return wrong.value


@pytest.mark.parametrize("one", variables(), ids=lambda one: one.name)
def test_each_kind_of_bad_value_gives_one_readable_sentence(one):
    kinds = set()
    for kind, text, says in bad_values(one):
        kinds.add(kind)
        error = refused({one.name: text})
        assert len(error.errors) == 1, (kind, error.errors)
        said = error.errors[0]
        assert re.match(rf"{one.name} (must|is|still) ", said), (kind, said)
        assert says in said, kind
        assert said.isprintable()
        assert len(said) < 300
        if one.rule.secret:
            assert HIDDEN not in said
        assert str(error).splitlines()[0] == "The configuration is wrong; nothing was started."
    assert len(kinds) >= 5


@pytest.mark.parametrize("one", [one for one in variables() if one.rule.secret], ids=lambda one: one.name)
def test_a_secret_s_file_that_is_missing_doubled_a_folder_or_bad_is_said(one, tmp_path):
    file = tmp_path / "secret"
    file.write_text(f"<{HIDDEN}>\n")
    for texts, says in (
        ({f"{one.name}_FILE": str(tmp_path / "missing")}, "No such file"),
        ({f"{one.name}_FILE": str(tmp_path)}, "Is a directory"),
        ({f"{one.name}_FILE": str(file), one.name: HIDDEN}, "both set"),
        ({f"{one.name}_FILE": str(file)}, "placeholder"),
    ):
        (said,) = refused(texts).errors
        assert said.startswith(f"{one.name} ")
        assert says in said
        assert HIDDEN not in said


def test_what_is_meant_is_not_taken_for_a_mistake(tmp_path):
    config = load(
        {
            "VAR_DIR": str(tmp_path),
            "EMAIL_FROM": "Dashboard <mail@example.org>",
            "SECRET_KEY": "'" + KEY,
            "ADMIN_PATH": "back-office/inner/",
        },
        env_file=None,
    )
    assert (config.email_from, config.secret_key) == ("Dashboard <mail@example.org>", "'" + KEY)
    assert config.admin_path == "back-office/inner/"


@pytest.mark.parametrize(
    "path", ["admin", "/admin/", "a b/", "account/", "api/x/", "<int:x>/", "../x/", "static/"]
)
def test_the_admin_cannot_be_where_another_page_is_or_nowhere(path):
    assert [error.split()[0] for error in refused({"ADMIN_PATH": path}).errors] == ["ADMIN_PATH"]


def test_all_first_parts_of_addresses_are_known_to_be_taken():
    from django.urls import get_resolver

    def first_parts(patterns, before: str = "") -> Iterator[str]:
        for one in patterns:
            path = before + str(one.pattern)
            if hasattr(one, "url_patterns") and "/" not in path:
                yield from first_parts(one.url_patterns, path)
            else:
                yield path.partition("/")[0].lstrip("^").rstrip("$")

    found = set(first_parts(get_resolver().url_patterns)) - {"", "admin"}
    assert found | {"static", "ws"} <= TAKEN


UNSAFE = {
    "error pages with code": ({"DEBUG": "true"}, "DEBUG"),
    "no key": ({"SECRET_KEY": ""}, "SECRET_KEY"),
    "a short key": ({"SECRET_KEY": "short"}, "SECRET_KEY"),
    "a key of one character": ({"SECRET_KEY": "a" * 80}, "SECRET_KEY"),
    "no host": ({"ALLOWED_HOSTS": ""}, "ALLOWED_HOSTS"),
    "any host": ({"ALLOWED_HOSTS": "*"}, "ALLOWED_HOSTS"),
    "no address": ({"SITE_URL": ""}, "SITE_URL"),
    "http": ({"SITE_URL": "http://example.org"}, "SITE_URL"),
    "no proxy": ({"TRUSTED_PROXIES": ""}, "TRUSTED_PROXIES"),
    "everybody is a proxy": ({"TRUSTED_PROXIES": "10.0.0.1,0.0.0.0/0"}, "TRUSTED_PROXIES"),
    "everybody is a proxy, in halves": ({"TRUSTED_PROXIES": "0.0.0.0/1,128.0.0.0/1"}, "TRUSTED_PROXIES"),
    "everybody is a proxy, in long": ({"TRUSTED_PROXIES": "0:0:0:0:0:0:0:0/0"}, "TRUSTED_PROXIES"),
    "everybody is in our network": ({"TRUSTED_NETWORKS": "redis,0.0.0.0/0"}, "TRUSTED_NETWORKS"),
    "everybody reads the metrics": ({"METRICS_NETWORKS": "::/0"}, "METRICS_NETWORKS"),
    "no mail": ({"EMAIL_URL": ""}, "EMAIL_URL"),
    "mail that is read on the way": ({"EMAIL_URL": "smtp://u:p@mail.org:587"}, "EMAIL_URL"),
    "a database that is read on the way": ({"DATABASE_URL": "postgres://u:p@db.org/x"}, "DATABASE_URL"),
    "a Redis that is read on the way": ({"REDIS_URL": "redis://r.org:1/0"}, "REDIS_URL"),
    "a copy that is read on the way": (
        {"DATABASE_URL": "postgres:///x", "DATABASE_REPLICA_URL": "postgres://u:p@db.org/x"},
        "DATABASE_REPLICA_URL",
    ),
    "reports that are read on the way": ({"SENTRY_DSN": "http://key@sentry.org/1"}, "SENTRY_DSN"),
}


@pytest.mark.parametrize("reason", UNSAFE)
def test_no_process_starts_unsafely_in_production(reason, tmp_path):
    changed, name = UNSAFE[reason]
    done = started(tmp_path, **SAFE | changed)
    assert done.returncode == 1
    lines = done.stderr.splitlines()
    assert lines[0] == "The configuration is wrong; nothing was started."
    assert [line.split()[1] for line in lines if line.startswith("  - ")] == [name]
    assert done.stdout == ""


def test_a_safe_process_starts_in_production(tmp_path):
    done = started(tmp_path, **SAFE)
    assert done.returncode == 0, done.stderr


def test_every_rule_of_production_is_among_the_reasons():
    rules = (ROOT / "dashboard/config_rules.py").read_text() + (ROOT / "dashboard/config_transport.py").read_text()
    sentences = re.findall(r"""errors\.append\(\s*f?"([A-Z_]+|\{name\}) [^"]*in production""", rules)
    assert len(sentences) >= 11
    named = {name for _, name in UNSAFE.values()}
    assert {one for one in sentences if one != "{name}"} <= named


def started(folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """``manage.py`` as a process, with nothing but this environment."""
    given = {"PATH": os.environ["PATH"], "VAR_DIR": str(folder), **environment}
    command = [sys.executable, "manage.py", "config"]
    return subprocess.run(command, cwd=ROOT, env=given, capture_output=True, text=True, check=False)
