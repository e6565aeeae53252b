"""My data: everything stored about somebody is shown, taken away as JSON, and gone after deletion."""

import json
import re
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from asgiref.sync import async_to_sync
from django.apps import apps
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.core.cache import cache
from django.db import connection, models
from django.test import Client

from accounts.models import ApiToken, DailyUse, Session, User, Wallet
from accounts.owned import owned_models
from alerts.models import Alert, Delivery, Destination, Firing, Step
from snapshots.models import Account, TripNote
from tests.cast import PASSWORD

pytestmark = pytest.mark.django_db
PAGE, DOWNLOAD, DELETE = "/account/data/", "/account/data/download/", "/account/data/delete/"
NOT_OF_ONE_USER = {
    "accounts.PageViews": "counts of pages",
    "alerts.DeliveryRound": "how a deliverer is doing",
    "alerts.Evaluation": "how far the evaluator is",
    "auth.Group": "named by admins",
    "auth.Permission": "made from the models",
    "auth.Group_permissions": "made by admins",
    "contenttypes.ContentType": "made from the models",
    "monitoring.HealthMetric": "how the site's services were",
    "monitoring.HealthRollup": "how the site's services were",
    "monitoring.Heartbeat": "how the leading feed is doing",
    "monitoring.Incident": "when a service was not well",
    "monitoring.Lease": "which process leads",
    "snapshots.Account": "an address of the exchange; users point at it by their wallets",
    "snapshots.BackfillProgress": "how far an address's past has been read",
    "snapshots.CashFlow": "public on the exchange",
    "snapshots.ClosedOrder": "public on the exchange",
    "snapshots.Coverage": "which history is complete",
    "snapshots.DayBook": "sums of an address by day",
    "snapshots.DayResult": "sums of an address by day",
    "snapshots.EquitySnapshot": "public on the exchange",
    "snapshots.Fill": "public on the exchange",
    "snapshots.FundingPayment": "public on the exchange",
    "snapshots.PruneRun": "when old history was deleted",
    "snapshots.PositionSnapshot": "public on the exchange",
    "snapshots.TradeMinute": "sums of public trades",
    "snapshots.TradeSnapshot": "public on the exchange",
}


def full(user: User) -> User:
    """Somebody about whom there is a row of every kind."""
    Wallet.objects.create(user=user, address="0x" + "c3" * 20, label=f"hedge of {user.username}")
    ApiToken.objects.create(user=user, name="bot", prefix=f"hl_{user.pk}", digest="d" * 64)
    traded = Account.objects.get_or_create(address="0x" + "c3" * 20, added_at=0)[0]
    trip = {"coin": "BTC", "opened_at": 1, "tid": 2, "oid": 3, "side": "B"}
    TripNote.objects.create(user=user, account=traded, text=f"what {user.username} thought", **trip)
    alerted(user)
    DailyUse.objects.create(day=datetime.now(UTC).date(), user=user)
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    EmailAddress.objects.get(user=user).emailconfirmation_set.create(key=f"k{user.pk}")
    TOTP.activate(user, generate_totp_secret())
    RecoveryCodes.activate(user)
    user.groups.add(Group.objects.get_or_create(name="testers")[0])
    kind, _ = ContentType.objects.get_or_create(app_label="accounts", model="user")  # its own cache may be stale
    user.user_permissions.add(Permission.objects.get_or_create(codename="test", content_type=kind)[0])
    return user


def alerted(user: User) -> None:
    """An alert of the user that has fired and is told."""
    place = Destination.objects.create(user=user, kind="email", label="mail", secret={"to": f"{user.pk}@secret"})
    alert = Alert.objects.add(
        user, [place], metric="mark", coin="BTC", threshold=Decimal(1), note=f"{user.username}!"
    )
    times = {"received_at": 1, "fired_at": 1, "decided_at": 1}
    firing = Firing.objects.create(alert=alert, user=user, arm=1, sentence="BTC", **times)
    told = {"occasion": "fired", "key": f"k{alert.pk}", "at": 1, "decided_at": 1, "not_before": 1}
    Delivery.objects.create(alert=alert, firing=firing, destination=place, **told)
    Step.objects.create(alert=alert, at=1, what="fired", phase="fired", arm=1, decided_at=1)


@pytest.fixture
def alice(cast) -> User:
    """Full, with a history in the audit."""
    ada = Client()
    ada.force_login(cast.ada)
    full(cast.bob)
    alice = full(cast.alice)
    for action in ("make_api", "make_pro"):
        ada.post("/admin/accounts/user/", {"action": action, "_selected_action": [alice.pk]})
    ada.post("/admin/accounts/apitoken/", {"action": "revoke", "_selected_action": [alice.api_tokens.get().pk]})
    gone = Wallet.objects.create(user=alice, address=alice.address)
    ada.post(f"/admin/accounts/wallet/{gone.pk}/delete/", {"post": "yes"})
    return User.objects.get(pk=alice.pk)


@pytest.fixture
def hers(alice) -> Client:
    """Her browser, after she has just proven who she is."""
    client = Client()
    client.force_login(alice)
    confirm(client)
    return client


def confirm(client: Client) -> None:
    response = client.post("/account/reauthenticate/", {"password": PASSWORD})
    assert response.status_code == 302, response.content.decode()


def downloaded(client: Client) -> dict[str, list[dict]]:
    response = client.get(DOWNLOAD)
    assert response["Content-Disposition"].startswith("attachment")
    return json.loads(async_to_sync(whole)(response))


async def whole(response) -> bytes:
    return b"".join([piece async for piece in response])


def tables_with(needles: set[str]) -> set[str]:
    """All columns of all tables of the database in which a whole value, or a part of a text, is one of these."""
    found = set()
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')
            for row in cursor.fetchall():
                for column, value in zip(cursor.description, row, strict=True):
                    if any(needle in str(value).lower() for needle in needles):
                        found.add(f"{table}.{column[0]}")
    return found


def user_columns() -> list[tuple[type[models.Model], str]]:
    """Every column of every model of every app that holds the number of a user."""
    return [
        (model, field.attname)
        for model in apps.get_models(include_auto_created=True)
        for field in model._meta.concrete_fields
        if field.is_relation and field.related_model is User
    ]


def test_every_model_is_either_a_users_or_known_to_be_nobodys():
    labels = {model._meta.label for model in apps.get_models(include_auto_created=True)}
    owned = {model._meta.label for model in owned_models()}
    assert labels - owned == set(NOT_OF_ONE_USER)
    assert owned.isdisjoint(NOT_OF_ONE_USER)


def test_every_kind_of_row_is_shown_and_downloaded(hers, alice):
    page = hers.get(PAGE).content.decode()
    kinds = downloaded(hers)
    assert set(kinds) == {model._meta.label_lower for model in owned_models()}
    for fact in (
        alice.username,
        alice.email,
        alice.address,
        "hedge of alice",
        "what alice thought",
        "Tier changed to API.",
    ):
        assert fact in page
        assert fact in json.dumps(kinds)
    assert kinds["accounts.user"][0]["tier"] == "pro"
    assert [row["address"] for row in kinds["accounts.wallet"]] == ["0x" + "c3" * 20]
    assert len(kinds["accounts.session"]) == 1


def test_nothing_of_anybody_else_is_in_it(hers, cast):
    text = json.dumps(downloaded(hers)) + hers.get(PAGE).content.decode()
    assert [word for word in ("bob", "charlie", "ada@example.org") if word in text] == []


def test_no_secret_is_in_it(hers, alice):
    text = json.dumps(downloaded(hers)) + hers.get(PAGE).content.decode()
    secrets = [alice.password, hers.session.session_key, "d" * 64, f"{alice.pk}@secret"]
    secrets += [str(value) for one in alice.authenticator_set.all() for value in one.data.values() if value]
    assert len(secrets) >= 5
    assert [secret for secret in secrets if secret in text] == []


def test_a_long_history_is_downloaded_whole_and_shown_in_part(hers, alice):
    Wallet.objects.bulk_create(Wallet(user=alice, address=f"0x{number:040x}") for number in range(1200))
    assert len(downloaded(hers)["accounts.wallet"]) == 1201
    assert "And 1181 older" in hers.get(PAGE).content.decode()


def test_deletion_leaves_no_row_in_any_table_of_any_app(hers, alice, cast):
    needles = {alice.username, alice.email, alice.address, "hedge of alice", "what alice thought"}
    before = tables_with(needles)
    assert {"accounts_user.username", "account_emailaddress.email", "django_admin_log.object_repr"} <= before
    key, pk = hers.session.session_key, alice.pk
    response = hers.post(DELETE, {"username": "alice"}, follow=True)
    assert "deleted" in response.content.decode()
    assert tables_with(needles) == set()
    left = [(model, column) for model, column in user_columns() if model.objects.filter(**{column: pk}).exists()]
    assert left == []
    about = ContentType.objects.get_for_model(User)
    assert not apps.get_model("admin.LogEntry").objects.filter(content_type=about, object_id=str(pk)).exists()
    assert cache.get(f"session.{key}") in (None, "ended")
    assert not Session.objects.filter(session_key=key).exists()
    assert User.objects.filter(pk=cast.bob.pk).exists()
    assert Wallet.objects.get().user == cast.bob


def test_the_audit_still_tells_what_the_admin_did(hers, cast):
    hers.post(DELETE, {"username": "alice"})
    entries = apps.get_model("admin.LogEntry").objects.filter(user=cast.ada)
    assert entries.count() == 4
    assert set(entries.values_list("object_repr", flat=True)) == {"a deleted account"}


def test_an_admin_who_deletes_an_account_leaves_as_little(alice, cast):
    ada = Client()
    ada.force_login(cast.ada)
    ada.post(f"/admin/accounts/user/{alice.pk}/delete/", {"post": "yes"})
    assert tables_with({alice.username, alice.email, alice.address}) == set()


def test_a_sign_in_that_waits_for_its_second_step_is_deleted_too(hers, alice):
    waiting = Client()
    step = waiting.post("/account/login/", {"login": "alice", "password": PASSWORD})
    assert step.url == "/account/2fa/authenticate/"
    key = waiting.cookies["sessionid"].value
    row = Session.objects.get(session_key=key)
    assert (row.user, row.pending) == (None, alice)
    assert key[:4] not in hers.get("/account/sessions/").content.decode()
    hers.post(DELETE, {"username": "alice"})
    assert not Session.objects.filter(session_key=key).exists()
    assert cache.get(f"session.{key}") == "ended"


def test_all_browsers_of_a_deleted_account_are_out(hers, alice):
    other = Client()
    other.force_login(alice)
    hers.post(DELETE, {"username": "alice"})
    for client in (hers, other):
        assert client.get(PAGE).status_code == 302


def test_a_deleted_account_signs_nobody_in_and_its_email_begins_anew(hers, mailoutbox):
    hers.post(DELETE, {"username": "alice"})
    mailoutbox.clear()
    browser = Client()
    for login in ("alice", "alice@example.org"):
        refused = browser.post("/account/login/", {"login": login, "password": PASSWORD})
        assert refused.status_code == 200
        assert "Name and password do not fit together." in refused.content.decode()
    browser.post("/account/signup/", {"email": "alice@example.org", "password1": "an entirely different phrase"})
    code = re.search(r"^[A-Z0-9]{4}-[A-Z0-9]{4}$", mailoutbox[0].body, re.M)[0]
    assert browser.post("/account/confirm-email/", {"code": code}).status_code == 302
    page = browser.get(PAGE).content.decode()
    assert "alice@example.org" in page
    assert "hedge of alice" not in page
    assert Wallet.objects.filter(user__email="alice@example.org").count() == 0


def test_a_wrong_name_deletes_nothing(hers, alice):
    response = hers.post(DELETE, {"username": "bob"})
    assert response.status_code == 400
    assert "not your username" in response.content.decode()
    assert User.objects.filter(username__in=["alice", "bob"]).count() == 2


def test_whoever_has_not_proven_lately_who_he_is_must_do_so_first(alice):
    client = Client()
    client.force_login(alice)
    response = client.post(DELETE, {"username": "alice"})
    assert response.status_code == 302
    assert response.url.startswith(("/account/reauthenticate/", "/account/2fa/reauthenticate/"))
    assert User.objects.filter(pk=alice.pk).exists()


def test_a_link_deletes_nothing(hers, alice):
    assert hers.get(DELETE).status_code == 405
    assert User.objects.filter(pk=alice.pk).exists()
