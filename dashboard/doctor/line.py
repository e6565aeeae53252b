"""One line of the checklist: what is looked at, and what was found."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from django.db import Error

GOOD, BAD, NOT_HERE = "✔", "✘", "–"
STATES = {GOOD: "good", BAD: "bad", NOT_HERE: "not here"}


@dataclass(frozen=True, slots=True)
class Found:
    """``said`` is what is; ``advice``, only of what is bad, is what to do."""

    mark: str
    said: str
    advice: str = ""


def good(said: str) -> Found:
    """As it should be."""
    return Found(GOOD, said)


def bad(said: str, advice: str) -> Found:
    """Has to be changed before people rely on the site."""
    return Found(BAD, said, advice)


def not_here(said: str) -> Found:
    """Does not apply to this installation."""
    return Found(NOT_HERE, said)


@dataclass(frozen=True, slots=True)
class Line:
    """``look`` finds out; what it raises is a finding, too."""

    part: str
    title: str
    look: Callable[[], Found]

    def found(self) -> Found:
        """What is found now; never raises."""
        try:
            return self.look()
        except Exception as error:  # whatever it is: the other lines are still of use
            first = str(error).strip().split("\n")[0]
            if isinstance(error, Error) and ("does not exist" in first or "no such" in first):
                return bad("cannot be known: tables are missing", "See to Migrations above.")
            return bad(f"could not be looked at: {type(error).__name__}: {first}", "See to that first.")

    def as_json(self, found: Found) -> dict[str, Any]:
        """For programs."""
        return {"part": self.part, "title": self.title, **asdict(found), "mark": STATES[found.mark]}
