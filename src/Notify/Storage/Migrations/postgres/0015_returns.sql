-- Mails that came back, complaints and goodbyes, each once, with what followed.
CREATE TABLE returns (
  id uuid PRIMARY KEY,
  reported_by text NOT NULL,
  report_id text NOT NULL,
  at bigint NOT NULL,
  kind integer NOT NULL,
  reason integer NOT NULL,
  status text NULL,
  hard boolean NOT NULL,
  delivery_id bigint NULL,
  contact_id bigint NULL REFERENCES contacts (id),
  raw text NULL,
  did text NOT NULL,
  UNIQUE (reported_by, report_id)
);
CREATE INDEX ix_returns_at ON returns (at);
CREATE INDEX ix_returns_contact ON returns (contact_id, at) WHERE contact_id IS NOT NULL;
