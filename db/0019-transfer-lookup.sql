-- Finds a transfer's entries by its id. Only entries with a wallet at their other side are in it, so deposits, withdrawals and holds don't
-- pay for it.
CREATE INDEX entries_transfers ON ledger.entries (operation_id) WHERE counterparty IS NOT NULL;
