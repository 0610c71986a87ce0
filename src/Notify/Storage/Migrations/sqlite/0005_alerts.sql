CREATE TABLE alerts (
  id TEXT PRIMARY KEY REFERENCES sources (id),
  article_id TEXT NOT NULL UNIQUE REFERENCES articles (id),
  hold INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  starts_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  planned_to INTEGER NOT NULL DEFAULT 0,
  planned_at INTEGER NULL,
  started_at INTEGER NULL,
  finished_at INTEGER NULL,
  -- When it was held because of what it would cost; whoever lets it go on is not asked again.
  cost_asked_at INTEGER NULL
);
CREATE INDEX ix_alerts_unplanned ON alerts (starts_at) WHERE planned_at IS NULL;
CREATE INDEX ix_alerts_unfinished ON alerts (planned_at) WHERE finished_at IS NULL;
CREATE INDEX ix_alerts_created ON alerts (created_at);
