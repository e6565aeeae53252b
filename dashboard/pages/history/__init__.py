"""``/history/``: everything that happened to the accounts of a user, and what it earned."""
