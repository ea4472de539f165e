#!/bin/sh
# Two databases and who may use them. Run once, as the superuser of an empty cluster; the passwords come
# from the environment.
#
#   cin          owns the product's tables: migrations, backups, restores. Nothing signs in as it all day.
#   cin_app      what the web app and the workers sign in as; PostgreSQL itself keeps each of their
#                sessions within one programme, and the record append-only.
#   prefect      owns Prefect's database and can reach nothing else.
set -eu
psql --no-psqlrc --set=ON_ERROR_STOP=1 --username "${POSTGRES_USER:-postgres}" --dbname postgres \
    --set=owner="$OWNER_DATABASE_PASSWORD" --set=app="$APP_DATABASE_PASSWORD" \
    --set=prefect="$FLOWS_DATABASE_PASSWORD" <<'SQL'
CREATE ROLE cin_service NOLOGIN NOSUPERUSER NOBYPASSRLS;
CREATE ROLE cin LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD :'owner';
CREATE ROLE cin_app LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE IN ROLE cin_service PASSWORD :'app';
CREATE ROLE prefect LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD :'prefect';
CREATE DATABASE cin OWNER cin ENCODING 'UTF8' TEMPLATE template0;
CREATE DATABASE prefect OWNER prefect ENCODING 'UTF8' TEMPLATE template0;
REVOKE CONNECT ON DATABASE cin, prefect FROM PUBLIC;
GRANT CONNECT ON DATABASE cin TO cin_service;
SQL
