"""Where real replies of the exchange lie that tests compare with; they are not part of this repository.

``RECORDED_DIR`` names the folder; by default it is looked for beside the checkout.
"""

import gzip
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

DEFAULT = Path(__file__).resolve().parents[2] / "shared" / "hyperliquid" / "recorded"
RECORDED = Path(os.environ.get("RECORDED_DIR", DEFAULT))
needs_recorded = pytest.mark.skipif(not RECORDED.is_dir(), reason=f"no recorded replies in {RECORDED}")


def rest_files() -> list[Path]:
    return sorted([*RECORDED.glob("rest/*.json"), *RECORDED.glob("rest/*.json.gz")])


def rest_reply(path: Path) -> tuple[dict[str, Any] | None, Any]:
    """(request body if it was recorded, reply)."""
    raw = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    data = json.loads(raw)
    if isinstance(data, dict) and {"request", "response"} <= set(data):
        return data["request"], data["response"]
    return None, data


def frames() -> Iterator[tuple[str, dict[str, Any]]]:
    """(file:line, frame) of every recorded socket frame."""
    for path in sorted(RECORDED.glob("ws/*.jsonl")):
        for number, line in enumerate(path.read_text().splitlines(), 1):
            if line.strip():
                yield f"{path.name}:{number}", json.loads(line)
    for path in sorted(RECORDED.glob("ws/*.json")):
        yield path.name, json.loads(path.read_text())
