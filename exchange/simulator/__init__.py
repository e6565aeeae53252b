"""A Hyperliquid-compatible exchange for demos and tests: seeded, reproducible, with its own clock."""
