-- Books that a node follows live and can't rely on at this moment; a row goes when the book is valid again. Nodes that only read serve
-- the newest stored snapshot (none is ever stored of such a book) with this state.
CREATE TABLE market.order_book_resyncs (
    exchange_id      smallint NOT NULL,
    currency_pair_no integer NOT NULL,
    since            timestamptz NOT NULL,
    reason           text NOT NULL,
    PRIMARY KEY (exchange_id, currency_pair_no)
);
