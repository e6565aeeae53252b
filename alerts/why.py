"""Why an alert did, or did not, fire at a moment: what it was doing then, since when, and what held it back."""

from dataclasses import dataclass
from decimal import Decimal

from alerts.machine import WORDS
from alerts.models import Alert, Firing, Step
from alerts.rule import ALREADY, DONE, FIRED, HOLDING, NEW, PHASES, RESTING, WAITING

VERDICTS = {
    NEW: "no value has been seen yet",
    ALREADY: "true from the start",
    WAITING: "not true",
    HOLDING: "the minimum hold runs",
    FIRED: "fired already",
    RESTING: "resting",
    DONE: "over",
}


@dataclass(frozen=True, slots=True)
class Why:
    """``verdict`` in a word or two, ``reason`` in a sentence; it has been so ``since`` (Unix ms), by ``value``.

    ``firing`` is the episode that was open, if one was.
    """

    moment: int
    phase: str
    verdict: str
    reason: str
    since: int | None
    value: Decimal | None
    firing: Firing | None


def why(alert: Alert, moment: int) -> Why:
    """For a moment (Unix ms) up to which all has been decided (``Evaluation.seen_until``). Two queries."""
    step = Step.objects.by(alert.pk, moment)
    if step is None:
        noted = alert.seen_version > 0 and alert.seen_at <= moment
        reason = (
            "no value has been seen since it was noted" if noted else "the evaluator had not noted the rule yet"
        )
        return Why(moment, NEW, VERDICTS[NEW] if noted else "not noted yet", reason, None, None, None)
    firing = Firing.objects.filter(alert=alert, arm=step.arm).first() if step.phase == FIRED else None
    if step.what == "fired" and step.at == moment:
        firing = firing or Firing.objects.filter(alert=alert, arm=step.arm).first()
        return Why(moment, step.phase, "fired", WORDS["fired"], step.at, step.value, firing)
    if step.what == "too late":
        return Why(moment, step.phase, "too late to tell", WORDS["too late"], step.at, step.value, None)
    reason = f"{WORDS[step.what]}; it {PHASES[step.phase]}"
    verdict = "no data" if step.what == "no data" else VERDICTS[step.phase]
    return Why(moment, step.phase, verdict, reason, step.at, step.value, firing)
