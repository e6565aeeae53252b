"""Pages about alerts: what is shown and to whom, what a form takes and refuses, what buttons do."""

import re
from dataclasses import replace
from datetime import time

import msgspec
import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import Wallet
from alerts.metrics import METRICS
from alerts.models import Alert, Delivery, Destination, Evaluation, Firing, Step
from dashboard.mirror import Mirror, mirror
from dashboard.pages.alerts.words import GROUPS
from exchange.board import Frame
from tests.alerts.rows import D, alert, destination
from tests.dashboard.history_stage import HERS, NIGHT, column, link, text

pytestmark = pytest.mark.django_db
HOUR = 3_600_000
FORM = {"metric": "mark", "coin": "BTC", "side": "above", "threshold": "64,250.5", "often": "each"}


@pytest.fixture
def alice(cast) -> Client:
    """Her browser; she lives in Berlin and has one wallet."""
    Mirror.__init__(mirror)
    cache.clear()
    cast.alice.timezone = "Europe/Berlin"
    cast.alice.save()
    Wallet.objects.put(cast.alice, HERS, label="Hers <b>")
    browser = Client()
    browser.force_login(cast.alice)
    return browser


def markets(**rows) -> None:
    """What the mirror knows of markets: coin → fields."""
    usual = {"kind": "perp", "label": "", "mark": "—", "n_mark": None, "delisted": False}
    known = {coin: {**usual, "label": coin, "coin": coin, **row} for coin, row in rows.items()}
    mirror.replicas["markets"].adopt(msgspec.json.encode(Frame("markets", 1, 1, known, sent=NIGHT, full=True)))


def fired(one: Alert, arm: int = 1, at: int = NIGHT, **values) -> Firing:
    """An episode of the alert."""
    times = {"received_at": at, "fired_at": at, "decided_at": at + 9}
    return Firing.objects.create(alert=one, user=one.user, arm=arm, sentence="BTC went up", **times | values)


def errors(page) -> dict[str, str]:
    """What the form says beside each field."""
    found = re.findall(r'<ul class="errors" id="id_(\w+)_error">(.*?)</ul>', page.content.decode(), re.S)
    return {name: re.sub(r"<[^>]+>", "", said).strip() for name, said in found}


def test_the_form_offers_every_metric_once():
    assert sorted(name for names in GROUPS.values() for name in names) == sorted(METRICS)


# The list ----------------------------------------------------------------------------------------


def test_without_an_alert_there_is_an_offer_to_make_one(alice):
    page = text(alice.get("/alerts/"))
    assert "0 of 500 alerts" in page
    assert "No alert yet" in page


def test_the_list_says_each_alert_in_words_with_the_users_names(alice, cast):
    mail = destination(cast.alice, "My mail")
    off = destination(cast.alice, "Old phone", stopped_at=1, trouble="gone")
    one = alert(cast.alice, (mail, off), metric="equity", coin="", address=HERS, side=-1, threshold=D(100000))
    alert(cast.bob, coin="ETH")
    page = alice.get("/alerts/")
    assert "The equity of account Hers <b> is at or below 100,000 USD" in text(page)
    assert b"Hers <b>" not in page.content
    assert "not seen by the evaluator yet" in text(page)
    assert "the evaluator has not run yet" in text(page)
    assert "ETH" not in text(page)
    assert 'title="gone"' in page.content.decode()
    Alert.objects.filter(pk=one.pk).update(seen_version=1, seen_at=NIGHT, phase="waiting", since=NIGHT)
    Evaluation.objects.create(seen_until=NIGHT)
    page = text(alice.get("/alerts/"))
    assert "in force since 25 Nov 2025 00:00" in page
    assert "never My mail Old phone" in page


STATES = {
    "paused": {"is_active": False},
    "over": {"phase": "done"},
    "fired": {"phase": "fired"},
    "holding": {"phase": "holding"},
    "waiting": {"phase": "waiting"},
    "snoozed": {"snoozed_until": 10**13, "phase": "waiting"},
    "already true": {"phase": "already"},
}


@pytest.mark.parametrize("state", STATES)
def test_each_state_has_its_word(alice, cast, state):
    one = alert(cast.alice)
    Alert.objects.filter(pk=one.pk).update(seen_version=1, seen_at=NIGHT, since=NIGHT, **STATES[state])
    assert f">{state}</span>" in alice.get("/alerts/").content.decode()
    if state != "already true":
        assert "The mark price" in text(alice.get(f"/alerts/?state={state}"))
        other = "paused" if state != "paused" else "fired"
        assert "The mark price" not in text(alice.get(f"/alerts/?state={other}"))


def test_an_alert_that_reminds_says_so_until_it_is_acknowledged(alice, cast):
    one = alert(cast.alice, repeats=False, remind_every=HOUR)
    Alert.objects.filter(pk=one.pk).update(seen_version=1, phase="done", since=NIGHT, arm=1, fired_at=NIGHT)
    said = "Reminds until you acknowledge it."
    assert said in text(alice.get(f"/alerts/{one.pk}/"))
    Alert.objects.filter(pk=one.pk).update(acknowledged=1)
    assert said not in text(alice.get(f"/alerts/{one.pk}/"))


def test_an_alert_whose_time_is_over_is_shown_so_before_the_evaluator_has_written_it_down(alice, cast):
    over = alert(cast.alice, metric="fill", coin="", address=HERS, threshold=D(0), expires_at=NIGHT)
    waits = alert(cast.alice, expires_at=10**13 - 1)
    Alert.objects.update(seen_version=1, seen_at=NIGHT, phase="waiting")
    assert "It expired 25 Nov 2025 00:00." in text(alice.get("/alerts/"))
    for state, shown, other in (("over", over, waits), ("waiting", waits, over)):
        page = alice.get(f"/alerts/?state={state}").content.decode()
        assert f'"/alerts/{shown.pk}/"' in page
        assert f'"/alerts/{other.pk}/"' not in page


def test_filters_are_in_the_address(alice, cast):
    alert(cast.alice, tags=",swing,")
    alert(cast.alice, coin="ETH", metric="mid")
    alert(cast.alice, metric="margin_usage", coin="", address=HERS)
    alert(cast.alice, metric="leverage", coin="")

    def heads(query: str) -> list[str]:
        return re.findall(r"Tick: ([^<]+)<", alice.get(f"/alerts/{query}").content.decode())

    assert len(heads("")) == 4
    assert heads("?coin=ETH") == ["The mid price of ETH is at or above 100"]
    assert [head[:16] for head in heads("?metric=mark&tag=Swing")] == ["The mark price o"]
    assert [head[:16] for head in heads(f"?wallet={HERS}")] == ["The margin usage"]
    assert [head[:16] for head in heads("?wallet=mine")] == ["The leverage of "]
    odd = alice.get("/alerts/?state=strange&metric=colour&after=x")
    assert "Not understood in the address: state=strange, metric=colour." in text(odd)


def test_pages_of_the_list_follow_each_other_by_key_with_as_many_queries(alice, cast, django_assert_num_queries):
    mail = destination(cast.alice)
    for n in range(60):
        alert(cast.alice, (mail,), threshold=D(n))
    alice.get("/alerts/")
    with django_assert_num_queries(8):
        first = alice.get("/alerts/")
    assert len(re.findall("data-alert=", first.content.decode())) == 50
    second = alice.get("/alerts/" + link(first, "Older"))
    assert len(re.findall("data-alert=", second.content.decode())) == 10
    assert "Older</a>" not in second.content.decode()


def test_more_alerts_than_a_page_holds_are_sorted_whole_by_what_is_stored(alice, cast):
    for n in range(60):
        alert(cast.alice, metric="mark" if n % 2 else "mid", threshold=D(n), fired_at=NIGHT + n if n % 3 else None)

    def walked(query: str) -> list[int]:
        page, found = alice.get(f"/alerts/{query}"), []
        while True:
            body = page.content.decode()
            found += [int(one) for one in re.findall(r'data-alert="(\d+)"', body)]
            if 'rel="next"' not in body:
                return found
            page = alice.get("/alerts/" + link(page, "More" if "sort" in query else "Older"))

    everything = set(walked(""))
    assert len(everything) == 60
    newest = walked("?sort=-fired")
    times = [Alert.objects.get(pk=pk).fired_at for pk in newest]
    assert set(newest) == everything
    assert times == sorted((one for one in times if one), reverse=True) + [None] * 20
    heads = [Alert.objects.get(pk=pk).metric for pk in walked("?sort=alert")]
    assert heads == ["mark"] * 30 + ["mid"] * 30


def test_the_headings_of_a_list_that_goes_on_are_links_and_of_a_whole_one_the_scripts(alice, cast):
    for _ in range(51):
        alert(cast.alice)
    page = alice.get("/alerts/").content.decode()
    assert re.search(r'aria-sort="none"><a class="sorts" href="\?sort=-fired">Last fired</a>', page)
    assert "data-sortable" not in page
    assert "data-column" not in page
    turned = alice.get("/alerts/?sort=-fired").content.decode()
    assert 'aria-sort="descending"><a class="sorts" href="?sort=fired">' in turned
    Alert.objects.order_by("pk").first().delete()
    whole = alice.get("/alerts/").content.decode()
    assert 'data-sortable="alerts"' in whole
    assert 'data-column="fired">Last fired' in whole


def test_figures_of_now_and_their_distance_are_there_before_any_script(alice, cast):
    markets(BTC={"mark": "80,000", "n_mark": 80000.0, "funding": "+0.0013%", "n_funding": 0.0000125})
    alert(cast.alice, threshold=D(100000))
    alert(cast.alice, threshold=D(75000))
    alert(cast.alice, metric="funding", side=-1, threshold=D("-0.01"))
    page = alice.get("/alerts/").content.decode()
    assert re.findall(r"data-now[^>]*>([^<]*)<", page) == ["+0.0013%", "80,000", "80,000"]
    assert re.findall(r"data-gap[^>]*>([^<]*)<", page) == ["0.0112 points away", "past it by 6.25%", "25.00% away"]
    assert page.count("No data yet") == 3  # no feed has spoken


def test_a_page_follows_no_more_than_a_socket_may_join(alice, cast):
    cast.alice.tier = "api"
    cast.alice.save()
    for n in range(60):
        alert(cast.alice, metric="mid", coin=f"C{n}")
    first = alice.get("/alerts/").content.decode()
    assert first.count("data-live=") == 50
    for n in range(55):
        Wallet.objects.put(cast.alice, f"0x{n:040x}")
    alert(cast.alice, metric="leverage", coin="")
    second = alice.get("/alerts/").content.decode()
    assert second.count("data-live=") == 1
    assert second.count("follows as many figures as it can") == 49


# Buttons -----------------------------------------------------------------------------------------


def test_several_are_paused_resumed_and_snoozed_at_once_and_nobody_elses(alice, cast):
    mine, his = [alert(cast.alice) for _ in range(2)], alert(cast.bob)
    ticked = [one.pk for one in (*mine, his)]
    page = alice.post("/alerts/bulk/", {"act": "pause", "alert": ticked}, follow=True)
    assert "Paused: 2 alerts." in text(page)
    assert list(Alert.objects.order_by("pk").values_list("is_active", "version")) == [
        (False, 2),
        (False, 2),
        (True, 1),
    ]
    alice.post("/alerts/bulk/", {"act": "resume", "alert": ticked})
    assert all(Alert.objects.values_list("is_active", flat=True))
    alice.post("/alerts/bulk/", {"act": "snooze", "for": "4h", "alert": ticked})
    assert list(Alert.objects.order_by("pk").values_list("snoozed_until", flat=True))[2] is None
    assert Alert.objects.filter(snoozed_until__isnull=False).count() == 2
    alice.post("/alerts/bulk/", {"act": "unsnooze", "alert": ticked})
    assert not Alert.objects.filter(snoozed_until__isnull=False).exists()


def test_no_more_are_resumed_than_the_tier_allows(alice, cast, settings):
    paused = [alert(cast.alice, is_active=False).pk for _ in range(3)]
    settings.CONFIG = replace(settings.CONFIG, **{f"alerts_{cast.alice.tier}": 2})
    page = alice.post("/alerts/bulk/", {"act": "resume", "alert": paused}, follow=True)
    assert "Not all could be resumed." in text(page)
    assert Alert.objects.filter(is_active=True).count() == 2
    left = Alert.objects.get(is_active=False)
    assert "Pause one first." in text(alice.post(f"/alerts/{left.pk}/act/", {"act": "resume"}, follow=True))
    assert Alert.objects.filter(is_active=True).count() == 2


def test_deleting_asks_first_and_says_what_goes_with_it(alice, cast):
    mine, his = alert(cast.alice), alert(cast.bob)
    fired(mine)
    asked = alice.post("/alerts/bulk/", {"act": "delete", "alert": [mine.pk, his.pk]})
    assert "Delete 1 alert?" in text(asked)
    assert "1 firing and what was told of them are deleted too" in text(asked)
    assert Alert.objects.count() == 2
    alice.post("/alerts/bulk/", {"act": "delete", "alert": [mine.pk, his.pk], "sure": "yes"})
    assert list(Alert.objects.all()) == [his]
    assert alice.post(f"/alerts/{his.pk}/act/", {"act": "delete", "sure": "yes"}).status_code == 404


def test_copies_are_paused_and_stay_within_the_tier(alice, cast):
    mail = destination(cast.alice)
    one = alert(cast.alice, (mail,), tags=",a,", hold=5000)
    alice.post("/alerts/bulk/", {"act": "duplicate", "alert": [one.pk]})
    copy = Alert.objects.of(cast.alice).first()
    assert (copy.hold, copy.tags, copy.is_active, list(copy.destinations.all())) == (5000, ",a,", False, [mail])
    cast.alice.tier = "free"
    cast.alice.save()
    for _ in range(18):
        alert(cast.alice)
    page = alice.post("/alerts/bulk/", {"act": "duplicate", "alert": [one.pk]}, follow=True)
    assert "The Free tier has at most 20 alerts." in text(page)
    assert "20 of 20 alerts of your tier: delete one before you make another" in text(page)


def test_what_is_no_act_or_nothing_is_refused_and_other_sites_are_not_gone_to(alice, cast):
    one = alert(cast.alice)
    assert alice.post("/alerts/bulk/", {"act": "explode", "alert": [one.pk]}).status_code == 404
    page = alice.post("/alerts/bulk/", {"act": "pause", "alert": ["x", "9" * 40]}, follow=True)
    assert "No alert was selected." in text(page)
    moved = alice.post("/alerts/bulk/", {"act": "pause", "alert": [one.pk], "next": "//evil.example/"})
    assert moved.url == "/alerts/"


# The form ----------------------------------------------------------------------------------------


def test_an_address_fills_the_form_and_the_form_makes_the_alert(alice, cast):
    destination(cast.alice, "mail")
    opened = alice.get("/alerts/new/?coin=BTC&metric=mark&threshold=64250.5&side=below").content.decode()
    assert 'value="64250.5"' in opened
    assert '<option value="below" selected>' in opened
    where = cast.alice.destinations.get().pk
    made = alice.post(
        "/alerts/new/", {**FORM, "destinations": [where], "tells_recovery": "on", "tags": "Swing, btc"}
    )
    one = Alert.objects.get()
    assert made.url == f"/alerts/{one.pk}/"
    assert (one.threshold, one.side, one.repeats, one.tags) == (D("64250.5"), 1, True, ",swing,btc,")
    assert (one.needs_crossing, one.tells_recovery, one.tells_no_data) == (True, True, False)
    assert [each.pk for each in one.destinations.all()] == [where]


@pytest.mark.parametrize(
    ("metric", "kinds"),
    [
        ("mark", {"wallet", "window"}),
        ("liquidation_distance", {"window", "side"}),
        ("fill", {"window", "side", "figure"}),
    ],
)
def test_fields_that_the_metric_does_not_need_are_not_painted_first_and_then_taken_away(alice, metric, kinds):
    page = alice.get(f"/alerts/new/?metric={metric}").content.decode()
    assert set(re.findall(r'data-for="(\w+)" data-left-out', page)) == kinds


def test_who_has_no_destination_may_be_told_on_the_pages_which_become_his_first(alice, cast):
    form = FORM
    assert b'name="pages" value="yes" checked' in alice.get("/alerts/new/").content
    alice.post("/alerts/new/", form)
    assert not Destination.objects.exists()
    refused = alice.post("/alerts/new/", form | {"pages": "yes", "threshold": "high"})
    assert b'name="pages" value="yes" checked' in refused.content
    alice.post("/alerts/new/", form | {"pages": "yes"})
    place = Destination.objects.get(user=cast.alice)
    assert (place.kind, place.is_usable) == ("page", True)
    assert list(Alert.objects.latest("pk").destinations.all()) == [place]
    alice.post("/alerts/new/", form | {"pages": "yes"})
    assert Destination.objects.count() == 1


def test_all_of_the_folded_part_is_kept_and_comes_back_into_the_form(alice, cast):
    mail = destination(cast.alice, "mail")
    folded = {
        "hold": "90s", "cooldown": "1h30m", "hysteresis": "0.5", "remind_every": "15 min", "escalate_after": "2 h",
        "escalate_to": mail.pk, "quiet_start": "22:00", "quiet_end": "06:30", "expires_at": "2027-01-05T10:00",
        "note": "why <i>", "often": "once", "already": "on",
    }  # fmt: skip
    alice.post("/alerts/new/", FORM | folded)
    one = Alert.objects.get()
    assert (one.hold, one.cooldown, one.remind_every, one.escalate_after) == (
        90_000,
        5_400_000,
        900_000,
        7_200_000,
    )
    assert (one.hysteresis, one.escalate_to, one.repeats, one.needs_crossing) == (D("0.5"), mail, False, False)
    assert (one.quiet_start, one.quiet_end, one.expires_at) == (
        time(22),
        time(6, 30),
        1_799_139_600_000,
    )  # in Berlin
    form = alice.get(f"/alerts/{one.pk}/edit/").content.decode()
    for value in ("1 min 30 s", "1 h 30 min", "15 min", "2 h", "0.5", "22:00", "06:30", "2027-01-05T10:00"):
        assert f'value="{value}"' in form, value
    assert "why &lt;i&gt;" in form
    assert '<details class="more" open>' in form


WRONG = {
    "threshold": {"12 apples": "“12 apples” is no number.", "64.250,5": "is no number", "": "At which level?"},
    "coin": {"NOPE": "There is no market called “NOPE”.", "": "Which coin?"},
    "hold": {"soon": "is no span of time", "5 parsecs": "is no span of time", "2 d": "Too long."},
    "remind_every": {"5 s": "At least a minute."},
    "expires_at": {"tomorrow": "That is no date and time."},
    "quiet_end": {"07:00": "Quiet hours have a start and an end."},
    "metric": {"colour": "Choose what is watched."},
    "hysteresis": {"-1": "Not below 0."},
    "escalate_to": {"999999": "That is not a destination of yours."},
    "address": {"0x" + "d4" * 20: "That is not a wallet of yours."},
    "tags": {"x" * 400: "All tags together have at most 300 letters."},
}


@pytest.mark.parametrize(("field", "value"), [(name, value) for name, said in WRONG.items() for value in said])
def test_a_wrong_input_is_said_beside_its_field_and_stays_typed(alice, field, value):
    markets(BTC={})
    page = alice.post("/alerts/new/", FORM | {"note": "typed before", field: value})
    assert page.status_code == 400
    assert WRONG[field][value] in errors(page)[field]
    assert set(errors(page)) == {field}
    assert "typed before" in page.content.decode()
    if value and field not in ("metric", "escalate_to", "address"):
        assert f'value="{value}"' in page.content.decode()
    assert not Alert.objects.exists()


def test_fields_that_do_not_go_with_the_metric_are_left_out(alice):
    extra = {"window": "1 h", "address": HERS, "threshold": "3"}
    alice.post("/alerts/new/", FORM | extra)
    alice.post("/alerts/new/", FORM | extra | {"metric": "leverage"})
    alice.post("/alerts/new/", FORM | extra | {"metric": "funding_sign", "side": "below", "threshold": "77"})
    alice.post("/alerts/new/", FORM | extra | {"metric": "liquidation_distance", "side": "above", "coin": ""})
    alice.post("/alerts/new/", FORM | extra | {"metric": "fill", "threshold": ""})
    found = Alert.objects.order_by("pk").values_list("coin", "address", "window", "side", "threshold")
    assert list(found) == [
        ("BTC", "", 0, 1, D(3)),
        ("", HERS, 0, 1, D(3)),
        ("BTC", "", 0, -1, D(-1)),
        ("", HERS, 0, -1, D(3)),
        ("BTC", HERS, 0, 1, D(0)),
    ]


def test_the_limit_of_the_tier_is_said_and_what_was_typed_stays(cast, alice):
    cast.alice.tier = "free"
    cast.alice.save()
    for _ in range(20):
        alert(cast.alice)
    page = alice.post("/alerts/new/", FORM)
    assert page.status_code == 400
    assert "The Free tier has at most 20 alerts. Delete one first." in text(page)
    assert 'value="64,250.5"' in page.content.decode()


def test_editing_changes_the_version_and_a_proposed_level_is_only_kept_when_sent(alice, cast):
    one = alert(cast.alice)
    form = alice.get(f"/alerts/{one.pk}/edit/?threshold=64000").content.decode()
    assert 'value="64000"' in form
    one.refresh_from_db()
    assert (one.threshold, one.version) == (D(100), 1)
    alice.post(f"/alerts/{one.pk}/edit/", FORM)
    one.refresh_from_db()
    assert (one.threshold, one.version) == (D("64250.5"), 2)


def test_an_alert_is_duplicated_through_the_form_but_not_somebody_elses(alice, cast):
    one, his = alert(cast.alice, hold=60_000, threshold=D(77)), alert(cast.bob)
    assert 'value="77"' in alice.get(f"/alerts/new/?from={one.pk}").content.decode()
    assert alice.get(f"/alerts/new/?from={his.pk}").status_code == 404


def test_the_draft_says_the_sentence_the_figure_and_the_preview_or_what_is_missing(alice):
    markets(BTC={"mark": "80,000", "n_mark": 80000.0})
    said = text(alice.get("/alerts/draft/", FORM | {"threshold": "100000", "hold": "5 min"}))
    assert said.startswith("The mark price of BTC is at or above 100,000 for 5 min, each time")
    assert "Now 80,000" in said
    assert "25.00% away" in said
    assert "Preview: " in said  # nothing answers here: the page says so and stands
    assert "There is no market called" in text(alice.get("/alerts/draft/", FORM | {"coin": "NOPE"}))
    assert "No past of this figure is kept" in text(alice.get("/alerts/draft/", FORM | {"metric": "premium"}))


def test_without_script_a_button_shows_sentence_and_preview_and_keeps_nothing(alice):
    page = alice.post("/alerts/new/", FORM | {"look": "yes"})
    assert page.status_code == 200
    assert "The mark price of BTC is at or above 64,250.5" in text(page)
    assert not Alert.objects.exists()


# One alert ---------------------------------------------------------------------------------------


def test_one_alert_shows_ledger_deliveries_and_latency_without_secrets(alice, cast, django_assert_num_queries):
    mail = destination(cast.alice, "mail", hint="al…@example.org")
    one = alert(cast.alice, (mail,), note="look <b>")
    first = fired(one, 1, exchange_at=NIGHT - 120, value=D("100.50"), late_by=700_000)
    fired(one, 2, NIGHT + HOUR, ended_at=NIGHT + 2 * HOUR, end_value=D(99), end_reason="recovered")
    told = {"occasion": "fired", "at": NIGHT, "decided_at": NIGHT + 9, "not_before": NIGHT}
    sent = {"state": "sent", "sent_at": NIGHT + 249, "attempts": 2}
    Delivery.objects.create(alert=one, firing=first, destination=mail, key="k", **told, **sent)
    alice.get(f"/alerts/{one.pk}/")
    with django_assert_num_queries(9):
        page = alice.get(f"/alerts/{one.pk}/")
    assert column(page, "legs") == ["— + 9 + — ms", "120 + 9 + 240 ms"]
    assert column(page, "value")[1] == "100.5"
    assert column(page, "time")[0] == "2025-11-25 01:00:00"
    assert "late by 11 min 40 s" in text(page)
    assert "al…@example.org" in text(page)
    assert "240 ms later" in text(page)
    assert "alice@example.org" not in page.content.decode()
    assert b"look <b>" not in page.content


def test_acknowledging_reaches_the_alert_so_that_reminders_end(alice, cast):
    one, his = alert(cast.alice), alert(cast.bob)
    fired(one, 3)
    fired(his, 5)
    alice.post(f"/alerts/{one.pk}/act/", {"act": "acknowledge"})
    one.refresh_from_db()
    assert one.acknowledged == 3
    assert Firing.objects.get(alert=one).acknowledged_at is not None
    assert Firing.objects.get(alert=his).acknowledged_at is None


def test_why_answers_for_a_moment_in_the_users_zone(alice, cast):
    one = alert(cast.alice)
    Alert.objects.filter(pk=one.pk).update(seen_version=1, seen_at=NIGHT)
    Evaluation.objects.create(seen_until=NIGHT + 3 * HOUR)
    Step.objects.create(
        alert=one, at=NIGHT + HOUR, what="armed", phase="waiting", arm=0, value=D("90.5"), decided_at=NIGHT
    )
    said = text(alice.get(f"/alerts/{one.pk}/?at=2025-11-25T02:00"))
    assert "At 2025-11-25 02:00:00: not true" in said
    assert "So since 2025-11-25 01:00:00. The value then was 90.5." in said
    assert "no value has been seen yet" in text(alice.get(f"/alerts/{one.pk}/?at=2025-11-25T00:30"))
    assert "not noted yet" in text(alice.get(f"/alerts/{one.pk}/?at=2025-11-24T10:00"))
    assert "may still change this" in text(alice.get(f"/alerts/{one.pk}/?at=2025-11-25T23:00"))
    assert "“noon” is no date and time" in text(alice.get(f"/alerts/{one.pk}/?at=noon"))


# What has fired ----------------------------------------------------------------------------------


def test_history_has_filters_pages_and_a_button_for_all(alice, cast, django_assert_num_queries):
    one, two, his = alert(cast.alice), alert(cast.alice, coin="ETH", metric="mid"), alert(cast.bob)
    for n in range(55):
        fired(one, n + 1, NIGHT + n * HOUR)
    fired(two, 1, NIGHT - 1, late_by=20_000, acknowledged_at=NIGHT)
    fired(his)
    alice.get("/alerts/history/")
    with django_assert_num_queries(5):
        first = alice.get("/alerts/history/")
    assert len(column(first, "time")) == 50
    assert len(column(alice.get("/alerts/history/" + link(first, "Older")), "time")) == 6
    get = alice.get
    assert len(column(get("/alerts/history/?coin=ETH"), "time")) == 1
    assert len(column(get("/alerts/history/?metric=mid"), "time")) == 1
    assert len(column(get("/alerts/history/?late=yes"), "time")) == 1
    assert len(column(get("/alerts/history/?seen=yes"), "time")) == 1
    assert len(column(get("/alerts/history/?from=2025-11-25&to=2025-11-25"), "time")) == 24
    assert len(column(get("/alerts/history/?to=2025-11-24"), "time")) == 1
    assert len(column(get(f"/alerts/history/?wallet={HERS}"), "time")) == 0
    assert "55 not acknowledged" in text(first)
    alice.post("/alerts/history/acknowledge/")
    assert list(Firing.objects.filter(acknowledged_at=None)) == list(Firing.objects.filter(alert=his))
    assert "not acknowledged" not in text(get("/alerts/history/"))
    one.refresh_from_db()
    assert one.acknowledged == 55
    assert (
        alice.post("/alerts/history/acknowledge/", {"firing": Firing.objects.get(alert=his).pk}).status_code == 404
    )


# Files -------------------------------------------------------------------------------------------


def test_what_was_exported_comes_in_again_and_a_broken_file_says_where(alice, cast):
    alert(cast.alice, threshold=D("64250.5"))
    file = alice.get("/alerts/move/export/")
    assert file["Content-Disposition"].startswith('attachment; filename="alerts-')
    page = alice.post("/alerts/move/", {"text": file.content.decode()}, follow=True)
    assert "Imported: 1 alert." in text(page)
    broken = file.content.decode().replace("64250.5", "plenty")
    page = alice.post("/alerts/move/", {"text": broken})
    assert page.status_code == 400
    assert "Alert 1 (line 5), field “threshold”: A number is needed" in text(page)
    assert Alert.objects.filter(user=cast.alice).count() == 2
    assert "Choose a file, or paste its text." in text(alice.post("/alerts/move/", {}))


def test_a_file_with_a_market_that_the_exchange_does_not_have_stays_out(alice, cast):
    rule = '{"metric": "mark", "coin": "NOPE", "threshold": "1"}'
    file = f'{{"format": "hyperliquid-dashboard alerts", "version": 1, "alerts": [{rule}]}}'
    markets(BTC={"mark": "80,000"})
    page = alice.post("/alerts/move/", {"text": file})
    assert "Alert 1 (line 1), field “coin”: There is no market called “NOPE”." in text(page)
    assert not Alert.objects.exists()
    Mirror.__init__(mirror)  # nothing was heard of any market: nobody can say
    assert "Imported: 1 alert." in text(alice.post("/alerts/move/", {"text": file}, follow=True))


def test_lines_for_the_chart_are_those_of_the_user_alone(alice, cast):
    one = alert(cast.alice, threshold=D("64250.50"))
    alert(cast.alice, metric="funding")
    alert(cast.alice, coin="ETH")
    alert(cast.bob)
    body = alice.get("/parts/alerts?coin=BTC").json()
    assert body == {
        "alerts": [{"id": one.pk, "level": "64250.5", "above": True, "metric": "mark price", "state": "new"}]
    }
    assert Client().get("/parts/alerts?coin=BTC").json() == {"alerts": []}


@pytest.mark.parametrize(
    "path", ["new/", "{pk}/edit/", "draft/?metric=mark&coin=BTC&threshold=1", "move/", "move/export/"]
)
def test_no_page_asks_more_for_many_rows_than_for_few(alice, cast, path):
    one = alert(cast.alice, (destination(cast.alice, "first"),))
    address = "/alerts/" + path.format(pk=one.pk)
    alice.get(address)
    with CaptureQueriesContext(connection) as few:
        alice.get(address)
    for n in range(8):
        more = destination(cast.alice, f"place {n}")
        Wallet.objects.put(cast.alice, f"0x{n:040x}")
        alert(cast.alice, (more,), escalate_to=more, escalate_after=60_000)
        one.destinations.add(more)
    with CaptureQueriesContext(connection) as many:
        alice.get(address)
    assert len(many) == len(few)
