#!/bin/sh
# Runs once, when the volume of Postgres is new: the two roles of deploy/sql/roles.sql with the passwords of the secrets.
set -eu
secrets=${SECRETS:-/run/secrets}
OWNER_PASSWORD=$(cat "$secrets/postgres_owner_password")
APP_PASSWORD=$(cat "$secrets/postgres_app_password")
export OWNER_PASSWORD APP_PASSWORD
exec psql -X -q -v ON_ERROR_STOP=1 -U "$POSTGRES_USER" -d postgres -v "database=${DATABASE:-dashboard}" \
	-v "owner=${OWNER:-dashboard_owner}" -v "app=${APP:-dashboard_app}" -f "${ROLES:-/roles.sql}"
