"""Names on the channel layer and in the cache, in one place. Both are prefixed by network in the settings."""

MIRRORS = "mirrors"
"""Every web process: the leading feed sends ``board.changes`` and ``board.stored`` here."""

FEEDS = "feeds"
"""Every feed: web processes send ``demand`` and ``resync`` here."""


def cache_key(topic: str) -> str:
    """Where the Board of a topic, a whole frame, is kept in the cache."""
    return f"board:{topic}"
