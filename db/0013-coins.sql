-- What CoinGecko says of coins and of the whole market, for its own routes. Numbers keep the digits they came with (numeric keeps its
-- scale), JSON objects are kept as text for the same reason.

-- Every coin that was ever listed; the newest arrival wins. One that is no longer listed stays, as its data do.
CREATE TABLE market.listed_assets (
    asset       text COLLATE "C" PRIMARY KEY,
    symbol      text NOT NULL,
    name        text,
    platforms   text,                               -- JSON object: contract addresses by platform
    received_at timestamptz NOT NULL
);
CREATE INDEX listed_assets_by_symbol ON market.listed_assets (symbol);

-- Latest values: the newest by the provider's own time wins, a late one never goes back.
CREATE TABLE market.coin_markets (
    asset                        text COLLATE "C" NOT NULL,
    currency                     text COLLATE "C" NOT NULL,
    symbol                       text,
    name                         text,
    image                        text,
    price                        numeric,
    market_cap                   numeric,
    market_cap_rank              bigint,
    rank_with_rehypothecated     bigint,
    fully_diluted_valuation      numeric,
    volume_24h                   numeric,
    high_24h                     numeric,
    low_24h                      numeric,
    price_change_24h             numeric,
    change_24h                   numeric,           -- percent, as all changes below
    market_cap_change_24h        numeric,           -- in the currency
    market_cap_change_percent    numeric,
    circulating_supply           numeric,
    total_supply                 numeric,
    max_supply                   numeric,
    ath                          numeric,
    ath_change                   numeric,
    ath_ns                       bigint,
    ath_digits                   smallint,
    atl                          numeric,
    atl_change                   numeric,
    atl_ns                       bigint,
    atl_digits                   smallint,
    change_1h_in_currency        numeric,
    change_24h_in_currency       numeric,
    change_7d_in_currency        numeric,
    change_14d_in_currency       numeric,
    change_30d_in_currency       numeric,
    change_200d_in_currency      numeric,
    change_1y_in_currency        numeric,
    roi                          text,              -- JSON object
    sparkline                    text,              -- JSON object
    time_ns                      bigint NOT NULL,
    time_digits                  smallint NOT NULL,
    received_at                  timestamptz NOT NULL,
    PRIMARY KEY (asset, currency)
);
CREATE INDEX coin_markets_by_cap ON market.coin_markets (currency, market_cap DESC NULLS LAST);

CREATE TABLE market.global_markets (
    currency    text COLLATE "C" PRIMARY KEY,
    market_cap  numeric,
    volume_24h  numeric,
    time_ns     bigint NOT NULL,
    time_digits smallint NOT NULL,
    received_at timestamptz NOT NULL
);

-- One row: what is said of the whole market in no currency.
CREATE TABLE market.global_figures (
    only_row                     boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    active_cryptocurrencies      bigint,
    upcoming_icos                bigint,
    ongoing_icos                 bigint,
    ended_icos                   bigint,
    markets                      bigint,
    market_cap_percentage        text,              -- JSON object: percent by ticker
    market_cap_change_24h_usd    numeric,           -- percent
    volume_change_24h_usd        numeric,           -- percent
    time_ns                      bigint NOT NULL,
    time_digits                  smallint NOT NULL,
    received_at                  timestamptz NOT NULL
);

-- Candles of an asset over all exchanges, revisable: another value under the same open time appends a revision; the highest is served.
CREATE TABLE market.ohlc_points (
    asset     text COLLATE "C" NOT NULL,
    currency  text COLLATE "C" NOT NULL,
    interval  text COLLATE "C" NOT NULL,            -- 30m, 4h, 4d
    open_time timestamptz NOT NULL,
    revision  integer NOT NULL,
    open      numeric NOT NULL,
    high      numeric NOT NULL,
    low       numeric NOT NULL,
    close     numeric NOT NULL,
    known_at  timestamptz NOT NULL,
    PRIMARY KEY (asset, currency, interval, open_time, revision)
);
