"""Every address of the site, and everybody who may ask for it."""

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import URLResolver, get_resolver

from accounts.models import ApiToken, DailyUse, PageViews, Session, User, Wallet
from alerts.models import Alert, Delivery, Destination, Evaluation, Firing, Step
from alerts.verify import GOOD_FOR_MS, digest
from snapshots.models import Account, Fill, TripNote
from tests.cast import PASSWORD, Cast
from tests.snapshots import wires

ACTORS = ("anonymous", "free", "pro", "api", "admin", "token", "forged")
CODE = "123456"
FORGED = {
    "X-Tier": "api",
    "X-User": "ada",
    "Remote-User": "ada",
    "X-Forwarded-User": "ada",
    "X-Forwarded-For": "127.0.0.1",
    "X-Forwarded-Proto": "https",
    "X-Original-URL": "/admin/",
    "X-HTTP-Method-Override": "GET",
    "Cookie": "sessionid=" + "f" * 32 + "; tier=api; user=ada; is_staff=true",
    "Authorization": "Basic YWRhOmNvcnJlY3QgaG9yc2U=",
}


def routes(resolver: URLResolver | None = None, before: str = "") -> Iterator[str]:
    """Every pattern that the resolver knows, as it is written."""
    for pattern in (resolver or get_resolver()).url_patterns:
        route = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from routes(pattern, route)
        else:
            yield route


@dataclass
class World:
    """Alice owns one of everything; all actors are somebody else."""

    cast: Cast
    wallet: Wallet
    token: ApiToken
    session: Session
    passkey: Authenticator
    email: EmailAddress
    first: str
    alert: Alert
    actors: dict[str, Client]

    def url(self, route: str) -> str:
        """An address of the route, about what is Alice's."""
        model = re.match(r"admin/\w+/(\w+)/", route)
        known = {**self.keys, "object_id": self.admin_objects.get(model.group(1), 1) if model else 1}
        plain = re.sub(r"\^?\(\?P<app_label>.*", "accounts/", route)
        plain = re.sub(r"\(\?P<url>.*", "no-such-page", plain)
        return "/" + re.sub(r"<(?:\w+:)?(\w+)>", lambda found: str(known[found.group(1)]), plain)

    @cached_property
    def keys(self) -> dict[str, object]:
        """What stands in addresses for Alice's things; looked up once, for there are hundreds of addresses."""
        return {
            "coin": "BTC",
            "address": self.wallet.address,
            "first": self.first,
            "wallet_id": self.wallet.pk,
            "token_id": self.token.pk,
            "alert_id": self.alert.pk,
            "handle": self.session.handle,
            "pk": self.passkey.pk,
            "destination_id": self.alert.destinations.get().pk,
            "firing_id": self.alert.firings.get().pk,
            "kind": "webhook",
            "id": self.cast.alice.pk,
            "content_type_id": 1,
        }

    @cached_property
    def admin_objects(self) -> dict[str, object]:
        """Keys of Alice's rows, by the name that the admin has for them."""
        return {
            "user": self.cast.alice.pk,
            "wallet": self.wallet.pk,
            "apitoken": self.token.pk,
            "session": self.session.pk,
            "authenticator": self.passkey.pk,
            "emailaddress": self.email.pk,
            "group": Group.objects.get().pk,
            "logentry": LogEntry.objects.get().pk,
            "pageviews": PageViews.objects.get().pk,
            "dailyuse": DailyUse.objects.get().pk,
            "account": Account.objects.get().pk,
            "fill": Fill.objects.get().pk,
            "tripnote": TripNote.objects.get().pk,
            "alert": self.alert.pk,
            **{
                one.__name__.lower(): one.objects.get().pk
                for one in (Firing, Destination, Delivery, Step, Evaluation)
            },
        }

    def alices(self) -> list[object]:
        """All that is Alice's, as the database has it."""
        models = (
            User,
            Wallet,
            ApiToken,
            Session,
            Authenticator,
            EmailAddress,
            TripNote,
            Alert,
            Firing,
            Destination,
        )
        owner = {User: "pk"}
        return [
            list(m.objects.filter(**{owner.get(m, "user"): self.cast.alice.pk}).order_by("pk").values())
            for m in models
        ]


def make_trip(alice: User) -> str:
    """A round trip of her wallet with a note of hers on it; what the address of its page names it by."""
    wallet = Wallet.objects.get(user=alice, label="hers")
    account = Account.objects.known([wallet.address], 1)[wallet.address]
    fill = wires.fill(tid=7, oid=8)
    Fill.of_wire(account.pk, fill, 1).save()
    about = {"coin": fill.coin, "opened_at": fill.time, "tid": 7, "oid": 8, "side": fill.side}
    TripNote.objects.create(user=alice, account=account, text="hers", **about)
    return f"{fill.time}.7.8.{fill.side}"


def make_destination(alice: User) -> Destination:
    """One of hers that waits for the code ``CODE``, and has failed."""
    place = Destination.objects.add(alice, kind="email", label="hers", secret={"to": "hers@example.org"})
    now = time.time_ns() // 1_000_000
    values = {"digest": digest(place.pk, CODE), "code_until": now + GOOD_FOR_MS, "stopped_at": now}
    Destination.objects.filter(pk=place.pk).update(**values)
    return Destination.objects.get(pk=place.pk)


def make_alert(alice: User) -> Alert:
    """An alert of hers that has fired and is told."""
    place = make_destination(alice)
    alert = Alert.objects.add(alice, [place], metric="mark", coin="BTC", threshold=Decimal(1))
    firing = Firing.objects.create(
        alert=alert, user=alice, arm=1, sentence="hers", received_at=1, fired_at=1, decided_at=1
    )
    told = {"occasion": "fired", "key": "hers", "at": 1, "decided_at": 1, "not_before": 1}
    Delivery.objects.create(alert=alert, firing=firing, destination=place, **told)
    Step.objects.create(alert=alert, at=1, what="fired", phase="fired", arm=1, decided_at=1)
    Evaluation.objects.create()
    return alert


def make_world(cast: Cast) -> World:
    """Rows and browsers."""
    alice = cast.alice
    User.objects.filter(pk=cast.bob.pk).update(tier="pro")
    dora = User.objects.create_user("dora", "dora@example.org", PASSWORD, tier="api")
    _, token = ApiToken.objects.issue(dora, "bot", can_read=True, can_alert=True)
    for user in (alice, cast.bob, cast.charlie, dora, cast.ada):
        EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    Group.objects.create(name="testers")
    LogEntry.objects.log_actions(cast.ada.pk, [alice], CHANGE, change_message="Enabled.")
    day = "2027-01-15"
    PageViews.objects.create(day=day, page="landing", count=1)
    DailyUse.objects.create(day=day, user=alice)
    actors = {name: Client() for name in ACTORS}
    for name, user in {"free": cast.charlie, "pro": cast.bob, "api": dora, "admin": cast.ada}.items():
        actors[name].force_login(user)
        actors[name].post("/account/reauthenticate/", {"password": PASSWORD})
    actors["token"].defaults["HTTP_AUTHORIZATION"] = f"Bearer {token}"
    browser = Client()
    browser.force_login(alice)
    return World(
        cast,
        Wallet.objects.put(alice, "0x" + "c3" * 20, label="hers")[0],
        ApiToken.objects.issue(alice, "hers", can_read=True, can_alert=False)[0],
        Session.objects.get(user=alice),
        Authenticator.objects.create(user=alice, type="webauthn", data={"name": "hers", "credential": {}}),
        EmailAddress.objects.get(user=alice),
        make_trip(alice),
        make_alert(alice),
        actors,
    )
