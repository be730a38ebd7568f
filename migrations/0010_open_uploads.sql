-- Uploads that begin before their end is known: an open one has no hash, and the size is what may come at most.
-- Undo: delete the uploads without a hash, and make the column NOT NULL again in the same way.

CREATE TABLE uploads_now (
  upload_id TEXT PRIMARY KEY NOT NULL,
  project_id TEXT NOT NULL REFERENCES projects (project_id),
  user_id INTEGER NOT NULL REFERENCES users (user_id),
  sha256 BLOB CHECK (sha256 IS NULL OR length(sha256) = 32),
  size_bytes INTEGER NOT NULL CHECK (size_bytes >= 0),
  -- What the file is known to hold after a power cut.
  offset_bytes INTEGER NOT NULL CHECK (offset_bytes BETWEEN 0 AND size_bytes),
  changed_unix_ms INTEGER NOT NULL,
  -- Open ones do not meet: NULL is equal to nothing.
  UNIQUE (project_id, user_id, sha256)
) STRICT;

INSERT INTO uploads_now (upload_id, project_id, user_id, sha256, size_bytes, offset_bytes, changed_unix_ms)
SELECT upload_id, project_id, user_id, sha256, size_bytes, offset_bytes, changed_unix_ms FROM uploads;

DROP TABLE uploads;
ALTER TABLE uploads_now RENAME TO uploads;

CREATE INDEX uploads_by_user ON uploads (user_id);
CREATE INDEX uploads_by_change ON uploads (changed_unix_ms);
