-- How many left within two minutes of a mail, by what was sent: readers are slower than programs that guard mailboxes.
CREATE TABLE quick_leaves (
  source_id uuid PRIMARY KEY REFERENCES sources (id),
  count bigint NOT NULL
);
