"""What a page tells those who show it in small: messengers, home screens, the bar of a phone; who is refused."""

import re
import struct

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders

from tests.cast import PASSWORD

pytestmark = pytest.mark.django_db


def told(page: str) -> dict[str, str]:
    """Each property and name of a ``meta`` with its content."""
    return dict(re.findall(r'<meta (?:property|name)="([\w:-]+)" content="([^"]*)"', page))


def size(path: str) -> tuple[int, int]:
    """Width and height of a PNG, in pixels."""
    with open(str(finders.find(path)), "rb") as picture:
        return struct.unpack(">II", picture.read(24)[16:])


def test_a_message_with_a_link_shows_a_card_that_is_where_the_page_says(client):
    page = told(client.get("/").content.decode())
    assert page["og:image"] == f"{settings.CONFIG.origin}/static/img/card.png"
    assert size("img/card.png") == (int(page["og:image:width"]), int(page["og:image:height"])) == (1200, 630)
    assert page["twitter:card"] == "summary_large_image"
    for name in ("description", "og:title", "og:description", "og:image:alt"):
        assert len(page[name]) > 10, name


def test_a_home_screen_gets_an_icon_of_its_size_without_transparent_corners(client):
    [icon] = re.findall(r'<link rel="apple-touch-icon" href="/static/([^"]+)"', client.get("/").content.decode())
    assert size(icon) == (180, 180)
    with open(str(finders.find(icon)), "rb") as picture:
        assert picture.read(26)[25] == 2  # RGB, no alpha


@pytest.mark.parametrize(
    ("cookie", "light", "dark"),
    [
        ("", "(prefers-color-scheme: light)", "(prefers-color-scheme: dark)"),
        ("light", "all", "not all"),
        ("dark", "not all", "all"),
    ],
)
def test_the_bar_of_a_phone_has_the_colour_of_the_theme_that_was_chosen(client, cookie, light, dark):
    if cookie:
        client.cookies["theme"] = cookie
    page = client.get("/").content.decode()
    assert re.findall(r'data-of="(\w+)" media="([^"]+)"', page) == [("light", light), ("dark", dark)]


def test_who_may_not_open_the_admin_is_told_so_in_the_design(client, cast):
    client.login(username=cast.alice.username, password=PASSWORD)
    refused = client.get("/admin/", follow=True)
    assert refused.status_code == 403
    page = refused.content.decode()
    assert f"You are signed in as {cast.alice.username}" in page
    assert 'class="top"' in page


def test_who_has_no_tier_for_tokens_is_told_why(client, cast):
    client.login(username=cast.bob.username, password=PASSWORD)
    refused = client.post("/account/tokens/create/", {"name": "bot"}, follow=True)
    if refused.redirect_chain:  # to confirm who he is; what was asked for is then obeyed
        refused = client.post(refused.redirect_chain[-1][0], {"password": PASSWORD}, follow=True)
    assert refused.status_code == 403
    assert "Only the api tier has tokens." in refused.content.decode()
