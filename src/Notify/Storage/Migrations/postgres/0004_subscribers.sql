CREATE TABLE subscriptions (
  contact_id bigint PRIMARY KEY REFERENCES contacts (id),
  state integer NOT NULL,
  all_topics boolean NOT NULL,
  breaking_at_night boolean NOT NULL,
  locale text NOT NULL,
  time_zone text NULL,
  created_at bigint NOT NULL,
  confirmed_at bigint NULL,
  ended_at bigint NULL
);
CREATE INDEX ix_subscriptions_audience ON subscriptions (contact_id) WHERE state = 2;

CREATE TABLE subscription_topics (
  contact_id bigint NOT NULL REFERENCES subscriptions (contact_id) ON DELETE CASCADE,
  topic text NOT NULL,
  PRIMARY KEY (contact_id, topic)
);

-- Someone asked; until the contact itself confirms, this is all there is.
CREATE TABLE opt_ins (
  id uuid PRIMARY KEY,
  contact_id bigint NOT NULL REFERENCES contacts (id),
  at bigint NOT NULL,
  expires_at bigint NOT NULL,
  confirmed_at bigint NULL,
  topics text NOT NULL,
  breaking_at_night boolean NOT NULL,
  locale text NOT NULL,
  time_zone text NULL,
  words text NULL,
  -- Keyed hashes of where the request came from and of the block of a thousand numbers it is in; for limits only.
  network text NULL,
  block text NULL
);
CREATE INDEX ix_opt_ins_contact ON opt_ins (contact_id, at);
CREATE INDEX ix_opt_ins_network ON opt_ins (network, at);
CREATE INDEX ix_opt_ins_block ON opt_ins (block, at);
