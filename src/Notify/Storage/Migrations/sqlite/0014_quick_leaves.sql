-- How many left within two minutes of a mail, by what was sent: readers are slower than programs that guard mailboxes.
CREATE TABLE quick_leaves (
  source_id TEXT PRIMARY KEY REFERENCES sources (id),
  count INTEGER NOT NULL
);
