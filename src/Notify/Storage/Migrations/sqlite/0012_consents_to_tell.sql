-- What providers that keep lists of their own must be told: the newest word of each contact, until they have it.
CREATE TABLE consents_to_tell (
  contact_id INTEGER PRIMARY KEY REFERENCES contacts (id),
  allowed INTEGER NOT NULL,
  how TEXT NOT NULL,
  at INTEGER NOT NULL,
  due_at INTEGER NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX ix_consents_to_tell_due ON consents_to_tell (due_at);
