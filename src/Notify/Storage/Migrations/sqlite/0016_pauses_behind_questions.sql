-- The end of the pause that a question took the place of: what a person finds to be no stop must not end it.
ALTER TABLE suppressions ADD COLUMN paused_until INTEGER NULL;
