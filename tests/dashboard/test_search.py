"""Search: which markets and wallets a text finds, in which order, and that nobody finds another's."""

import pytest
from django.urls import reverse

from accounts.models import Wallet
from dashboard.pages.search import markets_named
from tests.cast import PASSWORD

ADDRESS = "0x" + "ab" * 20


def row(coin: str, volume: float, delisted: bool = False, kind: str = "perp", label: str = "") -> dict:
    dex = coin.partition(":")[0] if ":" in coin else ""
    return {"coin": coin, "label": label or coin, "kind": kind, "dex": dex, "delisted": delisted, "mark": "1.5",
            "n_volume": volume}  # fmt: skip


ROWS = [row("MEME", 900), row("ME", 5), row("xyz:ME", 4), row("HOME", 5000), row("MEW", 1000, delisted=True),
        row("@107", 7, kind="spot", label="MELT/USDC")]  # fmt: skip


def test_what_is_called_so_comes_first_then_what_begins_so_then_the_most_traded_and_delisted_ones_last():
    names = [found.name for found in markets_named(ROWS, "me")]
    assert names == ["ME", "xyz:ME", "MEME", "MELT/USDC", "HOME", "MEW"]


def test_a_spot_pair_is_found_by_its_name_and_leads_to_its_page():
    (found,) = markets_named(ROWS, "melt")
    assert (found.url, found.kind) == ("/markets/@107/", "spot")


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["search", "search-suggestions"])
@pytest.mark.parametrize("text", ["nest", "0xABAB"])
def test_a_wallet_is_found_by_label_or_address_by_its_owner_alone(client, cast, name, text):
    Wallet.objects.put(cast.alice, ADDRESS, label="Nest <egg>")
    url = f"{reverse(name)}?q={text}"
    assert b"Nest" not in client.get(url).content
    client.login(username="bob", password=PASSWORD)
    assert b"Nest" not in client.get(url).content
    client.login(username="alice", password=PASSWORD)
    answer = client.get(url)
    assert b"Nest &lt;egg&gt;" in answer.content
    assert f"/wallets/{ADDRESS}/".encode() in answer.content
    assert answer["Cache-Control"] == "private, no-store"


@pytest.mark.django_db
def test_a_text_that_nothing_has_in_its_name_is_shown_escaped(client):
    assert b"<script>x" not in client.get(reverse("search"), {"q": "<script>x"}).content
