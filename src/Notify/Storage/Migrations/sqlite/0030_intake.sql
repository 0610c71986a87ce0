-- Where a feed is asked now; null: at the address in the settings. It moves when the server has said so often enough and long enough.
ALTER TABLE feeds ADD COLUMN address TEXT NULL;
ALTER TABLE feeds ADD COLUMN moved_to TEXT NULL;
ALTER TABLE feeds ADD COLUMN moved_times INTEGER NOT NULL DEFAULT 0;
ALTER TABLE feeds ADD COLUMN moved_since INTEGER NULL;
-- The server said that it is gone for good; it is not asked again until the settings change or a person says so.
ALTER TABLE feeds ADD COLUMN gone_at INTEGER NULL;
-- SHA-256 of the last document that was taken in whole.
ALTER TABLE feeds ADD COLUMN body_hash TEXT NULL;
-- How far a list of posts was read, by when they were changed.
ALTER TABLE feeds ADD COLUMN read_to INTEGER NULL;
-- The usual time between two articles, and how long the feed asks to be left alone, in milliseconds.
ALTER TABLE feeds ADD COLUMN pace INTEGER NULL;
ALTER TABLE feeds ADD COLUMN asks INTEGER NULL;
ALTER TABLE feeds ADD COLUMN last_good_at INTEGER NULL;
ALTER TABLE feeds ADD COLUMN last_new_at INTEGER NULL;
-- Since when a person was told that nothing comes.
ALTER TABLE feeds ADD COLUMN silent_at INTEGER NULL;

-- One request to a host at a time, over all nodes, and a pause between two.
CREATE TABLE feed_hosts (
  host TEXT PRIMARY KEY,
  next_at INTEGER NOT NULL
);

-- Subscriptions at hubs (WebSub): one for a feed. The callback is the secret part of the address a hub calls.
CREATE TABLE feed_pushes (
  feed TEXT PRIMARY KEY,
  callback TEXT NOT NULL UNIQUE,
  hub TEXT NOT NULL,
  topic TEXT NOT NULL,
  -- 1 wanted, 2 live, 3 denied.
  state INTEGER NOT NULL,
  next_at INTEGER NOT NULL,
  asked_at INTEGER NULL,
  live_until INTEGER NULL,
  last_at INTEGER NULL,
  -- When a look found what the hub had not sent.
  missed_at INTEGER NULL,
  failures INTEGER NOT NULL,
  problem TEXT NULL
);

-- The last word of a source on each of its articles; older and repeated ones change nothing.
CREATE TABLE article_pushes (
  source TEXT NOT NULL,
  item TEXT NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (source, item)
);
