-- How an article reaches readers: 1 at once, 2 in digests only.
ALTER TABLE alerts ADD COLUMN route integer NOT NULL DEFAULT 1;
-- Why it waits for an editor, in words; null: someone asked for it.
ALTER TABLE alerts ADD COLUMN hold_reason text NULL;
ALTER TABLE articles ADD COLUMN author text NULL;
