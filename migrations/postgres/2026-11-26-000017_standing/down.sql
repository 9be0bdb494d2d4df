DELETE FROM thread_labels WHERE kind = 'item';
ALTER TABLE thread_labels DROP CONSTRAINT thread_labels_kind_check;
ALTER TABLE thread_labels ADD CONSTRAINT thread_labels_kind_check CHECK (kind IN ('policy', 'initiative', 'tag', 'tool'));
DROP INDEX threads_tried;
ALTER TABLE threads DROP COLUMN worth;
ALTER TABLE threads DROP COLUMN tried_types;
ALTER TABLE threads DROP COLUMN tries;
ALTER TABLE threads DROP COLUMN outdated;
ALTER TABLE threads DROP COLUMN recommended;
