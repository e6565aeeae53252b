"""Taking stored history away in files that prove themselves, and bringing it back; the format: docs/export.md."""
