-- The program runs as this role: it can add to the append-only tables and read them, and nothing else there.
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'admitone_app') THEN
        CREATE ROLE admitone_app NOLOGIN;
    END IF;
EXCEPTION WHEN duplicate_object OR unique_violation THEN
    NULL; -- another database of this server was migrated in the same moment
END
$$;
DO $$
BEGIN
    IF NOT pg_has_role(current_user, 'admitone_app', 'MEMBER') THEN
        EXECUTE format('GRANT admitone_app TO %I', current_user);
    END IF;
END
$$;
GRANT USAGE ON SCHEMA public TO admitone_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO admitone_app;
GRANT USAGE, SELECT, UPDATE ON ALL SEQUENCES IN SCHEMA public TO admitone_app;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO admitone_app;
REVOKE UPDATE, DELETE, TRUNCATE ON
    journal_fact, ledger_transfer, orders_change, orders_reversal, orders_reversal_unit, checkin_scan, invoices_document, statements_change,
    payments_received, alembic_version
FROM admitone_app;
REVOKE INSERT ON alembic_version FROM admitone_app;
-- A counter that is gone would begin anew: its numbers would be given twice.
REVOKE DELETE, TRUNCATE ON invoices_counter FROM admitone_app;
-- Admissions name tickets without a foreign key (see checkin/tables.py).
REVOKE DELETE, TRUNCATE ON tickets_ticket FROM admitone_app;
