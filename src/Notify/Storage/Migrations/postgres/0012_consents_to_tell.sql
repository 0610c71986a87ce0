-- What providers that keep lists of their own must be told: the newest word of each contact, until they have it.
CREATE TABLE consents_to_tell (
  contact_id bigint PRIMARY KEY REFERENCES contacts (id),
  allowed boolean NOT NULL,
  how text NOT NULL,
  at bigint NOT NULL,
  due_at bigint NOT NULL,
  attempts integer NOT NULL DEFAULT 0
);
CREATE INDEX ix_consents_to_tell_due ON consents_to_tell (due_at);
