-- Two roles on PostgreSQL: the owner migrates, the application writes rows and can rewrite no history (docs/history.md).
--
-- Run by a database administrator, in the database of the installation, before the first migrate and again after every one
-- (new tables come with ordinary rights; check --deploy warns, audit.W002, until this ran). Repeatable, one transaction:
--
--     psql -v ON_ERROR_STOP=1 -d huiqitong -f deploy/postgresql-roles.sql
--
-- Passwords are set once, by hand: \password huiqitong_owner, \password huiqitong_app.

BEGIN;

DO $$
DECLARE
    role text;
BEGIN
    FOREACH role IN ARRAY ARRAY['huiqitong_owner', 'huiqitong_app'] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role) THEN
            EXECUTE format('CREATE ROLE %I LOGIN', role);
        END IF;
        EXECUTE format('ALTER ROLE %I NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS', role);
    END LOOP;
    -- The application must not become the owner.
    IF EXISTS (
        SELECT FROM pg_auth_members
        WHERE roleid = 'huiqitong_owner'::regrole AND member = 'huiqitong_app'::regrole
    ) THEN
        REVOKE huiqitong_owner FROM huiqitong_app;
    END IF;
    -- No temporary tables: one named audit_event would take the events of its session.
    EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC, huiqitong_app', current_database());
    EXECUTE format('GRANT CONNECT ON DATABASE %I TO huiqitong_owner, huiqitong_app', current_database());
END $$;

REVOKE ALL ON SCHEMA public FROM PUBLIC, huiqitong_app;
GRANT USAGE, CREATE ON SCHEMA public TO huiqitong_owner;
GRANT USAGE ON SCHEMA public TO huiqitong_app;

-- Everything belongs to the owner, whoever made it; sequences follow their table. What an extension brought stays.
DO $$
DECLARE
    thing record;
BEGIN
    FOR thing IN
        SELECT c.oid::regclass AS name FROM pg_class c
        WHERE c.relnamespace = 'public'::regnamespace AND c.relowner <> 'huiqitong_owner'::regrole
            AND (c.relkind IN ('r', 'p', 'v', 'm')
                OR c.relkind = 'S' AND NOT EXISTS (
                    SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype IN ('a', 'i') AND d.refobjsubid > 0))
            AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')
    LOOP
        EXECUTE format('ALTER TABLE %s OWNER TO huiqitong_owner', thing.name);
    END LOOP;
    FOR thing IN
        SELECT p.oid::regprocedure AS name FROM pg_proc p
        WHERE p.pronamespace = 'public'::regnamespace AND p.proowner <> 'huiqitong_owner'::regrole
            AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
    LOOP
        EXECUTE format('ALTER ROUTINE %s OWNER TO huiqitong_owner', thing.name);
    END LOOP;
END $$;

-- Ordinary tables, those of now and those the owner makes later.
REVOKE ALL ON ALL TABLES IN SCHEMA public FROM PUBLIC, huiqitong_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO huiqitong_app;
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO huiqitong_app;
ALTER DEFAULT PRIVILEGES FOR ROLE huiqitong_owner IN SCHEMA public
    GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO huiqitong_app;
ALTER DEFAULT PRIVILEGES FOR ROLE huiqitong_owner IN SCHEMA public
    GRANT USAGE, SELECT ON SEQUENCES TO huiqitong_app;

-- The exceptions. A test holds the first list against what the apps register with audit.triggers.protect.
DO $$
DECLARE
    append_only text[] := ARRAY[
        'audit_calendarversion',
        'audit_event',
        'policy_pages_frozenreport',
        'policy_pages_publicationrecord'
    ];
    name text;
BEGIN
    FOREACH name IN ARRAY append_only LOOP
        IF to_regclass(name) IS NOT NULL THEN
            EXECUTE format('REVOKE UPDATE, DELETE ON %I FROM huiqitong_app', name);
        END IF;
    END LOOP;
    -- Written when the first event is, moved with each; gone never.
    IF to_regclass('audit_chainhead') IS NOT NULL THEN
        REVOKE DELETE ON audit_chainhead FROM huiqitong_app;
    END IF;
    -- Which migrations ran is the owner's to say.
    IF to_regclass('django_migrations') IS NOT NULL THEN
        REVOKE INSERT, UPDATE, DELETE ON django_migrations FROM huiqitong_app;
    END IF;
END $$;

COMMIT;
