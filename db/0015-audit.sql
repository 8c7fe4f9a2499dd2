-- Every admin act: written in the transaction of the act where that is one, else before and after it. Nothing of it is ever changed.
CREATE TABLE ops.audit (
    audit_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at       timestamptz NOT NULL,
    actor    text NOT NULL,                         -- id of the caller's key, cli:<user>
    act      text COLLATE "C" NOT NULL,             -- keys.rotate
    target   text NOT NULL,
    before   jsonb,
    after    jsonb,
    outcome  text COLLATE "C" NOT NULL CHECK (outcome IN ('begun', 'done', 'refused', 'failed')),
    trace_id text NOT NULL
);

CREATE FUNCTION ops.refuse_change_of_audit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'ops.audit is append-only: % is refused', TG_OP USING ERRCODE = 'insufficient_privilege';
END
$$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ops.audit
    FOR EACH STATEMENT EXECUTE FUNCTION ops.refuse_change_of_audit();
