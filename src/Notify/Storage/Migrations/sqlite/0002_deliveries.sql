-- What deliveries are about, with the figures kept beside them: an alert, or a standing purpose such as confirmations.
CREATE TABLE sources (
  id TEXT PRIMARY KEY,
  kind INTEGER NOT NULL,
  priority INTEGER NOT NULL,
  paused INTEGER NOT NULL,
  cancelled INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  decided INTEGER NOT NULL DEFAULT 0,
  pending INTEGER NOT NULL DEFAULT 0,
  held INTEGER NOT NULL DEFAULT 0,
  sending INTEGER NOT NULL DEFAULT 0,
  accepted INTEGER NOT NULL DEFAULT 0,
  delivered INTEGER NOT NULL DEFAULT 0,
  undelivered INTEGER NOT NULL DEFAULT 0,
  rejected INTEGER NOT NULL DEFAULT 0,
  skipped INTEGER NOT NULL DEFAULT 0,
  in_doubt INTEGER NOT NULL DEFAULT 0,
  unknown INTEGER NOT NULL DEFAULT 0
);

-- What a lane asks first: which sources have anything waiting, the most urgent first.
CREATE INDEX ix_sources_waiting ON sources (priority, created_at) WHERE pending > 0;
-- Standing purposes: confirmations go before everything, replies were answered in the webhook, notices are mails of the system.
INSERT INTO sources (id, kind, priority, paused, cancelled, created_at) VALUES
  ('00000000-0000-0000-0000-000000000002', 2, 0, 0, 0, 0),
  ('00000000-0000-0000-0000-000000000003', 3, 0, 0, 0, 0),
  ('00000000-0000-0000-0000-000000000005', 5, 0, 0, 0, 0);

CREATE TABLE deliveries (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  source_id TEXT NOT NULL REFERENCES sources (id),
  subject_id TEXT NOT NULL,
  contact_id INTEGER NOT NULL REFERENCES contacts (id),
  channel INTEGER NOT NULL,
  sender TEXT NOT NULL,
  scope TEXT NULL,
  -- Whose quiet hours hold it back; null: nobody's.
  whereabouts_id INTEGER NULL,
  -- How many others, decided while it was held, it stands for.
  others INTEGER NOT NULL DEFAULT 0,
  status INTEGER NOT NULL,
  reason TEXT NULL,
  due_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0,
  doubts INTEGER NOT NULL DEFAULT 0,
  resends INTEGER NOT NULL DEFAULT 0,
  lease_owner TEXT NULL,
  provider_id TEXT NULL,
  body TEXT NULL,
  created_at INTEGER NOT NULL,
  changed_at INTEGER NOT NULL,
  history TEXT NOT NULL DEFAULT ''
);
-- Nothing twice: one delivery for a thing to say and a contact to say it to.
CREATE UNIQUE INDEX ix_deliveries_once ON deliveries (subject_id, contact_id);
CREATE INDEX ix_deliveries_due ON deliveries (source_id, sender, due_at, id) WHERE status = 0;
CREATE INDEX ix_deliveries_sending ON deliveries (lease_owner) WHERE status = 2;
CREATE INDEX ix_deliveries_expiry ON deliveries (expires_at) WHERE status = 0;
CREATE INDEX ix_deliveries_held ON deliveries (due_at, contact_id) WHERE status = 1;
CREATE INDEX ix_deliveries_held_source ON deliveries (source_id) WHERE status = 1;
CREATE INDEX ix_deliveries_doubts ON deliveries (due_at) WHERE status = 8;
CREATE INDEX ix_deliveries_contact ON deliveries (contact_id, id);
CREATE INDEX ix_deliveries_provider ON deliveries (provider_id) WHERE provider_id IS NOT NULL;

-- A lane is one slot of a sender; a worker holds it for some seconds at a time.
CREATE TABLE lanes (
  sender TEXT NOT NULL,
  slot INTEGER NOT NULL,
  owner TEXT NULL,
  until INTEGER NOT NULL,
  -- When the next send of this lane may begin: the pace goes on over restarts and nodes.
  free_at INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (sender, slot)
);

-- How a sender stands with its provider, for all nodes together; no row: all is well.
CREATE TABLE senders (
  name TEXT PRIMARY KEY,
  rests_until INTEGER NOT NULL,
  reason TEXT NOT NULL,
  -- How many rests in a row ended in trouble again: above none, one row at a time is tried.
  trips INTEGER NOT NULL DEFAULT 0,
  -- Refused as such, and not merely away: others take its messages over.
  refused INTEGER NOT NULL DEFAULT 0,
  -- How much of its rate its provider takes now, and since when.
  share REAL NOT NULL DEFAULT 1,
  stepped_at INTEGER NOT NULL DEFAULT 0
);

-- The red switch: one row.
CREATE TABLE sending (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  paused INTEGER NOT NULL,
  -- While the budget is used up no text of an alert leaves before.
  alert_texts_from INTEGER NOT NULL DEFAULT 0
);
INSERT INTO sending (id, paused) VALUES (1, 0);

-- The words texts of a source had, each once: by them one in doubt is recognised at the provider.
CREATE TABLE said (
  source_id TEXT NOT NULL REFERENCES sources (id),
  words TEXT NOT NULL,
  PRIMARY KEY (source_id, words)
);
