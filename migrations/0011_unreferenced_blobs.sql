-- Blobs that nothing refers to any more go after a while. Nothing of a large project is rewritten: a column and an index
-- are added, some seconds for a million artifacts.
-- By hand: DROP INDEX artifacts_by_blob; ALTER TABLE blobs DROP COLUMN unreferenced_unix_ms.

-- Since when nothing is known to refer to it; 0: something does, or nobody has looked.
ALTER TABLE blobs ADD COLUMN unreferenced_unix_ms INTEGER NOT NULL DEFAULT 0;

CREATE INDEX artifacts_by_blob ON artifacts (sha256);
