"""``manage.py probe_exchange`` probes the configured exchange, and its exit code says what came of it."""

import dataclasses

import msgspec
import pytest
from django.core.management import call_command

from exchange.simulator import cast


def run(capsys, *options: str) -> tuple[int, str, str]:
    """Exit code, standard output, standard error."""
    with pytest.raises(SystemExit) as ended:
        call_command("probe_exchange", *options)
    out, err = capsys.readouterr()
    return ended.value.code, out, err


@pytest.fixture
def simulated(settings):
    """No address is configured: the command starts an exchange for itself."""
    settings.CONFIG = dataclasses.replace(
        settings.CONFIG, hyperliquid_network="simulated", hyperliquid_api_url="", hyperliquid_ws_url=""
    )


@pytest.fixture
def nowhere(settings):
    """An address where nobody listens."""
    settings.CONFIG = dataclasses.replace(
        settings.CONFIG,
        hyperliquid_network="simulated",
        hyperliquid_api_url="http://127.0.0.1:9",
        hyperliquid_ws_url="",
    )


def test_it_starts_a_simulated_exchange_and_prints_a_table(capsys, simulated) -> None:
    code, out, _ = run(capsys, "--only", "error.get", "stream.bbo", "--seconds", "2")
    assert code == 0, out
    assert f"account {cast.TRADER}" in out
    assert "2 holds, 0 DIFFERS, 0 not seen" in out


def test_it_prints_json_about_the_account_it_is_told_to_look_at(capsys, simulated) -> None:
    user = cast.SUB_ACCOUNT.upper().replace("X", "x")
    code, out, _ = run(capsys, "--only", "account.role", "error.case", "--json", "--seconds", "0", "--user", user)
    report = msgspec.json.decode(out)
    assert code == 0
    assert report["user"] == cast.SUB_ACCOUNT
    assert [(row["id"], row["verdict"]) for row in report["checks"]] == [
        ("error.case", "holds"),
        ("account.role", "holds"),
    ]
    assert report["checks"][1]["how"] == "subAccount"


def test_it_ends_with_2_where_nobody_answers(capsys, nowhere) -> None:
    code, out, err = run(capsys, "--only", "rest.meta")
    assert code == 2
    assert out == ""
    assert "The probe could not run: exchangeStatus: no answer from http://127.0.0.1:9/info" in err


def test_it_ends_with_2_when_there_is_no_such_check(capsys, nowhere) -> None:
    code, _, err = run(capsys, "--only", "everything", "--limits")
    assert code == 2
    assert "no check is called everything" in err
