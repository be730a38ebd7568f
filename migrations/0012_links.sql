-- Links that were shared: each is somebody with a role in one project, who has a token and no password. Nothing is rewritten:
-- two columns are added to the people.
-- Undo: delete the tokens and members of links, drop the table, and drop shown_name and link_name of users, once no edit is theirs.

-- What the history shows: "Ann (link)". NULL: an account. The name of such a row is nobody's to type.
ALTER TABLE users ADD COLUMN link_name TEXT;
ALTER TABLE users ADD COLUMN shown_name TEXT GENERATED ALWAYS AS (coalesce(link_name, name)) VIRTUAL;

-- The link's secret is its token, as people's are. No token: it was revoked.
CREATE TABLE links (
  project_id TEXT NOT NULL REFERENCES projects (project_id),
  -- 1, 2, 3 … in the project.
  number INTEGER NOT NULL CHECK (number > 0),
  user_id INTEGER NOT NULL UNIQUE REFERENCES users (user_id),
  -- talkback.v1.Role: listener or mentor.
  role INTEGER NOT NULL CHECK (role IN (4, 5)),
  -- The one version that it opens; NULL: the project.
  version_id TEXT REFERENCES versions (version_id),
  created_by INTEGER NOT NULL REFERENCES users (user_id),
  created_unix_ms INTEGER NOT NULL,
  expires_unix_ms INTEGER NOT NULL,
  PRIMARY KEY (project_id, number)
) STRICT;

CREATE INDEX links_by_maker ON links (created_by);
