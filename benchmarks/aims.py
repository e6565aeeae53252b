"""What a benchmark found beside what it aims at. A missed aim is said, and is no failure: machines differ."""

import os
import signal
import sys
from typing import NamedTuple


class Aim(NamedTuple):
    """One line of the table; measured and target with their units."""

    what: str
    measured: str
    target: str
    reached: bool


def at_least(what: str, measured: float, target: float, unit: str = "times") -> Aim:
    """More is better."""
    return Aim(what, f"{measured:.3g} {unit}", f"at least {target:g} {unit}", measured >= target)


def below(what: str, measured: float, target: float, unit: str = "ms") -> Aim:
    """Less is better."""
    return Aim(what, f"{measured:.3g} {unit}", f"below {target:g} {unit}", measured < target)


def table(aims: list[Aim]) -> None:
    """Print the aims, and how busy the machine was: other work on the same cores makes all figures worse."""
    print("\n| aim | measured | target | reached |\n|---|---|---|---|")
    for aim in aims:
        print(f"| {aim.what} | {aim.measured} | {aim.target} | {'yes' if aim.reached else 'no'} |")
    print(f"\nLoad of the last minute: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores.", flush=True)


def stop_with_all() -> None:
    """From now on SIGTERM ends this process as an error does, so that what it started ends with it."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
