-- Two roles: one owns the tables and runs migrations, the other is what web, feed and deliver sign in as. The second
-- reads and writes rows and can do nothing else: no tables, no functions, no roles, no dropping, no truncating.
--
--   OWNER_PASSWORD=… APP_PASSWORD=… psql "postgres://postgres@host/postgres" -X -v ON_ERROR_STOP=1 \
--       -v database=dashboard -v owner=dashboard_owner -v app=dashboard_app -f deploy/sql/roles.sql
--
-- Run it as a superuser, or as a role with CREATEROLE and CREATEDB. It may be run again at any time: after a password
-- has changed, or for a database that is there already (whose tables then belong to the owner if it made them;
-- `REASSIGN OWNED BY old TO dashboard_owner` hands over those of another role). Passwords come from the environment,
-- where no list of processes shows them.

\getenv owner_password OWNER_PASSWORD
\getenv app_password APP_PASSWORD
\if :{?owner_password}
\else
  \set owner_password ''
\endif
\if :{?app_password}
\else
  \set app_password ''
\endif
SET log_statement = 'none';  -- passwords are in the next statements

SELECT format('CREATE ROLE %I', name) FROM (VALUES (:'owner'), (:'app')) roles(name)
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) \gexec
ALTER ROLE :"owner" LOGIN NOCREATEROLE NOCREATEDB NOINHERIT;
ALTER ROLE :"app" LOGIN NOCREATEROLE NOCREATEDB NOINHERIT;
SELECT format('ALTER ROLE %I PASSWORD %L', name, password)
FROM (VALUES (:'owner', :'owner_password'), (:'app', :'app_password')) roles(name, password)
WHERE password <> '' \gexec
RESET log_statement;

-- What each connection of the processes has by DATABASE_…_TIMEOUT; through a pooler only this counts.
ALTER ROLE :"app" SET statement_timeout = '30s';
ALTER ROLE :"app" SET lock_timeout = '10s';
ALTER ROLE :"app" SET idle_in_transaction_session_timeout = '60s';
-- A migration that waits for a table keeps everybody else waiting behind it: it gives up instead, and is run again.
ALTER ROLE :"owner" SET lock_timeout = '10s';

SELECT format('CREATE DATABASE %I OWNER %I', :'database', :'owner')
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'database') \gexec
REVOKE ALL ON DATABASE :"database" FROM PUBLIC;
GRANT CONNECT, TEMPORARY ON DATABASE :"database" TO :"app";  -- trades that repeat go through a temporary table
GRANT CONNECT, TEMPORARY, CREATE ON DATABASE :"database" TO :"owner";

\connect :"database"
ALTER SCHEMA public OWNER TO :"owner";
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO :"app";

-- What is there, and what the owner will make.
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO :"app";
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO :"app";
REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA public FROM PUBLIC;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO :"app";
ALTER DEFAULT PRIVILEGES FOR ROLE :"owner" IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO :"app";
ALTER DEFAULT PRIVILEGES FOR ROLE :"owner" IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO :"app";
ALTER DEFAULT PRIVILEGES FOR ROLE :"owner" REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
ALTER DEFAULT PRIVILEGES FOR ROLE :"owner" IN SCHEMA public GRANT EXECUTE ON FUNCTIONS TO :"app";

-- Which migrations have been run is the owner's to say. Where that table is not there yet, `manage.py migrate` makes it,
-- and takes the same from everybody else.
SELECT format('REVOKE INSERT, UPDATE, DELETE ON public.django_migrations FROM %I', :'app')
WHERE to_regclass('public.django_migrations') IS NOT NULL \gexec
