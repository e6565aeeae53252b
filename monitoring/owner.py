"""Which role a command needs: the one that owns the tables, or that of the processes, who may write rows alone."""

from psycopg.errors import InsufficientPrivilege

NOT_THE_OWNER = (
    "This needs the role that owns the tables, not that of web, feed and deliver: name it in DATABASE_URL for "
    "this command (docs/database.md, Two roles)."
)


def is_forbidden(error: BaseException | None) -> bool:
    """Whether Postgres said that the role may not do it, in the error or in what it comes from."""
    while error is not None:
        if isinstance(error, InsufficientPrivilege):
            return True
        error = error.__cause__ or error.__context__
    return False
