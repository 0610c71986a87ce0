CREATE TABLE articles (
  id TEXT PRIMARY KEY,
  url TEXT NOT NULL,
  title TEXT NOT NULL,
  summary TEXT NULL,
  image_url TEXT NULL,
  topics TEXT NOT NULL,
  priority INTEGER NOT NULL,
  published_at INTEGER NULL,
  created_at INTEGER NOT NULL,
  came_from TEXT NOT NULL,
  unpublished_at INTEGER NULL
);
CREATE INDEX ix_articles_created ON articles (created_at);

-- Every name an article is known by: its canonical address, a feed's guid, a CMS's key. The same name is the same article.
CREATE TABLE article_keys (
  key TEXT PRIMARY KEY,
  article_id TEXT NOT NULL REFERENCES articles (id)
);

CREATE TABLE feeds (
  url TEXT PRIMARY KEY,
  etag TEXT NULL,
  last_modified TEXT NULL,
  next_at INTEGER NOT NULL,
  seeded_at INTEGER NULL,
  last_at INTEGER NULL,
  last_status INTEGER NULL,
  failures INTEGER NOT NULL,
  problem TEXT NULL
);
