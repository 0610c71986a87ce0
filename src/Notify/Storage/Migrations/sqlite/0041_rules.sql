-- What decides how an article goes out: the first that fits, in this order.
CREATE TABLE rules (
  id TEXT PRIMARY KEY,
  position INTEGER NOT NULL,
  -- Each condition is a list, of which one has to fit; an empty one fits everything. Topics and days stand between blanks, the others on lines.
  topics TEXT NOT NULL,
  authors TEXT NOT NULL,
  keywords TEXT NOT NULL,
  came_from TEXT NOT NULL,
  days TEXT NOT NULL,
  -- Such as 22:00, by the publication's clock; both or neither.
  from_time TEXT NOT NULL,
  to_time TEXT NOT NULL,
  priority INTEGER NULL,
  -- 1 at once, 2 in digests only, 3 an editor is asked.
  outcome INTEGER NOT NULL,
  changed_at INTEGER NOT NULL,
  changed_by TEXT NOT NULL
);
