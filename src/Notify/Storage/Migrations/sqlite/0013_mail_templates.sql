-- The language a delivery's reader reads; null: the publication's.
ALTER TABLE deliveries ADD COLUMN locale TEXT NULL;

-- What editors made of the parts of mails. Revisions are never changed; the newest of a part and language is in use.
CREATE TABLE mail_templates (
  id TEXT PRIMARY KEY,
  part TEXT NOT NULL,
  -- Empty: every language that has none of its own.
  language TEXT NOT NULL,
  -- Null: a draft that was only sent as a test.
  revision INTEGER NULL,
  -- Null: back to what comes with Notify.
  html TEXT NULL,
  text TEXT NULL,
  at INTEGER NOT NULL,
  who TEXT NOT NULL,
  UNIQUE (part, language, revision)
);

-- Mails as they went out, without their readers, for who looks at one in the browser; by what they say.
CREATE TABLE sent_mails (
  id TEXT PRIMARY KEY,
  source_id TEXT NOT NULL REFERENCES sources (id),
  html TEXT NOT NULL,
  at INTEGER NOT NULL
);
CREATE INDEX ix_sent_mails_at ON sent_mails (at);
