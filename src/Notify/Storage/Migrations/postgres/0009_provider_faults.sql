-- What providers say against messages, counted by source and code.
CREATE TABLE provider_faults (
  source_id uuid NOT NULL REFERENCES sources (id),
  code text NOT NULL,
  words text NOT NULL,
  count bigint NOT NULL,
  last_at bigint NOT NULL,
  -- When a person was told that it is too large a share of the source.
  told_at bigint NULL,
  PRIMARY KEY (source_id, code)
);
