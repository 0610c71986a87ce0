-- What came in, once per provider's message id, with the answer it was given: the same message again gets the same answer.
CREATE TABLE inbox (
  id uuid PRIMARY KEY,
  provider text NOT NULL,
  provider_id text NOT NULL,
  contact_id bigint NOT NULL REFERENCES contacts (id),
  recipient text NOT NULL,
  body text NOT NULL,
  read_as integer NOT NULL,
  answer text NULL,
  at bigint NOT NULL,
  -- What a person made of a text that may be a stop; null while it waits for one.
  is_stop boolean NULL,
  reviewed_at bigint NULL,
  reviewed_by text NULL,
  UNIQUE (provider, provider_id)
);
CREATE INDEX ix_inbox_contact ON inbox (contact_id, at);
CREATE INDEX ix_inbox_at ON inbox (at);
CREATE INDEX ix_inbox_review ON inbox (at) WHERE read_as = 7 AND reviewed_at IS NULL;
