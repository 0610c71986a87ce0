-- What the texts of an alert were expected to cost, in millionths of the budget's currency, and how many they are: until they have left, it is as good as spent.
ALTER TABLE alerts ADD COLUMN cost_micros INTEGER NOT NULL DEFAULT 0;
ALTER TABLE alerts ADD COLUMN cost_texts INTEGER NOT NULL DEFAULT 0;

-- Countries (two letters) and blocks of numbers (all but their last three digits) a sender's provider takes nothing for, for a while.
CREATE TABLE closed_places (
  sender TEXT NOT NULL,
  place TEXT NOT NULL,
  until INTEGER NOT NULL,
  PRIMARY KEY (sender, place)
);
