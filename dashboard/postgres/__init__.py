"""Django's backend for Postgres, which knows when the server is away."""
