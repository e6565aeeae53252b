"""More time for work that takes long and keeps nobody waiting: pages' own limits are too short for it."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress

from django.conf import settings
from django.db import Error, connection

LIMITS = ("statement_timeout", "idle_in_transaction_session_timeout")


@contextmanager
def long_statements(seconds: int) -> Iterator[None]:
    """Within, a statement of this thread may take so long; 0: for ever. It waits for locks no longer than others.

    Through a pooler a connection is somebody else's after each transaction: there the role's limits count.
    """
    if connection.vendor != "postgresql" or settings.CONFIG.database_behind_pooler:
        yield
        return
    with connection.cursor() as cursor:
        for name in LIMITS:
            cursor.execute(f"SET {name} = {seconds * 1000:d}")
    try:
        yield
    finally:
        with suppress(Error), connection.cursor() as cursor:  # a broken one is used by nobody else
            for name in LIMITS:
                cursor.execute(f"RESET {name}")
