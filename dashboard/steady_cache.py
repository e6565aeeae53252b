"""Caches that go on while Redis is away. The Board's own does not: its writers and readers know what to do.

Redis is left alone for a while after it has failed (``exchange/breaker.py``), so that not every page waits for it.
"""

from collections.abc import Callable
from typing import Any

from django.core.cache.backends.dummy import DummyCache
from django.core.cache.backends.locmem import LocMemCache
from django_redis.cache import RedisCache
from redis.exceptions import RedisError

from exchange.breaker import Breaker

RESPITE_S = 5.0
breaker = Breaker("redis", failures=1, respite_s=RESPITE_S)
"""Of this process."""


def or_else(name: str) -> Callable[..., Any]:
    """The method of Redis, or while it is away that of the stand-in."""

    def method(self: "SteadyCache", *arguments: Any, **named: Any) -> Any:
        if not breaker.admits():
            return getattr(self.stand_in, name)(*arguments, **named)
        try:
            found = getattr(RedisCache, name)(self, *arguments, **named)
        except (RedisError, OSError) as error:
            breaker.ended(error)
            return getattr(self.stand_in, name)(*arguments, **named)
        except BaseException:
            breaker.ended()
            raise
        breaker.ended()
        return found

    return method


class SteadyCache(RedisCache):
    """While Redis is away each process remembers for itself: attempts that are counted, questions that wait."""

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self.stand_in: Any = LocMemCache("while Redis is away", params)

    get, set, add, delete, touch = map(or_else, ("get", "set", "add", "delete", "touch"))
    get_many, set_many, delete_many = map(or_else, ("get_many", "set_many", "delete_many"))
    has_key, incr, decr = map(or_else, ("has_key", "incr", "decr"))


class ForgetfulCache(SteadyCache):
    """While Redis is away nothing is kept: for copies of sessions, whose rows are the truth for all processes."""

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self.stand_in = DummyCache("", params)
