-- Projects, who is in them, and their history: the log of edits, with snapshots to start reading from.
-- Undo: drop the four tables. The edits are the sound's documents: do not, once people work here.

CREATE TABLE projects (
  project_id TEXT PRIMARY KEY NOT NULL,
  owner_id INTEGER NOT NULL REFERENCES users (user_id),
  name TEXT NOT NULL,
  created_unix_ms INTEGER NOT NULL,
  changed_unix_ms INTEGER NOT NULL,
  UNIQUE (owner_id, name)
) STRICT;

CREATE TABLE members (
  project_id TEXT NOT NULL REFERENCES projects (project_id),
  user_id INTEGER NOT NULL REFERENCES users (user_id),
  -- talkback.v1.Role
  role INTEGER NOT NULL CHECK (role BETWEEN 1 AND 5),
  PRIMARY KEY (project_id, user_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX members_by_user ON members (user_id);

-- The history. A row is never changed. The primary key refuses a second edit at one revision, whoever
-- tries; edit_id refuses the same edit twice.
CREATE TABLE edits (
  project_id TEXT NOT NULL REFERENCES projects (project_id),
  revision INTEGER NOT NULL CHECK (revision > 0),
  edit_id BLOB NOT NULL CHECK (length(edit_id) = 16),
  author_id INTEGER NOT NULL REFERENCES users (user_id),
  committed_unix_ms INTEGER NOT NULL,
  -- talkback.v1.Edit
  edit BLOB NOT NULL,
  PRIMARY KEY (project_id, revision),
  UNIQUE (project_id, edit_id)
) STRICT;

-- Whole sessions. Revision 0 is where the project began; the others can be made again from the edits.
CREATE TABLE snapshots (
  project_id TEXT NOT NULL REFERENCES projects (project_id),
  revision INTEGER NOT NULL CHECK (revision >= 0),
  -- talkback.v1.SessionState
  state BLOB NOT NULL,
  PRIMARY KEY (project_id, revision)
) STRICT;
