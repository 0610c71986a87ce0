-- Mails that came back, complaints and goodbyes, each once, with what followed.
CREATE TABLE returns (
  id TEXT PRIMARY KEY,
  reported_by TEXT NOT NULL,
  report_id TEXT NOT NULL,
  at INTEGER NOT NULL,
  kind INTEGER NOT NULL,
  reason INTEGER NOT NULL,
  status TEXT NULL,
  hard INTEGER NOT NULL,
  delivery_id INTEGER NULL,
  contact_id INTEGER NULL REFERENCES contacts (id),
  raw TEXT NULL,
  did TEXT NOT NULL,
  UNIQUE (reported_by, report_id)
);
CREATE INDEX ix_returns_at ON returns (at);
CREATE INDEX ix_returns_contact ON returns (contact_id, at) WHERE contact_id IS NOT NULL;
