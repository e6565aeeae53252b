"""Who uses the dashboard: users with an address, a tier and a time zone."""
