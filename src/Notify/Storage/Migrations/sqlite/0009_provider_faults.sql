-- What providers say against messages, counted by source and code.
CREATE TABLE provider_faults (
  source_id TEXT NOT NULL REFERENCES sources (id),
  code TEXT NOT NULL,
  words TEXT NOT NULL,
  count INTEGER NOT NULL,
  last_at INTEGER NOT NULL,
  -- When a person was told that it is too large a share of the source.
  told_at INTEGER NULL,
  PRIMARY KEY (source_id, code)
);
