"""All checks, by subject, in the order of the report."""

from collections.abc import Collection

from exchange.probe import (
    checks_account,
    checks_books,
    checks_errors,
    checks_names,
    checks_prices,
    checks_refused,
    checks_rest,
    checks_rows,
    checks_socket,
    checks_streams,
    checks_tape,
)
from exchange.probe.check import Check

SUBJECTS: dict[str, list[Check]] = {
    "Answers of REST": checks_rest.CHECKS,
    "Orders, pages, times": checks_rows.CHECKS,
    "Names and joins": checks_names.CHECKS,
    "Prices and books": checks_prices.CHECKS,
    "Refusals of REST, and its wrapping": checks_errors.CHECKS,
    "Life of a socket": checks_socket.CHECKS,
    "Refusals of a socket": checks_refused.CHECKS,
    "Streams": checks_streams.CHECKS,
    "What streams mean": checks_tape.CHECKS,
    "What belongs together": checks_books.CHECKS,
    "Accounts": checks_account.CHECKS,
}
CHECKS: tuple[Check, ...] = tuple(check for checks in SUBJECTS.values() for check in checks)


class NoSuchCheck(ValueError):
    """A word that no check's id is or begins with."""


def select(only: Collection[str] = (), options: Collection[str] = ()) -> list[Check]:
    """Checks whose id is one of ``only`` or begins with one and a dot (all, if it is empty).

    Checks that must be opted into come with their option, or when they are named.
    """
    for word in only:
        if not any(_is(check, word) for check in CHECKS):
            raise NoSuchCheck(f"no check is called {word} or {word}.*")
    if only:
        return [check for check in CHECKS if any(_is(check, word) for word in only)]
    return [check for check in CHECKS if not check.opt_in or check.opt_in in options]


def _is(check: Check, word: str) -> bool:
    return check.id == word or check.id.startswith(f"{word}.")
