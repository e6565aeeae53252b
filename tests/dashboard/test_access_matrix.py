"""Every address × everybody × GET and POST: what is answered, and that nobody changes what is another's.

A new address without a row fails. Columns: anonymous, free, pro, api, admin, token; whoever forges headers
and cookies is answered like an anonymous one. Everybody has just confirmed who he is; nobody owns what the
addresses are about: it is Alice's.
"""

from copy import copy, deepcopy
from itertools import groupby

import pytest
from django.core.cache import cache
from django.db import transaction
from django.test import Client

from accounts.models import Wallet
from monitoring.monitor import monitor
from tests.cast import PASSWORD
from tests.dashboard.access import ACTORS, CODE, FORGED, World, make_world, routes

pytestmark = pytest.mark.django_db

OPEN, OWN, AWAY = "200 200 200 200 200 403", "302 200 200 200 200 403", "302 302 302 302 302 403"
NO_POST, NO_GET = "302 405 405 405 405 403", "302 405 405 405 405 403"
NOT_YOURS = "302 404 404 404 404 403"

TABLE = [
    # pages that anybody may open
    (OPEN, OPEN, ["", "account/password/reset/", "glossary/", "markets/", "parts/search", "search/"]),
    (
        OPEN,
        "405 405 405 405 405 403",
        ["account/inactive/", "account/password/reset/done/", "parts/status", "status/"],
    ),
    ("405 405 405 405 405 403", AWAY, ["favourites", "theme"]),
    ("503 503 503 503 503 403", "503 503 503 503 503 403", ["markets/<path:coin>/"]),  # there is no feed
    ("404 404 404 404 404 403", "404 404 404 404 404 403", ["parts/funding", "parts/pressure"]),
    # for programs too
    ("400 400 400 400 400 400", "400 400 400 400 400 403", ["api/candles"]),
    ("503 503 503 503 503 503", "503 503 503 503 503 403", ["api/health", "api/health/ready"]),  # not measured
    ("200 200 200 200 200 200", "200 200 200 200 200 403", ["api/health/live"]),
    ("401 200 200 200 200 200", "405 405 405 405 405 403", ["api/me", "api/wallets"]),
    (OPEN.replace("403", "200"), "405 405 405 405 405 403", ["api/v1/docs", "api/v1/openapi.json"]),
    ("404 404 404 404 404 404", "404 404 404 404 404 403", ["api/v1/"]),
    ("426 426 426 426 426 426", "405 405 405 405 405 403", ["api/v1/stream"]),  # it is a socket
    ("503 503 503 503 503 503", "405 405 405 405 405 403", ["api/v1/markets"]),  # there is no feed
    ("422 422 422 422 422 422", "405 405 405 405 405 403", ["api/v1/candles", "api/v1/funding/rates"]),
    (
        "401 200 200 200 200 200",
        "405 405 405 405 405 403",
        [
            "api/v1/coverage",
            "api/v1/equity",
            "api/v1/fills",
            "api/v1/funding",
            "api/v1/positions",
            "api/v1/trades",
            "api/v1/trips",
            "api/v1/wallets",
        ],
    ),
    ("401 200 200 200 200 200", "405 405 405 405 405 405", ["api/v1/firings"]),
    ("401 200 200 200 200 200", "401 400 400 400 400 400", ["api/v1/alerts"]),  # a form is no JSON
    # ways in
    (
        "200 302 302 302 302 403",
        "200 302 302 302 302 403",
        ["account/login/", "account/signup/", "account/signup/passkey/"],
    ),
    ("200 302 302 302 302 403", "405 405 405 405 405 403", ["account/wallet/sign-in/"]),
    (
        "405 405 405 405 405 403",
        "400 400 400 400 400 403",
        ["account/wallet/answer/", "account/wallet/challenge/"],
    ),
    # steps that lead elsewhere unless the step before them was taken
    (
        AWAY,
        AWAY,
        [
            "account/2fa/authenticate/",
            "account/2fa/reauthenticate/",
            "account/2fa/webauthn/login/",
            "account/2fa/webauthn/reauthenticate/",
            "account/2fa/webauthn/signup/",
            "account/confirm-email/",
            "account/login/code/confirm/",
            "account/password/reset/complete/",
            "account/password/reset/confirm/",
            "account/password/set/",
            "wallets/add/",
        ],
    ),
    ("302 302 200 302 302 403", NO_POST, ["account/wallet/confirm/"]),  # the pro has a wallet
    # one's own account
    (
        OWN,
        OWN,
        [
            "account/",
            "account/2fa/recovery-codes/generate/",
            "account/2fa/totp/activate/",
            "account/2fa/webauthn/add/",
            "account/password/change/",
            "account/reauthenticate/",
        ],
    ),
    (
        OWN,
        NO_POST,
        [
            "account/2fa/",
            "account/2fa/webauthn/",
            "account/data/",
            "account/data/download/",
            "account/sessions/",
            "account/tokens/",
            "account/wallet/",
            "account/wallet/link/",
            "alerts/",
            "alerts/destinations/",
            "alerts/draft/",
            "alerts/history/",
            "alerts/move/export/",
            "history/",
            "history/export/",
            "history/fills/",
            "history/flows/",
            "history/funding/",
            "history/orders/",
            "history/trips/",
            "portfolio/",
            "trades/large/",
            "wallets/",
        ],
    ),
    (OWN, AWAY, ["account/email/", "account/logout/"]),
    (AWAY, AWAY, ["welcome/"]),  # they have done it
    (OWN, "302 400 400 400 400 403", ["alerts/new/", "alerts/move/"]),  # nothing is filled in
    (NO_GET, AWAY, ["alerts/bulk/", "alerts/history/acknowledge/"]),
    ("302 400 400 400 400 403", NO_POST, ["history/export/download/"]),  # no table is named
    (NO_GET, AWAY, ["account/sessions/end-others/", "account/wallet/unlink/"]),
    (NO_GET, "302 400 400 400 400 403", ["account/data/delete/"]),
    (NO_GET, "302 403 403 400 403 403", ["account/tokens/create/"]),  # the api tier alone
    ("302 404 404 404 200 403", "405 405 405 405 405 403", ["styleguide/"]),  # for staff
    (NOT_YOURS, NO_POST, ["account/2fa/recovery-codes/"]),  # there are none
    (NOT_YOURS, NOT_YOURS, ["account/2fa/recovery-codes/download/", "account/2fa/totp/deactivate/"]),
    (OWN, AWAY, ["alerts/destinations/add/<slug:kind>/"]),  # to one's own list
    ("200 200 200 200 200 403", "405 405 405 405 405 403", ["parts/alerts"]),
    # what is Alice's
    ("401 404 404 404 404 404", "405 405 405 405 405 405", ["api/v1/alerts/<alert_id>"]),
    ("401 404 404 404 404 404", "405 405 405 405 405 405", ["api/v1/firings/<firing_id>"]),
    ("405 405 405 405 405 405", "401 404 404 404 404 404", ["api/v1/firings/<firing_id>/acknowledge"]),
    (NOT_YOURS, NO_POST, ["alerts/<int:alert_id>/"]),
    (NOT_YOURS, NOT_YOURS, ["alerts/<int:alert_id>/edit/"]),
    (NO_GET, NOT_YOURS, ["alerts/<int:alert_id>/act/"]),
    (NOT_YOURS, NO_POST, ["wallets/<address:address>/", "wallets/<address:address>/bridge/"]),
    (
        NOT_YOURS,
        NOT_YOURS,
        [
            "account/2fa/webauthn/keys/<int:pk>/edit/",
            "account/2fa/webauthn/keys/<int:pk>/remove/",
            "history/trips/<address:address>/<str:first>/<path:coin>/",
        ],
    ),
    (
        NO_GET,
        NOT_YOURS,
        [
            "account/sessions/<slug:handle>/end/",
            "account/tokens/<int:token_id>/revoke/",
            "alerts/destinations/<int:destination_id>/change/",
            "alerts/destinations/<int:destination_id>/code/",
            "alerts/destinations/<int:destination_id>/remove/",
            "alerts/destinations/<int:destination_id>/resume/",
            "alerts/destinations/<int:destination_id>/test/",
            "alerts/destinations/<int:destination_id>/verify/",
            "alerts/firings/<int:firing_id>/acknowledge/",
            "wallets/<int:wallet_id>/change/",
            "wallets/<int:wallet_id>/move/",
            "wallets/<int:wallet_id>/recognise/",
            "wallets/<int:wallet_id>/remove/",
        ],
    ),
]

ADMIN = {
    "admin/": (200, 200),
    "admin/(?P<url>.*)$": (404, 404),
    "admin/^(?P<app_label>auth|admin|mfa|account|accounts|snapshots|alerts|monitoring)/$": (200, 200),
    "admin/accounts/user/<id>/password/": (200, 200),
    "admin/autocomplete/": (403, 405),
    "admin/jsi18n/": (200, 405),
    "admin/logout/": (405, 302),
    "admin/password_change/": (302, 302),
    "admin/password_change/done/": (200, 405),
    "admin/r/<path:content_type_id>/<path:object_id>/": (404, 404),
}
"""What the admin gets; everybody else is led to the sign-in."""

EDITED = {"": (200, 200), "add": (200, 200), "change": (200, 200), "delete": (200, 200), "history": (200, 200)}
DELETED = {**EDITED, "add": (403, 403), "change": (200, 403)}
SEEN = {**DELETED, "delete": (403, 403)}
HIDDEN = {**DELETED, "change": (302, 403), "delete": (302, 302), "history": (302, 302)}
NONE_THERE = {**HIDDEN, "delete": (403, 403)}
MODELS = {
    "auth/group": EDITED,
    "accounts/user": EDITED,
    "accounts/wallet": DELETED,
    "accounts/apitoken": DELETED,
    "account/emailaddress": DELETED,
    "mfa/authenticator": DELETED,
    "accounts/pageviews": SEEN,
    "admin/logentry": SEEN,
    "accounts/session": HIDDEN,
    "accounts/dailyuse": {**HIDDEN, "delete": (403, 403)},
    **dict.fromkeys(
        (
            "alerts/alert",
            "alerts/destination",
            "alerts/firing",
            "alerts/delivery",
            "alerts/step",
            "alerts/evaluation",
        ),
        SEEN,
    ),
    "snapshots/tripnote": DELETED,
    "snapshots/account": SEEN,
    "snapshots/fill": SEEN,
    **dict.fromkeys(
        (
            "monitoring/healthmetric",
            "monitoring/healthrollup",
            "monitoring/incident",
            "snapshots/backfillprogress",
            "snapshots/cashflow",
            "snapshots/closedorder",
            "snapshots/coverage",
            "snapshots/daybook",
            "snapshots/dayresult",
            "snapshots/equitysnapshot",
            "snapshots/fundingpayment",
            "snapshots/positionsnapshot",
            "snapshots/prunerun",
            "snapshots/trademinute",
            "snapshots/tradesnapshot",
        ),
        NONE_THERE,
    ),
}
"""What admins may do with the rows of each model: edit, delete, see; of the hidden ones there is only the list."""


def rows() -> dict[str, tuple[list[int], list[int]]]:
    """Answers to GET and POST of each actor, by route."""
    table = {route: (as_numbers(get), as_numbers(post)) for get, post, group in TABLE for route in group}
    table["admin/login/"] = ([302, 403, 403, 403, 302, 403, 302],) * 2
    admin = dict(ADMIN)
    for model, acts in MODELS.items():
        admin[f"admin/{model}/"] = acts[""]
        admin[f"admin/{model}/add/"] = acts["add"]
        admin[f"admin/{model}/<path:object_id>/"] = (302, 302)
        for act in ("change", "delete", "history"):
            admin[f"admin/{model}/<path:object_id>/{act}/"] = acts[act]
    for route, (get, post) in admin.items():
        table[route] = tuple([302, 302, 302, 302, status, 403, 302] for status in (get, post))
    return table


def as_numbers(text: str) -> list[int]:
    """Six columns, and the forger's."""
    numbers = [int(word) for word in text.split()]
    return [*numbers, numbers[0]]


ROWS = rows()
WORDS = {
    "alerts/destinations/<int:destination_id>/change/": {"label": "mine now", "per_minute": "3"},
    "alerts/destinations/<int:destination_id>/verify/": {"code": CODE},
    "alerts/destinations/add/<slug:kind>/": {"label": "bot", "url": "https://example.org/", "key": "k" * 20},
    "wallets/<int:wallet_id>/change/": {"label": "mine now", "colour": "#aabbcc"},
    "alerts/<int:alert_id>/act/": {"act": "pause"},
    "alerts/<int:alert_id>/edit/": {"metric": "mark", "coin": "BTC", "side": "above", "threshold": "7"},
    "wallets/<int:wallet_id>/move/": {"to": "down"},
    "account/2fa/webauthn/keys/<int:pk>/edit/": {"name": "mine now"},
    "history/trips/<address:address>/<str:first>/<path:coin>/": {"text": "mine now", "tags": "mine"},
}
"""What is sent to the addresses of Alice's things, where something must be."""


@pytest.fixture
def world(cast, monkeypatch) -> World:
    cache.clear()
    monkeypatch.setattr(monitor, "measured", None)
    return make_world(cast)


def ask(client: Client, method: str, url: str, route: str, forged: bool = False) -> int:
    headers = FORGED if forged else {}
    words = WORDS.get(route, {}) if method == "post" else None
    return getattr(client, method)(url, words, headers=headers).status_code


def test_every_address_has_a_row_and_every_row_an_address():
    assert set(routes()) == set(ROWS)


def section(route: str) -> str:
    """A part of the site, or of the admin; for each a world is made, which costs more than ten addresses."""
    return "/".join(route.split("/")[: 2 if route.startswith("admin/") else 1])


SECTIONS = {name: list(group) for name, group in groupby(sorted(ROWS, key=section), section)}


@pytest.mark.parametrize("group", SECTIONS.values(), ids=lambda group: section(group[0]) or "landing")
@pytest.mark.slow
def test_everybody_is_answered_as_the_table_says_and_nothing_of_alices_changes(world, group):
    """Whatever an address did is undone before the next is asked."""
    before = world.alices()
    for route in group:
        with transaction.atomic():
            cache.clear()
            url, clients = world.url(route), {name: twin(client) for name, client in world.actors.items()}
            for method, expected in zip(("get", "post"), ROWS[route], strict=True):
                found = [ask(clients[name], method, url, route, name == "forged") for name in ACTORS]
                assert dict(zip(ACTORS, found, strict=True)) == dict(zip(ACTORS, expected, strict=True)), (
                    method,
                    route,
                )
            assert world.alices() == before, route
            transaction.set_rollback(True)


def twin(client: Client) -> Client:
    """The same browser, whose cookies may change without changing the first one's."""
    other = copy(client)
    other.cookies = deepcopy(client.cookies)
    return other


OBJECTS = sorted(route for route in ROWS if "<" in route and not route.startswith(("admin/", "markets/")))
READ, CHANGED = ([route for route in OBJECTS if (405 in ROWS[route][1]) == only] for only in (True, False))


def test_alice_herself_reads_what_is_hers(world):
    alice = Client()
    alice.force_login(world.cast.alice)
    assert {route: ask(alice, "get", world.url(route), route) for route in READ} == dict.fromkeys(READ, 200)


def test_alice_herself_changes_what_is_hers(world):
    """So that the refusals above are about whose it is, and not about a wrong address or form."""
    Wallet.objects.put(world.cast.alice, "0x" + "d4" * 20)
    alice = Client()
    alice.force_login(world.cast.alice)
    alice.post("/account/reauthenticate/", {"password": PASSWORD})
    before = world.alices()
    for route in CHANGED:
        with transaction.atomic():
            expected = 200 if "acknowledge" in route else 302
            assert ask(twin(alice), "post", world.url(route), route) == expected, route
            if not route.endswith(
                ("recognise/", "test/")
            ):  # no exchange is there to be asked, and no test is kept
                assert world.alices() != before, route
            transaction.set_rollback(True)


def test_no_form_is_obeyed_without_its_token(world):
    careful = Client(enforce_csrf_checks=True)
    careful.force_login(world.cast.charlie)
    assert {route: careful.post(world.url(route)).status_code for route in ROWS} == dict.fromkeys(ROWS, 403)


DANGEROUS = [
    "account/2fa/recovery-codes/generate/",
    "account/2fa/totp/activate/",
    "account/2fa/webauthn/add/",
    "account/2fa/webauthn/keys/<int:pk>/remove/",
    "account/data/delete/",
    "account/tokens/create/",
    "account/wallet/link/",
    "account/wallet/unlink/",
    "alerts/destinations/<int:destination_id>/remove/",
    "alerts/destinations/add/<slug:kind>/",
]


def test_whoever_has_not_confirmed_lately_who_he_is_must_do_so_first(world):
    user = Client()
    user.force_login(world.cast.charlie)
    for route in DANGEROUS:
        method = "get" if route.endswith("link/") and "un" not in route else "post"
        response = getattr(user, method)(world.url(route))
        assert response.status_code == 302, route
        assert response.url.startswith("/account/reauthenticate/"), route
