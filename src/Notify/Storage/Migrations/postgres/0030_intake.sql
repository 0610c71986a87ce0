-- Where a feed is asked now; null: at the address in the settings. It moves when the server has said so often enough and long enough.
ALTER TABLE feeds ADD COLUMN address text NULL;
ALTER TABLE feeds ADD COLUMN moved_to text NULL;
ALTER TABLE feeds ADD COLUMN moved_times integer NOT NULL DEFAULT 0;
ALTER TABLE feeds ADD COLUMN moved_since bigint NULL;
-- The server said that it is gone for good; it is not asked again until the settings change or a person says so.
ALTER TABLE feeds ADD COLUMN gone_at bigint NULL;
-- SHA-256 of the last document that was taken in whole.
ALTER TABLE feeds ADD COLUMN body_hash text NULL;
-- How far a list of posts was read, by when they were changed.
ALTER TABLE feeds ADD COLUMN read_to bigint NULL;
-- The usual time between two articles, and how long the feed asks to be left alone, in milliseconds.
ALTER TABLE feeds ADD COLUMN pace bigint NULL;
ALTER TABLE feeds ADD COLUMN asks bigint NULL;
ALTER TABLE feeds ADD COLUMN last_good_at bigint NULL;
ALTER TABLE feeds ADD COLUMN last_new_at bigint NULL;
-- Since when a person was told that nothing comes.
ALTER TABLE feeds ADD COLUMN silent_at bigint NULL;

-- One request to a host at a time, over all nodes, and a pause between two.
CREATE TABLE feed_hosts (
  host text PRIMARY KEY,
  next_at bigint NOT NULL
);

-- Subscriptions at hubs (WebSub): one for a feed. The callback is the secret part of the address a hub calls.
CREATE TABLE feed_pushes (
  feed text PRIMARY KEY,
  callback text NOT NULL UNIQUE,
  hub text NOT NULL,
  topic text NOT NULL,
  -- 1 wanted, 2 live, 3 denied.
  state integer NOT NULL,
  next_at bigint NOT NULL,
  asked_at bigint NULL,
  live_until bigint NULL,
  last_at bigint NULL,
  -- When a look found what the hub had not sent.
  missed_at bigint NULL,
  failures integer NOT NULL,
  problem text NULL
);

-- The last word of a source on each of its articles; older and repeated ones change nothing.
CREATE TABLE article_pushes (
  source text NOT NULL,
  item text NOT NULL,
  at bigint NOT NULL,
  PRIMARY KEY (source, item)
);
