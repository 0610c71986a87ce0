-- The language a delivery's reader reads; null: the publication's.
ALTER TABLE deliveries ADD COLUMN locale text NULL;

-- What editors made of the parts of mails. Revisions are never changed; the newest of a part and language is in use.
CREATE TABLE mail_templates (
  id uuid PRIMARY KEY,
  part text NOT NULL,
  -- Empty: every language that has none of its own.
  language text NOT NULL,
  -- Null: a draft that was only sent as a test.
  revision integer NULL,
  -- Null: back to what comes with Notify.
  html text NULL,
  text text NULL,
  at bigint NOT NULL,
  who text NOT NULL,
  UNIQUE (part, language, revision)
);

-- Mails as they went out, without their readers, for who looks at one in the browser; by what they say.
CREATE TABLE sent_mails (
  id uuid PRIMARY KEY,
  source_id uuid NOT NULL REFERENCES sources (id),
  html text NOT NULL,
  at bigint NOT NULL
);
CREATE INDEX ix_sent_mails_at ON sent_mails (at);
