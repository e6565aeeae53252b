"""Tags of an alert, as of a trip's note: stored as ``,a,b,`` so that one of them can be searched for."""

from collections.abc import Iterable

from django.core.exceptions import ValidationError

from snapshots.models.note import plain

MOST = 300


def joined(tags: Iterable[str]) -> str:
    """Each once, in lower case, as ``Alert.tags`` holds them. ValidationError if they are too long together."""
    kept = list(dict.fromkeys(filter(None, map(plain, tags))))
    text = f",{','.join(kept)}," if kept else ""
    if len(text) > MOST:
        raise ValidationError(f"All tags together have at most {MOST} letters.", code="tags")
    return text


def apart(text: str) -> list[str]:
    """The tags that ``joined`` put together."""
    return [tag for tag in text.split(",") if tag]
