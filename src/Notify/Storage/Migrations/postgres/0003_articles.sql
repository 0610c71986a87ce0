CREATE TABLE articles (
  id uuid PRIMARY KEY,
  url text NOT NULL,
  title text NOT NULL,
  summary text NULL,
  image_url text NULL,
  topics text NOT NULL,
  priority integer NOT NULL,
  published_at bigint NULL,
  created_at bigint NOT NULL,
  came_from text NOT NULL,
  unpublished_at bigint NULL
);
CREATE INDEX ix_articles_created ON articles (created_at);

-- Every name an article is known by: its canonical address, a feed's guid, a CMS's key. The same name is the same article.
CREATE TABLE article_keys (
  key text PRIMARY KEY,
  article_id uuid NOT NULL REFERENCES articles (id)
);

CREATE TABLE feeds (
  url text PRIMARY KEY,
  etag text NULL,
  last_modified text NULL,
  next_at bigint NOT NULL,
  seeded_at bigint NULL,
  last_at bigint NULL,
  last_status integer NULL,
  failures integer NOT NULL,
  problem text NULL
);
