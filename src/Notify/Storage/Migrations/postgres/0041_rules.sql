-- What decides how an article goes out: the first that fits, in this order.
CREATE TABLE rules (
  id uuid PRIMARY KEY,
  position integer NOT NULL,
  -- Each condition is a list, of which one has to fit; an empty one fits everything. Topics and days stand between blanks, the others on lines.
  topics text NOT NULL,
  authors text NOT NULL,
  keywords text NOT NULL,
  came_from text NOT NULL,
  days text NOT NULL,
  -- Such as 22:00, by the publication's clock; both or neither.
  from_time text NOT NULL,
  to_time text NOT NULL,
  priority integer NULL,
  -- 1 at once, 2 in digests only, 3 an editor is asked.
  outcome integer NOT NULL,
  changed_at bigint NOT NULL,
  changed_by text NOT NULL
);
