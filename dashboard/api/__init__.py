"""``/api/v1/``: for programs, what the pages show, by the same QuerySets and rules (docs/api.md)."""
