"""Which commands may run with what is configured."""

from django.conf import settings


def refusal(command: str) -> str:
    """Why a command for several processes may not run, or nothing: they share Postgres and Redis."""
    config = settings.CONFIG
    given = {"REDIS_URL": config.redis_url, "DATABASE_URL": config.database_url}
    missing = [name for name, value in given.items() if not value or value.startswith("sqlite")]
    if not missing:
        return ""
    return (
        f"`{command}` is for several processes, which meet in Postgres and Redis: set {' and '.join(missing)}, "
        "or run everything in one process with `manage.py up`."
    )
