-- People who may sign in, and the tokens they signed in with.
-- Undo: drop both tables.

CREATE TABLE users (
  user_id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  -- Argon2id, in the text form of libsodium with its parameters and salt.
  password_hash TEXT NOT NULL,
  admin INTEGER NOT NULL CHECK (admin IN (0, 1)),
  created_unix_ms INTEGER NOT NULL
) STRICT;

CREATE TABLE tokens (
  token_id INTEGER PRIMARY KEY,
  user_id INTEGER NOT NULL REFERENCES users (user_id),
  -- SHA-256 of the token: whoever reads this table cannot sign in with it.
  token_sha256 BLOB NOT NULL UNIQUE,
  label TEXT NOT NULL,
  created_unix_ms INTEGER NOT NULL,
  expires_unix_ms INTEGER NOT NULL,
  last_used_unix_ms INTEGER NOT NULL
) STRICT;

CREATE INDEX tokens_by_user ON tokens (user_id);
