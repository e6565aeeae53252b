"""``/status/``: how the services are, and were."""
