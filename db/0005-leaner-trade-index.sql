-- Trades are read by pair and time. A pair's number says its exchange already, and ids of one instant are few: as columns of this index they
-- only made every insert dearer. Two integers compare faster than three and a text, and equal keys share one entry.
CREATE INDEX trades_by_pair_and_time ON market.trades (currency_pair_no, time_ns);
DROP INDEX market.trades_by_time;
