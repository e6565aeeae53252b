"""``/metrics``: what Prometheus reads. When it asks, figures are read from where they are kept in memory."""
