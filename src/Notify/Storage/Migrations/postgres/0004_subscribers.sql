CREATE TABLE subscriptions (
  contact_id bigint PRIMARY KEY REFERENCES contacts (id),
  state integer NOT NULL,
  all_topics boolean NOT NULL,
  breaking_at_night boolean NOT NULL,
  locale text NOT NULL,
  time_zone text NULL,
  whereabouts_id integer NOT NULL DEFAULT 0,
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
  words text NULL
);
CREATE INDEX ix_opt_ins_contact ON opt_ins (contact_id, at);

-- How many asked, by minute, from a network or with a number of a block of a thousand; keyed hashes, kept for an hour.
CREATE TABLE sign_up_counts (
  who text NOT NULL,
  minute bigint NOT NULL,
  count bigint NOT NULL,
  PRIMARY KEY (who, minute)
);
CREATE INDEX ix_sign_up_counts_minute ON sign_up_counts (minute);
