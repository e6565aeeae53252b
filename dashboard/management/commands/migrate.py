"""Django's, with as much time for a statement as it needs. It waits for a table no longer than others do.

Afterwards nobody but its owner may write the table of migrations that have been run (``deploy/sql/roles.sql``):
on a new installation it is made here, and would be one like all others.
"""

from typing import Any

from django.core.management.base import CommandError
from django.core.management.commands import migrate
from django.db import DEFAULT_DB_ALIAS, Error, connection
from django.db.migrations.exceptions import MigrationSchemaMissing

from monitoring.owner import NOT_THE_OWNER, is_forbidden
from snapshots.long_statements import long_statements

ONLY_THE_OWNER_WRITES = """
DO $$
DECLARE who text;
BEGIN
    FOR who IN
        SELECT DISTINCT CASE grantee WHEN 0 THEN 'PUBLIC' ELSE grantee::regrole::text END
        FROM pg_class, aclexplode(relacl)
        WHERE oid = to_regclass('django_migrations') AND grantee <> relowner AND pg_has_role(relowner, 'USAGE')
            AND privilege_type IN ('INSERT', 'UPDATE', 'DELETE', 'TRUNCATE')
    LOOP
        EXECUTE 'REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON django_migrations FROM ' || who;
    END LOOP;
END $$
"""


class Command(migrate.Command):
    """One that waits for a table keeps everybody waiting behind it: it fails instead, and is run again."""

    def handle(self, *args: Any, **options: Any) -> None:
        if options["database"] != DEFAULT_DB_ALIAS:
            super().handle(*args, **options)
            return
        try:
            with long_statements(0):
                super().handle(*args, **options)
        except (Error, MigrationSchemaMissing) as error:
            if is_forbidden(error):
                raise CommandError(
                    f"The database refused it: {str(error).splitlines()[0]}. {NOT_THE_OWNER}"
                ) from error
            raise
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute(ONLY_THE_OWNER_WRITES)
