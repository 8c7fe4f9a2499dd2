-- What is answered under a key follows from the entry that it tells of and from what its wallet was opened with, and neither ever changes. So
-- a key keeps which entry that is, and no copy of the answer: a quarter of the bytes, and nothing that could say something else. Tenant, path
-- and key are in the digest.
CREATE TABLE ledger.kept_keys (
    digest      uuid NOT NULL,
    fingerprint uuid NOT NULL,                      -- of the request
    created_at  timestamptz NOT NULL,
    version     bigint NOT NULL,                    -- of the entry
    wallet_id   uuid NOT NULL,                      -- in the path; of an opening the new one's
    transfer_id uuid                                -- the answer holds once this transfer has ended, done
);

-- Keys of other paths have only ever been those of callers within the process.
INSERT INTO ledger.kept_keys
SELECT digest, fingerprint, created_at, (body::json->>'version')::bigint,
    CASE path WHEN '/wallets' THEN digest ELSE substr(path, 10, 36)::uuid END, transfer_id
FROM ledger.request_keys WHERE path = '/wallets' OR path ~ '^/wallets/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/';

DROP TABLE ledger.request_keys;
ALTER TABLE ledger.kept_keys RENAME TO request_keys;
ALTER TABLE ledger.request_keys ADD PRIMARY KEY (digest);
CREATE INDEX request_keys_by_age ON ledger.request_keys USING brin (created_at) WITH (pages_per_range = 16);
