"""Alerts in the admin: looked at, never edited; paused and stopped, with a note of who did it; no secrets."""

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from alerts.models import Alert, Delivery, Destination, Evaluation, Firing, Step
from tests.alerts.rows import START, alert, destination

pytestmark = pytest.mark.django_db
PAGES = ("alert", "destination", "firing", "delivery", "step", "evaluation")


@pytest.fixture
def ada(cast) -> Client:
    """The admin's browser."""
    browser = Client()
    browser.force_login(cast.ada)
    return browser


@pytest.fixture
def made(cast) -> Alert:
    """Alice's alert, which has fired and is told."""
    mail = destination(cast.alice, "my secret place", secret={"to": "hidden@example.org"}, hint="hi…@example.org")
    one = alert(cast.alice, (mail,), note="a private thought", tags=",private tag,")
    times = {"received_at": START, "fired_at": START, "decided_at": START}
    firing = Firing.objects.create(alert=one, user=cast.alice, arm=1, sentence="BTC", **times)
    told = {"occasion": "fired", "key": "a.b", "at": START, "decided_at": START, "not_before": START}
    Delivery.objects.create(alert=one, firing=firing, destination=mail, **told)
    Step.objects.create(alert=one, at=START, what="fired", phase="fired", arm=1, decided_at=START)
    Evaluation.objects.create()
    return one


def test_no_page_of_the_admin_shows_a_secret_or_a_note(ada, made):
    objects = {"alert": Alert, "destination": Destination, "firing": Firing, "delivery": Delivery, "step": Step}
    for name in PAGES:
        pages = [ada.get(f"/admin/alerts/{name}/")]
        if name in objects:
            pages.append(ada.get(f"/admin/alerts/{name}/{objects[name].objects.get().pk}/change/"))
        for page in pages:
            assert page.status_code == 200, name
            for hidden in (b"hidden@example.org", b"private thought", b"private tag"):
                assert hidden not in page.content, (name, hidden)


@pytest.mark.parametrize("name", PAGES)
def test_lists_need_as_many_queries_for_many_rows_as_for_one(ada, cast, made, name, django_assert_num_queries):

    ada.get("/admin/")  # the first page of a session notes that somebody came
    with CaptureQueriesContext(connection) as one:
        ada.get(f"/admin/alerts/{name}/")
    for n in range(2, 12):
        other = alert(cast.bob if n % 2 else cast.alice, (destination(cast.alice, f"place {n}"),))
        times = {"received_at": START, "fired_at": START, "decided_at": START}
        firing = Firing.objects.create(alert=other, user=cast.alice, arm=n, sentence="BTC", **times)
        told = {"occasion": "fired", "key": f"{n}", "at": START, "decided_at": START, "not_before": START}
        Delivery.objects.create(alert=other, firing=firing, destination=other.destinations.get(), **told)
        Step.objects.create(alert=other, at=START, what="fired", phase="fired", arm=n, decided_at=START)
    with django_assert_num_queries(len(one)):
        ada.get(f"/admin/alerts/{name}/")


def test_alerts_are_found_by_user_coin_and_address(ada, cast, made):
    alert(cast.bob, coin="ETH")
    assert b"1 alert" in ada.get("/admin/alerts/alert/?q=ETH").content
    assert b"1 alert" in ada.get("/admin/alerts/alert/?q=alic").content
    assert b"0 alerts" in ada.get("/admin/alerts/alert/?q=nobody").content
    assert b"1 step" in ada.get(f"/admin/alerts/step/?q={made.pk}").content
    assert b"0 steps" in ada.get("/admin/alerts/step/?q=BTC").content


def test_pausing_changes_the_version_so_that_the_evaluator_sees_it_and_is_noted(ada, made):
    before = made.version
    ada.post("/admin/alerts/alert/", {"action": "pause", "_selected_action": [made.pk]})
    made.refresh_from_db()
    assert not made.is_active
    assert made.version == before + 1
    assert LogEntry.objects.get(object_id=str(made.pk)).change_message == "Paused."


def test_a_stopped_destination_gets_nothing_more_and_says_why(ada, made):
    where = made.destinations.get()
    ada.post("/admin/alerts/destination/", {"action": "stop", "_selected_action": [where.pk]})
    where.refresh_from_db()
    assert not where.is_usable
    assert where.trouble == "stopped by an administrator"
    assert LogEntry.objects.get(object_id=str(where.pk)).change_message == "Stopped."


def test_staff_without_the_right_see_no_such_action(cast, made):

    cast.bob.is_staff = True
    cast.bob.save()
    cast.bob.user_permissions.add(*Permission.objects.filter(codename__in=["view_alert", "view_destination"]))
    browser = Client()
    browser.force_login(cast.bob)
    assert b"Pause" not in browser.get("/admin/alerts/alert/").content
    browser.post("/admin/alerts/alert/", {"action": "pause", "_selected_action": [made.pk]})
    made.refresh_from_db()
    assert made.is_active
