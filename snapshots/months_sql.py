"""Functions of Postgres that make and drop a month of trades with the rights of the tables' owner.

The role that the processes use owns nothing (``deploy/sql/roles.sql``), so it could do neither. They take nothing
but a month, and look for tables in our schema alone: what their caller has put elsewhere does not count.
"""

from typing import Any

FUNCTIONS = """
CREATE OR REPLACE FUNCTION {schema}.trades_make_month(moment bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = {schema}, pg_temp AS $$
DECLARE
    month timestamp := date_trunc('month', to_timestamp(moment / 1000.0) AT TIME ZONE 'UTC');
    first bigint := extract(epoch FROM month) * 1000;
    after bigint := extract(epoch FROM month + interval '1 month') * 1000;
BEGIN
    LOCK TABLE snapshots_tradesnapshot IN SHARE UPDATE EXCLUSIVE MODE;  -- one maker at a time
    EXECUTE format('CREATE TABLE IF NOT EXISTS %I PARTITION OF snapshots_tradesnapshot '
                   'FOR VALUES FROM (%s) TO (%s)',
                   'snapshots_tradesnapshot_' || to_char(month, 'YYYY_MM'), first, after);
END $$;

CREATE OR REPLACE FUNCTION {schema}.trades_drop_month(month text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = {schema}, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid
                   WHERE inhparent = 'snapshots_tradesnapshot'::regclass AND relname = month) THEN
        RETURN;
    END IF;
    EXECUTE format('DROP TABLE %I', month);
END $$;

REVOKE EXECUTE ON FUNCTION {schema}.trades_make_month(bigint), {schema}.trades_drop_month(text) FROM PUBLIC;
"""
GONE = "DROP FUNCTION IF EXISTS {schema}.trades_make_month(bigint), {schema}.trades_drop_month(text)"
MAY_USE = """
SELECT format('GRANT EXECUTE ON FUNCTION %s TO %I', f, grantee) FROM
    (SELECT DISTINCT grantee FROM information_schema.role_table_grants WHERE table_schema = current_schema()
     AND table_name = 'snapshots_tradesnapshot' AND privilege_type = 'INSERT') g,
    (VALUES ('trades_make_month(bigint)'), ('trades_drop_month(text)')) v(f)
"""


def make_functions(apps: Any, schema_editor: Any) -> None:
    """For the migration, which the owner runs. Whoever may write trades may use them."""
    if schema_editor.connection.vendor != "postgresql":
        return
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(FUNCTIONS.format(schema=schema_of(cursor)))
        cursor.execute(MAY_USE)
        for (grant,) in cursor.fetchall():
            cursor.execute(grant)


def remove_functions(apps: Any, schema_editor: Any) -> None:
    """The way back."""
    if schema_editor.connection.vendor == "postgresql":
        with schema_editor.connection.cursor() as cursor:
            cursor.execute(GONE.format(schema=schema_of(cursor)))


def schema_of(cursor: Any) -> str:
    """Where our tables are, quoted."""
    cursor.execute("SELECT quote_ident(current_schema())")
    return str(cursor.fetchone()[0])
