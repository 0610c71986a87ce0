-- When a word is told the other way round, if nothing happens until then: a contact that was stopped is let through at its provider only for the question it is asked.
ALTER TABLE consents_to_tell ADD COLUMN back_at INTEGER NULL;
