"""The first page of the admin: what it answers, for whom, and what that costs with a large table."""

import time
from dataclasses import replace

import pytest
from django.contrib.auth.models import Permission
from django.core.cache import cache
from django.db import connection

from accounts.models import DailyUse
from dashboard import overview, stored_rows
from monitoring.models import HealthMetric, Incident
from monitoring.monitor import monitor

pytestmark = pytest.mark.django_db
MANY = 200_000


def fill(many: int) -> None:
    """Rows of a table, made by the database itself."""
    numbers = f"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {many}) "
    columns, values = "(service, at, status, detail)", "SELECT 'feed', i, 'up', '' FROM n"
    insert = f"INSERT INTO monitoring_healthmetric {columns}"
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(f"{insert} {numbers}{values}")
            cursor.execute("ANALYZE monitoring_healthmetric")
        else:
            cursor.execute(f"{numbers}{insert} {values}")


@pytest.fixture
def ada(cast, client):
    cache.delete(overview.SAMPLE)
    client.force_login(cast.ada)
    client.get("/admin/")  # the first page of a session notes that somebody came
    cache.delete(overview.SAMPLE)
    return client


def test_the_first_page_asks_as_little_of_a_large_table_as_of_a_small_one(ada, django_assert_max_num_queries):
    fill(MANY)
    began = time.monotonic()
    with django_assert_max_num_queries(14):
        page = ada.get("/admin/")
    assert time.monotonic() - began < 5
    sizes = {one.table: one for one, *_ in page.context["overview"]["stored"]["tables"]}
    rows = sizes["monitoring_healthmetric"]
    if connection.vendor == "postgresql":
        assert abs(rows.rows - MANY) < MANY / 10
        assert rows.bytes > MANY
    else:
        assert rows.rows == stored_rows.MOST
        assert rows.is_bounded


def test_the_first_page_says_who_came_what_fails_and_how_far_behind_everything_is(ada, cast, settings):
    Incident.objects.create(service="feed", began_at=1, last_at=2, worst="down")
    DailyUse.objects.get_or_create(day=time.strftime("%Y-%m-%d", time.gmtime()), user=cast.bob)
    assert overview.people()[-1][:2] == ("Active today (UTC), if ANALYTICS_ENABLED were on", "not counted")
    settings.CONFIG = replace(settings.CONFIG, analytics_enabled=True)
    page = ada.get("/admin/")
    answers = page.context["overview"]
    assert dict(line[:2] for line in answers["people"])["Active today (UTC)"] == f"{DailyUse.objects.count()}"
    assert dict(line[:2] for line in answers["failing"])["Incidents that go on"] == "1"
    assert [line[0] for line in answers["behind"]] == [*overview.BEHIND, "backup"]
    for address in {line[2] for part in ("people", "failing", "behind") for line in answers[part]} - {""}:
        assert ada.get(address).status_code == 200, address
        assert f'href="{address}"'.encode() in page.content, address


def test_a_table_says_by_how_much_it_has_grown_since_the_sample_before(ada, monkeypatch):
    monkeypatch.setattr(stored_rows, "sizes", lambda: [stored_rows.Size("fills", 50, 9)])
    assert overview.stored()["tables"][0][1] == ""
    later = monitor.clock.now_ms() + 2 * overview.DAY_MS
    monkeypatch.setattr(monitor.clock, "now_ms", lambda: later)
    monkeypatch.setattr(stored_rows, "sizes", lambda: [stored_rows.Size("fills", 80, 9)])
    found = overview.stored()
    assert (found["tables"][0][1], found["hours"]) == ("+30", 48.0)


def test_each_table_is_called_as_its_list_is_and_leads_to_it(ada):
    page = ada.get("/admin/").content.decode()
    assert '<a href="/admin/accounts/user/">Users</a>' in page
    named = {table: name for table, (name, _) in overview.listed().items()}
    assert named["snapshots_tradesnapshot"] == "Trade snapshots"
    assert "monitoring_heartbeat" not in page, "a table without a list has a name, too"


def test_a_sample_of_a_moment_ago_says_nothing_of_growth(ada):
    ada.get("/admin/")
    page = ada.get("/admin/")
    assert page.context["overview"]["stored"]["hours"] is None
    assert "Since 0.0 h" not in page.content.decode()


def test_staff_without_the_right_to_see_health_are_shown_none_of_it(cast, client):
    cast.bob.is_staff = True
    cast.bob.save()
    cast.bob.user_permissions.add(Permission.objects.get(codename="view_alert"))
    client.force_login(cast.bob)
    assert HealthMetric.objects.count() == 0
    assert client.get("/admin/").context["overview"] == {}


def test_each_page_of_the_admin_has_the_sites_icon(ada):
    for path in ("/admin/", "/admin/accounts/user/", "/admin/accounts/user/add/"):
        assert 'rel="icon" href="/static/img/favicon' in ada.get(path).content.decode(), path
