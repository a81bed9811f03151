-- Who reads the products in SQL: a role of PostgreSQL's that sees products, changes and runs,
-- and nothing of tokens, incidents and alerts.
--
--     psql "$CAFE24_DATABASE_URL" -v ON_ERROR_STOP=1 -f deploy/analyst.sql
--
-- Run it as a user that owns the tables and may create roles, and again after every upgrade:
-- twice equals once. A table that an upgrade adds is not to be seen before it is named here;
-- there are no default privileges on purpose, for the next table may hold anything.

BEGIN;

DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'cafe24_analyst') THEN
        CREATE ROLE cafe24_analyst NOLOGIN;
    END IF;
END
$$;

REVOKE ALL ON ALL TABLES IN SCHEMA public FROM cafe24_analyst;
GRANT USAGE ON SCHEMA public TO cafe24_analyst;
GRANT SELECT ON
    product,
    product_current,
    product_variant,
    product_change,
    product_quarantine,
    sync_run
TO cafe24_analyst;

COMMIT;

-- Not granted: token_grant (hosts and fingerprints), credential_grade, incident and alert_message
-- (how the shop can be hit), sync_cursor (a lease; sync_run says how fresh the data is).
--
-- Personal data: buy_member_id_list, and with it raw, name the members that may buy a product.
-- Where that is not for analysts, give them a view of the other columns instead of product.
--
-- One login a person, who then has what the role has:
--
--     CREATE ROLE kim LOGIN CONNECTION LIMIT 5 IN ROLE cafe24_analyst;
--     \password kim
--     ALTER ROLE kim SET default_transaction_read_only = on;
--     ALTER ROLE kim SET statement_timeout = '5min';
--     ALTER ROLE kim SET idle_in_transaction_session_timeout = '10min';
--
-- The last line matters to the syncs: a transaction that is left open keeps PostgreSQL from
-- cleaning up behind them. Before PostgreSQL 15 everybody may create tables in public; there,
-- also: REVOKE CREATE ON SCHEMA public FROM PUBLIC, if your own user owns the schema.
