-- What trainers and try-outs say of a thread, kept beside it so that lists and search need no further query.
ALTER TABLE threads ADD COLUMN recommended BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE threads ADD COLUMN outdated BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE threads ADD COLUMN tries INTEGER NOT NULL DEFAULT 0;
ALTER TABLE threads ADD COLUMN tried_types INTEGER NOT NULL DEFAULT 0;
ALTER TABLE threads ADD COLUMN worth INTEGER NOT NULL DEFAULT 0;
UPDATE threads SET recommended = TRUE WHERE id IN (SELECT thread_id FROM recommendations);
CREATE INDEX threads_tried ON threads (kind, visibility, worth, id);

-- One more kind of label: the items of the self-check.
ALTER TABLE thread_labels DROP CONSTRAINT thread_labels_kind_check;
ALTER TABLE thread_labels ADD CONSTRAINT thread_labels_kind_check CHECK (kind IN ('policy', 'initiative', 'tag', 'tool', 'item'));
