-- People who may no longer sign in; what they did stays theirs. Nothing is rewritten: the column is added.
-- By hand: ALTER TABLE users DROP COLUMN disabled.

ALTER TABLE users ADD COLUMN disabled INTEGER NOT NULL DEFAULT 0 CHECK (disabled IN (0, 1));
