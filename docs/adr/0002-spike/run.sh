#!/bin/sh
# Prepares every SQL text of crates/store on a real PostgreSQL, in a temporary directory that is removed afterwards.
# Needs PostgreSQL's programs (Debian: apt-get install postgresql), python3 and, as root, the user postgres.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
bin=${PG_BIN:-/usr/lib/postgresql/15/bin}
dir=$(mktemp -d)
as=""
if [ "$(id -u)" = 0 ]; then
    # initdb refuses root.
    as="setpriv --reuid=postgres --regid=postgres --clear-groups"
    chown postgres "$dir"
fi
trap '$as "$bin/pg_ctl" -D "$dir/data" -w -m immediate stop >/dev/null 2>&1 || true; rm -rf "$dir"' EXIT
cd "$dir"

$as "$bin/initdb" -D "$dir/data" -U postgres -A trust --no-sync -E UTF8 --locale=C >/dev/null
$as "$bin/pg_ctl" -D "$dir/data" -o "-k $dir -c listen_addresses=" -w -l "$dir/log" start >/dev/null
export PGHOST="$dir" PGUSER=postgres PGDATABASE=postgres
psql -q -v ON_ERROR_STOP=1 -f "$here/schema.sql"
# The migrator makes this table by itself.
psql -q -v ON_ERROR_STOP=1 -c "create table _sqlx_migrations (version bigint primary key)"

# The expanded source holds each text in one piece; -Z needs the bootstrap switch on a stable compiler.
cd "$here/../../.."
RUSTC_BOOTSTRAP=1 cargo rustc -q -p store --lib --profile check -- -Zunpretty=expanded |
    python3 "$here/statements.py" >"$dir/prepare.sql"
psql -q -v ON_ERROR_STOP=1 -f "$dir/prepare.sql"
psql -At -c "select version()"
echo "prepared: $(grep -c '^prepare ' "$dir/prepare.sql") statements"
