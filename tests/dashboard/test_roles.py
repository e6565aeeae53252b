"""Two roles in the database: the owner migrates, and all processes get by as the lesser one."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import errors

from tests.dashboard.own_postgres import BIN, OwnPostgres

ROOT = Path(__file__).resolve().parents[2]
OWNER, APP = "dash_owner", "dash_app"
MAIN_PATHS = (
    "tests/accounts/test_sign_in.py::test_a_new_account_is_good_once_the_code_of_its_mail_is_typed_in",
    "tests/snapshots/test_record.py",
    "tests/snapshots/test_retention.py",
    "tests/monitoring/test_lease.py",
    "tests/alerts/test_decide.py",
)

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


def environment(own: OwnPostgres, role: str) -> dict[str, str]:
    url = own.url_as(role, "dash")
    return {**os.environ, "HYPERLIQUID_NETWORK": "simulated", "DATABASE_URL": url, "REDIS_URL": ""}


def make_roles(own: OwnPostgres) -> None:
    """As the file says it, for the database that a test run of ``dash`` would make."""
    names = [word for pair in (("database", "test_dash"), ("owner", OWNER), ("app", APP))
             for word in ("-v", "=".join(pair))]  # fmt: skip
    secrets = {"OWNER_PASSWORD": "one's own", "APP_PASSWORD": "another's"}
    subprocess.run(
        [BIN / "psql", own.url, "-X", "-q", "-v", "ON_ERROR_STOP=1", *names, "-f", "deploy/sql/roles.sql"],
        cwd=ROOT, env={**os.environ, **secrets}, check=True, capture_output=True,
    )  # fmt: skip


def migrate(own: OwnPostgres, role: str) -> None:
    there = {**environment(own, role), "DATABASE_URL": own.url_as(role, "test_dash")}
    subprocess.run([sys.executable, "manage.py", "migrate", "-v", "0"], cwd=ROOT, env=there, check=True)


@pytest.fixture(scope="module")
def own() -> Iterator[OwnPostgres]:
    """A new installation: with all migrations, made by the owner."""
    with OwnPostgres() as own:
        own.ask("CREATE DATABASE dash")
        make_roles(own)
        migrate(own, OWNER)
        yield own


def test_the_main_paths_work_as_the_lesser_role(own):
    """The same tests as everywhere, with the tables of the owner: months are made, dropped, rows written."""
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-x",
        "--reuse-db",
        "-p",
        "no:cacheprovider",
        *MAIN_PATHS,
    ]
    done = subprocess.run(
        command, cwd=ROOT, env=environment(own, APP), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout[-4000:]


@pytest.fixture
def app(own) -> Iterator[psycopg.Connection]:
    with psycopg.connect(own.url_as(APP, "test_dash"), autocommit=True) as connection:
        yield connection


@pytest.mark.parametrize(
    "forbidden",
    [
        "DROP TABLE snapshots_fill",
        "TRUNCATE snapshots_fill",
        "ALTER TABLE accounts_user ADD COLUMN x int",
        "CREATE TABLE mine (a int)",
        "CREATE SCHEMA mine",
        "CREATE FUNCTION mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "CREATE ROLE mine SUPERUSER",
        "CREATE DATABASE mine",
        "ALTER ROLE dash_app SUPERUSER",
        "SET ROLE dash_owner",
        "SELECT pg_read_file('/etc/passwd')",
        "COPY accounts_user TO PROGRAM 'cat'",
        "LOCK TABLE accounts_user IN ACCESS EXCLUSIVE MODE; CREATE TRIGGER t AFTER INSERT ON accounts_user "
        "EXECUTE FUNCTION suppress_redundant_updates_trigger()",
        "INSERT INTO django_migrations (app, name, applied) VALUES ('accounts', '9999_x', now())",
        "UPDATE django_migrations SET name = '9999_x'",
        "DELETE FROM django_migrations",
        "SELECT rolpassword FROM pg_authid",
    ],
)
def test_the_lesser_role_can_do_nothing_but_read_and_write_rows(app, forbidden):
    with pytest.raises(errors.InsufficientPrivilege):
        app.execute(forbidden)


GRANTED = "SELECT relname, relacl::text FROM pg_class WHERE relkind IN ('r', 'p', 'S') ORDER BY relname"


def test_the_roles_may_be_made_again_and_have_the_same_rights_then(own, app):
    before = app.execute(GRANTED).fetchall()
    make_roles(own)
    assert app.execute(GRANTED).fetchall() == before


def test_an_installation_from_before_takes_the_right_to_write_migrations_at_the_next_migrate(own, app):
    with psycopg.connect(own.url_as(OWNER, "test_dash"), autocommit=True) as owner:
        owner.execute(f"GRANT INSERT, UPDATE, DELETE ON django_migrations TO {APP}")
        owner.execute("GRANT DELETE ON django_migrations TO PUBLIC")
    migrate(own, APP)  # it has nothing to do, and may do nothing
    app.execute("DELETE FROM django_migrations WHERE app = 'nobody'")
    migrate(own, OWNER)
    with pytest.raises(errors.InsufficientPrivilege):
        app.execute("DELETE FROM django_migrations WHERE app = 'nobody'")
    assert app.execute("SELECT count(*) > 0 FROM django_migrations").fetchone() == (True,)


@pytest.mark.parametrize("database", ["empty", "test_dash"])
def test_who_migrates_as_the_lesser_role_is_told_which_role_it_takes(own, database):
    """On a new installation it cannot even note what it does; on an old one the first change of a table fails."""
    if database == "empty":
        own.ask("CREATE DATABASE empty")
    else:
        with psycopg.connect(own.url_as(OWNER, database), autocommit=True) as owner:
            owner.execute("DELETE FROM django_migrations WHERE name = '0007_alert_blind_since'")
    there = {**environment(own, APP), "DATABASE_URL": own.url_as(APP, database)}
    done = subprocess.run(
        [sys.executable, "manage.py", "migrate", "-v", "0"],
        cwd=ROOT, env=there, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert "needs the role that owns the tables" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_functions_that_run_as_owner_touch_months_of_trades_alone(app):
    app.execute("CREATE TEMPORARY TABLE snapshots_tradesnapshot (a int)")
    app.execute("SELECT public.trades_make_month(1790000000000)")
    months = "SELECT relname FROM pg_class JOIN pg_inherits ON oid = inhrelid WHERE inhparent = %s::regclass"
    held = [name for (name,) in app.execute(months, ["public.snapshots_tradesnapshot"])]
    assert "snapshots_tradesnapshot_2026_09" in held
    for strange in ("accounts_user", "snapshots_tradesnapshot", "x; DROP TABLE accounts_user", 'a" b'):
        app.execute("SELECT public.trades_drop_month(%s)", [strange])
    assert app.execute("SELECT count(*) FROM accounts_user").fetchone() is not None
    app.execute("SELECT public.trades_drop_month(%s)", ["snapshots_tradesnapshot_2026_09"])
    assert "snapshots_tradesnapshot_2026_09" not in [
        name for (name,) in app.execute(months, ["public.snapshots_tradesnapshot"])
    ]
    assert app.execute("SELECT to_regclass('pg_temp.snapshots_tradesnapshot')").fetchone() != (None,)
