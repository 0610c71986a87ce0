-- How many were asked to confirm by text, and how many did: by block of numbers, country and in all, in buckets of ten minutes, kept for a day; keyed hashes.
CREATE TABLE sign_up_trials (
  who text NOT NULL,
  bucket bigint NOT NULL,
  asked bigint NOT NULL,
  confirmed bigint NOT NULL,
  PRIMARY KEY (who, bucket)
);
CREATE INDEX ix_sign_up_trials_bucket ON sign_up_trials (bucket);
