-- Stored bytes, which projects hold them, and uploads on their way. The bytes themselves lie in the blob folder.
-- Undo: drop the three tables.

CREATE TABLE blobs (
  sha256 BLOB PRIMARY KEY NOT NULL CHECK (length(sha256) = 32),
  size_bytes INTEGER NOT NULL CHECK (size_bytes >= 0),
  created_unix_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Access goes through here: who knows a hash but is not in a project that holds it gets nothing.
CREATE TABLE project_blobs (
  project_id TEXT NOT NULL REFERENCES projects (project_id),
  sha256 BLOB NOT NULL REFERENCES blobs (sha256),
  added_by INTEGER NOT NULL REFERENCES users (user_id),
  added_unix_ms INTEGER NOT NULL,
  PRIMARY KEY (project_id, sha256)
) STRICT, WITHOUT ROWID;

CREATE INDEX project_blobs_by_blob ON project_blobs (sha256);

CREATE TABLE uploads (
  upload_id TEXT PRIMARY KEY NOT NULL,
  project_id TEXT NOT NULL REFERENCES projects (project_id),
  user_id INTEGER NOT NULL REFERENCES users (user_id),
  sha256 BLOB NOT NULL CHECK (length(sha256) = 32),
  size_bytes INTEGER NOT NULL CHECK (size_bytes >= 0),
  -- What the file is known to hold after a power cut.
  offset_bytes INTEGER NOT NULL CHECK (offset_bytes BETWEEN 0 AND size_bytes),
  changed_unix_ms INTEGER NOT NULL,
  UNIQUE (project_id, user_id, sha256)
) STRICT;

CREATE INDEX uploads_by_user ON uploads (user_id);
CREATE INDEX uploads_by_change ON uploads (changed_unix_ms);
