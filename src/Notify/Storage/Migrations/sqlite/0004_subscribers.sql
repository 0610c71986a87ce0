CREATE TABLE subscriptions (
  contact_id INTEGER PRIMARY KEY REFERENCES contacts (id),
  state INTEGER NOT NULL,
  all_topics INTEGER NOT NULL,
  breaking_at_night INTEGER NOT NULL,
  locale TEXT NOT NULL,
  time_zone TEXT NULL,
  created_at INTEGER NOT NULL,
  confirmed_at INTEGER NULL,
  ended_at INTEGER NULL
);
CREATE INDEX ix_subscriptions_audience ON subscriptions (contact_id) WHERE state = 2;

CREATE TABLE subscription_topics (
  contact_id INTEGER NOT NULL REFERENCES subscriptions (contact_id) ON DELETE CASCADE,
  topic TEXT NOT NULL,
  PRIMARY KEY (contact_id, topic)
);

-- Someone asked; until the contact itself confirms, this is all there is.
CREATE TABLE opt_ins (
  id TEXT PRIMARY KEY,
  contact_id INTEGER NOT NULL REFERENCES contacts (id),
  at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  confirmed_at INTEGER NULL,
  topics TEXT NOT NULL,
  breaking_at_night INTEGER NOT NULL,
  locale TEXT NOT NULL,
  time_zone TEXT NULL,
  words TEXT NULL,
  -- Keyed hashes of where the request came from and of the block of a thousand numbers it is in; for limits only.
  network TEXT NULL,
  block TEXT NULL
);
CREATE INDEX ix_opt_ins_contact ON opt_ins (contact_id, at);
CREATE INDEX ix_opt_ins_network ON opt_ins (network, at);
CREATE INDEX ix_opt_ins_block ON opt_ins (block, at);
