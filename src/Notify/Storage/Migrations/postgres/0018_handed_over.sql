-- When a row was last claimed to be handed over. Receipts move changed_at, and what a reader had on one day must not move with them.
ALTER TABLE deliveries ADD COLUMN handed_at bigint NULL;
-- Rows that stood for others and were dropped themselves: few, and looked for often.
CREATE INDEX ix_deliveries_spoke ON deliveries (reason) WHERE status = 7 AND others > 0;
