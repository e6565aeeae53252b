"""The session store that SESSION_ENGINE names: rows of ``Session``, copied into the cache (``cached_db``)."""

from django.contrib.sessions.backends.cached_db import SessionStore as CachedDatabaseStore


class SessionStore(CachedDatabaseStore):
    """Writes the user beside the data, so that sessions can be listed and ended by user."""

    cache_key_prefix = "session."

    @classmethod
    def get_model_class(cls):
        """Our own rows."""
        from accounts.models import Session

        return Session

    def create_model_instance(self, data):
        """The row, with the signed-in user taken out of the data."""
        row = super().create_model_instance(data)
        row.user_id = int(data["_auth_user_id"]) if data.get("_auth_user_id") else None
        return row
