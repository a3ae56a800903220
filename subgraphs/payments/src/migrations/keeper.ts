/**
 * What makes a new table one that only grows: triggers refuse every change, and it is the keeper's, where there is one
 * (20261121T1340-ledger.ts), so that the subgraph's role reads it and adds to it, and may do nothing else.
 */
export function keepForever(table: string): string[] {
  return [
    `CREATE TRIGGER ${table}_immutable BEFORE UPDATE OR DELETE OR TRUNCATE ON ${table}
      FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()`,
    `DO $$
      DECLARE
        v_keeper text := (SELECT pg_get_userbyid(relowner) FROM pg_class WHERE oid = 'transfer'::regclass);
        v_user text := current_user;
      BEGIN
        IF v_keeper = v_user THEN
          RETURN;
        END IF;
        EXECUTE format('ALTER TABLE ${table} OWNER TO %I', v_keeper);
        EXECUTE format('SET LOCAL ROLE %I', v_keeper);
        EXECUTE format('GRANT SELECT, INSERT ON ${table} TO %I', v_user);
        RESET ROLE;
      END $$`,
  ];
}
