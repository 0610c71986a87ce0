-- What texts have cost, by the publication's day and by country, in millionths of the budget's currency.
CREATE TABLE spending (
  day text NOT NULL,
  region text NOT NULL,
  texts bigint NOT NULL,
  segments bigint NOT NULL,
  micros bigint NOT NULL,
  PRIMARY KEY (day, region)
);
