-- What came in, once per provider's message id, with the answer it was given: the same message again gets the same answer.
CREATE TABLE inbox (
  id TEXT PRIMARY KEY,
  provider TEXT NOT NULL,
  provider_id TEXT NOT NULL,
  contact_id INTEGER NOT NULL REFERENCES contacts (id),
  recipient TEXT NOT NULL,
  body TEXT NOT NULL,
  read_as INTEGER NOT NULL,
  answer TEXT NULL,
  at INTEGER NOT NULL,
  -- What a person made of a text that may be a stop; null while it waits for one.
  is_stop INTEGER NULL,
  reviewed_at INTEGER NULL,
  reviewed_by TEXT NULL,
  UNIQUE (provider, provider_id)
);
CREATE INDEX ix_inbox_contact ON inbox (contact_id, at);
CREATE INDEX ix_inbox_at ON inbox (at);
CREATE INDEX ix_inbox_review ON inbox (at) WHERE read_as = 7 AND reviewed_at IS NULL;
