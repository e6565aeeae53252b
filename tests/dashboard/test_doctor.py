"""The doctor: each line of the checklist is good where all is well, and bad where it is not."""

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.db import connection, transaction

from accounts.models import User
from alerts.models import DeliveryRound, Evaluation
from dashboard import network
from dashboard.doctor import around, stored
from dashboard.doctor.checklist import CHECKLIST
from dashboard.doctor.line import BAD, GOOD, NOT_HERE, Line
from exchange.clock import SystemClock
from exchange.errors import CallFailed
from monitoring.backup.folder import name_of
from monitoring.models import Lease
from tests.e2e.running import free_port

NEVER = "https://127.0.0.1:1"
LINES = {line.title: line for line in CHECKLIST}
needs_postgres = pytest.mark.skipif("connection.vendor != 'postgresql'", reason="is about Postgres")


@pytest.fixture
def configured(settings, tmp_path):
    """Change the configuration for a test; data is in a folder of its own."""
    settings.CONFIG = replace(settings.CONFIG, var_dir=str(tmp_path), backup_dir="")

    def change(**changes: object) -> None:
        settings.CONFIG = replace(settings.CONFIG, **changes)

    return change


def found(title: str, mark: str) -> str:
    """What a line says, if it is marked so."""
    one = LINES[title].found()
    assert (one.mark, bool(one.advice)) == (mark, mark == BAD), f"{title}: {one}"
    return one.said


def hours_ago(hours: float) -> int:
    return SystemClock().now_ms() - round(hours * 3_600_000)


FAILING: dict[str, tuple[dict, dict, str]] = {
    "Environment": ({"environment": "development"}, {"environment": "production"}, "development"),
    "Host names": (
        {"allowed_hosts": ("other.org",), "site_url": "https://example.org"},
        {"allowed_hosts": (".example.org",), "site_url": "https://app.example.org"},
        "not among",
    ),
    "https": (
        {"site_url": "https://example.org", "trusted_proxies": ("0.0.0.0/0",)},
        {"site_url": "https://example.org", "trusted_proxies": ("10.0.0.1",)},
        "everybody",
    ),
    "Notifications": ({"vapid_private_key": ""}, {"vapid_private_key": "x"}, "no VAPID"),
    "Rate limit": ({"rate_limit_enabled": False}, {"rate_limit_enabled": True}, "false"),
    "Address of the admin": ({"admin_path": "admin/"}, {"admin_path": "back-office/"}, "everybody looks"),
    "Alarm from outside": (
        {"alerts_deadman_url": ""},
        {"alerts_deadman_url": "https://hc.org/x"},
        "no ALERTS",
    ),
    "Backups encrypted": ({"backup_key": ""}, {"backup_key": "x" * 30}, "can be read"),
    "Database by TLS": (
        {"database_url": "postgres://u:p@db.example.org/x"},
        {"database_url": "postgres://u:p@localhost/x"},
        "db.example.org",
    ),
}


@pytest.mark.django_db
@pytest.mark.parametrize("title", [one for one in FAILING if one != "Database by TLS"])
def test_a_line_about_the_configuration_is_bad_until_it_is_changed(title, configured):
    wrong, right, says = FAILING[title]
    configured(**wrong)
    assert says in found(title, BAD)
    configured(**right)
    found(title, GOOD)


@needs_postgres
@pytest.mark.django_db
def test_a_database_elsewhere_is_bad_until_it_speaks_tls(configured):
    wrong, right, says = FAILING["Database by TLS"]
    configured(**wrong)
    assert says in found("Database by TLS", BAD)
    configured(database_url="postgres://u:p@db.example.org/x?sslmode=require")
    assert "is not encrypted" in found("Database by TLS", BAD), "what the server says counts"
    configured(**right)
    found("Database by TLS", NOT_HERE)


def test_complaints_of_django_are_counted(settings, configured):
    settings.SECURE_HSTS_SECONDS, settings.SESSION_COOKIE_SECURE = 0, False
    assert "dashboard.W" in found("Django's checks", BAD)


def test_a_key_that_was_made_by_itself_or_is_short_is_bad(settings, configured, tmp_path):
    settings.SECRET_KEY = "k3y-" * 20
    found("Secret key", GOOD)
    (tmp_path / "secret_key").write_text(settings.SECRET_KEY)
    assert "made by itself" in found("Secret key", BAD)
    settings.SECRET_KEY = "short"
    assert "short" in found("Secret key", BAD)


def test_static_files_are_bad_until_all_of_them_are_collected(settings, tmp_path, configured):
    settings.STATIC_ROOT = str(tmp_path / "none")
    assert "not collected" in found("Static files", BAD)
    settings.STATIC_ROOT = str(tmp_path / "some")
    names = list(collectable())
    assert "js/socket.js" in names
    for name in names:
        (tmp_path / "some" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "some" / name).touch()
    said = {"paths": {name: name for name in names}}
    (tmp_path / "some/staticfiles.json").write_text(json.dumps(said))
    found("Static files", GOOD)
    (tmp_path / "some/js/socket.js").unlink()
    assert "js/socket.js" in found("Static files", BAD)


def collectable() -> Iterator[str]:
    """Names of all static files of the project."""
    for finder in get_finders():
        for name, storage in finder.list([]):
            yield f"{storage.prefix}/{name}" if getattr(storage, "prefix", None) else name


@pytest.mark.django_db
def test_a_database_that_is_a_file_too_old_or_away_is_bad(configured, monkeypatch):
    configured(database_url="")
    assert "SQLite" in found("Database", BAD)
    if connection.vendor == "postgresql":
        configured(database_url="postgres://localhost/x")
        found("Database", GOOD)
        monkeypatch.setattr(stored, "OLDEST_POSTGRES", 990_000)
        found("Database", BAD)


@needs_postgres
@pytest.mark.django_db
def test_a_role_with_the_rights_of_a_superuser_is_bad():
    with connection.cursor() as cursor:
        assert "superuser" in found("Database role", BAD)
        cursor.execute("CREATE ROLE doctor_lesser; SET LOCAL ROLE doctor_lesser")
        found("Database role", GOOD)
        cursor.execute("RESET ROLE; ALTER ROLE doctor_lesser CREATEDB; SET LOCAL ROLE doctor_lesser")
        assert "may make roles" in found("Database role", BAD)
        cursor.execute("RESET ROLE; DROP ROLE doctor_lesser")


@needs_postgres
@pytest.mark.django_db
def test_more_connections_than_the_server_has_are_bad(configured):
    configured(database_max_connections=10)
    assert "room for" in found("Database connections", GOOD)
    configured(database_max_connections=50)
    assert "room for 1 processes" in found("Database connections", BAD)


@pytest.mark.django_db
def test_a_migration_that_is_pending_is_bad(monkeypatch):
    monkeypatch.setattr(connection, "close", lambda: None)
    found("Migrations", GOOD)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'monitoring'")
    assert "monitoring.0001" in found("Migrations", BAD)


def told_by_redis(monkeypatch, configured, **said: object) -> None:
    configured(redis_url="redis://localhost:1/0")
    monkeypatch.setattr(stored, "_redis", lambda section: said)


def test_a_redis_that_is_missing_old_or_away_is_bad(configured, monkeypatch):
    configured(redis_url="")
    assert "in memory" in found("Redis", BAD)
    told_by_redis(monkeypatch, configured, redis_version="5.0.14")
    assert "Redis 5.0.14" in found("Redis", BAD)
    told_by_redis(monkeypatch, configured, redis_version="7.2.4")
    found("Redis", GOOD)


def test_a_redis_that_throws_messages_away_is_bad(configured, monkeypatch):
    told_by_redis(monkeypatch, configured, maxmemory_policy="allkeys-lru", maxmemory=1000)
    assert "allkeys-lru" in found("Redis keeps messages", BAD)
    told_by_redis(monkeypatch, configured, maxmemory_policy="noeviction", maxmemory=1000)
    found("Redis keeps messages", GOOD)


def test_a_redis_that_cannot_save_is_bad(configured, monkeypatch):
    told_by_redis(monkeypatch, configured, rdb_last_bgsave_status="err")
    assert "refuses writes" in found("Redis can save", BAD)
    told_by_redis(monkeypatch, configured, rdb_last_bgsave_status="ok", aof_last_write_status="ok")
    found("Redis can save", GOOD)


@pytest.mark.skipif("not __import__('django.conf').conf.settings.CONFIG.redis_url", reason="needs a Redis")
def test_a_real_redis_tells_what_is_asked():
    for title in ("Redis", "Redis keeps messages", "Redis can save"):
        found(title, GOOD)


def test_mail_that_nobody_takes_is_bad(configured, settings, tmp_path):
    configured(email_url="")
    assert "terminal" in found("Mail", BAD)
    configured(email_url=f"filemail://{tmp_path}")
    assert str(tmp_path) in found("Mail", BAD)
    configured(email_url="smtp://me@mail.example.org")
    assert "what goes to mail.example.org can be read" in found("Mail", BAD)
    configured(email_url="smtp://127.0.0.1:1")
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    assert "refused" in found("Mail", BAD)


def test_mail_that_is_taken_is_good(configured, settings):
    from aiosmtpd.controller import Controller
    from aiosmtpd.handlers import Sink

    server = Controller(Sink(), hostname="127.0.0.1", port=free_port())
    server.start()
    try:
        configured(email_url="smtp://127.0.0.1")
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
        found("Mail", GOOD)
    finally:
        server.stop()


class Exchange:
    """Answers ``exchange_status`` as the client of ``network.info`` does."""

    def __init__(self, skew_ms: int = 0, is_away: bool = False) -> None:
        self.skew_ms, self.is_away = skew_ms, is_away

    def exchange_status(self) -> object:
        if self.is_away:
            raise CallFailed("exchangeStatus", None, 1, "nobody is there")
        return type("Status", (), {"time": SystemClock().now_ms() + self.skew_ms})


def test_an_exchange_that_does_not_answer_or_has_another_clock_is_bad(monkeypatch, configured):
    configured(hyperliquid_network="testnet")
    for there, mark, says in (
        (Exchange(is_away=True), BAD, "does not answer"),
        (Exchange(skew_ms=-9_000), BAD, "apart from its clock"),
        (Exchange(), GOOD, "testnet answers"),
    ):
        monkeypatch.setattr(network, "info", lambda feature, there=there: there)
        assert says in found("Exchange", mark)


@pytest.mark.django_db
def test_a_feed_that_nobody_leads_is_bad():
    assert "nobody leads" in found("Feed", BAD)
    Lease.objects.create(name="feed", holder="x", expires_at=SystemClock().now_ms() + 60_000, number=1)
    found("Feed", GOOD)


@pytest.mark.django_db
def test_alerts_that_are_never_evaluated_late_or_not_delivered_are_bad():
    now = SystemClock().now_ms()
    assert "never evaluated" in found("Alerts", BAD)
    evaluation = Evaluation.objects.create(name="main", round_at=now, seen_until=now, trouble="")
    assert "nobody delivers" in found("Alerts", BAD)
    DeliveryRound.objects.create(holder="x", started_at=now, round_at=now)
    found("Alerts", GOOD)
    Evaluation.objects.filter(pk=evaluation.pk).update(round_at=now - 60_000)
    assert "late" in found("Alerts", BAD)


@needs_postgres
@pytest.mark.django_db
def test_a_clock_of_the_database_that_is_off_is_bad(monkeypatch):
    found("Clock of the database", GOOD)
    monkeypatch.setattr(stored, "SystemClock", lambda: type("Late", (), {"now_ms": lambda self: hours_ago(1)})())
    assert "3600" in found("Clock of the database", BAD)


def test_a_disk_that_is_nearly_full_is_bad(configured):
    configured(disk_low_mb=0)
    found("Disk", GOOD)
    configured(disk_low_mb=10**12)
    assert "MB free at" in found("Disk", BAD)


def test_backups_that_are_missing_or_old_are_bad(configured, settings):
    configured(backup_max_age_hours=26)
    assert "none in" in found("Backups", BAD)
    folder = settings.CONFIG.backups
    folder.mkdir()
    network_name = settings.CONFIG.hyperliquid_network
    (folder / name_of(network_name, hours_ago(30), is_sealed=True)).touch()
    assert "30 h old" in found("Backups", BAD)
    (folder / name_of(network_name, hours_ago(2), is_sealed=True)).touch()
    assert "2, the newest 2.0 h old" in found("Backups", GOOD)
    configured(backup_max_age_hours=0)
    found("Backups", NOT_HERE)
    found("Backups encrypted", NOT_HERE)


@pytest.mark.django_db
def test_admins_without_a_second_factor_are_bad():
    assert "none" in found("Admins", BAD)
    ada = User.objects.create_user("ada", is_staff=True)
    assert "without a second factor: ada" in found("Admins", BAD)
    Authenticator.objects.create(user=ada, type="totp", data={})
    found("Admins", GOOD)


@pytest.mark.django_db
def test_users_of_the_demo_are_bad_where_it_is_real(configured):
    User.objects.create_user("trader", password="hyperliquid-demo")
    found("Users of the demo", NOT_HERE)
    configured(hyperliquid_network="mainnet")
    assert "trader" in found("Users of the demo", BAD)
    User.objects.all().delete()
    found("Users of the demo", GOOD)


@pytest.fixture
def site() -> Callable[[int, str], str]:
    """Starts a server that gives the same answer to everybody; its address."""
    servers = []

    def start(status: int, body: str) -> str:
        class Answer(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(status)
                self.end_headers()
                self.wfile.write(body.encode())

            def log_message(self, *_: object) -> None:
                """Nobody reads it."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_port}"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def test_a_site_that_is_not_well_is_bad(configured, site):
    configured(site_url="http://127.0.0.1:1")
    assert "nobody answers at http://127.0.0.1:1/api/health" in found("Health", BAD)
    for status, body, mark, says in (
        (404, "", BAD, "answers 404"),
        (503, "<h1>The proxy's own page</h1>", BAD, "answers 503"),
        (503, '{"status": "unhealthy"}', BAD, "says unhealthy"),
        (200, '{"status": "degraded"}', BAD, "says degraded"),
        (200, '{"status": "healthy"}', GOOD, "says healthy"),
    ):
        configured(site_url=site(status, body))
        assert says in found("Health", mark)


class Pretended:
    """A configuration with variables that it need not have."""

    def __init__(self, config: object, **changes: object) -> None:
        self.__dict__ |= {"config": config, **changes}

    def __getattr__(self, name: str) -> object:
        return getattr(self.config, name)


def test_errors_that_nobody_hears_of_are_bad(settings):
    settings.CONFIG = Pretended(settings.CONFIG, sentry_dsn="")
    assert "no SENTRY_DSN" in found("Errors", BAD)
    settings.CONFIG = Pretended(settings.CONFIG, sentry_dsn="https://key@sentry.example/1")
    assert "sentry.example" in found("Errors", GOOD)


def test_logs_that_only_people_can_read_are_bad(settings):
    for form, environment, mark in (
        ("line", "production", BAD),
        ("auto", "development", BAD),
        ("auto", "production", GOOD),
        ("json", "development", GOOD),
    ):
        settings.CONFIG = Pretended(settings.CONFIG, log_format=form, environment=environment)
        found("Logs", mark)


def test_each_line_has_a_test_that_makes_it_bad():
    text = Path(__file__).read_text()
    tried = {title for title in LINES if f'found("{title}", BAD)' in text} | set(FAILING)
    looped = {"Exchange", "Logs"}
    assert set(LINES) - tried == looped


def test_a_line_that_cannot_be_looked_at_is_bad_and_says_why():
    def broken() -> None:
        raise OSError("gone")

    one = Line("Watched", "x", broken).found()
    assert (one.mark, one.said) == (BAD, "could not be looked at: OSError: gone")


@pytest.mark.django_db
def test_a_line_about_tables_that_are_not_there_yet_leads_to_the_migrations():
    def asks() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT * FROM table_of_tomorrow")

    with transaction.atomic():
        one = Line("In production", "Feed", asks).found()
        transaction.set_rollback(True)
    assert (one.mark, one.advice) == (BAD, "See to Migrations above.")


@pytest.mark.django_db
def test_the_command_prints_each_line_and_fails_if_one_is_bad(capsys, monkeypatch, configured):
    monkeypatch.setattr(around.network, "info", lambda feature: Exchange(is_away=True))
    configured(site_url="http://127.0.0.1:1")
    with pytest.raises(SystemExit) as ended:
        call_command("doctor", "--json")
    assert ended.value.code == 1
    said = json.loads(capsys.readouterr().out)
    assert [one["title"] for one in said] == list(LINES)
    assert {one["mark"] for one in said} <= {"good", "bad", "not here"}
    with pytest.raises(SystemExit):
        call_command("doctor")
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("Network simulated (HYPERLIQUID_NETWORK), database ")
    assert sum(line.startswith(("  ✔ ", "  ✘ ", "  – ")) for line in lines) == len(LINES)
    monkeypatch.setattr("dashboard.management.commands.doctor.CHECKLIST", ())
    call_command("doctor")
    assert "Nothing is bad." in capsys.readouterr().out
