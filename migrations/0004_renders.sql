-- Render jobs and what came out of them.
-- Undo: drop the three tables; the artifacts' bytes stay in project_blobs.

CREATE TABLE renders (
  render_id TEXT PRIMARY KEY NOT NULL,
  project_id TEXT NOT NULL REFERENCES projects (project_id),
  -- talkback.v1.RenderStatus.State; queued and running jobs start again after a restart.
  state INTEGER NOT NULL CHECK (state BETWEEN 1 AND 5),
  revision INTEGER NOT NULL,
  -- talkback.v1.RenderSettings
  settings BLOB NOT NULL,
  requested_by INTEGER NOT NULL REFERENCES users (user_id),
  requested_unix_ms INTEGER NOT NULL,
  finished_unix_ms INTEGER NOT NULL DEFAULT 0,
  engine_version TEXT NOT NULL DEFAULT '',
  error_code TEXT NOT NULL DEFAULT '',
  error_message TEXT NOT NULL DEFAULT ''
) STRICT;

CREATE INDEX renders_by_project ON renders (project_id, requested_unix_ms);
CREATE INDEX renders_open ON renders (requested_unix_ms) WHERE state IN (1, 2);

CREATE TABLE artifacts (
  render_id TEXT NOT NULL REFERENCES renders (render_id),
  position INTEGER NOT NULL,
  sha256 BLOB NOT NULL REFERENCES blobs (sha256),
  -- talkback.v1.Artifact
  artifact BLOB NOT NULL,
  PRIMARY KEY (render_id, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE render_warnings (
  render_id TEXT NOT NULL REFERENCES renders (render_id),
  position INTEGER NOT NULL,
  message TEXT NOT NULL,
  PRIMARY KEY (render_id, position)
) STRICT, WITHOUT ROWID;
