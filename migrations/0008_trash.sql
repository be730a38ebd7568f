-- Projects in the trash. Nothing of a large project is rewritten: the column is added.
-- By hand: ALTER TABLE projects DROP COLUMN trashed_unix_ms.

-- In the trash since then; 0: not in it.
ALTER TABLE projects ADD COLUMN trashed_unix_ms INTEGER NOT NULL DEFAULT 0;
