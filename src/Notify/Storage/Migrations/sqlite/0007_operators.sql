CREATE TABLE operators (
  id TEXT PRIMARY KEY,
  email TEXT NOT NULL UNIQUE,
  role INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  signed_in_at INTEGER NULL,
  stamp TEXT NOT NULL
);

-- One-time links, by the hash of their secret; used once, then struck off.
CREATE TABLE sign_in_links (
  hash TEXT PRIMARY KEY,
  operator_id TEXT NOT NULL REFERENCES operators (id),
  expires_at INTEGER NOT NULL,
  used_at INTEGER NULL
);

CREATE TABLE api_keys (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  hash TEXT NOT NULL UNIQUE,
  scopes TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  used_at INTEGER NULL,
  revoked_at INTEGER NULL
);

CREATE TABLE audit (
  id TEXT PRIMARY KEY,
  at INTEGER NOT NULL,
  who TEXT NOT NULL,
  did TEXT NOT NULL
);
CREATE INDEX ix_audit_at ON audit (at);
