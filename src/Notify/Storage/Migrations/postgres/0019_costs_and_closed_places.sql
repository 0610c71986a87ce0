-- What the texts of an alert were expected to cost, in millionths of the budget's currency, and how many they are: until they have left, it is as good as spent.
ALTER TABLE alerts ADD COLUMN cost_micros bigint NOT NULL DEFAULT 0;
ALTER TABLE alerts ADD COLUMN cost_texts bigint NOT NULL DEFAULT 0;

-- Countries (two letters) and blocks of numbers (all but their last three digits) a sender's provider takes nothing for, for a while.
CREATE TABLE closed_places (
  sender text NOT NULL,
  place text NOT NULL,
  until bigint NOT NULL,
  PRIMARY KEY (sender, place)
);
