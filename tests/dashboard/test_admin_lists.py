"""Every list of the admin stays usable at a million rows: the rules, and how Postgres reads them."""

import re

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.admin import EmptyFieldListFilter, SimpleListFilter
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.db.models import BigIntegerField, ForeignKey
from django.test import RequestFactory

from accounts.admin import large
from accounts.admin.large import LargeAdmin, Newest
from accounts.admin.moments import DURATIONS, is_moment
from accounts.models import DailyUse, User
from monitoring.models import HealthMetric
from snapshots.partitions import ensure_months

pytestmark = pytest.mark.django_db
SMALL = {Group, Permission, ContentType}
"""Rows of which an installation has a few hundred at most."""
ADMINS = {model: one for model, one in admin.site._registry.items() if model not in SMALL}
LISTS = {model: one for model, one in ADMINS.items() if model is not DailyUse}
"""The list of daily use is a page of its own, of 90 lines."""
MOMENT_MS = 1_795_500_840_000
each_list = pytest.mark.parametrize("model", LISTS, ids=lambda model: model._meta.label)


@pytest.fixture
def asked(cast):
    """The list that an address shows to Ada."""

    def ask(model, **query):
        request = RequestFactory().get("/", query)
        request.user = cast.ada
        return LISTS[model].get_changelist_instance(request)

    return ask


def plan(rows) -> str:
    """How Postgres reads the rows if any index lets it read and put them in order without the whole table."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off")
    return rows.explain()


@each_list
def test_a_list_counts_no_more_than_it_shows_and_loads_what_its_rows_name(model):
    shown = LISTS[model]
    assert isinstance(shown, LargeAdmin)
    assert issubclass(shown.paginator, Newest)
    assert shown.show_full_result_count is False
    assert shown.show_facets is admin.ShowFacets.NEVER
    assert shown.list_max_show_all <= 200
    assert shown.date_hierarchy is None, "it asks for the first and last of all rows: show that it is indexed"
    foreign = {field.name for field in model._meta.fields if isinstance(field, ForeignKey)}
    loaded = set(shown.list_select_related or ())
    assert {name for name in shown.list_display if name in foreign} <= loaded


def test_moments_are_dates_in_lists_and_forms_and_their_milliseconds_are_at_hand(client, cast):
    row = HealthMetric.objects.create(service="feed", at=1_796_057_107_151, status="up")
    client.force_login(cast.ada)
    for address in ("", f"{row.pk}/change/"):
        page = client.get(f"/admin/monitoring/healthmetric/{address}").content.decode()
        assert '<span class="moment" title="1796057107151">2026-11-30 16:45:07 UTC</span>' in page
        assert "1796057107151" not in page.replace('title="1796057107151"', "")


def test_durations_have_their_units_and_their_milliseconds_are_at_hand(client, cast):
    slow, quick, none = (
        HealthMetric.objects.create(service="feed", at=number, status="up", latency=latency)
        for number, latency in enumerate((61_204.4, 0.31, None))
    )
    client.force_login(cast.ada)
    shown = {
        row: client.get(f"/admin/monitoring/healthmetric/{row.pk}/change/").content.decode()
        for row in (slow, quick, none)
    }
    assert '<span class="span" title="61204.4">1 min 1 s 204 ms</span>' in shown[slow]
    assert '<span class="span" title="0.31">&lt; 1 ms</span>' in shown[quick]
    assert 'class="span"' not in shown[none]
    assert "1 min 1 s 204 ms" in client.get("/admin/monitoring/healthmetric/").content.decode()


def test_every_field_of_milliseconds_is_known_as_a_moment_or_as_something_else():
    """A new field with a time in it must not come to the admins as a number of 13 digits."""
    numbers = {"arm", "number", "sent", "failed", "retried", "version", "seen_version", "acknowledged", "trades"}
    numbers |= {"leverage", "tid", "oid", "notional", "n_samples", "twap_id", "fills", "fundings", "rows"}
    ours = ("accounts", "alerts", "monitoring", "snapshots")
    fields = {
        (model, field.name)
        for model in apps.get_models()
        if model._meta.app_label in ours
        for field in model._meta.fields
        if isinstance(field, BigIntegerField) and not field.primary_key
    }
    assert {name for model, name in fields if not is_moment(model, name)} <= DURATIONS | numbers


@each_list
def test_no_filter_reads_the_table_for_its_choices(model):
    for one in LISTS[model].list_filter:
        kind = one[1] if isinstance(one, tuple) else one
        if not isinstance(kind, str):
            assert issubclass(kind, SimpleListFilter | EmptyFieldListFilter)
            continue
        field = model._meta.get_field(kind)
        few = field.choices or field.get_internal_type() == "BooleanField" or field.related_model in SMALL
        assert few, f"{kind}: give its values with accounts.admin.large.one_of"


@pytest.mark.parametrize("model", ADMINS, ids=lambda model: model._meta.label)
def test_no_form_lists_a_large_table_to_choose_from(model, rf, cast):
    shown, request = ADMINS[model], rf.get("/")
    request.user = cast.ada
    if not (shown.has_change_permission(request) or shown.has_add_permission(request)):
        return
    free = {*shown.raw_id_fields, *shown.autocomplete_fields, *shown.get_readonly_fields(request)}
    for name, field in shown.get_form(request)().fields.items():
        related = getattr(getattr(field, "queryset", None), "model", None)
        assert related is None or related in SMALL or name in free, name


@each_list
def test_no_address_sorts_a_list_by_a_column_without_an_index(model, asked):
    plain = {*asked(model).queryset.query.order_by, "-pk"}
    for n in range(len(LISTS[model].list_display) + 1):
        column = asked(model, o=f"-{n}").queryset.query.order_by
        if LISTS[model].sortable_by == ():
            assert set(column) <= plain


@each_list
def test_postgres_reads_a_page_of_a_list_by_an_index(model, asked):
    if connection.vendor != "postgresql":
        pytest.skip("asks Postgres how it would read")
    ensure_months([MOMENT_MS])  # of a table without parts nothing is read
    text = plan(asked(model).queryset[:50])
    assert not re.search(r"(?<!Incremental )Sort +\(cost", text), text
    assert f"Seq Scan on {model._meta.db_table}" not in text, text
    assert "Index" in text, text


@each_list
def test_postgres_finds_what_is_searched_for_by_an_index(model):
    if connection.vendor != "postgresql":
        pytest.skip("asks Postgres how it would read")
    shown = LISTS[model]
    ways = [f"{name}__startswith" for name in shown.found_by] + list(shown.found_by_exact)
    ways += [f"{shown.found_by_user}__in"] * bool(shown.found_by_user)
    for way in ways:
        for table, condition in legs(model, way):
            text = plan(table._default_manager.filter(**condition).order_by())
            assert "Index Cond" in text, f"{way}: {text}"


def legs(model, way: str):
    """Asked of each table on the way to a related one: of empty tables all ways to join cost the same."""
    name, _, rest = way.partition("__")
    field = model._meta.get_field("id" if name == "pk" else name)
    if isinstance(field, ForeignKey) and rest not in ("", "in"):
        yield model, {f"{name}__in": [7]}
        yield from legs(field.related_model, rest)
    else:
        yield model, {way: [7] if rest == "in" else "7"}


def test_a_search_for_many_finds_so_many_of_them_that_no_table_is_read(cast, client, monkeypatch):
    monkeypatch.setattr(large, "MOST_USERS", 3)
    for n in range(5):
        User.objects.create(username=f"many{n}", email=f"many{n}@example.org")
    client.force_login(cast.ada)
    found = client.get("/admin/accounts/user/", {"q": "many"}).context["cl"].result_list
    assert len({row.username for row in found if row.username.startswith("many")}) == len(found) == 3
    (one,) = client.get("/admin/accounts/user/", {"q": "many4"}).context["cl"].result_list
    assert one.username == "many4"


def test_a_filter_looks_among_the_newest_rows_and_the_paginator_counts_no_more(cast, client, monkeypatch):
    monkeypatch.setattr(large, "MOST_FILTERED", 20)
    monkeypatch.setattr(large, "MOST", 15)
    rows = [HealthMetric(service="feed", at=n, status="down" if n < 5 or n > 27 else "up") for n in range(30)]
    HealthMetric.objects.bulk_create(rows)
    client.force_login(cast.ada)
    listed = client.get("/admin/monitoring/healthmetric/", {"status__exact": "down"}).context["cl"]
    assert [row.at for row in listed.result_list] == [29, 28]
    assert client.get("/admin/monitoring/healthmetric/").context["cl"].result_count == 15
