CREATE TABLE alerts (
  id uuid PRIMARY KEY REFERENCES sources (id),
  article_id uuid NOT NULL UNIQUE REFERENCES articles (id),
  hold boolean NOT NULL,
  created_at bigint NOT NULL,
  starts_at bigint NOT NULL,
  expires_at bigint NOT NULL,
  planned_to bigint NOT NULL DEFAULT 0,
  planned_at bigint NULL,
  started_at bigint NULL,
  finished_at bigint NULL,
  -- When it was held because of what it would cost; whoever lets it go on is not asked again.
  cost_asked_at bigint NULL
);
CREATE INDEX ix_alerts_unplanned ON alerts (starts_at) WHERE planned_at IS NULL;
CREATE INDEX ix_alerts_unfinished ON alerts (planned_at) WHERE finished_at IS NULL;
CREATE INDEX ix_alerts_created ON alerts (created_at);
