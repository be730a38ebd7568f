-- What a render took, for the people who ordered it. Nothing of a large project is rewritten: the column is added.
-- By hand: ALTER TABLE renders DROP COLUMN effort.

-- talkback.v1.RenderEffort; empty where it is not known.
ALTER TABLE renders ADD COLUMN effort BLOB NOT NULL DEFAULT x'';
