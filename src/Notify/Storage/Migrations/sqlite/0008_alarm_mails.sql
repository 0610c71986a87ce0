-- An alarm is mailed once; the mail's subject is what the delivery of it is about. Somebody who has seen it is not told again.
ALTER TABLE alarms ADD COLUMN mailed_at INTEGER NULL;
ALTER TABLE alarms ADD COLUMN mail_id TEXT NULL;
ALTER TABLE alarms ADD COLUMN seen_at INTEGER NULL;

-- Rows that a person must decide on, and the sources that have any.
CREATE INDEX ix_deliveries_unknown ON deliveries (source_id, id) WHERE status = 9;
CREATE INDEX ix_sources_unknown ON sources (id) WHERE unknown > 0;

-- When nothing of a source was open any more; empty while something is.
ALTER TABLE sources ADD COLUMN settled_at INTEGER NULL;
