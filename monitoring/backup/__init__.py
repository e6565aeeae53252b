"""Backups: one checked file of all that the database holds, back whole or not at all (docs/deployment.md)."""
