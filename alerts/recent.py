"""Recent: which occurrences were seen lately, so that a snapshot which repeats them costs nothing.

Only to save work: that nothing fires twice is the database's to keep, by the identity of the firing.
"""

KEPT = 100_000


class Recent:
    """The newest ``KEPT`` identities, or up to twice as many."""

    def __init__(self) -> None:
        self._new: set[str] = set()
        self._old: set[str] = set()

    def is_new(self, identity: str) -> bool:
        """Whether it was not seen lately; from now on it was."""
        if identity in self._new or identity in self._old:
            return False
        self._new.add(identity)
        if len(self._new) >= KEPT:
            self._old, self._new = self._new, set()
        return True
