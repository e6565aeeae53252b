"""Check: one assumption, what leans on it, and how it is tried; Verdict: what came of it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from exchange.probe.outcome import Differs, NotSeen
from exchange.probe.seen import Seen

HOLDS, DIFFERS, NOT_SEEN = "holds", "differs", "not seen"

Run = Callable[[Seen], Awaitable[str | None]]


@dataclass(frozen=True, slots=True)
class Check:
    """``run`` returns (perhaps with a note), or raises ``Differs`` or ``NotSeen``.

    ``leans_on`` names the section of API.md and the module of ours that would be wrong;
    ``opt_in`` is the name of the option without which the check is left out.
    """

    id: str
    sentence: str
    leans_on: str
    run: Run
    opt_in: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of one check: ``kind`` is ``holds``, ``differs`` or ``not seen``; ``how`` says why or how."""

    check: Check
    kind: str
    how: str = ""


def check(into: list[Check], id: str, sentence: str, leans_on: str, opt_in: str = "") -> Callable[[Run], Run]:
    """Decorator: put a function into a subject's list of checks."""

    def register(run: Run) -> Run:
        into.append(Check(id, sentence, leans_on, run, opt_in))
        return run

    return register


async def verdict_of(check: Check, seen: Seen) -> Verdict:
    """Run one check. What cannot even be read the way our code reads it, differs."""
    try:
        note = await check.run(seen)
    except NotSeen as why:
        return Verdict(check, NOT_SEEN, str(why))
    except Differs as how:
        return Verdict(check, DIFFERS, str(how))
    except (LookupError, TypeError, ValueError, ArithmeticError, AttributeError) as error:
        return Verdict(check, DIFFERS, f"expected what API.md says; came something unreadable ({error!r})")
    return Verdict(check, HOLDS, note or "")
