CREATE TABLE operators (
  id uuid PRIMARY KEY,
  email text NOT NULL UNIQUE,
  role integer NOT NULL,
  created_at bigint NOT NULL,
  signed_in_at bigint NULL,
  stamp text NOT NULL
);

-- One-time links, by the hash of their secret; used once, then struck off.
CREATE TABLE sign_in_links (
  hash text PRIMARY KEY,
  operator_id uuid NOT NULL REFERENCES operators (id),
  expires_at bigint NOT NULL,
  used_at bigint NULL
);

CREATE TABLE api_keys (
  id uuid PRIMARY KEY,
  name text NOT NULL,
  hash text NOT NULL UNIQUE,
  scopes text NOT NULL,
  created_at bigint NOT NULL,
  used_at bigint NULL,
  revoked_at bigint NULL
);

CREATE TABLE audit (
  id uuid PRIMARY KEY,
  at bigint NOT NULL,
  who text NOT NULL,
  did text NOT NULL
);
CREATE INDEX ix_audit_at ON audit (at);
