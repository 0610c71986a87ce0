-- Whom a message can reach. The keyed hash stays when an erasure takes the address, so that a suppression outlives it.
CREATE TABLE contacts (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  hash TEXT NOT NULL UNIQUE,
  channel INTEGER NOT NULL,
  address TEXT NULL,
  -- The country of a number, ISO 3166; null for mail.
  region TEXT NULL,
  -- The sender this contact hears from, so that a conversation stays in one thread; null until something was first queued for it.
  sender TEXT NULL,
  created_at INTEGER NOT NULL
);

-- Where readers are, as far as is known: each combination of region and time zones once. Row 0: where the publication is.
CREATE TABLE whereabouts (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  region TEXT NOT NULL,
  zones TEXT NOT NULL,
  -- From when a text may arrive there; what lies in the past: now.
  opens_at INTEGER NOT NULL DEFAULT 0,
  UNIQUE (region, zones)
);
INSERT INTO whereabouts (id, region, zones) VALUES (0, '', '');

-- The ledger: appended to, sealed into a chain, never changed. Only salt and evidence may be erased.
CREATE TABLE consent_entries (
  id TEXT PRIMARY KEY,
  kind INTEGER NOT NULL,
  at INTEGER NOT NULL,
  contact_hash TEXT NOT NULL,
  channel INTEGER NOT NULL,
  scope TEXT NOT NULL,
  how TEXT NOT NULL,
  words TEXT NULL,
  salt TEXT NULL,
  evidence TEXT NULL,
  evidence_digest TEXT NOT NULL,
  position INTEGER NULL UNIQUE,
  chain TEXT NULL
);
CREATE INDEX ix_consent_entries_contact ON consent_entries (contact_hash, at);
CREATE INDEX ix_consent_entries_unsealed ON consent_entries (at, id) WHERE position IS NULL;

-- Who must not be written to: scope '' is everything on that contact, else one topic.
CREATE TABLE suppressions (
  contact_id INTEGER NOT NULL REFERENCES contacts (id),
  scope TEXT NOT NULL,
  reason TEXT NOT NULL,
  at INTEGER NOT NULL,
  entry_id TEXT NOT NULL,
  -- Null: until it is lifted. A pause has its end, and what a person must read first has none in sight.
  until INTEGER NULL,
  PRIMARY KEY (contact_id, scope)
);
CREATE INDEX ix_suppressions_at ON suppressions (at);
CREATE INDEX ix_suppressions_until ON suppressions (until) WHERE until IS NOT NULL;

-- The words shown at opt-in, by version, so that a ledger entry can be read years later.
CREATE TABLE disclosures (
  version TEXT PRIMARY KEY,
  channel INTEGER NOT NULL,
  locale TEXT NOT NULL,
  words TEXT NOT NULL,
  first_shown_at INTEGER NOT NULL
);

-- Small facts about this installation, such as the fingerprint of the key its hashes are made with.
CREATE TABLE installation (
  name TEXT PRIMARY KEY,
  value TEXT NOT NULL
);

CREATE TABLE alarms (
  name TEXT PRIMARY KEY,
  text TEXT NOT NULL,
  raised_at INTEGER NOT NULL,
  last_at INTEGER NOT NULL,
  times INTEGER NOT NULL,
  cleared_at INTEGER NULL
);

CREATE TRIGGER consent_entries_stay BEFORE DELETE ON consent_entries
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER consent_entries_hold BEFORE UPDATE ON consent_entries
WHEN NEW.id <> OLD.id OR NEW.kind <> OLD.kind OR NEW.at <> OLD.at OR NEW.contact_hash <> OLD.contact_hash OR NEW.channel <> OLD.channel
  OR NEW.scope <> OLD.scope OR NEW.how <> OLD.how OR NEW.words IS NOT OLD.words OR NEW.evidence_digest <> OLD.evidence_digest
  OR (OLD.position IS NOT NULL AND (NEW.position IS NOT OLD.position OR NEW.chain IS NOT OLD.chain))
  OR (NEW.evidence IS NOT NULL AND NEW.evidence IS NOT OLD.evidence) OR (NEW.salt IS NOT NULL AND NEW.salt IS NOT OLD.salt)
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
