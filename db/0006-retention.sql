-- Before what instant a dataset has been deleted. Who derives something from its rows must not derive it anew from what is left.
CREATE TABLE ops.retention_cuts (
    dataset    text COLLATE "C" PRIMARY KEY,
    cut        timestamptz NOT NULL,
    deleted    bigint NOT NULL DEFAULT 0,           -- rows, ever
    updated_at timestamptz NOT NULL
);
