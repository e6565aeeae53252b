"""The manifest: what is in the files, what of it is known to be complete, and the ends of the chains."""

import json
from hashlib import sha256
from typing import Any

from django.conf import settings

from snapshots.export.cells import compact
from snapshots.export.lines import FORMATS
from snapshots.export.selection import Selection
from snapshots.export.tables import Column, Table

NAME = "manifest.json"
FORMAT = "hyperliquid-dashboard history"
VERSION = 1


class BadManifest(Exception):
    """There is no manifest, or it is none of ours."""


def head(selection: Selection, table: Table, suffix: str) -> dict[str, Any]:
    """All that is known of a table's file before its first row."""
    return {
        "table": table.name,
        "file": f"{table.name}.{suffix}",
        "columns": [[column.name, column.kind, column.is_optional] for column in table.columns],
        "coverage": selection.coverage(table),
    }


def about(selection: Selection) -> dict[str, Any]:
    """What is said of all files."""
    network = settings.CONFIG.hyperliquid_network
    return {"format": FORMAT, "version": VERSION, "network": network, "filters": selection.filters()}


def beginning(said: dict[str, Any], table: dict[str, Any]) -> str:
    """The chain before a table's first row: it covers what the manifest says of it, but not its end."""
    known = {name: said[name] for name in ("format", "version", "network", "filters")}
    known["table"] = {name: value for name, value in table.items() if name not in ("rows", "chain")}
    return sha256(compact(known).encode()).hexdigest()


def whole(tables: list[dict[str, Any]]) -> str:
    """One hash that stands for all files: that of their chains' ends, each on a line."""
    return sha256("".join(f"{table['chain']}\n" for table in tables).encode()).hexdigest()


def as_bytes(said: dict[str, Any], tables: list[dict[str, Any]]) -> bytes:
    """The file."""
    complete = {**said, "tables": tables, "chain": whole(tables)}
    return json.dumps(complete, indent=1, ensure_ascii=False).encode() + b"\n"


def read(text: bytes) -> dict[str, Any]:
    """A manifest; raises BadManifest if anything of it is missing or its hash is not that of its tables."""
    try:
        found = json.loads(text)
        if (found["format"], found["version"]) != (FORMAT, VERSION):
            raise BadManifest("the manifest is of another format or version")
        for table in found["tables"]:
            beginning(found, table)
            _ = columns(table), int(table["rows"]), table["coverage"]
            if table["file"] not in {f"{table['table']}.{suffix}" for suffix in FORMATS}:
                raise BadManifest(f"{table['file']!r} is no name of such a file")
        if found["chain"] != whole(found["tables"]):
            raise BadManifest("the manifest was changed: its hash is not that of its tables")
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadManifest(f"the manifest cannot be read: {error!r}") from error
    return found


def columns(table: dict[str, Any]) -> list[Column]:
    """The columns that a table's file has."""
    return [Column(str(name), str(kind), bool(optional)) for name, kind, optional in table["columns"]]
