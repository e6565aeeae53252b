"""The form that reads as a sentence: what is watched, when it fires, what is told and to whom."""

from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict

from accounts.models import Wallet
from alerts.copies import RULE
from alerts.metrics import METRICS
from alerts.metrics.metric import ACCOUNT, COIN, SIGN
from alerts.models import Alert, Destination
from alerts.rule import ABOVE, BELOW
from alerts.tags import apart
from dashboard.pages.alerts.fields import CoinField, MomentField, NumberField, SpanField, TagsField
from dashboard.pages.alerts.words import grouped
from dashboard.pages.history.coins import Coins
from dashboard.pages.history.scope import name_of

SIDES = [("above", "at or above"), ("below", "at or below")]
OFTEN = [("each", "each time"), ("once", "once")]
ANY = "any of my wallets"


class AlertForm(forms.Form):
    """Fields of an alert as people write them. ``rule`` of a valid one gives what ``Alert`` takes."""

    metric = forms.ChoiceField(label="What", error_messages={"invalid_choice": "Choose what is watched."})
    coin = CoinField(label="Coin")
    address = forms.ChoiceField(
        label="Wallet", required=False, error_messages={"invalid_choice": "That is not a wallet of yours."}
    )
    window = SpanField(label="Within")
    side = forms.ChoiceField(label="Is", choices=SIDES, required=False)
    threshold = NumberField(label="Level")
    often = forms.ChoiceField(label="How often", choices=OFTEN, required=False)
    already = forms.BooleanField(label="Also if it is so already", required=False)
    hold = SpanField(label="Must last", help_text="Without a break, before it fires.")
    hysteresis = NumberField(
        label="Hysteresis",
        help_text="How far it must come back before it can fire again: per cent of the level, or points.",
    )
    cooldown = SpanField(label="Rests after firing", help_text="Least time between two firings.")
    expires_at = MomentField(label="Expires")
    snoozed_until = MomentField(label="Snoozed until")
    destinations = forms.MultipleChoiceField(
        label="Tell", required=False, widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": "That is not a destination of yours."},
    )  # fmt: skip
    tells_recovery = forms.BooleanField(label="Also when it has recovered", required=False)
    tells_no_data = forms.BooleanField(label="Also when data stop", required=False)
    remind_every = SpanField(label="Remind each", help_text="Until somebody acknowledges it.")
    escalate_after = SpanField(label="Escalate after", help_text="If nobody has acknowledged it by then.")
    escalate_to = forms.ChoiceField(
        label="Escalate to",
        required=False,
        error_messages={"invalid_choice": "That is not a destination of yours."},
    )
    quiet_start = forms.TimeField(
        label="Quiet from", required=False, widget=forms.TimeInput({"type": "time"}, "%H:%M")
    )
    quiet_end = forms.TimeField(
        label="Quiet until", required=False, widget=forms.TimeInput({"type": "time"}, "%H:%M")
    )
    note = forms.CharField(label="Note", required=False, max_length=2000, widget=forms.Textarea({"rows": 3}))
    tags = TagsField(label="Tags, between commas")

    FOLDED = ("hold", "hysteresis", "cooldown", "expires_at", "snoozed_until", "remind_every", "escalate_after",
              "escalate_to", "quiet_start", "quiet_end", "note", "tags", "tells_no_data")  # fmt: skip

    def __init__(self, user: Any, coins: Coins, zone: ZoneInfo, *args: Any, **options: Any) -> None:
        """Two queries: the user's wallets and destinations."""
        super().__init__(*args, label_suffix="", **options)
        self.user, self.coins = user, coins
        self.own_destinations = {str(destination.pk): destination for destination in Destination.objects.of(user)}
        wallets = [(wallet.address, name_of(wallet)) for wallet in Wallet.objects.of(user)]
        named = [(key, destination.label) for key, destination in self.own_destinations.items()]
        self.fields["metric"].choices = grouped()
        self.fields["coin"].coins = coins
        self.fields["address"].choices = [("", ANY), *wallets]
        self.fields["destinations"].choices = named
        self.fields["escalate_to"].choices = [("", "nobody"), *named]
        for name in ("expires_at", "snoozed_until"):
            self.fields[name].zone = zone

    def clean(self) -> dict[str, Any]:
        """What the model says, beside the field it concerns; what does not go with the metric is left out."""
        given = super().clean() or self.cleaned_data
        if "metric" not in given:
            return given
        if self._misses("threshold") and not METRICS[given["metric"]].is_occurrence:
            self.add_error("threshold", "At which level?")
        escalates = given.get("escalate_after"), given.get("escalate_to")
        if all(name in given for name in ("escalate_after", "escalate_to")) and bool(escalates[0]) != bool(
            escalates[1]
        ):
            self.add_error(
                "escalate_to" if escalates[0] else "escalate_after", "Escalation needs a time and somebody."
            )
        alert = Alert(user=self.user, **self._values(given))
        try:
            alert.full_clean(exclude=["user", *([] if "address" in given else ["address"])])
        except ValidationError as error:
            for name, wrong in error.error_dict.items():
                if name not in self.errors:
                    self.add_error(name if name in self.fields else None, wrong)
        self.alert = alert
        return given

    def _misses(self, name: str) -> bool:
        sign = METRICS[self.cleaned_data["metric"]].unit == SIGN
        return not sign and name in self.cleaned_data and not str(self.data.get(name, "")).strip()

    def _values(self, given: dict[str, Any]) -> dict[str, Any]:
        """Fields of ``Alert``, as far as they could be read."""
        metric = METRICS[given["metric"]]
        side = metric.only or (BELOW if given.get("side") == "below" else ABOVE)
        values = {name: given[name] for name in RULE if name in given and name not in ("side", "escalate_to")}
        values |= {
            "side": side,
            "repeats": given.get("often") != "once",
            "needs_crossing": not given.get("already"),
        }
        values["escalate_to"] = self.own_destinations.get(given.get("escalate_to", ""))
        if metric.unit == SIGN:
            values["threshold"] = side
        if metric.scope == COIN:
            values["address"] = ""
        if metric.scope == ACCOUNT:
            values["coin"] = ""
        if not metric.is_windowed:
            values["window"] = 0
        return values

    @property
    def rule(self) -> dict[str, Any]:
        """For ``Alert.objects.add`` and ``edit``."""
        values = self._values(self.cleaned_data)
        return {
            name: getattr(self.alert, name) if name == "threshold" else value for name, value in values.items()
        }

    @property
    def chosen(self) -> list[Destination]:
        """Destinations that are told."""
        return [self.own_destinations[key] for key in self.cleaned_data["destinations"]]

    @property
    def unfolds(self) -> bool:
        """Whether the folded part has something to show."""
        wrong = self.is_bound and any(name in self.errors for name in self.FOLDED)
        return wrong or any(self[name].value() not in (None, "", 0, False, "0") for name in self.FOLDED)


def initial_of(alert: Alert) -> dict[str, Any]:
    """The form as an alert fills it."""
    values = {name: getattr(alert, name) for name in RULE if name not in ("side", "escalate_to", "tags")}
    if alert.of.is_occurrence and not alert.threshold:
        values["threshold"] = ""
    return values | {
        "side": "below" if alert.side == BELOW else "above",
        "often": "each" if alert.repeats else "once",
        "already": not alert.needs_crossing,
        "hysteresis": alert.hysteresis or "",
        "escalate_to": str(alert.escalate_to_id or ""),
        "destinations": [str(destination.pk) for destination in alert.destinations.all()],
        "tags": ", ".join(apart(alert.tags)),
    }


PREFILL = (
    "metric",
    "coin",
    "address",
    "window",
    "side",
    "threshold",
    "often",
    "hysteresis",
    "hold",
    "note",
    "tags",
)


def prefilled(given: QueryDict) -> dict[str, Any]:
    """A new form as an address asks for it; what it does not name is usual."""
    found = {name: given[name][:200] for name in PREFILL if given.get(name)}
    metric = METRICS.get(found.setdefault("metric", "mark")) or METRICS["mark"]
    usual = {"window": "1 h" if metric.is_windowed else "", "side": "below" if metric.only == BELOW else "above"}
    return {**usual, "often": "each", "tells_recovery": True, "already": metric.is_risk, **found}
