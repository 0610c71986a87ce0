-- What a reader chose: 1 each article at once, 2 one digest a day, 3 one a week; at which minute of their day, on which day (0 = Sunday). Null: the publication's.
ALTER TABLE subscriptions ADD COLUMN frequency integer NOT NULL DEFAULT 1;
ALTER TABLE subscriptions ADD COLUMN digest_minute integer NULL;
ALTER TABLE subscriptions ADD COLUMN digest_day integer NULL;
-- When the next digest is due; null: none, also for a reader of each article unless something waits for them.
ALTER TABLE subscriptions ADD COLUMN digest_at bigint NULL;
-- Up to when alerts became ready that this reader's digests have dealt with.
ALTER TABLE subscriptions ADD COLUMN digest_from bigint NOT NULL DEFAULT 0;
-- When the reader last went from digests to each article or back, until no alert of before that is under way: of what they may have been told one way already, the other asks.
ALTER TABLE subscriptions ADD COLUMN switched_at bigint NULL;
CREATE INDEX ix_subscriptions_digest ON subscriptions (digest_at, contact_id) WHERE state = 2 AND digest_at IS NOT NULL;
ALTER TABLE opt_ins ADD COLUMN frequency integer NOT NULL DEFAULT 1;

-- A reader's own quiet hours, such as 22:00-07:00, belong to what is known of their place; empty: none.
ALTER TABLE whereabouts ADD COLUMN quiet text NOT NULL DEFAULT '';
-- When the publication's digest hour comes next there.
ALTER TABLE whereabouts ADD COLUMN digest_at bigint NOT NULL DEFAULT 0;
ALTER TABLE whereabouts DROP CONSTRAINT whereabouts_region_zones_key;
ALTER TABLE whereabouts ADD UNIQUE (region, zones, quiet);

-- When an alert's audience stood, or when it went on again after a pause: from then on it may be in digests.
ALTER TABLE alerts ADD COLUMN digest_at bigint NULL;
-- It was in some readers' digests before it was paused.
ALTER TABLE alerts ADD COLUMN digested_before boolean NOT NULL DEFAULT false;
CREATE INDEX ix_alerts_digest ON alerts (digest_at) WHERE digest_at IS NOT NULL;
-- Few, and looked for by every digest.
CREATE INDEX ix_sources_paused ON sources (id) WHERE paused;
UPDATE alerts SET digest_at = planned_at WHERE planned_at IS NOT NULL;

-- A digest is a list of articles; readers for whom the same articles are new share it.
CREATE TABLE digests (
  id uuid PRIMARY KEY,
  created_at bigint NOT NULL
);
CREATE TABLE digest_articles (
  digest_id uuid NOT NULL REFERENCES digests (id),
  place integer NOT NULL,
  alert_id uuid NOT NULL REFERENCES alerts (id),
  PRIMARY KEY (digest_id, place)
);
CREATE INDEX ix_digest_articles_alert ON digest_articles (alert_id, digest_id);

-- How soon an alert was with its readers, kept when it ends: handed over to the first, to half, to the last of them. And when it was first in a digest.
ALTER TABLE alerts ADD COLUMN first_handed_at bigint NULL;
ALTER TABLE alerts ADD COLUMN half_handed_at bigint NULL;
ALTER TABLE alerts ADD COLUMN last_handed_at bigint NULL;
ALTER TABLE alerts ADD COLUMN digested_at bigint NULL;

-- Links to a reader's own page, sent when asked for.
INSERT INTO sources (id, kind, priority, paused, cancelled, created_at) VALUES ('00000000-0000-0000-0000-000000000006', 6, 0, false, false, 0);
