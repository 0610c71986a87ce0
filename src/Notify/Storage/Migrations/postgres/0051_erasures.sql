-- When the personal part of an erased contact's consent goes too: it proves, for a set time, that what was sent was agreed to.
CREATE TABLE evidence_ends (
  contact_hash text PRIMARY KEY,
  at bigint NOT NULL
);
CREATE INDEX ix_evidence_ends_at ON evidence_ends (at);
CREATE INDEX ix_digests_created ON digests (created_at);
