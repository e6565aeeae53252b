"""The exchange's wire, limits and market state. Knows nothing of users, and runs without Django."""
