-- Branches: lines of revisions. The log belongs to a branch now; the main branch has its project's id.
-- Both tables are written anew, because a column's reference cannot be changed: some seconds for a million edits.
-- By hand: write them back in the same way, leaving out what is on other branches, and drop branches and renders.branch_id.

CREATE TABLE branches (
  branch_id TEXT PRIMARY KEY NOT NULL,
  project_id TEXT NOT NULL REFERENCES projects (project_id),
  name TEXT NOT NULL,
  -- Suggestions are edited by their author alone.
  is_suggestion INTEGER NOT NULL DEFAULT 0 CHECK (is_suggestion IN (0, 1)),
  -- Where it began; the main branch has none.
  base_branch_id TEXT REFERENCES branches (branch_id),
  base_revision INTEGER NOT NULL DEFAULT 0 CHECK (base_revision >= 0),
  created_by INTEGER NOT NULL REFERENCES users (user_id),
  created_unix_ms INTEGER NOT NULL,
  UNIQUE (project_id, name)
) STRICT;

INSERT INTO branches (branch_id, project_id, name, created_by, created_unix_ms)
  SELECT project_id, project_id, 'main', owner_id, created_unix_ms FROM projects;

CREATE TABLE branch_edits (
  branch_id TEXT NOT NULL REFERENCES branches (branch_id),
  revision INTEGER NOT NULL CHECK (revision > 0),
  edit_id BLOB NOT NULL CHECK (length(edit_id) = 16),
  author_id INTEGER NOT NULL REFERENCES users (user_id),
  committed_unix_ms INTEGER NOT NULL,
  -- talkback.v1.Edit
  edit BLOB NOT NULL,
  PRIMARY KEY (branch_id, revision),
  UNIQUE (branch_id, edit_id)
) STRICT;
INSERT INTO branch_edits (branch_id, revision, edit_id, author_id, committed_unix_ms, edit)
  SELECT project_id, revision, edit_id, author_id, committed_unix_ms, edit FROM edits;
DROP TABLE edits;
ALTER TABLE branch_edits RENAME TO edits;

CREATE TABLE branch_snapshots (
  branch_id TEXT NOT NULL REFERENCES branches (branch_id),
  revision INTEGER NOT NULL CHECK (revision >= 0),
  -- talkback.v1.SessionState
  state BLOB NOT NULL,
  PRIMARY KEY (branch_id, revision)
) STRICT;
INSERT INTO branch_snapshots (branch_id, revision, state) SELECT project_id, revision, state FROM snapshots;
DROP TABLE snapshots;
ALTER TABLE branch_snapshots RENAME TO snapshots;

ALTER TABLE renders ADD COLUMN branch_id TEXT NOT NULL DEFAULT '';
UPDATE renders SET branch_id = project_id;
