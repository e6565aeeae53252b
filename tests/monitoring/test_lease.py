"""The lease's row: who holds it, and numbers that only rise."""

import pytest

from monitoring.models import Lease

NOW = 1_790_000_000_000

pytestmark = pytest.mark.django_db


def test_one_holds_it_until_it_has_run_out():
    assert Lease.objects.take("feed", "one", NOW, NOW + 3000)
    assert Lease.objects.take("feed", "other", NOW + 2999, NOW + 9000) is None
    assert Lease.objects.take("feed", "other", NOW + 3000, NOW + 9000)


def test_each_leader_has_a_higher_number_also_within_a_second():
    numbers = [Lease.objects.take("feed", name, NOW, NOW) for name in ("one", "two", "three")]
    assert numbers == sorted(set(numbers))


def test_the_number_rises_also_after_an_old_backup_was_restored():
    Lease.objects.take("feed", "one", NOW, NOW + 3000)
    backup = Lease.objects.get(name="feed")
    for turn in range(1, 100):
        last = Lease.objects.take("feed", f"leader {turn}", NOW + turn * 4000, NOW + turn * 4000 + 3000)
    backup.save()
    assert Lease.objects.take("feed", "after", NOW + 500_000, NOW + 503_000) > last


def test_only_its_holder_renews_it_or_gives_it_back():
    number = Lease.objects.take("feed", "one", NOW, NOW + 3000)
    assert not Lease.objects.renew("feed", "other", number, NOW + 9000)
    assert not Lease.objects.renew("feed", "one", number - 1, NOW + 9000)
    assert Lease.objects.renew("feed", "one", number, NOW + 9000)
    Lease.objects.give_back("feed", "other", number)
    assert Lease.objects.take("feed", "other", NOW + 1, NOW + 9000) is None
    Lease.objects.give_back("feed", "one", number)
    assert Lease.objects.take("feed", "other", NOW + 1, NOW + 9000) > number
