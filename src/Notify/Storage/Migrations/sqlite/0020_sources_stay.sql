-- A source is never removed; SQLite goes on looking whether it is there, for it keeps one version of a row.
SELECT 1;
