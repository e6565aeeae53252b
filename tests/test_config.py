"""Configuration: typed, from the environment or .env, and wrong in one message."""

import os
import stat
import subprocess
import sys
from dataclasses import FrozenInstanceError
from pathlib import Path

import pytest

from dashboard.checks import names
from dashboard.config import Config, ConfigurationError
from dashboard.config_load import load
from dashboard.config_rules import is_vapid_key
from exchange.budget import Limits

ROOT = Path(__file__).resolve().parent.parent
KEY = "k3y-0123456789-abcdefghijklmnopqrstuvwxyz-ABCDEFGHIJKLMNOP"
NO_DSN = "must be the DSN of a project, such as https://key@o1.ingest.sentry.io/2"
SAFE = {
    "ENVIRONMENT": "production",
    "SECRET_KEY": KEY,
    "ALLOWED_HOSTS": "example.org",
    "SITE_URL": "https://example.org",
    "TRUSTED_PROXIES": "127.0.0.1",
    "EMAIL_URL": "smtp+tls://me:secret@mail.example.org:587",
}


@pytest.fixture
def var(tmp_path) -> dict[str, str]:
    """An environment whose made key goes to a folder of the test."""
    return {"VAR_DIR": str(tmp_path / "var")}


def errors(environment: dict[str, str]) -> list[str]:
    with pytest.raises(ConfigurationError) as wrong:
        load(environment, env_file=None)
    return wrong.value.errors


def test_nothing_needs_to_be_set(var):
    config = load(var, env_file=None)
    assert (config.host, config.port, config.hyperliquid_network) == ("127.0.0.1", 8000, "mainnet")
    assert (config.database_max_connections, config.database_connection_timeout) == (10, 10_000)
    assert config.redis_max_retries == 3
    assert config.debug is False


def test_values_have_their_types(var):
    given = {"PORT": " 9000 ", "DEBUG": "yes", "ALLOWED_HOSTS": "a.org, b.org,", "SIMULATOR_SPEED": "2.5"}
    config = load(var | given, env_file=None)
    assert (config.port, config.debug, config.simulator_speed) == (9000, True, 2.5)
    assert config.allowed_hosts == ("a.org", "b.org")


def test_it_cannot_be_changed(var):
    with pytest.raises(FrozenInstanceError):
        load(var, env_file=None).port = 1


def test_an_empty_value_is_one_that_is_not_set(var):
    assert load(var | {"PORT": "", "DATABASE_URL": ""}, env_file=None).port == 8000


def test_the_environment_wins_over_the_file(var, tmp_path):
    file = tmp_path / ".env"
    file.write_text("PORT=7000\nLOG_LEVEL=DEBUG\n")
    config = load(var | {"PORT": "9000"}, file)
    assert (config.port, config.log_level) == (9000, "DEBUG")
    assert "LOG_LEVEL" not in os.environ


def test_an_empty_variable_in_the_environment_hides_the_one_in_the_file(var, tmp_path):
    file = tmp_path / ".env"
    file.write_text("DATABASE_URL=postgres://db/x\n")
    assert load(var | {"DATABASE_URL": ""}, file).database_url == ""


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("PORT", "http", "must be a whole number, got 'http'"),
        ("PORT", "0", "must be at least 1, got '0'"),
        ("PORT", "70000", "must be at most 65535, got '70000'"),
        ("DEBUG", "flase", "must be true or false, got 'flase'"),
        ("SIMULATOR_SPEED", "quick", "must be a number, got 'quick'"),
        ("SIMULATOR_SPEED", "nan", "must be a number, got 'nan'"),
        ("LOG_LEVEL", "loud", "must be one of DEBUG, INFO, WARNING, ERROR, got 'loud'"),
        ("HYPERLIQUID_NETWORK", "devnet", "must be one of mainnet, testnet, simulated, got 'devnet'"),
        ("CSRF_TRUSTED_ORIGINS", "a.org", "needs origins with their scheme, such as https://a.org"),
        ("HYPERLIQUID_NETWROK", "testnet", "is not a variable; did you mean HYPERLIQUID_NETWORK?"),
        ("TRUSTED_PROXIES", "proxy", "needs addresses or networks such as 10.0.0.0/8, got 'proxy'"),
        ("SIMULATOR_ZZZ", "1", "is not a variable"),
        ("SHUTDOWN_TIMEOUT_SECONDS", "soon", "must be a number, got 'soon'"),
        ("SHUTDOWN_TIMEOUT_SECONDS", "0", "must be at least 1.0, got '0'"),
        ("SHUTDOWN_DRAIN_SECONDS", "-1", "must be at least 0.0, got '-1'"),
        ("SHUTDOWN_DRAIN_SECONDS", "25", "must be less than SHUTDOWN_TIMEOUT_SECONDS, which counts it too"),
        ("SENTRY_TRACES_SAMPLE_RATE", "1.5", "must be at most 1, got '1.5'"),
        ("SENTRY_REPLAYS_SESSION_SAMPLE_RATE", "-1", "must be at least 0, got '-1'"),
        ("SENTRY_REPLAYS_ON_ERROR_SAMPLE_RATE", "half", "must be a number, got 'half'"),
        ("SENTRY_DSN", "https://o1.example/2", NO_DSN),
        ("SENTRY_DSN", "https://a:b@o1.example/2", NO_DSN),
        ("SENTRY_DSN", "https://key@o1.example/x", NO_DSN),
        ("HYPERLIQUID_WS_URL", "ws://a", "needs HYPERLIQUID_API_URL of the same exchange beside it"),
    ],
)
def test_a_wrong_value_is_refused_in_words(name, text, says):
    assert errors({name: text}) == [f"{name} {says}"]


@pytest.mark.parametrize("url", ["mysql://u:hunter2@h/d", "postgres://h:hunter2port/d", "hunter2"])
def test_a_wrong_secret_is_not_repeated(url):
    (said,) = errors({"DATABASE_URL": url})
    assert said.startswith("DATABASE_URL ")
    assert "hunter2" not in said


def test_all_errors_come_at_once():
    given = {"ENVIRONMENT": "production", "DEBUG": "1", "ALLOWED_HOSTS": "*", "SECRET_KEY": "short", "PORT": "x"}
    assert [said.split()[0] for said in errors(given)] == [
        "PORT",
        "DEBUG",
        "SECRET_KEY",
        "ALLOWED_HOSTS",
        "SITE_URL",
        "TRUSTED_PROXIES",
        "EMAIL_URL",
    ]


def test_production_needs_a_key_hosts_its_own_address_a_proxy_and_mail():
    missing = [said.split()[0] for said in errors({"ENVIRONMENT": "production"})]
    assert missing == ["SECRET_KEY", "ALLOWED_HOSTS", "SITE_URL", "TRUSTED_PROXIES", "EMAIL_URL"]
    assert load(SAFE, env_file=None).environment == "production"
    assert errors(SAFE | {"SECRET_KEY": "a" * 80}) != []


def test_the_site_is_https_in_production_and_an_origin_everywhere():
    assert "https:// origin" in errors(SAFE | {"SITE_URL": "http://example.org"})[0]
    assert errors({"SITE_URL": "https://example.org/app"}) == [
        "SITE_URL must be an origin alone, such as https://example.org"
    ]


def test_errors_are_reported_by_https_in_production():
    said = errors(SAFE | {"SENTRY_DSN": "http://key@sentry.example.org/2"})
    assert said == ["SENTRY_DSN must be an https:// address in production"]
    assert load(SAFE | {"SENTRY_DSN": "https://key@sentry.example.org/2"}, env_file=None).sentry_dsn


@pytest.mark.parametrize(
    ("given", "origin"),
    [
        ({}, "http://127.0.0.1:8000"),
        ({"HOST": "0.0.0.0", "PORT": "9000"}, "http://localhost:9000"),
        ({"HOST": "::1"}, "http://[::1]:8000"),
        ({"SITE_URL": "https://example.org/"}, "https://example.org"),
    ],
)
def test_the_origin_is_configured_and_never_guessed_from_a_request(var, given, origin):
    assert load(var | given, env_file=None).origin == origin


def test_a_secret_may_come_from_a_file(tmp_path):
    file = tmp_path / "key"
    file.write_text(KEY + "\n")
    given = {**SAFE, "SECRET_KEY": "", "SECRET_KEY_FILE": str(file)}
    assert load(given, env_file=None).secret_key == KEY


def test_a_secret_file_that_is_missing_or_doubled_is_an_error(tmp_path):
    missing = {**SAFE, "SECRET_KEY": "", "SECRET_KEY_FILE": "/missing"}
    assert errors(missing) == ["SECRET_KEY cannot be read: SECRET_KEY_FILE=/missing: No such file or directory"]
    assert "both set" in errors({**SAFE, "SECRET_KEY_FILE": "/missing"})[0]


def test_outside_production_a_key_is_made_once_for_its_owner_only(var):
    made = load(var, env_file=None)
    assert len(made.secret_key) > 50
    assert load(var, env_file=None).secret_key == made.secret_key
    assert stat.S_IMODE((made.var / "secret_key").stat().st_mode) == 0o600


def test_limits_of_the_exchange_come_from_it(var):
    assert load(var, env_file=None).exchange_limits == Limits()
    assert load(var | {"HYPERLIQUID_MAX_WEIGHT": "600"}, env_file=None).exchange_limits.weight == 600


def manage(*command: str, **environment: str) -> subprocess.CompletedProcess:
    clean = {"PATH": os.environ["PATH"], **environment}
    return subprocess.run(
        [sys.executable, "manage.py", *command], cwd=ROOT, env=clean, capture_output=True, text=True, check=False
    )


def test_every_command_refuses_a_wrong_configuration_without_a_traceback(tmp_path):
    done = manage("migrate", PORT="x", DEBUG="y", VAR_DIR=str(tmp_path))
    assert done.returncode == 1
    assert done.stderr.splitlines()[1:3] == [
        "  - PORT must be a whole number, got 'x'",
        "  - DEBUG must be true or false, got 'y'",
    ]
    assert "Traceback" not in done.stderr + done.stdout


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("SIGNUP", "SIGN_UP"),
        ("ALERT_FREE", "ALERTS_FREE"),
        ("BACKUP_KEPE", "BACKUP_KEEP"),
        ("DATABSE_URL", "DATABASE_URL"),
    ],
)
def test_a_name_with_a_slip_that_nothing_reads_is_named_at_the_start(monkeypatch, name, meant):
    monkeypatch.setenv(name, "1")
    [found] = names(None)
    assert (found.id, found.hint) == ("dashboard.W101", f"Did you mean {meant}?")


def test_names_of_others_and_files_of_secrets_are_nobodys_slip(monkeypatch):
    for name in (
        "REDIS_PORT",
        "WEB_PORT",
        "HOSTNAME",
        "SECRET_KEY_FILE",
        "EMAIL_HOST",
        "SITE_HOST",
        "POSTGRES_PASSWORD",
    ):
        monkeypatch.setenv(name, "1")
    assert names(None) == []


def test_it_is_printed_with_secrets_masked(tmp_path):
    secrets = {
        "DATABASE_URL": "postgres://me:hunter2@db.org:5432/x?password=hunter3",
        "REDIS_URL": "redis://:hunter4@r:1/0",
    }
    done = manage("config", VAR_DIR=str(tmp_path), SECRET_KEY=KEY, PORT="9000", **secrets)
    assert done.returncode == 0, done.stderr
    assert "* PORT=9000" in done.stdout
    assert "DATABASE_URL=postgres://********@db.org:5432/x?********" in done.stdout
    assert "REDIS_URL=redis://********@r:1/0" in done.stdout
    assert not any(secret in done.stdout for secret in (KEY, "hunter"))


def test_every_field_is_a_variable_with_a_sentence():
    from dashboard.config_load import variables

    assert [one.name.lower() for one in variables()] == list(Config.__dataclass_fields__)
    assert all(one.rule.sentence.endswith(".") for one in variables())


def test_the_key_of_notifications_is_made_once_where_only_its_owner_reads_it_and_never_in_production(var):
    made = load(var, env_file=None)
    assert is_vapid_key(made.vapid_private_key)
    assert load(var, env_file=None).vapid_private_key == made.vapid_private_key
    assert stat.S_IMODE((made.var / "vapid_private_key").stat().st_mode) == 0o600
    assert load(var | SAFE, env_file=None).vapid_private_key == ""


@pytest.mark.parametrize("key", ["short", "A" * 43, "not base64 at all!" * 3, "QUFB" * 20])
def test_a_key_of_notifications_that_is_none_is_refused_without_being_repeated(var, key):
    found = errors(var | {"VAPID_PRIVATE_KEY": key})
    assert [error for error in found if error.startswith("VAPID_PRIVATE_KEY")] == found
    assert key not in found[0]


REMOTE = "postgres://me:hunter2@db.example.org:5432/x"


@pytest.mark.parametrize(
    "given",
    [
        {"DATABASE_URL": REMOTE},
        {"DATABASE_URL": f"{REMOTE}?sslmode=prefer"},
        {"DATABASE_URL": f"{REMOTE}?sslmode=disable&sslmode=require"},
        {"DATABASE_URL": "postgres://me:hunter2@localhost,db.example.org/x"},
        {"DATABASE_URL": "postgres:///x?host=db.example.org"},
        {"DATABASE_URL": "postgres://localhost/x", "DATABASE_REPLICA_URL": REMOTE},
        {"REDIS_URL": "redis://:hunter2@cache.example.org:6379/0"},
        {"DATABASE_URL": "postgres://10.1.2.3/x", "TRUSTED_NETWORKS": "10.9.0.0/16,db"},
        {"DATABASE_URL": "postgres://[2001:db8::1]:5432/x"},
        {"EMAIL_URL": "smtp://me:hunter2@mail.example.org:25"},
        {"EMAIL_URL": "smtp+tls://me:hunter2@mail.example.org:587?EMAIL_USE_TLS=0"},
        {"EMAIL_URL": "smtp://10.1.2.3", "TRUSTED_NETWORKS": "10.9.0.0/16,mail"},
    ],
)
def test_production_refuses_a_database_redis_or_mail_server_elsewhere_without_tls(given):
    (said,) = errors(SAFE | given)
    assert "can be read on the way" in said
    assert "hunter2" not in said


@pytest.mark.parametrize(
    "given",
    [
        {"DATABASE_URL": f"{REMOTE}?sslmode=require"},
        {"DATABASE_URL": f"{REMOTE}?sslmode=verify-full&sslrootcert=system"},
        {"DATABASE_URL": "postgres://me@127.0.0.1/x", "REDIS_URL": "redis://[::1]:6379/0"},
        {"DATABASE_URL": "postgres://me@%2Fvar%2Frun%2Fpostgresql/x", "REDIS_URL": "unix:///run/redis.sock"},
        {"DATABASE_URL": "postgres:///x?host=/var/run/postgresql"},
        {
            "DATABASE_URL": "postgres://postgres/x",
            "REDIS_URL": "redis://redis",
            "TRUSTED_NETWORKS": "postgres,redis",
        },
        {"DATABASE_URL": "postgres://10.9.2.3:5432/x", "TRUSTED_NETWORKS": "10.9.0.0/16"},
        {"REDIS_URL": "rediss://cache.example.org"},
        {"EMAIL_URL": "smtp+ssl://me:hunter2@mail.example.org:465"},
        {"EMAIL_URL": "smtp://mail.example.org:587?EMAIL_USE_TLS=1"},
        {"EMAIL_URL": "smtp://localhost"},
        {"EMAIL_URL": "smtp://127.0.0.1:25"},
        {"EMAIL_URL": "smtp://mail:25", "TRUSTED_NETWORKS": "postgres,mail"},
        {"EMAIL_URL": "filemail:///var/mail"},
    ],
)
def test_what_is_local_trusted_or_encrypted_is_fine_in_production(given):
    assert load(SAFE | given, env_file=None).environment == "production"


def test_who_hands_mail_in_for_all_to_read_is_told_what_to_do():
    (said,) = errors(SAFE | {"EMAIL_URL": "smtp://me:hunter2@mail.example.org:587"})
    assert said.startswith("EMAIL_URL must begin with smtp+tls://")
    for word in ("smtp+ssl://", "mail.example.org", "TRUSTED_NETWORKS"):
        assert word in said
    outside = SAFE | {"ENVIRONMENT": "development", "EMAIL_URL": "smtp://mail.example.org"}
    assert load(outside, env_file=None).email_url == "smtp://mail.example.org"


def test_a_trusted_network_that_is_none_and_a_copy_without_its_original_are_refused():
    assert errors({"TRUSTED_NETWORKS": "10.0.0.0/99"})[0].startswith("TRUSTED_NETWORKS needs host names")
    assert errors({"DATABASE_REPLICA_URL": REMOTE}) == [
        "DATABASE_REPLICA_URL needs DATABASE_URL, the Postgres that it is a replica of"
    ]
