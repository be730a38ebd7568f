-- Versions: named moments with their renders; and suggestions, branches offered for acceptance.
-- Undo: drop the four tables; the branches of suggestions stay, and nothing else refers to them.

CREATE TABLE versions (
  version_id TEXT PRIMARY KEY NOT NULL,
  project_id TEXT NOT NULL REFERENCES projects (project_id),
  name TEXT NOT NULL,
  note TEXT NOT NULL,
  branch_id TEXT NOT NULL REFERENCES branches (branch_id),
  revision INTEGER NOT NULL CHECK (revision >= 0),
  created_by INTEGER NOT NULL REFERENCES users (user_id),
  created_unix_ms INTEGER NOT NULL,
  render_id TEXT REFERENCES renders (render_id),
  UNIQUE (project_id, name)
) STRICT;

-- What was not on the server when the version was made. Once project_blobs has all of it, everybody sees the version.
CREATE TABLE version_awaited_blobs (
  version_id TEXT NOT NULL REFERENCES versions (version_id),
  sha256 BLOB NOT NULL CHECK (length(sha256) = 32),
  PRIMARY KEY (version_id, sha256)
) STRICT, WITHOUT ROWID;

CREATE TABLE suggestions (
  project_id TEXT NOT NULL REFERENCES projects (project_id),
  -- 1, 2, 3 … in the project.
  number INTEGER NOT NULL CHECK (number > 0),
  branch_id TEXT NOT NULL UNIQUE REFERENCES branches (branch_id),
  title TEXT NOT NULL,
  note TEXT NOT NULL,
  -- talkback.v1.Suggestion.State
  state INTEGER NOT NULL CHECK (state BETWEEN 1 AND 3),
  answered_by INTEGER REFERENCES users (user_id),
  answered_unix_ms INTEGER NOT NULL DEFAULT 0,
  answer TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (project_id, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE suggestion_items (
  branch_id TEXT NOT NULL REFERENCES branches (branch_id),
  -- engine/session/merge.hpp
  item TEXT NOT NULL,
  taken INTEGER NOT NULL CHECK (taken IN (0, 1)),
  PRIMARY KEY (branch_id, item)
) STRICT, WITHOUT ROWID;
