"""``fastAssetCtxs``: everything first, then changed coins and fields only, deflated (API.md section 5)."""

import base64
import zlib
from typing import Any

import msgspec

Contexts = dict[str, dict[str, Any]]


def pack(contexts: Contexts) -> str:
    """Base64 of raw deflate of the JSON: what ``data`` is."""
    deflate = zlib.compressobj(wbits=-15)
    packed = deflate.compress(msgspec.json.encode(contexts)) + deflate.flush()
    return base64.b64encode(packed).decode()


def changes(old: Contexts, new: Contexts) -> Contexts:
    """Coins with the fields that are not what they were; a field that is gone becomes null."""
    changed = {}
    for coin, context in new.items():
        before = old.get(coin, {})
        if context != before:
            gone = {name: None for name in before if name not in context}
            changed[coin] = gone | {k: v for k, v in context.items() if k not in before or before[k] != v}
    return changed
