"""The session store that SESSION_ENGINE names: rows of ``Session``, copied into the cache.

The row is the truth. A session that was ended stays ended whatever was under way: its place in the cache
is taken by ``ENDED`` for a while, a copy is only ever added where nothing is, and one that was written is
taken back when its row turns out to be gone.
"""

from collections.abc import Iterable
from typing import Any

from allauth.account.internal.stagekit import LOGIN_SESSION_KEY
from allauth.account.utils import url_str_to_user_pk
from asgiref.sync import sync_to_async
from django.conf import settings
from django.contrib.sessions.backends.cached_db import SessionStore as CachedDatabaseStore
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.core.cache import cache, caches
from django.db.models import Q
from django.utils import timezone

from accounts.announce import announce
from accounts.device import device_in_words

PREFIX = "session."
ENDED = "ended"
ENDED_S = 120
"""A copy is kept for no longer: one that could not be replaced, since Redis was away, is believed no longer."""
SEEN_S = 60
PURGE_S = 3600


class SessionStore(CachedDatabaseStore):
    """Writes beside the data whose it is, and with a new row where it was opened.

    The middleware sets ``ip`` and ``user_agent``. The asynchronous doors lead to the same code in a thread.
    """

    cache_key_prefix = PREFIX
    ip: str | None = None
    user_agent = ""

    def _validate_session_key(self, key: str | None) -> bool:
        """Only what we make ourselves is looked up: 32 letters and digits."""
        return bool(key) and len(key) == 32 and key.isascii() and key.isalnum()

    @classmethod
    def get_model_class(cls) -> Any:
        """Our own rows."""
        from accounts.models import Session

        return Session

    def create_model_instance(self, data: dict[str, Any]) -> Any:
        """The row, with the signed-in user taken out of the data."""
        row = super().create_model_instance(data)
        row.user_id = int(data["_auth_user_id"]) if data.get("_auth_user_id") else None
        row.pending_id = pending_user(data)
        row.ip, row.device = self.ip, device_in_words(self.user_agent)
        return row

    def load(self) -> dict[str, Any]:
        """The data, from the cache or the row; nothing for a session that has ended."""
        if not self.session_key:
            return {}
        data = self._cache.get(self.cache_key)
        if data == ENDED:
            self._session_key = None
            return {}
        if data is None and (row := self._get_session_from_db()):
            data = self.decode(row.session_data)
            self._cache.add(self.cache_key, data, min(ENDED_S, self.get_expiry_age(expiry=row.expire_date)))
        return data or {}

    def save(self, must_create: bool = False) -> None:
        """Write row and copy; raises ``UpdateError`` for a session that was ended meanwhile."""
        DatabaseStore.save(self, must_create)
        self._cache.set(self.cache_key, self._session, min(ENDED_S, self.get_expiry_age()))
        if not must_create and not self.model.objects.filter(session_key=self.session_key).exists():
            self._cache.set(self.cache_key, ENDED, ENDED_S)

    def delete(self, session_key: str | None = None) -> None:
        """End this session, or that of the key."""
        if key := session_key or self.session_key:
            end([key])

    async def aload(self) -> dict[str, Any]:
        """As ``load``."""
        return await sync_to_async(self.load)()

    async def asave(self, must_create: bool = False) -> None:
        """As ``save``."""
        await sync_to_async(self.save)(must_create)

    async def adelete(self, session_key: str | None = None) -> None:
        """As ``delete``."""
        await sync_to_async(self.delete)(session_key)


def exists(key: str) -> bool:
    """Whether the session of a cookie is good; one trip to the cache, or to its row."""
    return bool(SessionStore(key).load())


def end(keys: Iterable[str]) -> int:
    """End sessions for good, at once: rows, copies, open sockets. Returns how many rows there were."""
    from accounts.models import Session

    ended = list(keys)
    count, _ = Session.objects.filter(session_key__in=ended).delete()
    if ended:
        caches[settings.SESSION_CACHE_ALIAS].set_many({PREFIX + key: ENDED for key in ended}, ENDED_S)
        announce(ended)
    return count


def end_all(user: Any, but: str | None = None) -> int:
    """End a user's sessions, those that wait for his code too, except the one with the key ``but``: how many."""
    from accounts.models import Session

    theirs = Session.objects.filter(Q(user=user) | Q(pending=user))
    return end(theirs.exclude(session_key=but or "").values_list("session_key", flat=True))


def pending_user(data: dict[str, Any]) -> int | None:
    """Whose sign-in, sign-up or reset this browser has begun, while nobody is signed in."""
    if data.get("_auth_user_id"):
        return None
    if pk := (data.get(LOGIN_SESSION_KEY) or {}).get("user_pk"):
        return int(url_str_to_user_pk(pk))
    begun = (state["user_id"] for state in data.values() if isinstance(state, dict) and state.get("user_id"))
    return next(map(int, begun), None)


def touch(store: SessionStore) -> None:
    """Note that this browser was here: a write once in ``SEEN_S`` at most, a purge once in ``PURGE_S``."""
    if cache.add(f"{PREFIX}seen.{store.session_key}", True, SEEN_S):
        row = store.model.objects.filter(session_key=store.session_key)
        row.update(last_seen_at=timezone.now(), ip=store.ip)
        if cache.add(f"{PREFIX}purged", True, PURGE_S):
            store.clear_expired()
