"""Stored history and everything that is computed from it."""
