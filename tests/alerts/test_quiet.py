"""Quiet hours by the user's wall clock: over midnight, in other zones, on the days on which clocks change."""

from datetime import UTC, datetime, time

import pytest

from alerts.quiet import Quiet


def ms(text: str) -> int:
    return round(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


NIGHT = (time(22), time(7))
TABLE = [
    # zone, hours, now (UTC), deliver from (UTC)
    ("UTC", NIGHT, "2026-03-01T21:59", "2026-03-01T21:59"),
    ("UTC", NIGHT, "2026-03-01T22:00", "2026-03-02T07:00"),
    ("UTC", NIGHT, "2026-03-02T06:59:59", "2026-03-02T07:00"),
    ("UTC", NIGHT, "2026-03-02T07:00", "2026-03-02T07:00"),
    ("UTC", (time(12), time(13)), "2026-03-02T12:30", "2026-03-02T13:00"),
    ("UTC", (time(9), time(9)), "2026-03-02T09:00", "2026-03-02T09:00"),
    ("Asia/Kolkata", NIGHT, "2026-03-01T17:00", "2026-03-02T01:30"),
    # Berlin: 29 March 2026 has no 02:00 to 03:00, 25 October 2026 has it twice
    ("Europe/Berlin", NIGHT, "2026-03-28T22:00", "2026-03-29T05:00"),
    ("Europe/Berlin", NIGHT, "2026-10-24T21:00", "2026-10-25T06:00"),
    ("Europe/Berlin", (time(1), time(2, 30)), "2026-03-29T00:30", "2026-03-29T01:00"),
    ("Europe/Berlin", (time(1), time(2, 30)), "2026-10-24T23:30", "2026-10-25T00:30"),
]


@pytest.mark.parametrize(("zone", "hours", "now", "then"), TABLE)
def test_what_is_decided_in_quiet_hours_is_delivered_when_they_end(zone, hours, now, then):
    quiet = Quiet(*hours, zone)
    assert quiet.deliver_from(ms(now)) == ms(then)
    assert quiet.holds(ms(now)) == (now != then)


def test_a_user_who_moves_to_another_zone_has_other_quiet_hours_at_once():
    at = ms("2026-06-01T23:00")
    assert Quiet(*NIGHT, "UTC").holds(at)
    assert not Quiet(*NIGHT, "Asia/Tokyo").holds(at)
