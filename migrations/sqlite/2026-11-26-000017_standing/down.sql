CREATE TABLE thread_labels_narrower (
  thread_id  BLOB    NOT NULL REFERENCES threads (id) ON DELETE CASCADE,
  kind       TEXT    NOT NULL CHECK (kind IN ('policy', 'initiative', 'tag', 'tool')),
  key        TEXT    NOT NULL,
  value      TEXT    NOT NULL,
  place      INTEGER NOT NULL,
  PRIMARY KEY (thread_id, kind, key)
);
INSERT INTO thread_labels_narrower (thread_id, kind, key, value, place)
  SELECT thread_id, kind, key, value, place FROM thread_labels WHERE kind <> 'item';
DROP TABLE thread_labels;
ALTER TABLE thread_labels_narrower RENAME TO thread_labels;
CREATE INDEX thread_labels_by_key ON thread_labels (kind, key, thread_id);
DROP INDEX threads_tried;
ALTER TABLE threads DROP COLUMN worth;
ALTER TABLE threads DROP COLUMN tried_types;
ALTER TABLE threads DROP COLUMN tries;
ALTER TABLE threads DROP COLUMN outdated;
ALTER TABLE threads DROP COLUMN recommended;
