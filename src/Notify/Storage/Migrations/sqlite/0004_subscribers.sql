CREATE TABLE subscriptions (
  contact_id INTEGER PRIMARY KEY REFERENCES contacts (id),
  state INTEGER NOT NULL,
  all_topics INTEGER NOT NULL,
  breaking_at_night INTEGER NOT NULL,
  locale TEXT NOT NULL,
  time_zone TEXT NULL,
  whereabouts_id INTEGER NOT NULL DEFAULT 0,
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
  words TEXT NULL
);
CREATE INDEX ix_opt_ins_contact ON opt_ins (contact_id, at);

-- How many asked, by minute, from a network or with a number of a block of a thousand; keyed hashes, kept for an hour.
CREATE TABLE sign_up_counts (
  who TEXT NOT NULL,
  minute INTEGER NOT NULL,
  count INTEGER NOT NULL,
  PRIMARY KEY (who, minute)
);
CREATE INDEX ix_sign_up_counts_minute ON sign_up_counts (minute);
