-- What trainers and try-outs say of a thread, kept beside it so that lists and search need no further query.
ALTER TABLE threads ADD COLUMN recommended BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE threads ADD COLUMN outdated BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE threads ADD COLUMN tries INTEGER NOT NULL DEFAULT 0;
ALTER TABLE threads ADD COLUMN tried_types INTEGER NOT NULL DEFAULT 0;
ALTER TABLE threads ADD COLUMN worth INTEGER NOT NULL DEFAULT 0;
UPDATE threads SET recommended = TRUE WHERE id IN (SELECT thread_id FROM recommendations);
CREATE INDEX threads_tried ON threads (kind, visibility, worth, id);

-- One more kind of label: the items of the self-check.
CREATE TABLE thread_labels_wider (
  thread_id  BLOB    NOT NULL REFERENCES threads (id) ON DELETE CASCADE,
  kind       TEXT    NOT NULL CHECK (kind IN ('policy', 'initiative', 'tag', 'tool', 'item')),
  key        TEXT    NOT NULL,
  value      TEXT    NOT NULL,
  place      INTEGER NOT NULL,
  PRIMARY KEY (thread_id, kind, key)
);
INSERT INTO thread_labels_wider (thread_id, kind, key, value, place) SELECT thread_id, kind, key, value, place FROM thread_labels;
DROP TABLE thread_labels;
ALTER TABLE thread_labels_wider RENAME TO thread_labels;
CREATE INDEX thread_labels_by_key ON thread_labels (kind, key, thread_id);
