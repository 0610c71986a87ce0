-- What is held for one contact: found without walking over everything it ever got.
CREATE INDEX ix_deliveries_held_contact ON deliveries (contact_id, id) WHERE status = 1;
-- Rows that stood for others and were refused: few, and looked for often.
CREATE INDEX ix_deliveries_fell ON deliveries (id) WHERE status = 6 AND others > 0;
-- Refused by a receipt, after the provider had taken the message: that it takes the next says nothing yet.
ALTER TABLE senders ADD COLUMN awaits_receipt INTEGER NOT NULL DEFAULT 0;
