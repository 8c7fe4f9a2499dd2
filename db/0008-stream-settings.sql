-- What PATCH /admin/streams/{name} lays over the settings of the files: one row for each value, so that it can be cleared by itself.
-- Every node reads them all, about once a second.
CREATE TABLE ops.stream_settings (
    stream text COLLATE "C" NOT NULL,
    path   text COLLATE "C" NOT NULL,               -- below akkacrypto.streams.<stream>, as in HOCON: restart.jitter
    value  jsonb NOT NULL CHECK (jsonb_typeof(value) IN ('string', 'number', 'boolean')),
    set_at timestamptz NOT NULL,
    set_by text NOT NULL,                           -- id of the key that sent it
    PRIMARY KEY (stream, path)
);
