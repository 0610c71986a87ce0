-- Every state of an article's words that was kept, the first included; who brought it and when.
CREATE TABLE article_revisions (
  article_id TEXT NOT NULL REFERENCES articles (id),
  number INTEGER NOT NULL,
  at INTEGER NOT NULL,
  who TEXT NOT NULL,
  url TEXT NOT NULL,
  title TEXT NOT NULL,
  summary TEXT NULL,
  image_url TEXT NULL,
  author TEXT NULL,
  topics TEXT NOT NULL,
  priority INTEGER NOT NULL,
  PRIMARY KEY (article_id, number)
);

-- An article has one alert that tells of it. What puts it right is another alert, for those who were told; so is what tells the rest of them afterwards.
-- A table's own UNIQUE cannot be dropped, so the table is made again; what refers to it is looked at when all is done.
PRAGMA defer_foreign_keys = ON;
CREATE TEMP TABLE alerts_before AS SELECT * FROM alerts;
DROP TABLE alerts;
CREATE TABLE alerts (
  id TEXT PRIMARY KEY REFERENCES sources (id),
  article_id TEXT NOT NULL REFERENCES articles (id),
  hold INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  starts_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  planned_to INTEGER NOT NULL DEFAULT 0,
  planned_at INTEGER NULL,
  started_at INTEGER NULL,
  finished_at INTEGER NULL,
  -- When it was held because of what it would cost; whoever lets it go on is not asked again.
  cost_asked_at INTEGER NULL,
  cost_micros INTEGER NOT NULL DEFAULT 0,
  cost_texts INTEGER NOT NULL DEFAULT 0,
  route INTEGER NOT NULL DEFAULT 1,
  hold_reason TEXT NULL,
  corrects TEXT NULL REFERENCES alerts (id),
  -- 0: who takes the article's topics; 1: of all readers those who were told of it; 2: of those who take its topics the ones who were not.
  audience INTEGER NOT NULL DEFAULT 0,
  -- The revision of the article that a correction tells of.
  revision INTEGER NOT NULL DEFAULT 0,
  -- What decided how it goes out, in words; null: nothing had to.
  rule TEXT NULL,
  -- The time somebody asked for; null: as soon as it may.
  send_at INTEGER NULL,
  -- At this time of each reader's own day, such as 07:30; null: for all at once.
  local_time TEXT NULL,
  -- When its time had passed too long ago for it to begin.
  expired_at INTEGER NULL
);
INSERT INTO alerts (id, article_id, hold, created_at, starts_at, expires_at, planned_to, planned_at, started_at, finished_at, cost_asked_at, cost_micros, cost_texts, route, hold_reason)
SELECT id, article_id, hold, created_at, starts_at, expires_at, planned_to, planned_at, started_at, finished_at, cost_asked_at, cost_micros, cost_texts, route, hold_reason FROM alerts_before;
DROP TABLE alerts_before;
CREATE INDEX ix_alerts_unplanned ON alerts (starts_at) WHERE planned_at IS NULL;
CREATE INDEX ix_alerts_unfinished ON alerts (planned_at) WHERE finished_at IS NULL;
CREATE INDEX ix_alerts_created ON alerts (created_at);
CREATE UNIQUE INDEX ix_alerts_original ON alerts (article_id) WHERE corrects IS NULL;
CREATE UNIQUE INDEX ix_alerts_correction ON alerts (corrects, revision, audience) WHERE corrects IS NOT NULL;
CREATE INDEX ix_alerts_article ON alerts (article_id);
CREATE INDEX ix_alerts_held ON alerts (created_at) WHERE hold;
CREATE INDEX ix_alerts_expired ON alerts (expired_at) WHERE expired_at IS NOT NULL;

-- How many names an article has is asked before it gets another.
CREATE INDEX ix_article_keys_article ON article_keys (article_id);

-- The words an alert began with: the last of its readers gets what the first got, whatever becomes of the article meanwhile.
CREATE TABLE alert_words (
  alert_id TEXT PRIMARY KEY REFERENCES alerts (id),
  url TEXT NOT NULL,
  title TEXT NOT NULL,
  summary TEXT NULL,
  image_url TEXT NULL,
  topics TEXT NOT NULL,
  priority INTEGER NOT NULL,
  at INTEGER NOT NULL
);

-- When an alert that goes by its readers' clocks is due where they are.
CREATE TABLE local_starts (
  alert_id TEXT NOT NULL REFERENCES alerts (id),
  whereabouts_id INTEGER NOT NULL,
  due_at INTEGER NOT NULL,
  PRIMARY KEY (alert_id, whereabouts_id)
);

-- It speaks for itself: what is held never goes out as one with others, in either direction.
ALTER TABLE sources ADD COLUMN alone INTEGER NOT NULL DEFAULT 0;
-- Why what waits of it is skipped once it is cancelled; null: somebody cancelled it.
ALTER TABLE sources ADD COLUMN why TEXT NULL;
CREATE INDEX ix_sources_held ON sources (id) WHERE held > 0;

-- What a program asked for under a key of its own, so that asking again is the same request, and another request under the same key is found.
CREATE TABLE article_requests (
  caller TEXT NOT NULL,
  key TEXT NOT NULL,
  fingerprint TEXT NOT NULL,
  article_id TEXT NOT NULL REFERENCES articles (id),
  at INTEGER NOT NULL,
  PRIMARY KEY (caller, key)
);
CREATE INDEX ix_article_requests_at ON article_requests (at);

-- After a flood of new items at once all of a feed's waits for an editor for a while, also what the next look brings.
ALTER TABLE feeds ADD COLUMN held_until INTEGER NOT NULL DEFAULT 0;
