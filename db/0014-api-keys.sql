-- API keys that are made while the service runs. No key stands here: only its HMAC-SHA-256 under a pepper that the database doesn't know.
CREATE SCHEMA IF NOT EXISTS auth;

-- One row, from the first key on: a database without keys is an empty one, which a backup can be put into. Whoever changes a key raises
-- the version under its lock, so versions are committed in their order, and who has seen one has seen all before it.
CREATE TABLE auth.key_changes (
    only_row     boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    version      bigint NOT NULL,
    pepper_check bytea                              -- HMAC of a fixed text under the pepper of all the secrets; null before the first
);

CREATE TABLE auth.api_keys (
    key_id       text COLLATE "C" PRIMARY KEY,      -- stays through rotations
    sequence     bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    name         text NOT NULL,
    tenant       text COLLATE "C" NOT NULL,
    role         text COLLATE "C" NOT NULL CHECK (role IN ('user', 'admin')),
    tier         text COLLATE "C" NOT NULL,
    scopes       text[] NOT NULL,                   -- empty: all of the role
    created_at   timestamptz NOT NULL,
    created_by   text NOT NULL,
    expires_at   timestamptz,                       -- null: never
    revoked_at   timestamptz,
    last_used_at timestamptz,                       -- to the minute; no change in the sense of version
    version      bigint NOT NULL                    -- of its last change
);
CREATE INDEX api_keys_by_version ON auth.api_keys (version);
CREATE INDEX api_keys_by_tenant ON auth.api_keys (tenant, sequence);

CREATE TABLE auth.key_secrets (
    digest      bytea PRIMARY KEY CHECK (length(digest) = 32),
    key_id      text COLLATE "C" NOT NULL REFERENCES auth.api_keys,
    generation  integer NOT NULL,
    created_at  timestamptz NOT NULL,
    valid_until timestamptz,                        -- null: as long as the key
    UNIQUE (key_id, generation)
);
