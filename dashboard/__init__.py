"""Settings, typed configuration, pages, the browser socket, and the commands that wire the processes together."""

__version__ = "0.1.0"
