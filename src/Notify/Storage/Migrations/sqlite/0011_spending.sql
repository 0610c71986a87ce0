-- What texts have cost, by the publication's day and by country, in millionths of the budget's currency.
CREATE TABLE spending (
  day TEXT NOT NULL,
  region TEXT NOT NULL,
  texts INTEGER NOT NULL,
  segments INTEGER NOT NULL,
  micros INTEGER NOT NULL,
  PRIMARY KEY (day, region)
);
