"""Fixtures for everybody: the cast, real servers, a real browser."""

import gc
import os
import shutil
from dataclasses import replace

import pytest
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

from tests import servers

pytest_plugins = ["tests.browser", "tests.borrowed", "tests.emptying", "tests.reruns", "tests.sharing"]


gc.disable()  # while thousands of tests are collected, none of which is garbage


def pytest_collection_finish() -> None:
    """From here on garbage is collected; what is there now stays, and need not be looked through each time."""
    gc.freeze()
    gc.enable()


# What fails is about the change, and not about luck or a busy machine; make fuzz draws new examples.
hypothesis_settings.register_profile(
    "repeatable", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
hypothesis_settings.load_profile("repeatable")


def pytest_configure(config: pytest.Config) -> None:
    """What differs from an installation: quick hashes, static files that nobody collected, no rate limit."""
    from django.conf import settings

    from monitoring.shutdown import shutdown

    shutdown.serving()
    settings.CONFIG = replace(settings.CONFIG, rate_limit_enabled=False)  # all tests come from one address
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.WHITENOISE_USE_FINDERS = True
    settings.WHITENOISE_AUTOREFRESH = True  # or each test client lists all files before its first request
    use_own_redis_database(settings)


def use_own_redis_database(settings) -> None:
    """Give each parallel worker a Redis database of its own, so that none sees another's rows."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "").removeprefix("gw")
    shared = os.environ.get("REDIS_URL", "")
    if not worker or not shared:
        return
    own = f"{shared.rpartition('/')[0]}/{int(worker) + 1}"
    os.environ["REDIS_URL"] = own
    for one in settings.CACHES.values():
        one["LOCATION"] = own
    settings.CHANNEL_LAYERS["default"]["CONFIG"]["hosts"][0]["address"] = own


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests marked ``node`` say why they do not run where there is no Node.js."""
    if shutil.which("node") and shutil.which("npm"):
        return
    for item in items:
        if item.get_closest_marker("node"):
            item.add_marker(pytest.mark.skip(reason="needs Node.js and npm"))


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix, tmp_path_factory) -> None:
    """A SQLite test database is a real file with WAL, as in production, not a shared memory."""
    from django.conf import settings

    database = settings.DATABASES["default"]
    if database["ENGINE"].endswith("sqlite3"):
        database["TEST"]["NAME"] = str(tmp_path_factory.mktemp("database") / "test.sqlite3")


@pytest.fixture
def cast(db):
    """Alice, Bob, Charlie and Ada."""
    from tests.cast import make_cast

    return make_cast()


@pytest.fixture(scope="session")
def postgres_url():
    """A real Postgres, for tests that are about it."""
    with servers.postgres() as url:
        yield url


@pytest.fixture(scope="session")
def redis_url():
    """A real Redis, for tests that are about it or about several processes."""
    with servers.redis() as url:
        yield url
