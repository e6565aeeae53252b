"""Pages about alerts: the list, the form, one alert, its past and why, all firings, import and export."""
