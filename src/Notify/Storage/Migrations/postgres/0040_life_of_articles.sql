-- Every state of an article's words that was kept, the first included; who brought it and when.
CREATE TABLE article_revisions (
  article_id uuid NOT NULL REFERENCES articles (id),
  number integer NOT NULL,
  at bigint NOT NULL,
  who text NOT NULL,
  url text NOT NULL,
  title text NOT NULL,
  summary text NULL,
  image_url text NULL,
  author text NULL,
  topics text NOT NULL,
  priority integer NOT NULL,
  PRIMARY KEY (article_id, number)
);

-- An article has one alert that tells of it. What puts it right is another alert, for those who were told; so is what tells the rest of them afterwards.
ALTER TABLE alerts DROP CONSTRAINT alerts_article_id_key;
ALTER TABLE alerts ADD COLUMN corrects uuid NULL REFERENCES alerts (id);
-- 0: who takes the article's topics; 1: of all readers those who were told of it; 2: of those who take its topics the ones who were not.
ALTER TABLE alerts ADD COLUMN audience integer NOT NULL DEFAULT 0;
-- The revision of the article that a correction tells of.
ALTER TABLE alerts ADD COLUMN revision integer NOT NULL DEFAULT 0;
-- What decided how it goes out, in words; null: nothing had to.
ALTER TABLE alerts ADD COLUMN rule text NULL;
-- The time somebody asked for; null: as soon as it may.
ALTER TABLE alerts ADD COLUMN send_at bigint NULL;
-- At this time of each reader's own day, such as 07:30; null: for all at once.
ALTER TABLE alerts ADD COLUMN local_time text NULL;
-- When its time had passed too long ago for it to begin.
ALTER TABLE alerts ADD COLUMN expired_at bigint NULL;
CREATE UNIQUE INDEX ix_alerts_original ON alerts (article_id) WHERE corrects IS NULL;
CREATE UNIQUE INDEX ix_alerts_correction ON alerts (corrects, revision, audience) WHERE corrects IS NOT NULL;
CREATE INDEX ix_alerts_article ON alerts (article_id);
CREATE INDEX ix_alerts_held ON alerts (created_at) WHERE hold;
CREATE INDEX ix_alerts_expired ON alerts (expired_at) WHERE expired_at IS NOT NULL;

-- How many names an article has is asked before it gets another.
CREATE INDEX ix_article_keys_article ON article_keys (article_id);

-- The words an alert began with: the last of its readers gets what the first got, whatever becomes of the article meanwhile.
CREATE TABLE alert_words (
  alert_id uuid PRIMARY KEY REFERENCES alerts (id),
  url text NOT NULL,
  title text NOT NULL,
  summary text NULL,
  image_url text NULL,
  topics text NOT NULL,
  priority integer NOT NULL,
  at bigint NOT NULL
);

-- When an alert that goes by its readers' clocks is due where they are.
CREATE TABLE local_starts (
  alert_id uuid NOT NULL REFERENCES alerts (id),
  whereabouts_id integer NOT NULL,
  due_at bigint NOT NULL,
  PRIMARY KEY (alert_id, whereabouts_id)
);

-- It speaks for itself: what is held never goes out as one with others, in either direction.
ALTER TABLE sources ADD COLUMN alone boolean NOT NULL DEFAULT false;
-- Why what waits of it is skipped once it is cancelled; null: somebody cancelled it.
ALTER TABLE sources ADD COLUMN why text NULL;
CREATE INDEX ix_sources_held ON sources (id) WHERE held > 0;

-- What a program asked for under a key of its own, so that asking again is the same request, and another request under the same key is found.
CREATE TABLE article_requests (
  caller text NOT NULL,
  key text NOT NULL,
  fingerprint text NOT NULL,
  article_id uuid NOT NULL REFERENCES articles (id),
  at bigint NOT NULL,
  PRIMARY KEY (caller, key)
);
CREATE INDEX ix_article_requests_at ON article_requests (at);

-- After a flood of new items at once all of a feed's waits for an editor for a while, also what the next look brings.
ALTER TABLE feeds ADD COLUMN held_until bigint NOT NULL DEFAULT 0;
