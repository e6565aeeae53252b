"""What messages say, in the reader's zone and figures; and that no name or note can do harm in one."""

from decimal import Decimal
from html.parser import HTMLParser

import pytest

from alerts import shown
from alerts.message import LISTED, LONGEST_TITLE, message
from alerts.metrics import METRICS
from alerts.models import Alert, Delivery
from alerts.transports.mail import composed
from alerts.verdict import TOO_LATE_MS
from tests.alerts.rows import START, D, S, alert, decided, destination

pytestmark = pytest.mark.django_db
MINUTE = 60 * S


@pytest.fixture
def told(cast):
    """Deliveries of an alert of alice's that was shown these values."""

    def tell(*values, late: int = 0, **rule) -> list[Delivery]:
        one = alert(cast.alice, (destination(cast.alice),), **rule)
        decided(one, *values, late=late)
        return list(Delivery.objects.select_related("firing", "alert__user", "destination").order_by("id"))

    return tell


def said(rows, now: int | None = None):
    return message(rows, "key", rows[-1].decided_at if now is None else now)


def test_one_that_fired_says_what_and_at_which_value_and_when_in_the_readers_zone(told, cast):
    type(cast.alice).objects.update(timezone="Europe/Berlin", numbers="comma")
    one = said(told(99, "61234.5", note="Sell half."))
    assert one.title == "The mark price of BTC is at or above 100"
    assert "Value: 61.234,5" in one.text
    assert "When: 15 Jan 2027, 09:00:01 CET" in one.text
    assert "Sell half." in one.text
    assert one.url.endswith(f"/alerts/{Alert.objects.get().pk}/")
    assert one.text.endswith(one.url)
    assert one.url in one.html
    assert "Late" not in one.text


def test_a_recovery_says_how_long_it_lasted(told):
    rows = told(99, *[101] * 90, 99)
    one = said(rows[-1:])
    assert one.title == "Recovered after 1 min 30 s: the mark price of BTC is at or above 100"
    assert "Lasted: 1 min 30 s" in one.text
    assert one.data["messages"][0]["duration"] == 90 * S


def test_reminders_are_counted_and_escalations_say_why(told):
    (fired,) = told(99, 101)
    fired.occasion, fired.number = "reminder", 3
    assert said([fired]).title.startswith("Reminder 3: the mark price")
    fired.occasion = "escalated"
    assert said([fired]).title.startswith("Nobody has acknowledged: the mark price")


def test_missing_data_are_said_with_the_rule_as_it_is(told):
    (row,) = told(99, None, tells_no_data=True)
    one = said([row])
    assert one.title == "No data any more: the mark price of BTC is at or above 100"
    assert one.data["messages"][0]["value"] is None
    assert one.data["messages"][0]["firing"] is None


def test_what_was_decided_late_says_by_how_much(told):
    one = said(told(99, 101, late=7 * 60))
    assert one.title.startswith("Late by 7 min: ")
    assert "nobody watched" in one.text
    assert one.data["messages"][0]["late_by"] == 7 * MINUTE < TOO_LATE_MS


def test_what_was_held_back_says_so(told):
    rows = told(99, 101)
    assert "Late by: 8 h, by quiet hours" in said(rows, rows[0].decided_at + 480 * MINUTE).text


def test_a_digest_counts_and_lists_and_has_all_keys(told):
    rows = told(*[99, 101] * 40)
    one = said(rows)
    assert one.title.startswith(f"{len(rows)} messages: 40 fired, 39 recovered")
    assert one.data["keys"] == [row.key for row in rows]
    assert one.text.count("\n- ") == LISTED
    assert f"and {len(rows) - LISTED} more" in one.text
    assert f"and {len(rows) - LISTED} more" in one.html


class Tags(HTMLParser):
    """What a browser would make of it."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict]] = []
        self.feed(html)

    def handle_starttag(self, tag, attrs) -> None:
        self.found.append((tag, dict(attrs)))


HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "X\r\nBcc: victim@example.org",
    "X\nSubject: other",
    "X\r\n\r\n<html>",
    "{{ settings.SECRET_KEY }}{% debug %}",
    "\u202egnp.exe",
    "A\u2028B\u0085C\x00D",
    "%s %d {0} {value}",
    "=?utf-8?q?x?=",
    "Ω" * 400,
]


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_and_notes_do_no_harm(told, name):
    (row,) = told(99, 101)  # changed in memory alone: Postgres would not even store all of them
    row.firing.sentence = f"the mark price of {name} is at or above 100, each time"[:300]
    row.alert.coin, row.alert.note = name, f"{name} {name}"
    one = said([row])
    assert len(one.title) <= LONGEST_TITLE
    assert len(one.title.splitlines()) == 1
    assert not any(sign in one.title + one.text for sign in "\r\x00\u202e\u2028\u0085")
    tags = Tags(one.html).found
    assert {tag for tag, _ in tags} <= {
        "html",
        "head",
        "meta",
        "title",
        "body",
        "div",
        "h2",
        "table",
        "tr",
        "td",
        "p",
        "a",
    }
    assert {attrs["href"] for tag, attrs in tags if tag == "a"} == {one.url}
    assert not any(attr.startswith("on") for _, attrs in tags for attr in attrs)
    mail = composed("trader@example.org", one).message()
    assert sorted(mail.keys()) == sorted(
        ["Content-Type", "MIME-Version", "Subject", "From", "To", "Date", "Message-ID", "Auto-Submitted"]
    )
    assert mail["To"] == "trader@example.org"
    assert b"\nBcc:" not in mail.as_bytes().partition(b"\n\n")[0]


def test_a_mail_has_the_same_name_in_each_try_and_another_for_another_delivery(told):
    first, second = told(99, 101, 99)
    mails = [composed("a@b.example", message([row], row.key, START)) for row in (first, first, second)]
    names = [mail.extra_headers["Message-ID"] for mail in mails]
    assert names[0] == names[1] != names[2]


@pytest.mark.parametrize(
    ("metric", "amount", "numbers", "text"),
    [
        ("mark", "61234.50", "point", "61,234.5"),
        ("mark", "0.00001234", "point", "0.00001234"),
        ("mark", "0.1234567891", "point", "0.12345679"),
        ("mark", "123456789.12", "space", "123\u202f456\u202f789"),
        ("change", "-12.345678", "point", "−12.35 %"),
        ("change", "0.01234567", "comma", "0,01235 %"),
        ("equity", "-1234.567", "point", "−$1,234.57"),
        ("leverage", "3.50", "point", "3.5×"),
        ("funding_sign", "-1", "point", "negative"),
        ("funding_sign", "1", "point", "positive"),
        ("mark", "0", "point", "0"),
    ],
)
def test_values_are_written_as_people_read_them(metric, amount, numbers, text):
    assert shown.value(METRICS[metric], Decimal(amount), numbers) == text


@pytest.mark.parametrize(
    ("ms", "text"),
    [
        (0, "0 s"),
        (350, "350 ms"),
        (4_000, "4 s"),
        (5_400_000, "1 h 30 min"),
        (86_400_000 + 5_000, "1 d"),
        (61_500, "1 min 1 s"),
    ],
)
def test_spans_have_their_two_largest_units(ms, text):
    assert shown.about(ms) == text


def test_an_occurrence_says_what_happened(told, cast):
    (row,) = told(99, 101)
    row.firing.text = "a trade of BTC: 2.5 at 61,234"
    assert said([row]).title == "A trade of BTC: 2.5 at 61,234"


def test_data_for_programs_are_json_without_floats(told):
    (row,) = told(99, "101.50")
    data = said([row]).data["messages"][0]
    assert data["value"] == "101.50"
    assert data["threshold"] == "100"
    assert not any(isinstance(value, float) for value in data.values())
    assert data["at"] == START + S
    assert D(data["value"]) == row.firing.value
    assert data["occasion"] == "fired"
