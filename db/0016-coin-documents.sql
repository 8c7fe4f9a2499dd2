-- What CoinGecko's own routes serve beside lists and series.

-- The currencies in which coins are quoted, in the provider's order.
CREATE TABLE market.quote_currencies (
    currency    text COLLATE "C" PRIMARY KEY,
    place       bigint,
    received_at timestamptz NOT NULL
);

-- Replies that are served whole, kept as the text they came as, so that numbers keep their digits: a coin's details, a coin on a day, a
-- search. The newest arrival wins.
CREATE TABLE market.coin_documents (
    dataset     text COLLATE "C" NOT NULL,          -- coin_details, coin_history, coin_search
    name        text COLLATE "C" NOT NULL,          -- bitcoin; bitcoin/2026-01-31; the words of a search
    content     text NOT NULL,                      -- JSON object
    time_ns     bigint,                             -- the provider's own time, where it states one
    time_digits smallint,
    received_at timestamptz NOT NULL,               -- when the provider last said so
    PRIMARY KEY (dataset, name)
);
CREATE INDEX coin_documents_by_age ON market.coin_documents (dataset, received_at);

-- The points of daily charts at exactly 00:00 UTC, which the value of a day that is still moving would hide.
CREATE TABLE market.chart_midnights (LIKE market.chart_points INCLUDING ALL);
