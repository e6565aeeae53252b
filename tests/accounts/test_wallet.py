"""A user's list of wallets: order, limits by tier, and several requests at once."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.exceptions import ValidationError
from django.db import connection, connections

from accounts.models import User, Wallet
from accounts.models.wallet import TooManyWallets, most_wallets


def address(n: int) -> str:
    return f"0x{n:040x}"


def listed(user) -> list[str]:
    return [wallet.address for wallet in Wallet.objects.of(user)]


@pytest.mark.django_db
def test_wallets_are_added_at_the_end_and_moved(cast):
    first, second, third = (Wallet.objects.put(cast.alice, address(n))[0] for n in (1, 2, 3))
    assert listed(cast.alice) == [address(1), address(2), address(3)]
    Wallet.objects.move(cast.alice, third.pk, -1)
    assert listed(cast.alice) == [address(1), address(3), address(2)]
    Wallet.objects.move(cast.alice, first.pk, 1)
    assert listed(cast.alice) == [address(3), address(1), address(2)]
    Wallet.objects.move(cast.alice, second.pk, 1)
    Wallet.objects.move(cast.alice, third.pk, -1)
    assert listed(cast.alice) == [address(3), address(1), address(2)]


@pytest.mark.django_db
def test_nobody_moves_the_wallets_of_another(cast):
    wallets = [Wallet.objects.put(cast.alice, address(n))[0] for n in (1, 2)]
    Wallet.objects.move(cast.bob, wallets[0].pk, 1)
    assert listed(cast.alice) == [address(1), address(2)]


@pytest.mark.django_db
def test_the_same_address_is_changed_and_not_added_twice(cast):
    wallet, is_new = Wallet.objects.put(cast.alice, address(10), label="Main")
    assert is_new
    again, is_new = Wallet.objects.put(cast.alice, "0X" + address(10)[2:].upper(), kind=Wallet.Kind.OWN)
    assert (again.pk, again.label, again.kind, is_new) == (wallet.pk, "Main", "own", False)


@pytest.mark.django_db
@pytest.mark.parametrize("wrong", [{"label": "x" * 41}, {"colour": "red"}, {"kind": "stolen"}])
def test_wrong_values_are_refused(cast, wrong):
    with pytest.raises(ValidationError):
        Wallet.objects.put(cast.alice, address(1), **wrong)
    assert listed(cast.alice) == []


@pytest.mark.django_db
def test_the_tier_in_the_database_decides_and_not_the_one_in_hand(cast):
    most = most_wallets(cast.bob)
    assert most == 3
    cast.bob.tier = User.Tier.API  # never saved
    for n in range(most):
        Wallet.objects.put(cast.bob, address(n + 1))
    with pytest.raises(TooManyWallets, match="Free tier has at most 3 wallets"):
        Wallet.objects.put(cast.bob, address(99))
    Wallet.objects.put(cast.bob, address(1), label="still changed")
    User.objects.filter(pk=cast.bob.pk).update(tier=User.Tier.PRO)
    Wallet.objects.put(cast.bob, address(99))
    assert len(listed(cast.bob)) == 4


@pytest.mark.django_db(transaction=True)
def test_twelve_requests_at_once_do_not_go_over_the_limit(cast):
    def put(n: int) -> bool:
        try:
            Wallet.objects.put(cast.bob, address(n))
        except TooManyWallets:
            return False
        finally:
            connections.close_all()
        return True

    with ThreadPoolExecutor(12) as threads:
        added = list(threads.map(put, range(1, 13)))
    assert (sum(added), len(listed(cast.bob))) == (3, 3)
    assert sorted(Wallet.objects.of(cast.bob).values_list("position", flat=True)) == [0, 1, 2]


@pytest.mark.django_db(transaction=True)
def test_one_new_wallet_signing_in_twice_at_once_is_one_user():
    def sign_in(_: int) -> tuple[int, bool]:
        try:
            user, is_new = User.objects.with_wallet(address(77))
        finally:
            connections.close_all()
        return user.pk, is_new

    with ThreadPoolExecutor(6) as threads:
        done = list(threads.map(sign_in, range(6)))
    assert len({pk for pk, _ in done}) == 1
    assert sum(is_new for _, is_new in done) == 1


@pytest.mark.django_db
def test_a_wallet_whose_address_somebody_took_as_a_name_still_gets_its_own_user():
    squatter = User.objects.create_user("0x" + "0" * 39 + "5", password="x")
    user, is_new = User.objects.with_wallet(address(5))
    assert is_new
    assert user != squatter
    assert (user.username, user.address) == (f"{squatter.username}.2", address(5))
    assert not user.has_usable_password()


@pytest.mark.django_db
def test_reading_a_list_is_one_query(cast, django_assert_num_queries):
    for n in range(5):
        Wallet.objects.put(cast.alice, address(n + 1))
    with django_assert_num_queries(1):
        assert len(listed(cast.alice)) == 5
    assert connection.in_atomic_block
