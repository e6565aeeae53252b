"""The user: who is found by what, and what is refused."""

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from accounts.models import User

CHECKSUMMED = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"

pytestmark = pytest.mark.django_db


def test_it_is_found_by_its_address_in_any_letter_case(cast):
    assert User.objects.find_by_address(cast.alice.address.upper().replace("0X", "0x")) == cast.alice
    assert User.objects.find_by_address(cast.alice.address) == cast.alice


@pytest.mark.parametrize("nobody", ["", None, "0x" + "0" * 40])
def test_nobody_is_found_by_an_address_that_nobody_has(cast, nobody):
    assert User.objects.find_by_address(nobody) is None


def test_a_user_with_only_an_address_is_named_by_it_and_stored_in_lower_case():
    user = User.objects.create_user(address=CHECKSUMMED, tier="api")
    user.refresh_from_db()
    assert (user.username, user.address, user.tier) == (CHECKSUMMED, CHECKSUMMED.lower(), "api")
    assert not user.has_usable_password()


def test_a_user_needs_a_name_or_an_address():
    with pytest.raises(ValueError, match="username or an address"):
        User.objects.create_user()


@pytest.mark.parametrize(
    "address", ["0x123", "5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", "0x" + "g" * 40, "0x" + "a" * 41]
)
def test_a_malformed_address_is_refused(address):
    with pytest.raises(ValidationError, match="40 hexadecimal digits"):
        User.objects.create_user("dan", address=address)


@pytest.mark.parametrize("wrong", [{"tier": "gold"}, {"timezone": "Mars/Olympus"}])
def test_an_unknown_tier_or_time_zone_is_refused(wrong):
    with pytest.raises(ValidationError):
        User.objects.create_user("dan", **wrong)


def test_two_users_cannot_have_one_address_whatever_its_letter_case(cast):
    with pytest.raises(ValidationError, match="Address"):
        User.objects.create_user("dan", address=cast.alice.address.upper().replace("0X", "0x"))


def test_any_number_of_users_may_have_no_address_and_no_email():
    for name in ("dan", "eve"):
        User.objects.create_user(name, address="", email="")
    assert User.objects.filter(address=None, email="").count() == 2


def test_an_email_is_stored_in_lower_case_and_belongs_to_one_user(cast):
    with pytest.raises(ValidationError, match="email"):
        User.objects.create_user("dan", "ALICE@Example.org")
    assert User.objects.create_user("dan", " Dan@Example.ORG ").email == "dan@example.org"


@pytest.mark.parametrize(
    "behind",
    [
        {"email": "alice@example.org"},
        {"address": "0x" + "A1" * 20},
        {"address": "0x" + "a1" * 20},
        {"tier": "gold"},
    ],
)
def test_the_database_refuses_what_comes_behind_the_model(cast, behind):
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.filter(pk=cast.bob.pk).update(**behind)


def test_the_admin_shows_and_finds_an_address(cast, client):
    client.force_login(cast.ada)
    page = client.get(f"/admin/accounts/user/{cast.bob.pk}/change/").content.decode()
    assert cast.bob.address in page
    found = client.get("/admin/accounts/user/", {"q": cast.alice.address}).content.decode()
    assert "alice" in found
    assert "charlie" not in found
